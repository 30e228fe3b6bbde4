import type { MacAlgorithm, SecretKind, SignatureAlgorithm, WebhookProvider } from '../connectors/webhook.ts';

/** How far the network says where a delivery comes from; found out by the process that took it, never by a header. */
export type SourceGrade = 'mtls' | 'ip' | 'none';

/** One delivery as it came. Whoever sent it controls every value in it except `source`. */
export interface Delivery {
  readonly method: string;
  /** Path and query exactly as on the request line. */
  readonly target: string;
  /** Names in lower case, each with every value that was received (`headersDistinct` of node:http, never `headers`). */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** The bytes as they came over the wire: not decoded, not decompressed. */
  readonly body: Uint8Array;
  readonly source: SourceGrade;
}

/** A secret that `readSecret` has accepted. */
export interface WebhookSecret {
  /** Names the secret in records; never its value. For a bearer's key it is the `kid`, for a private key the certificate's id. */
  readonly id: string;
  readonly kind: SecretKind;
  /** HMAC and token: the bytes. Ed25519: 32 raw bytes. ECDSA and RSA: SPKI in DER; a private key: PKCS #8 in DER. */
  readonly key: Uint8Array;
  readonly notBeforeMs: number;
  /** Null: until it is taken away. */
  readonly notAfterMs: number | null;
  /** The operator has ended it: it proves nothing, whatever the clock says. */
  readonly ended?: true;
  /** The client for whom the sender installed it: it proves nothing of another. Without one it is the operator's own. */
  readonly client?: string;
}

/** One address that one sender delivers to. The operator's configuration controls all of it. */
export interface Endpoint {
  readonly id: string;
  readonly provider: WebhookProvider;
  readonly secrets: readonly WebhookSecret[];
  /** The address as the sender knows it, with scheme and query. Never put together from Host or X-Forwarded headers. */
  readonly publicUrl: string;
  /** The base address of the app as its descriptor has it, where the sender's hash leaves its path out (Connect). Left out: the origin. */
  readonly baseUrl?: string;
  /** What the delivery must say, by the names of the provider's `binds`; for a bearer also its claims. */
  readonly expects: Readonly<Record<string, string>>;
  /** The events that are taken; another is put in quarantine. Null: every event that the provider's rule can prove. */
  readonly events: readonly string[] | null;
  /** True while a person is setting the endpoint up: the only time at which a challenge is answered. */
  readonly pending: boolean;
  /** The source that is required. `none`: any. */
  readonly source: SourceGrade;
  /** True if secrets come to it with installations. There may be none yet. */
  readonly installable?: true;
  /** The endpoints for which this one keeps the secrets of installations. */
  readonly installs?: readonly string[];
}

/** Bytes to hash: text is taken as UTF-8. */
export type Chunks = readonly (string | Uint8Array)[];

/** What the pure verifier needs of the machine. Every function is total: a broken key or signature is `false`, never a throw. */
export interface WebhookCrypto {
  hmac(algorithm: MacAlgorithm, key: Uint8Array, chunks: Chunks): Uint8Array;
  /** Ed25519, ECDSA and RSA. */
  verify(algorithm: SignatureAlgorithm, key: Uint8Array, signature: Uint8Array, chunks: Chunks): boolean;
  /** Constant time for equal lengths; false for different ones. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** A key of RSA-OAEP (SHA-1) under a private key in PKCS #8. Null: it was not sealed for this key, or this is no key. */
  unwrap(key: Uint8Array, wrapped: Uint8Array): Uint8Array | null;
  /** AES-256-CBC with PKCS #7 padding; the first 16 bytes of the key are the initial vector. Null: it does not decipher. */
  decrypt(key: Uint8Array, data: Uint8Array): Uint8Array | null;
  /** Lower-case hex. */
  sha256(chunks: Chunks): string;
  /** Lower-case hex. */
  sha512(chunks: Chunks): string;
  /** Strict UTF-8 with any byte order mark kept; null if the bytes are not UTF-8. */
  text(bytes: Uint8Array): string | null;
}
