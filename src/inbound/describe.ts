import type { Freshness, Part, SecretRule, WebhookProvider } from '../connectors/webhook.ts';
import { demanded, expectable } from './endpoint.ts';
import { canMakeSecret } from './new-secret.ts';

/*
 * What a sender proves, in words, read off the data that the verifier works with.
 */

/** A sender in words. `best`: what a delivery of it can be at best. */
export interface Described {
  readonly provider: string;
  readonly signs: string;
  readonly freshness: string;
  readonly secret: string;
  readonly madeHere: boolean;
  /** What `expects` of an endpoint may name, and of these what it must. */
  readonly expects: readonly string[];
  readonly mustExpect: readonly string[];
  readonly best: 'event' | 'hint';
  readonly because: string;
}

const partWords = (part: Part): string => {
  if (typeof part === 'object') return JSON.stringify(part.text);
  return part === 'sorted-form' ? 'sorted parameters' : part;
};

function signs({ proof }: WebhookProvider): string {
  switch (proof.kind) {
    case 'signed': {
      const ways = Object.entries(proof.parts).map(([kind, parts]) => [kind, (parts ?? []).map(partWords).join(' + ')] as const);
      const distinct = new Set(ways.map(([, parts]) => parts));
      const text = distinct.size === 1 ? [...distinct].join('') : ways.map(([kind, parts]) => `${kind}: ${parts}`).join('; ');
      return proof.bodyHashQuery === undefined ? text : `${text} (with the body's digest in ${proof.bodyHashQuery})`;
    }
    case 'token':
      return `nothing: a token in ${proof.header}`;
    case 'item-token':
      return `nothing: a token in ${proof.list}[].${proof.field}`;
    case 'rich-items':
      return `nothing of the body: tokens in ${proof.tokens} and in ${proof.list}[].${proof.field}`;
    case 'query-token':
      return `nothing: a token in the query, ${proof.parameter}`;
    case 'bearer':
      return `nothing of the body: a token (${proof.algorithm})${proof.claims.length === 0 ? '' : ` for ${proof.claims.join(', ')}`}`;
    case 'field-list':
      return 'its own fields, as a list';
    case 'message-signature':
      return 'method, address and digest of the body, at least';
  }
}

function freshness(rule: Freshness): string {
  switch (rule.kind) {
    case 'resigned':
      return `signed for each attempt, ${rule.windowMs / 60_000} min`;
    case 'identical':
      return `signed once, retries repeat it, ${rule.windowMs / 3_600_000} h`;
    case 'unsigned':
      return 'no signed time: a copy is known by our record';
    case 'none':
      return 'none';
  }
}

const kindWords: Readonly<Record<SecretRule['kind'], string>> = {
  hmac: 'shared secret',
  token: 'shared token',
  'ed25519-public': 'public key (Ed25519)',
  'ecdsa-public': 'public key (ECDSA P-256)',
  'rsa-public': 'public key (RSA)',
  'rsa-private': 'private key (RSA)',
};

/** Why a delivery of this sender is never more than a hint; null if it can be an event. The same rules as in `verify.ts`. */
function whyHint({ proof, event, binds }: WebhookProvider): string | null {
  if (!['signed', 'field-list', 'message-signature'].includes(proof.kind)) return 'nothing covers the body';
  if (event.kind === 'claimed') return 'only an unsigned header names the event';
  const unproved = Object.entries(binds).find(([, bind]) => bind.needed && bind.at.every((place) => place.in === 'header'));
  return unproved === undefined ? null : `only an unsigned header says which ${unproved[0]} it is of`;
}

/** What `expects` may name and must. An app's own base address need not be named, and a client not where it is installed. */
function expectations(provider: WebhookProvider): Pick<Described, 'expects' | 'mustExpect'> {
  const { proof } = provider;
  const given = proof.kind === 'bearer' && proof.qsh ? ['aud', proof.client] : [];
  return { expects: expectable(provider), mustExpect: demanded(provider, false).filter((name) => !given.includes(name)) };
}

/** Describes a sender. */
export function describeProvider(name: string, provider: WebhookProvider): Described {
  const why = whyHint(provider);
  return {
    provider: name,
    signs: signs(provider),
    freshness: freshness(provider.freshness),
    secret: [...new Set(provider.secrets.map(({ kind, form }) => `${kindWords[kind]}, ${form}`))].join(' or '),
    madeHere: canMakeSecret(provider),
    ...expectations(provider),
    best: why === null ? 'event' : 'hint',
    because: why ?? 'body, event and tenant are proved',
  };
}
