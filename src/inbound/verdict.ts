import type { Json } from '../action/json.ts';
import type { SourceGrade } from './delivery.ts';

/** Why a delivery was refused. Recorded inside, never told to the sender. Closed, so that a `switch` over it is checked. */
export type RefusalReason =
  | 'method'
  | 'target'
  | 'source'
  | 'body-size'
  | 'content-encoding'
  | 'content-type'
  | 'header-duplicate'
  | 'header-grammar'
  | 'header-conflict'
  | 'header-missing'
  | 'signature-grammar'
  | 'signature-count'
  | 'signature-version'
  | 'time-grammar'
  | 'id-grammar'
  | 'no-live-secret'
  | 'signature-wrong'
  | 'token-wrong'
  | 'bearer-grammar'
  | 'bearer-claims'
  | 'time-past'
  | 'time-future'
  | 'time-missing'
  | 'body-encoding'
  | 'body-syntax'
  | 'body-depth'
  | 'body-names'
  | 'body-duplicate-name'
  | 'body-prototype-name'
  | 'body-number'
  | 'body-surrogate'
  | 'form-name'
  | 'body-hash'
  | 'tenant-missing'
  | 'tenant-mismatch'
  | 'event-mismatch'
  | 'message-id'
  | 'handshake-closed'
  | 'handshake-value'
  | 'configuration';

/** What keeps an accepted delivery from counting as an event. */
export type Doubt = 'body-unsigned' | 'event-unproved' | 'event-unknown' | 'tenant-unproved';

/**
 * `event`: body, tenant and event are proved. `hint`: something is not; it may start a re-fetch with our own credential and
 * authorises nothing. `quarantine`: the sender is proved, but nobody knows this event; it is kept for a person.
 */
export type Trust = 'event' | 'hint' | 'quarantine';

/** What the store must claim, atomically, before anything is passed on. All digests are lower-case hex SHA-256. */
export interface ReplayKeys {
  /** Of the signed bytes (of the body and the identifying headers, where nothing is signed). Unique for an endpoint. */
  readonly signedDigest: string;
  /** The same under other signatures of this delivery, where what it was signed as can differ between them. */
  readonly alsoSigned?: readonly string[];
  /** A message id that the signature covers. Unique for an endpoint as well. Null if there is none. */
  readonly messageId: string | null;
  /** Of the body's bytes, under the domain of `digestText('body', …)`. */
  readonly bodyDigest: string;
  /** Until when the row must be kept. A row that goes earlier would let a replay in. */
  readonly keepUntilMs: number;
}

/**
 * What a delivery says of an installation, `saidMs` by the signed time of its token. The secret stands behind a function: so
 * nothing that prints or stores a verdict holds it. Null: there is none.
 */
export type Installation =
  | { readonly change: 'begins'; readonly client: string; readonly saidMs: number; readonly secret: () => string | null }
  | { readonly change: 'ends'; readonly client: string; readonly saidMs: number };

/** An accepted delivery. The content is a third party's text, whoever signed it. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly provider: string;
  readonly endpoint: string;
  /** What was proved of the tenant, by name of the bind. Empty: the secret alone says it, or nothing does (see `doubts`). */
  readonly tenant: Readonly<Record<string, string>>;
  /** The names of the events in it: one, or one for each kind of item in a batch. Empty if the sender named none. */
  readonly events: readonly string[];
  readonly secretId: string;
  readonly bodyDigest: string;
  readonly bodyIntegrity: 'mac' | 'signature' | 'none';
  readonly freshness: 'signed' | 'stored' | 'none';
  readonly source: SourceGrade;
  readonly schemaId: string;
  readonly trust: Trust;
  readonly doubts: readonly Doubt[];
  readonly replay: ReplayKeys;
  readonly content: Json;
  /** JSON that parses to `content`; null if there was no body. */
  readonly text: string | null;
  /** Of `text`, under the domain of `digestText('body', …)`: JSON that came as it is has the digest of the body. */
  readonly textDigest: string | null;
  readonly installation?: Installation;
}

/** Bytes to answer a sender with. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A step of setting an endpoint up. It is answered, recorded, and passed to nobody. */
export interface Handshaken {
  readonly outcome: 'handshake';
  readonly provider: string;
  readonly endpoint: string;
  /** Null where the sender proves nothing in this step. */
  readonly secretId: string | null;
  /** By what a copy of it is known; null where nothing is proved. */
  readonly replay: ReplayKeys | null;
  readonly answer: Answer;
}

/** A refusal. */
export interface Refused {
  readonly outcome: 'refused';
  readonly provider: string;
  readonly endpoint: string;
  readonly reason: RefusalReason;
}

/** What the verifier says of one delivery. Whether it was seen before is the store's to say: `gradeReplay`. */
export type Verdict = Accepted | Handshaken | Refused;

/** The only answer that a refused sender ever gets, whatever the reason. */
export const refusedAnswer: Answer = { status: 401, contentType: 'text/plain; charset=utf-8', body: 'refused\n' };

/** A step of the verification: its value, or the reason to stop. */
export type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: RefusalReason };

/** The step that goes on. */
export function go<T>(value: T): Step<T> {
  return { ok: true, value };
}

/** The step that stops. */
export function stop(reason: RefusalReason): { readonly ok: false; readonly reason: RefusalReason } {
  return { ok: false, reason };
}
