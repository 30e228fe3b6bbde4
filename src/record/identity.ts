import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { canonical, parseCanonical } from '../action/canonical.ts';
import { parseStatement } from '../action/statement.ts';
import type { Draft, Signed, SignerName, Statement, StatementKind } from '../action/statement.ts';
import type { Json } from '../action/json.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { leafBytes } from './leaf.ts';

const domain = 'countersign/statement/v1\n';

/** One life of a process, able to sign statements. `boot` and the counter make a dropped statement visible. */
export interface Identity {
  readonly name: SignerName;
  readonly keyId: string;
  readonly boot: string;
  /** Signs a draft as the `n`-th statement of this life. */
  sign(draft: Draft, n: number, atMs: number): Signed;
  /** Signs the text of a note (C2SP signed-note): the ledger's checkpoints. Never signs what could be taken for a statement. */
  readonly signNote?: (text: Uint8Array) => Uint8Array;
}

/** Public keys that are trusted, by key id. Pinned by the configuration. */
export type Trust = ReadonlyMap<string, { readonly name: SignerName; readonly key: KeyObject }>;

/** `ed25519:` and the raw public key in base64url. */
export function publicText(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  return `ed25519:${String(jwk.x)}`;
}

/**
 * Reads a public key as `publicText` writes it.
 * @throws CountersignError `bad-key`
 */
export function publicKey(text: string): KeyObject {
  const match = /^ed25519:([A-Za-z0-9_-]{43})$/.exec(text);
  if (match === null) throw new CountersignError('bad-key', 'a public key is written as ed25519: and 43 characters of base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: String(match[1]) }, format: 'jwk' });
}

/** Makes a new process key: the private key goes into `file` (mode 0600, never overwritten), the public text is returned. */
export function createIdentity(file: string): string {
  const pair = generateKeyPairSync('ed25519');
  writeFileSync(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  return publicText(pair.publicKey);
}

/** The key id: whose key it is, and its first characters. */
function keyIdOf(name: SignerName, text: string): string {
  return `${name}:${text.slice('ed25519:'.length, 'ed25519:'.length + 12)}`;
}

/**
 * Loads a process key and begins a new life.
 * @throws CountersignError `bad-key` if the file is not there or is not an Ed25519 key.
 */
export function loadIdentity(name: SignerName, file: string): Identity {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch {
    throw new CountersignError(
      'bad-key',
      `the key of the ${name} cannot be read from ${file}: run \`countersign init\`, or restore the file`,
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new CountersignError('bad-key', `${file} is not an Ed25519 key`);
  const keyId = keyIdOf(name, publicText(createPublicKey(key)));
  const boot = randomBytes(12).toString('base64url');
  return {
    name,
    keyId,
    boot,
    sign: (draft, n, atMs) => {
      const bytes = canonical({ v: 1, kind: draft.kind, by: name, boot, n, atMs, body: draft.body });
      const signed = { bytes, key: keyId, sig: sign(null, Buffer.from(domain + bytes), key).toString('base64url') };
      const length = Buffer.byteLength(bytes);
      // As an entry of the log its quotes are escaped, which can make it twice as long: that is looked at only if it could matter.
      const long = 2 * length + 1000 > limits.logEntryBytesMax;
      if (length > limits.statementBytesMax || (long && leafBytes(signed).length > limits.logEntryBytesMax))
        throw new CountersignError('bug', `a statement of kind ${draft.kind} is larger than a log entry may be`);
      return signed;
    },
    signNote: (text) => {
      const bytes = Buffer.from(text);
      if (bytes.subarray(0, domain.length).toString('latin1') === domain)
        throw new CountersignError('bug', 'a note may not look like a statement');
      return sign(null, bytes, key);
    },
  };
}

/** Builds the table of trusted keys from the configuration's `trust` section. */
export function trustOf(keys: Readonly<Partial<Record<SignerName, readonly string[]>>>): Trust {
  const trust = new Map<string, { name: SignerName; key: KeyObject }>();
  for (const [name, texts] of Object.entries(keys) as [SignerName, readonly string[]][]) {
    for (const text of texts) trust.set(keyIdOf(name, text), { name, key: publicKey(text) });
  }
  return trust;
}

/**
 * Opens a signed statement: the key is trusted and belongs to the maker that the statement names, the signature covers
 * these bytes, the bytes are canonical, and the maker may make such a statement.
 *
 * The bytes may come from anybody who can write to the store.
 */
export function openStatement(trust: Trust, signed: Signed): Result<Statement> {
  const known = trust.get(signed.key);
  if (known === undefined) return refuse('unknown-key', 'the statement is signed with a key that is not trusted here');
  if (!verify(null, Buffer.from(domain + signed.bytes), known.key, Buffer.from(signed.sig, 'base64url')))
    return refuse('bad-signature', 'the signature does not cover these bytes');
  let value: Json;
  try {
    value = parseCanonical(signed.bytes);
  } catch {
    return refuse('not-canonical', 'the statement is not canonical JSON');
  }
  const statement = parseStatement(value);
  if (statement === null || statement.by !== known.name)
    return refuse('not-a-statement', 'the statement is not one that this signer may make');
  return ok(statement);
}

/** Opens a statement that must be of one kind. */
export function openAs<K extends StatementKind>(trust: Trust, signed: Signed, kind: K): Result<Statement<K>> {
  const opened = openStatement(trust, signed);
  if (!opened.ok) return opened;
  return opened.value.kind === kind ? ok(opened.value as Statement<K>) : refuse('not-a-statement', `the statement is not of kind ${kind}`);
}
