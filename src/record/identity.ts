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
import { batchStatementsMax, coverOf, signBatch, signatureCharsMax, statementDomain } from './batch-signature.ts';
import { leafBytes } from './leaf.ts';

/** One life of a process, able to sign statements. `boot` and the counter make a dropped statement visible. */
export interface Identity {
  readonly name: SignerName;
  readonly keyId: string;
  readonly boot: string;
  /** Signs drafts as the statements of this life from the `n`-th on, all with one signature. */
  sign(drafts: readonly Draft[], n: number, atMs: number): readonly Signed[];
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

/** The bytes of a statement. Too large is told from the statement alone, whatever it is signed together with. */
function textOf(
  { kind, body }: Draft,
  { by, keyId, boot, n, atMs }: Pick<Statement, 'by' | 'boot' | 'n' | 'atMs'> & { readonly keyId: string },
): string {
  const bytes = canonical({ v: 1, kind, by, boot, n, atMs, body });
  const length = Buffer.byteLength(bytes);
  // As an entry of the log its quotes are escaped, which can make it twice as long: that is looked at only if it could matter.
  const entry = (): number => leafBytes({ bytes, key: keyId, sig: '' }).length + signatureCharsMax;
  const long = 2 * length + signatureCharsMax + 1000 > limits.logEntryBytesMax;
  if (length > limits.statementBytesMax || (long && entry() > limits.logEntryBytesMax))
    throw new CountersignError('bug', `a statement of kind ${kind} is larger than a log entry may be`);
  return bytes;
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
    sign: (drafts, n, atMs) => {
      if (drafts.length > batchStatementsMax) throw new CountersignError('bug', `${drafts.length} statements are too many for one commit`);
      const texts = drafts.map((draft, i) => textOf(draft, { by: name, keyId, boot, n: n + i, atMs }));
      const signatures = signBatch(texts, (message) => sign(null, message, key));
      return texts.map((bytes, i) => ({ bytes, key: keyId, sig: String(signatures[i]) }));
    },
    signNote: (text) => {
      const bytes = Buffer.from(text);
      if (bytes.subarray(0, statementDomain.length).toString('latin1') === statementDomain)
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

/** Opens signed statements, one after the other. */
export type StatementOpener = (signed: Signed) => Result<Statement>;

/**
 * Opens many signed statements: each as `openStatement` does. The signature of those that were committed together is checked
 * once while they come one behind the other, which is most of what they cost.
 */
export function statementOpener(trust: Trust): StatementOpener {
  let checked: { readonly key: KeyObject; readonly signature: Buffer; readonly message: Buffer } | null = null;
  return (signed) => {
    const known = trust.get(signed.key);
    if (known === undefined) return refuse('unknown-key', 'the statement is signed with a key that is not trusted here');
    const cover = coverOf(signed.bytes, signed.sig);
    if (cover === null) return refuse('bad-signature', 'the signature does not have the form of one');
    const { signature, message } = cover;
    const again = checked?.key === known.key && checked.signature.equals(signature) && checked.message.equals(message);
    if (!again && !verify(null, message, known.key, signature)) return refuse('bad-signature', 'the signature does not cover these bytes');
    checked = { key: known.key, signature, message };
    return parsed(signed.bytes, known.name);
  };
}

function parsed(bytes: string, by: SignerName): Result<Statement> {
  let value: Json;
  try {
    value = parseCanonical(bytes);
  } catch {
    return refuse('not-canonical', 'the statement is not canonical JSON');
  }
  const statement = parseStatement(value);
  if (statement === null || statement.by !== by) return refuse('not-a-statement', 'the statement is not one that this signer may make');
  return ok(statement);
}

/**
 * Opens a signed statement: the key is trusted and belongs to the maker that the statement names, the signature covers
 * these bytes, the bytes are canonical, and the maker may make such a statement.
 *
 * The bytes may come from anybody who can write to the store.
 */
export function openStatement(trust: Trust, signed: Signed): Result<Statement> {
  return statementOpener(trust)(signed);
}

/** Opens a statement that must be of one kind. */
export function openAs<K extends StatementKind>(trust: Trust, signed: Signed, kind: K): Result<Statement<K>> {
  const opened = openStatement(trust, signed);
  if (!opened.ok) return opened;
  return opened.value.kind === kind ? ok(opened.value as Statement<K>) : refuse('not-a-statement', `the statement is not of kind ${kind}`);
}
