/*
 * A sender of webhooks, as data. There is one verifier (src/inbound/verify.ts); what differs between senders stands in
 * values of these types. Signed bytes are put together by concatenation only: no template is ever searched and replaced,
 * so nothing inside a body can be taken for a place-holder.
 */

/** How a candidate signature is checked. The algorithm decides which secrets are tried: a key never serves two algorithms. */
export type Algorithm = MacAlgorithm | SignatureAlgorithm;
/** Algorithms with a secret that both sides hold. */
export type MacAlgorithm = 'hmac-sha1' | 'hmac-sha256' | 'hmac-sha512';
/** Algorithms whose verifier holds a public key only. */
export type SignatureAlgorithm = 'ed25519' | 'ecdsa-p256-sha256' | 'rs256' | 'rsa-sha1' | 'rsa-pss-sha512';

/** What a secret is. `token` is compared as it is; the public kinds are public keys; the private one opens what is sealed for us. */
export type SecretKind = 'hmac' | 'ed25519-public' | 'ecdsa-public' | 'rsa-public' | 'rsa-private' | 'token';

/**
 * How an operator writes a secret down: text taken as UTF-8, base64, `whsec_`/`whpk_` and base64 (Standard Webhooks), hex,
 * PEM of a public key, PEM of a private one (PKCS #8), or `verify_token=` and the text that a sender repeats when an endpoint is set up.
 */
export type SecretForm = 'text' | 'base64' | 'whsec' | 'whpk' | 'hex' | 'pem' | 'pkcs8' | 'verify-token';

/** A kind of secret that a sender uses, and the bytes that a key of it has at least, and at most where forms would overlap. */
export interface SecretRule {
  readonly kind: SecretKind;
  readonly form: SecretForm;
  readonly bytesMin: number;
  readonly bytesMax?: number;
}

/** How a time is written: ten digits; RFC 3339 in UTC to the second, or to the millisecond. Fixed lengths, so that no neighbour can be shifted into it. */
export type TimeForm = 'unix-s' | 'rfc3339-s' | 'rfc3339-ms';

/** A header with a time. */
export interface TimeHeader {
  readonly name: string;
  readonly form: TimeForm;
}

/** Where the signatures are, and how a header that holds them is read. Anything that does not fit is refused. */
export interface SignatureHeader {
  readonly name: string;
  /**
   * `one`: `prefix` and one signature. `list`: items between `separator`, each a tag, `mark` and a signature; tags that are
   * not in `algorithms` are skipped. `timeTag`: the tag of the item that holds the signed time (Stripe).
   */
  readonly layout:
    | { readonly kind: 'one'; readonly prefix: string; readonly algorithm: Algorithm }
    | {
        readonly kind: 'list';
        readonly separator: ' ' | ',';
        readonly mark: ',' | '=';
        readonly algorithms: Readonly<Record<string, Algorithm>>;
        readonly timeTag?: string;
      };
  readonly encoding: 'hex' | 'base64';
}

/** A piece of the signed bytes. `sorted-form`: the parameters of a form, by name, as name and value without separators (Twilio). */
export type Part = { readonly text: string } | 'time' | 'id' | 'body' | 'url' | 'sorted-form';

/**
 * What a body can be. A sender accepts the kinds for which it says what is signed. `xml` is one grammar and no other: the SOAP
 * of Salesforce's outbound messages.
 */
export type BodyKind = 'json' | 'form' | 'xml' | 'empty';

/** How a form body is understood. */
export interface FormRule {
  /** The one parameter that holds JSON, if the form is only its wrapping. With it, no other parameter may be there. */
  readonly jsonIn: string | null;
  /** Of a form that wraps nothing: the only names that may be there, each with what its value must match. */
  readonly names: Readonly<Record<string, RegExp>> | 'any' | 'none';
  /** Names that must be there. */
  readonly needed: readonly string[];
}

/** How the sender proves who it is. */
export type Proof =
  | {
      readonly kind: 'signed';
      readonly signature: SignatureHeader;
      readonly time: TimeHeader | null;
      /** A header with the message id. It must be among the signed parts. */
      readonly id: string | null;
      readonly parts: Readonly<Partial<Record<BodyKind, readonly Part[]>>>;
      /** The query parameter of the signed URL that holds the hex SHA-256 of a JSON body (Twilio). */
      readonly bodyHashQuery?: string;
    }
  /**
   * A list of the body's own fields, as `Name\nvalue\n` each, signed with RSA by a key that was configured (SNS). Only they are kept.
   * Fields of a kind stand in its order; one that holds a line break is refused, or its value could pass for two.
   */
  | {
      readonly kind: 'field-list';
      /** The field that names the kind. */
      readonly by: string;
      readonly lists: Readonly<Record<string, readonly string[]>>;
      /** Fields that may be missing, and those in which a line break is text. */
      readonly optional: readonly string[];
      readonly multiline: readonly string[];
      readonly signature: string;
      /** The field that says how it is signed, and the values of it that are taken. */
      readonly version: string;
      readonly algorithms: Readonly<Record<string, SignatureAlgorithm>>;
      /** Fields that must be of this form, though they are not signed. */
      readonly fixed: Readonly<Record<string, RegExp>>;
    }
  /** HTTP Message Signatures (RFC 9421) over at least method, address and digest of the body; the key decides the algorithm. */
  | { readonly kind: 'message-signature' }
  /** A shared token in a header; the body is not covered. */
  | { readonly kind: 'token'; readonly header: string; readonly accepts: readonly BodyKind[] }
  /** A shared token as the query's only parameter: letters, digits, `-`, `_`, as it is; the body is not covered. */
  | { readonly kind: 'query-token'; readonly parameter: string; readonly accepts: readonly BodyKind[] }
  /** A shared token in every item of a list in the body (Graph's `clientState`); the body is not covered. */
  | { readonly kind: 'item-token'; readonly list: string; readonly field: string }
  /**
   * JWTs in the body, all of them from one publisher, and in every item of a list our token and content that is sealed for our
   * key (Graph with resource data); none of it says who made the content.
   */
  | { readonly kind: 'rich-items'; readonly list: string; readonly field: string; readonly tokens: string; readonly publisher: string }
  /** A JWT in `Authorization`, checked against the endpoint's `expects`; the body is not covered. */
  | {
      readonly kind: 'bearer';
      readonly scheme: 'Bearer' | 'JWT';
      readonly algorithm: 'RS256' | 'HS256';
      /** The query parameter in which the sender puts the token instead, if it does. */
      readonly query?: string;
      /** Null: the sender names no issuer that could be known. */
      readonly issuers: readonly string[] | null;
      /** Claims that must be those of `expects`. */
      readonly claims: readonly string[];
      /** Whether `exp` and `iat` must be there. If they are, they hold in any case. */
      readonly timed: boolean;
      /** Whether the claim `qsh` must be the hash of method, path and query (Atlassian Connect). */
      readonly qsh: boolean;
      /** The claim that names the client of an installation: a secret that was installed for one proves no token of another. */
      readonly client?: string;
    };

/**
 * Two events with which a sender brings the secret of an installation and ends it (Atlassian Connect). Deliveries of another
 * sender are proved with that secret.
 */
export interface InstallRule {
  /** The id of that other sender. */
  readonly for: string;
  readonly begins: string;
  readonly ends: string;
  /** The top-level name of the content that holds the secret. It is among `omits`. */
  readonly secret: string;
  /** The bind that names the client. */
  readonly client: string;
}

/**
 * How old a delivery may be. `resigned`: the signed time is made anew for each attempt. `identical`: retries repeat the
 * first attempt's bytes, signed time included, so the window is long and the replay row does the work. `unsigned`: no time
 * is signed; only the replay row holds. `none`: the body is not covered, so nothing can be said.
 * `path`: where in the body the signed time stands, in milliseconds; with `form`, as text of that form.
 */
export type Freshness =
  | { readonly kind: 'resigned'; readonly windowMs: number; readonly path?: string }
  | { readonly kind: 'identical'; readonly windowMs: number; readonly path?: string; readonly form?: TimeForm }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'none' };

/**
 * Where a value stands: a dotted path in the body; a field of every item of a list in the body; a claim of the token that
 * proved the delivery; or a header. A header is never signed, except the one named in `id`.
 */
export type Place =
  | { readonly in: 'body'; readonly path: string }
  | { readonly in: 'items'; readonly list: string; readonly field: string }
  | { readonly in: 'claim'; readonly name: string }
  | { readonly in: 'header'; readonly name: string };

/**
 * What a body of an event looks like, in dotted paths. Every path of `has` is there; a discriminating key, that is one
 * which begins a path of any shape's `has`, is there only if this shape names it in `has` or `may`.
 */
export interface Shape {
  readonly has: readonly string[];
  readonly may?: readonly string[];
  readonly lacks?: readonly string[];
  readonly actions?: readonly string[];
}

/** How the name of an event is proved from the signed body. */
export type EventRule =
  /** The first place that has a value, all paths of it joined with a dot: `Issue.create`. */
  | { readonly kind: 'fields'; readonly paths: readonly (readonly string[])[] }
  /**
   * The unsigned header claims a name, and the body must have the shape of it. Without a header exactly one shape fits.
   * Names in `common` stand in bodies of all kinds and tell nothing.
   */
  | {
      readonly kind: 'shapes';
      readonly header: string | null;
      readonly common: readonly string[];
      readonly shapes: Readonly<Record<string, Shape>>;
    }
  /** A list of events; every item names its own. `list` is empty if the body itself is the list. */
  | { readonly kind: 'items'; readonly list: string; readonly field: string; readonly idField: string | null }
  /** Only an unsigned header says it: never proved. */
  | { readonly kind: 'claimed'; readonly header: string }
  | { readonly kind: 'fixed'; readonly name: string };

/** Something a sender does when an endpoint is set up. */
export type Handshake =
  /** The body's field is sent back as plain text. */
  | { readonly kind: 'echo'; readonly event: string; readonly path: string; readonly when: 'pending' }
  /** The field's HMAC is sent back (Zoom). Only a value that could never be signed bytes is answered. */
  | { readonly kind: 'hmac-echo'; readonly event: string; readonly path: string; readonly when: 'always' }
  /** The event is answered with constant bytes. */
  | { readonly kind: 'constant'; readonly event: string; readonly status: 200 | 204; readonly body: string; readonly when: 'always' }
  /** A GET with a token that both sides know, whose challenge is sent back as plain text (Meta). */
  | { readonly kind: 'verify-echo'; readonly mode: string; readonly token: string; readonly challenge: string; readonly when: 'pending' }
  /** A GET whose parameter's HMAC is sent back (X). Unsigned, so only while pending, and only what can be no body. Of its query nothing else counts but may be there: `beside`. */
  | {
      readonly kind: 'query-hmac';
      readonly parameter: string;
      readonly beside: readonly string[];
      readonly field: string;
      readonly prefix: string;
      readonly when: 'pending';
    }
  /** The event waits for a person, who finishes the step in the sender's own interface; nothing is fetched or answered (SNS). */
  | { readonly kind: 'kept'; readonly event: string; readonly when: 'pending' }
  /** A query parameter is sent back as plain text, before anything is signed (Graph). */
  | { readonly kind: 'query-echo'; readonly parameter: string; readonly when: 'pending' };

/** A value that says whose delivery it is. An endpoint can demand one; it is reported in any case. */
export interface Bind {
  /** Every place of these that has a value must have the same one. */
  readonly at: readonly Place[];
  /** True if many tenants share the sender's secret, so that the secret alone does not say whose delivery it is. */
  readonly needed: boolean;
  /** True if an endpoint must say which value it expects: what proves the sender proves nothing about whose delivery it is. */
  readonly pinned?: true;
}

/** A sender of webhooks. */
export interface WebhookProvider {
  /** Lower case, part of every schema id. */
  readonly id: string;
  readonly proof: Proof;
  readonly freshness: Freshness;
  /** Where message ids stand. Of a signed delivery the first that is there and covered counts; of a hint all of them together. */
  readonly messageIds: readonly Place[];
  readonly event: EventRule;
  /** By name: what an endpoint's `expects` may demand. */
  readonly binds: Readonly<Record<string, Bind>>;
  readonly handshake: Handshake | null;
  readonly form: FormRule | null;
  /** Headers that say the same as ours under another name; if both are there they must be equal. */
  readonly twins: Readonly<Record<string, string>>;
  /** True if the sender says `text/plain` of its JSON. */
  readonly plainJson?: true;
  /** Dotted paths of the content at which secrets of their own stand: they are left out as soon as the body is parsed. */
  readonly omits?: readonly string[];
  readonly installs?: InstallRule;
  /** What a delivery that was taken, now or before, is answered with, where the sender waits for more than a status. */
  readonly acceptedAnswer?: { readonly status: 200 | 202; readonly contentType: string; readonly body: string };
  /**
   * True if the sender may say of two changes the same, without an id: then nothing tells a second change from a copy, and every
   * delivery counts. Only of a sender of hints: a read too many does no harm, and a change that is taken for a copy is lost.
   */
  readonly repeats?: true;
  /** True if the network must say where a delivery comes from: an endpoint of it requires a source. */
  readonly sourceNeeded?: true;
  readonly bodyBytesMax: number;
  readonly secrets: readonly SecretRule[];
}
