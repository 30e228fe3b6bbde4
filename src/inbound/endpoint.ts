import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { SecretKind, WebhookProvider } from '../connectors/webhook.ts';
import type { Endpoint } from './delivery.ts';
import { addressOf } from './target.ts';

/** True if a signed delivery could be known again by something that its signature does not cover. */
function namedByUnsigned({ proof, messageIds }: WebhookProvider): boolean {
  return proof.kind === 'signed' && messageIds.some((place) => place.in === 'header' && place.name !== proof.id);
}

/** What an endpoint must expect: a token's claims; and where what proves the sender is not of one tenant, whose deliveries they are. */
function demanded({ proof, binds }: WebhookProvider): readonly string[] {
  const pinned = Object.keys(binds).filter((name) => binds[name]?.pinned === true);
  if (proof.kind === 'rich-items') return [...pinned, 'aud', 'tenant'];
  return proof.kind === 'bearer' ? [...pinned, ...proof.claims] : pinned;
}

/** Kinds of secrets that a proof is made of: of each of them an endpoint has one. */
const together: Readonly<Partial<Record<WebhookProvider['proof']['kind'], readonly SecretKind[]>>> = {
  'rich-items': ['token', 'rsa-public', 'rsa-private'],
};

/** The endpoint if deliveries can be judged by it; otherwise what is wrong. To be called at start, and for every change. */
export function checkEndpoint(endpoint: Endpoint): Result<Endpoint> {
  const no = (why: string) => refuse('bad-webhook-endpoint', `the endpoint ${JSON.stringify(endpoint.id)} ${why}`);
  const { provider, secrets, expects } = endpoint;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(endpoint.id)) return refuse('bad-webhook-endpoint', 'an id of an endpoint has a-z, 0-9, `-`, `_`');
  if (addressOf(endpoint.publicUrl) === null) return no('needs the address that its sender calls, with https');
  if (secrets.length === 0)
    return no('has no secret, and so would take nothing: give it secrets, or a file of public keys under keys where its sender has some');
  if (secrets.length > limits.webhookSecretsMax) return no(`has more than ${limits.webhookSecretsMax} secrets`);
  if (new Set(secrets.map((secret) => secret.id)).size !== secrets.length) return no('has two secrets of one id');
  if (!secrets.every((secret) => secret.key.length > 0 && provider.secrets.some((rule) => rule.kind === secret.kind)))
    return no('has a secret of a kind that its sender does not use');
  const lacking = together[provider.proof.kind]?.find((kind) => !secrets.some((secret) => secret.kind === kind));
  if (lacking !== undefined) return no(`has no secret of the kind ${lacking}`);
  if (namedByUnsigned(provider)) return no('has a sender whose message ids are not signed');
  if (provider.sourceNeeded === true && endpoint.source === 'none')
    return no('has a sender that signs nothing, and must require a source: mtls or ip');
  const needed = demanded(provider);
  const missing = needed.find((name) => !Object.hasOwn(expects, name));
  if (missing !== undefined) return no(`must say which ${missing} it expects`);
  const stray = Object.keys(expects).find((name) => !Object.hasOwn(provider.binds, name) && !needed.includes(name));
  return stray === undefined ? ok(endpoint) : no('expects a value that its sender does not give');
}
