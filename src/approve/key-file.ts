import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { canonical } from '../action/canonical.ts';
import { parseJson } from '../action/parse-json.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { publicText } from '../record/identity.ts';

/*
 * An approver's private key on the approver's own disk. Only the command line reads it; the console never does.
 * It is encrypted with AES-256-GCM under a key that scrypt (RFC 7914) makes of the passphrase.
 */

const base64url = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`));

const head = {
  v: z.literal(1),
  purpose: z.literal('countersign/approver-key'),
  approver: z.string().min(1).max(limits.nameCharsMax),
  key: z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/),
  // The file may have been put there by somebody else: without a bound it could ask for any amount of memory.
  scrypt: z.strictObject({
    logN: z.int().min(1).max(limits.scryptLogNMax),
    r: z.literal(8),
    p: z.literal(1),
    salt: base64url(32),
  }),
};
const shape = z.strictObject({ ...head, iv: base64url(12), tag: base64url(16), sealed: z.string().max(400) });

type Head = Omit<z.infer<typeof shape>, 'iv' | 'tag' | 'sealed'>;

/** Refuses a passphrase that protects nothing. */
export function checkPassphrase(passphrase: string): Result<string> {
  return Array.from(passphrase).length >= limits.passphraseCharsMin
    ? ok(passphrase)
    : refuse('weak-passphrase', `a passphrase has at least ${limits.passphraseCharsMin} characters`);
}

function stretch(passphrase: string, { logN, r, p, salt }: Head['scrypt']): Buffer {
  const N = 2 ** logN;
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), 32, { N, r, p, maxmem: 256 * N * r });
}

/** What is not secret in the file is authenticated with the rest: a changed name or key does not open. */
const bound = ({ v, purpose, approver, key, scrypt }: Head): Buffer => Buffer.from(canonical({ v, purpose, approver, key, scrypt }));

function writeNew(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let handle: number;
  try {
    handle = openSync(file, 'wx', 0o600);
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CountersignError(
      'bad-key',
      there ? `there is a key in ${file} already: it is never overwritten` : `the key cannot be written to ${file}`,
      {
        cause: error,
      },
    );
  }
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes an approver's key and writes it to a new file (mode 0600), encrypted. Returns the public key as text.
 * @throws CountersignError `bad-key` if the passphrase is too short, or the file is there already.
 */
export function createApproverKey(file: string, approver: string, passphrase: string): string {
  const checked = checkPassphrase(passphrase);
  if (!checked.ok) throw new CountersignError('bad-key', checked.message);
  const pair = generateKeyPairSync('ed25519');
  const scrypt = { logN: limits.scryptLogN, r: 8, p: 1, salt: randomBytes(32).toString('base64url') } as const;
  const header: Head = { v: 1, purpose: 'countersign/approver-key', approver, key: publicText(pair.publicKey), scrypt };
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', stretch(passphrase, scrypt), iv).setAAD(bound(header));
  const secret = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  secret.fill(0);
  const text = {
    ...header,
    iv: iv.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
    sealed: sealed.toString('base64url'),
  };
  writeNew(file, `${JSON.stringify(text, null, 2)}\n`);
  return header.key;
}

/** A key file as it lies on the disk, still locked. */
export interface LockedKey {
  readonly approver: string;
  /** The public key. */
  readonly key: string;
  /** Opens it. Takes a moment and some 32 MB of memory, on purpose. */
  unlock(passphrase: string): Result<KeyObject>;
}

/**
 * Reads a key file without opening it.
 * @throws CountersignError `bad-key` if it is not there or is not a key file.
 */
export function readApproverKey(file: string): LockedKey {
  let value: z.infer<typeof shape>;
  try {
    if (statSync(file).size > limits.approverFileBytesMax) throw new Error('too large');
    value = shape.parse(parseJson(readFileSync(file, 'utf8')));
  } catch {
    throw new CountersignError(
      'bad-key',
      `there is no approver's key in ${file}: name the file with --key-file, or run \`countersign approver create\``,
    );
  }
  const { iv, tag, sealed, ...header } = value;
  const wrong = refuse('wrong-passphrase', 'the key does not open: the passphrase is wrong, or the file was changed');
  return {
    approver: header.approver,
    key: header.key,
    unlock: (passphrase) => {
      try {
        const decipher = createDecipheriv('aes-256-gcm', stretch(passphrase, header.scrypt), Buffer.from(iv, 'base64url'), {
          authTagLength: 16,
        })
          .setAAD(bound(header))
          .setAuthTag(Buffer.from(tag, 'base64url'));
        const secret = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()]);
        const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
        secret.fill(0);
        return key.asymmetricKeyType === 'ed25519' && publicText(createPublicKey(key)) === header.key ? ok(key) : wrong;
      } catch {
        return wrong;
      }
    },
  };
}
