import { isUtf8 } from 'node:buffer';
import {
  constants,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash as hashOf,
  privateDecrypt,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { MacAlgorithm, SignatureAlgorithm } from '../connectors/webhook.ts';
import type { Chunks, WebhookCrypto } from './delivery.ts';

/** Making a key ready costs more than using it. It lives as long as the endpoint that holds its bytes, which never change. */
const secretKeys = new WeakMap<Uint8Array, KeyObject>();
const publicKeys = new WeakMap<Uint8Array, KeyObject>();
const privateKeys = new WeakMap<Uint8Array, KeyObject>();

const ed25519Spki = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410: SubjectPublicKeyInfo before the 32 bytes

function secretKey(bytes: Uint8Array): KeyObject {
  let key = secretKeys.get(bytes);
  if (key === undefined) secretKeys.set(bytes, (key = createSecretKey(bytes)));
  return key;
}

function publicKey(algorithm: SignatureAlgorithm, bytes: Uint8Array): KeyObject {
  const known = publicKeys.get(bytes);
  if (known !== undefined) return known;
  const der = algorithm === 'ed25519' ? Buffer.concat([ed25519Spki, bytes]) : Buffer.from(bytes);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  publicKeys.set(bytes, key);
  return key;
}

function privateKey(bytes: Uint8Array): KeyObject {
  let key = privateKeys.get(bytes);
  if (key === undefined) privateKeys.set(bytes, (key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })));
  return key;
}

/** A key is used only for what it is: an RSA key under an ECDSA header, or a P-384 one, verifies nothing. */
function fits(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  if (algorithm === 'ed25519') return key.asymmetricKeyType === 'ed25519';
  if (algorithm === 'rs256' || algorithm === 'rsa-sha1' || algorithm === 'rsa-pss-sha512')
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  return algorithm === 'ecdsa-p256-sha256' && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

const joined = (chunks: Chunks): Buffer => Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));

const hashes: Readonly<Record<MacAlgorithm, string>> = { 'hmac-sha1': 'sha1', 'hmac-sha256': 'sha256', 'hmac-sha512': 'sha512' };

/** What the verifier needs of the machine, on node:crypto. */
export const nodeCrypto: WebhookCrypto = {
  hmac(algorithm, key, chunks) {
    const hmac = createHmac(hashes[algorithm], secretKey(key));
    for (const chunk of chunks) hmac.update(chunk);
    return hmac.digest();
  },
  verify(algorithm, key, signature, chunks) {
    try {
      const known = publicKey(algorithm, key);
      if (!fits(algorithm, known)) return false;
      // RFC 9421 section 3.3.1: RSASSA-PSS with SHA-512 and a salt of 64 bytes
      if (algorithm === 'rsa-pss-sha512')
        return verify('sha512', joined(chunks), { key: known, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }, signature);
      const hash = algorithm === 'ed25519' ? null : algorithm === 'rsa-sha1' ? 'sha1' : 'sha256';
      return verify(hash, joined(chunks), known, signature);
    } catch {
      return false; // bytes that are no key or no DER: whoever sent the signature learns nothing from the difference
    }
  },
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  unwrap(key, wrapped) {
    try {
      const known = privateKey(key);
      if (known.asymmetricKeyType !== 'rsa' || (known.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return null;
      return privateDecrypt({ key: known, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, wrapped);
    } catch {
      return null;
    }
  },
  decrypt(key, data) {
    if (key.length !== 32) return null;
    try {
      const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
      return Buffer.concat([decipher.update(data), decipher.final()]);
    } catch {
      return null;
    }
  },
  sha256(chunks) {
    // Texts become one text: UTF-8 of a whole is UTF-8 of its parts, because no part ends inside of a character.
    if (chunks.every((chunk) => typeof chunk === 'string')) return hashOf('sha256', chunks.join(''));
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  },
  sha512(chunks) {
    const hash = createHash('sha512');
    for (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  },
  text: (bytes) => (isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : null),
};
