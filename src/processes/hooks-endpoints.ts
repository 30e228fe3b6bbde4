import { resolve } from 'node:path';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { Endpoint, WebhookSecret } from '../inbound/delivery.ts';
import type { EventSource } from '../inbound/give.ts';
import { webhookProviders } from '../inbound/provider-list.ts';
import { genericHmac } from '../inbound/providers/generic.ts';
import { readSecret } from '../inbound/secrets.ts';
import { rangesOf } from '../inbound/source.ts';
import type { Proxies, Ranges, SourceRule } from '../inbound/source.ts';
import { limits } from '../limits.ts';
import type { Config } from './config.ts';
import { publicPrefix } from './config-hooks.ts';
import { readSecretText } from './credentials.ts';
import { followFile } from './followed-file.ts';

/*
 * The hooks door as the configuration describes it, made usable at start or refused with a reason: an endpoint whose secret
 * is missing or weak is no endpoint that takes less, it is an error.
 */

type EndpointConfig = Config['hooks']['endpoints'][string];

const wrong = (where: string, why: string): CountersignError => new CountersignError('bad-config', why, { at: `hooks.${where}` });

function providerOf(id: string, settings: EndpointConfig): WebhookProvider {
  if (settings.scheme !== undefined) {
    const made = genericHmac({ id: `hmac-${id}`, ...settings.scheme });
    if (!made.ok) throw wrong(`endpoints.${id}.scheme`, made.message);
    return made.value;
  }
  const provider = webhookProviders.get(settings.provider);
  if (provider === undefined)
    throw wrong(
      `endpoints.${id}.provider`,
      `there is no sender of this name: it is one of ${[...webhookProviders.keys()].join(', ')}, hmac`,
    );
  return provider;
}

const timeOf = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

function secretsOf(config: Config, id: string, provider: WebhookProvider, env: NodeJS.ProcessEnv): readonly WebhookSecret[] {
  const settings = config.hooks.endpoints[id];
  return (settings?.secrets ?? []).map((one) => {
    const value = readSecretText(config, one, env);
    const secret = readSecret(provider, {
      id: one.id,
      value,
      notBeforeMs: timeOf(one.notBefore) ?? 0,
      notAfterMs: timeOf(one.notAfter),
    });
    const where = 'env' in one ? `the environment variable ${one.env}` : `the file ${resolve(config.folder, one.file)}`;
    const sought = (value ?? '').trim() === '' ? ` (looked for in ${where})` : '';
    if (!secret.ok) throw wrong(`endpoints.${id}.secrets`, `the secret ${one.id}: ${secret.message}${sought}`);
    return secret.value;
  });
}

/** The address under which senders reach this door, without a slash at its end. */
function publicBase({ hooks }: Config): string {
  return (hooks.publicUrl ?? `http://127.0.0.1:${hooks.port}`).replace(/\/$/, '');
}

/** The parts of an endpoint that apps of Atlassian Connect have: the base address, for which its tokens are, and who installs for whom. */
function appOf(config: Config, id: string, { proof }: WebhookProvider): Partial<Endpoint> & Pick<Endpoint, 'expects'> {
  const { endpoints } = config.hooks;
  const { expects, baseUrl, installs } = endpoints[id] as EndpointConfig;
  if (proof.kind !== 'bearer' || !proof.qsh) return { expects };
  const base = (baseUrl ?? publicBase(config)).replace(/\/$/, '');
  return {
    baseUrl: base,
    expects: proof.claims.includes('aud') ? { aud: base, ...expects } : expects,
    ...(installs === undefined ? {} : { installs }),
    ...(Object.values(endpoints).some((other) => other.installs?.includes(id)) ? { installable: true } : {}),
  };
}

/** The sender of an endpoint. @throws CountersignError `bad-config` */
export function providerAt(config: Config, id: string): WebhookProvider {
  const settings = Object.hasOwn(config.hooks.endpoints, id) ? config.hooks.endpoints[id] : undefined;
  if (settings === undefined) throw wrong(`endpoints.${id}`, 'there is no such endpoint');
  return providerOf(id, settings);
}

/** An endpoint as the configuration describes it, without any secret. @throws CountersignError `bad-config` */
export function endpointSettings(config: Config, id: string): Endpoint {
  const provider = providerAt(config, id);
  const settings = config.hooks.endpoints[id] as EndpointConfig;
  return {
    id,
    provider,
    secrets: [],
    publicUrl: publicBase(config) + pathOfEndpoint(config, id),
    ...appOf(config, id, provider),
    events: settings.events,
    pending: settings.pending,
    source: settings.source.require,
  };
}

/**
 * An endpoint of the configuration with the secrets that it names, and not yet those that a rotation added: `followRotations`
 * and `withRotation` add them and check the whole.
 * @throws CountersignError `bad-config`, naming the place, never a secret.
 */
export function openEndpoint(config: Config, id: string, env: NodeJS.ProcessEnv = process.env): Endpoint {
  const settings = endpointSettings(config, id);
  return { ...settings, secrets: secretsOf(config, id, settings.provider, env) };
}

/** All endpoints of the configuration. @throws CountersignError `bad-config` */
export function openEndpoints(config: Config, env: NodeJS.ProcessEnv = process.env): readonly Endpoint[] {
  return Object.keys(config.hooks.endpoints).map((id) => openEndpoint(config, id, env));
}

function pathOfEndpoint(config: Config, id: string): string {
  return config.hooks.endpoints[id]?.path ?? `/hooks/${id}`;
}

/**
 * The paths of an endpoint as they can stand on a request line that reaches this door, each with what a proxy has taken off
 * its front: the path of the public address, or nothing.
 */
export function routesOf(config: Config, id: string): readonly { readonly path: string; readonly taken: string }[] {
  const path = pathOfEndpoint(config, id);
  const prefix = publicPrefix(config.hooks);
  return prefix === ''
    ? [{ path, taken: '' }]
    : [
        { path, taken: prefix },
        { path: prefix + path, taken: '' },
      ];
}

/** A target as its sender wrote it, with what a proxy has taken off; left out, the endpoint's own path. */
export function publicTarget(config: Config, id: string, target: string = pathOfEndpoint(config, id)): string {
  const path = target.split('?', 1)[0] ?? '';
  return (routesOf(config, id).find((route) => route.path === path)?.taken ?? '') + target;
}

/** The ranges of a file: one a line, comments behind `#`. */
function rangesIn(text: string): Result<Ranges> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const ranges = lines.length === 0 || lines.length > limits.hooksRangesMax ? null : rangesOf(lines);
  return ranges === null ? refuse('bad-ranges', 'the file is no list of ranges') : ok(ranges);
}

/** What an endpoint knows of its sender's network. */
export function openSourceRule(config: Config, id: string, now: () => number = Date.now): SourceRule {
  const source = config.hooks.endpoints[id]?.source;
  const certificate = source?.certificate ?? null;
  if (source?.file !== undefined) {
    const following = { bytesMax: limits.hooksRangesFileBytesMax, everyMs: limits.hooksRangesPollMs, read: rangesIn, now };
    const followed = followFile(resolve(config.folder, source.file), following);
    return { ranges: () => followed().value, certificate };
  }
  const ranges = source === undefined || source.ranges.length === 0 ? null : rangesOf(source.ranges);
  if (ranges === null && (source?.ranges.length ?? 0) > 0)
    throw wrong(`endpoints.${id}.source.ranges`, 'one of them is no range of addresses');
  return { ranges: () => ranges, certificate };
}

/** The proxies of the configuration. @throws CountersignError `bad-config` */
export function openProxies({ hooks }: Config): Proxies {
  const ranges = rangesOf(hooks.proxies);
  if (ranges === null) throw wrong('proxies', 'one of them is no range of addresses');
  return { ranges, forwardedHeader: hooks.forwardedHeader, certificateHeader: hooks.certificateHeader ?? null };
}

function tenantOf(settings: Config['systems'][string]): string {
  switch (settings.connector) {
    case 'github':
      return settings.owner;
    case 'slack':
      return settings.team;
    case 'mcp':
      return settings.tenant;
  }
}

/** Where the events of an endpoint come from: its system and tenant, if the configuration names one. */
export function sourceOfEndpoint(config: Config): (endpoint: string) => EventSource | null {
  return (id) => {
    const settings = Object.hasOwn(config.hooks.endpoints, id) ? config.hooks.endpoints[id] : undefined;
    if (settings === undefined) return null;
    const system = settings.system === undefined ? undefined : config.systems[settings.system];
    return {
      system: settings.system ?? `hooks-${id}`,
      tenant: system === undefined ? id : tenantOf(system),
      readers: settings.readers,
    };
  };
}
