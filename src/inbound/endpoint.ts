import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { SecretKind, WebhookProvider } from '../connectors/webhook.ts';
import type { Endpoint } from './delivery.ts';
import { addressOf, basePath } from './target.ts';

/** True if a signed delivery could be known again by something that its signature does not cover. */
function namedByUnsigned({ proof, messageIds }: WebhookProvider): boolean {
  return proof.kind === 'signed' && messageIds.some((place) => place.in === 'header' && place.name !== proof.id);
}

/** Whether every secret was installed for a client: then the secret says whose delivery it is. */
const allOfClients = ({ installable, secrets }: Endpoint): boolean =>
  installable === true && secrets.every(({ client }) => client !== undefined);

/**
 * What an endpoint must expect: a token's claims; and where what proves the sender is not of one tenant, whose deliveries they are.
 * @param ofClients whether every secret was installed for a client, which then need not be named
 */
export function demanded({ proof, binds }: WebhookProvider, ofClients: boolean): readonly string[] {
  const pinned = Object.keys(binds).filter((name) => binds[name]?.pinned === true);
  if (proof.kind === 'rich-items') return [...pinned, 'aud', 'tenant'];
  if (proof.kind !== 'bearer') return pinned;
  return [...pinned, ...proof.claims.filter((name) => name !== proof.client || !ofClients)];
}

/** The names of what an endpoint may expect of a sender. */
export function expectable(provider: WebhookProvider): readonly string[] {
  return [...new Set([...Object.keys(provider.binds), ...demanded(provider, false)])];
}

/** What is wrong with the base address of an app, whose path its sender's hash leaves out and which is its `aud`; null if nothing. */
function wrongBase(endpoint: Endpoint): string | null {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'bearer' || !proof.qsh) return endpoint.baseUrl === undefined ? null : 'has a sender that knows no base address';
  const path = basePath(endpoint);
  if (path === null) return 'does not lie below its baseUrl';
  const { aud } = endpoint.expects;
  const base = `${addressOf(endpoint.publicUrl)?.origin ?? ''}${path}`;
  if (!proof.claims.includes('aud') || aud === undefined || aud === base || aud === `${base}/`) return null;
  return `expects an aud that is not its base address ${base}: give the app's base address as baseUrl`;
}

/** Kinds of secrets that a proof is made of: of each of them an endpoint has one. */
const together: Readonly<Partial<Record<WebhookProvider['proof']['kind'], readonly SecretKind[]>>> = {
  'rich-items': ['token', 'rsa-public', 'rsa-private'],
};

const saying =
  ({ id }: Endpoint) =>
  (why: string): Refusal =>
    refuse('bad-webhook-endpoint', `the endpoint ${JSON.stringify(id)} ${why}`);

/** The endpoint if everything about it but its secrets is right; otherwise what is wrong. Nothing secret is looked at. */
export function checkSettings(endpoint: Endpoint): Result<Endpoint> {
  const no = saying(endpoint);
  const { provider, expects } = endpoint;
  if (addressOf(endpoint.publicUrl) === null) return no('needs the address that its sender calls, with https: correct publicUrl');
  if (namedByUnsigned(provider)) return no('has a sender whose message ids are not signed');
  if (provider.sourceNeeded === true && endpoint.source === 'none')
    return no('has a sender that signs nothing, and must require a source: mtls or ip');
  const base = wrongBase(endpoint);
  if (base !== null) return no(base);
  const needed = demanded(provider, allOfClients(endpoint));
  const missing = needed.find((name) => !Object.hasOwn(expects, name));
  if (missing !== undefined)
    return no(`must say which ${missing} it expects: give it under \`expects\`, as \`expects: { ${missing}: … }\``);
  const known = expectable(provider);
  const stray = Object.keys(expects).find((name) => !known.includes(name));
  if (stray === undefined) return ok(endpoint);
  return no(`expects a value that its sender does not give: ${known.length === 0 ? 'take `expects` out' : `it gives ${known.join(', ')}`}`);
}

/** The endpoint if deliveries can be judged by it; otherwise what is wrong. To be called at start, and for every change. */
export function checkEndpoint(endpoint: Endpoint): Result<Endpoint> {
  const no = saying(endpoint);
  const { provider, secrets } = endpoint;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(endpoint.id)) return refuse('bad-webhook-endpoint', 'an id of an endpoint has a-z, 0-9, `-`, `_`');
  if (secrets.length === 0 && endpoint.installable !== true)
    return no(
      `has no secret, and so would take nothing: \`countersign hooks rotate ${endpoint.id}\` makes or takes one; or give it a file of public keys under \`keys\` where its sender has some`,
    );
  if (secrets.filter(({ client }) => client === undefined).length > limits.webhookSecretsMax)
    return no(`has more than ${limits.webhookSecretsMax} secrets`);
  if (new Set(secrets.map((secret) => secret.id)).size !== secrets.length) return no('has two secrets of one id');
  if (!secrets.every((secret) => secret.key.length > 0 && provider.secrets.some((rule) => rule.kind === secret.kind)))
    return no('has a secret of a kind that its sender does not use');
  const lacking = together[provider.proof.kind]?.find((kind) => !secrets.some((secret) => secret.kind === kind));
  if (lacking !== undefined) return no(`has no secret of the kind ${lacking}`);
  return checkSettings(endpoint);
}
