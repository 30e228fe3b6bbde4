import type { Grades } from '../action/vocabulary.ts';
import type { Doubt, RefusalReason } from './verdict.ts';

/*
 * Grades, doubts and reasons in words for somebody who has never seen them. The sender of a refused delivery is told none of
 * it: this is for the operator.
 */

const gradeWords: { readonly [K in keyof Grades]: Readonly<Record<Grades[K], string>> } = {
  trust: {
    event: 'an event: body, event and tenant are proved',
    hint: 'a hint: something happened, but what is not proved; it may start a read with our own credential, and authorises nothing',
    quarantine: 'in quarantine: the sender is proved, but nobody knows this event; it goes to nobody until you replay it',
  },
  bodyIntegrity: {
    mac: 'the body is covered by a secret that the sender shares with us',
    signature: "the body is covered by a signature of the sender's own key",
    none: 'nothing covers the body: it may be anything',
  },
  freshness: {
    signed: 'its time is signed',
    stored: 'no time is signed; our record keeps a second copy out',
    none: 'nothing says how old it is',
  },
  source: {
    mtls: 'it came with a client certificate that your proxy verified',
    ip: "it came from the sender's published addresses",
    none: 'the network says nothing about where it came from',
  },
};

/** Each grade with its word and what the word means. */
export function gradeLines(grades: Grades): readonly string[] {
  return (Object.keys(gradeWords) as (keyof Grades)[]).map((scale) => {
    const words: Readonly<Record<string, string>> = gradeWords[scale];
    return `${scale.padEnd(13)} ${grades[scale].padEnd(10)} ${words[grades[scale]] ?? ''}`;
  });
}

const doubtWords: Readonly<Record<Doubt, string>> = {
  'body-unsigned': 'nothing covers the body',
  'event-unproved': 'only an unsigned header names the event',
  'event-unknown': 'the event is not among those that are known or that the endpoint takes',
  'tenant-unproved': 'nothing proves whose delivery it is',
};

/** Whose a delivery is, in words: what its signed bytes say; or else its secret alone, where nothing more is needed. */
export function tenantWord(tenant: Readonly<Record<string, string>>, doubts: readonly string[], secret: string | null): string {
  const named = Object.entries(tenant).map(([name, value]) => `${name} ${value}`);
  if (named.length > 0) return named.join(', ');
  const bySecret = secret !== null && !doubts.includes('tenant-unproved');
  return `nothing in the signed bytes says whose it is${bySecret ? ': that it is of this endpoint, its secret says' : ''}`;
}

/** A doubt in words. One that is not known here is said as it is. */
export function doubtWord(doubt: string): string {
  const words: Readonly<Record<string, string>> = doubtWords;
  return Object.hasOwn(words, doubt) ? `${doubt}: ${words[doubt] ?? ''}` : doubt;
}

/** What was wrong, and what to do next. */
export const reasonWords: Readonly<Record<RefusalReason, readonly [wrong: string, next: string]>> = {
  method: ['it is not a POST', 'a sender that asks with GET is no webhook: give --method POST if it was one'],
  target: [
    'the path or query is not the one of the endpoint',
    'give --target as it stood on the request line, and look at publicUrl and path',
  ],
  source: [
    'it did not come from where the endpoint requires',
    'look at source.require, the ranges file and `proxies`: a proxy of yours that is not listed hides the sender',
  ],
  'body-size': ['the body is larger than this sender ever sends', 'look whether it is a delivery of this sender'],
  'content-encoding': [
    'the body is compressed',
    'switch compression off in the sender and in your proxy: the signature is over the bytes as sent',
  ],
  'content-type': [
    'the content type is not one that this sender signs',
    'choose JSON in the sender, and let your proxy leave the header alone',
  ],
  'header-duplicate': ['a header that counts is there twice', 'look whether a proxy adds it once more'],
  'header-grammar': ['a header is too long or holds characters that it may not', 'look whether a proxy rewrote it'],
  'header-conflict': ['two headers that should say the same do not', 'somebody put one of them there: look at the proxy'],
  'header-missing': [
    'a header that this sender always sends is missing',
    'look whether the provider of the endpoint is the right one, and whether a proxy drops the header',
  ],
  'signature-grammar': [
    'the signature is not written as this sender writes it',
    'look whether the provider of the endpoint is the right one',
  ],
  'signature-count': ['there are too many signatures', 'no sender sends so many: somebody else made this'],
  'signature-version': ['there is no signature of a version that we take', 'look whether the sender still signs with an older version'],
  'time-grammar': ['the time is not written as this sender writes it', 'look whether the provider of the endpoint is the right one'],
  'id-grammar': ['the id is not one that this sender makes', 'look whether the provider of the endpoint is the right one'],
  'no-live-secret': [
    'the endpoint has no live secret of the kind that this signature needs',
    '`countersign hooks endpoints` shows the secrets and from when to when they are good; keys that a sender publishes are brought up to date with `countersign hooks keys <sender> --write <file>`',
  ],
  'signature-wrong': [
    'no live secret of the endpoint made this signature',
    "compare the secret with the sender's settings, and give the exact bytes of the body: a newline at the end or a reformatted JSON breaks it",
  ],
  'token-wrong': ['the token is not one of the endpoint', "compare the token with the sender's settings"],
  'bearer-grammar': [
    'the bearer token is not a JWT of the algorithm that this sender signs with',
    'look whether the provider of the endpoint is the right one; of Pub/Sub, whether the subscription pushes with an OIDC token',
  ],
  'bearer-claims': [
    'the bearer token is over, or not for this endpoint',
    'compare `expects` with the audience and the service account of the subscription',
  ],
  'time-past': [
    'its time is too long ago',
    'for a captured delivery, give --at with the time at which it came; for a new one, look at both clocks',
  ],
  'time-future': ['its time lies ahead of our clock', 'look at both clocks'],
  'time-missing': ['it bears no time', 'look whether the provider of the endpoint is the right one'],
  'body-encoding': ['the body is not UTF-8', 'give the bytes as they came'],
  'body-syntax': ['the body cannot be parsed', 'give the bytes as they came; of a form, every pair has its `=`'],
  'body-depth': ['the body is nested too deeply', 'no sender does that: somebody else made this'],
  'body-names': ['the body has too many names or items', 'no sender does that: somebody else made this'],
  'body-duplicate-name': ['a name stands twice in one object of the body', 'two readers would understand it differently: ask the sender'],
  'body-prototype-name': ['the body holds a name that changes objects in some languages', 'no sender does that: somebody else made this'],
  'body-number': ['a number in the body cannot be read by everybody alike', 'ask the sender'],
  'body-surrogate': ['a text in the body is no valid Unicode', 'ask the sender'],
  'form-name': ['the form holds a parameter that this sender does not send, or lacks one', 'look whether the sender has new parameters'],
  'body-hash': ['the digest in the address is not that of the body', 'give the exact bytes of the body'],
  'tenant-missing': ['it does not say whose it is, and must', 'look at `expects` of the endpoint'],
  'tenant-mismatch': [
    'it is of another account, repository or channel',
    'look at `expects` of the endpoint: is this the address that you gave to that sender?',
  ],
  'event-mismatch': [
    'the body is not one of the event that it claims to be',
    'somebody changed the header, or the sender has a new form of this event',
  ],
  'message-id': ['an id in it is missing, repeated or not an id', 'look whether the provider of the endpoint is the right one'],
  'handshake-closed': ['it asks to set the endpoint up, and nobody is doing that', 'set `pending: true` while you do, and restart'],
  'handshake-value': [
    'what it wants to have sent back is not harmless',
    'somebody else made this, or the sender has changed its handshake',
  ],
  configuration: ['the endpoint cannot judge it', '`countersign config check` and the sender of the endpoint'],
};
