import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import type { Endpoint } from './delivery.ts';
import { addressOf } from './target.ts';

/** True if a signed delivery could be known again by something that its signature does not cover. */
function namedByUnsigned({ proof, messageIds }: WebhookProvider): boolean {
  return proof.kind === 'signed' && messageIds.some((place) => place.in === 'header' && place.name !== proof.id);
}

/** What an endpoint must expect: a token's claims; and where one key signs for the whole world, whose deliveries they are. */
function demanded({ proof, binds, sourceNeeded }: WebhookProvider): readonly string[] {
  if (proof.kind === 'bearer') return proof.claims;
  if (proof.kind === 'rich-items') return ['aud', 'tenant'];
  return proof.kind === 'field-list' || sourceNeeded === true ? Object.keys(binds).filter((name) => binds[name]?.needed === true) : [];
}

/** The endpoint if deliveries can be judged by it; otherwise what is wrong. To be called at start, and for every change. */
export function checkEndpoint(endpoint: Endpoint): Result<Endpoint> {
  const no = (why: string) => refuse('bad-webhook-endpoint', `the endpoint ${JSON.stringify(endpoint.id)} ${why}`);
  const { provider, secrets, expects } = endpoint;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(endpoint.id)) return refuse('bad-webhook-endpoint', 'an id of an endpoint has a-z, 0-9, `-`, `_`');
  if (addressOf(endpoint.publicUrl) === null) return no('needs the address that its sender calls, with https');
  if (secrets.length === 0) return no('has no secret, and so would take nothing');
  if (secrets.length > limits.webhookSecretsMax) return no(`has more than ${limits.webhookSecretsMax} secrets`);
  if (new Set(secrets.map((secret) => secret.id)).size !== secrets.length) return no('has two secrets of one id');
  if (!secrets.every((secret) => secret.key.length > 0 && provider.secrets.some((rule) => rule.kind === secret.kind)))
    return no('has a secret of a kind that its sender does not use');
  if (namedByUnsigned(provider)) return no('has a sender whose message ids are not signed');
  if (provider.sourceNeeded === true && endpoint.source === 'none')
    return no('has a sender that signs nothing, and must require a source: mtls or ip');
  const claims = demanded(provider);
  const missing = claims.find((name) => !Object.hasOwn(expects, name));
  if (missing !== undefined) return no(`must say which ${missing} it expects`);
  const stray = Object.keys(expects).find((name) => !Object.hasOwn(provider.binds, name) && !claims.includes(name));
  return stray === undefined ? ok(endpoint) : no('expects a value that its sender does not give');
}
