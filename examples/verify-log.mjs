// Verifies a log of Countersign without any code of Countersign: Node's own cryptography and docs/log.md are enough.
//
//   node verify-log.mjs <folder of the log> <origin> <process=ed25519:key>...
//
// It prints what it found, ends with 0 if everything holds and with 1 if anything does not. It checks the checkpoint, the
// tree, and the signature and number of every statement. What the statements must mean together, `countersign log verify` checks.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, origin, ...given] = process.argv.slice(2);
if (folder === undefined || origin === undefined || given.length === 0) {
  console.error('usage: node verify-log.mjs <folder of the log> <origin> <process=ed25519:key>...');
  process.exit(2);
}

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const node = (left, right) => sha256(Buffer.of(1), left, right);
const publicKey = (raw) => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });

// The keys of the processes, by the id that stands in each entry: the process and the first 12 characters of its key.
const keys = new Map();
for (const text of given) {
  const match = /^([a-z]+)=ed25519:([\w-]{43})$/.exec(text);
  if (match === null) throw new Error(`a key is written as process=ed25519:key, not as ${text}`);
  const [, name, key] = match;
  const raw = Buffer.from(key, 'base64url');
  keys.set(`${name}:${key.slice(0, 12)}`, { name, raw, key: publicKey(raw) });
}

const problems = [];

/** The size and the root that a ledger has signed. */
function checkpoint() {
  const note = readFileSync(join(folder, 'checkpoint'), 'utf8');
  const end = note.indexOf('\n\n') + 1;
  const text = note.slice(0, end);
  const good = note
    .slice(end + 1)
    .split('\n')
    .some((line) => {
      const [dash, name, base64] = line.split(' ');
      if (dash !== '—' || name !== origin || base64 === undefined) return false;
      const bytes = Buffer.from(base64, 'base64');
      return [...keys.values()].some(({ name: process, raw, key }) => {
        const id = sha256(`${origin}\n`, Buffer.of(1), raw).subarray(0, 4);
        return process === 'ledger' && id.equals(bytes.subarray(0, 4)) && verify(null, Buffer.from(text), key, bytes.subarray(4));
      });
    });
  const [first, size, root] = text.split('\n');
  if (!good || first !== origin) problems.push('the checkpoint is not signed by the ledger for this log');
  return { size: Number(size), root: Buffer.from(root ?? '', 'base64') };
}

/** Every entry, out of bundles of 256. */
function* entries(size) {
  for (let first = 0; first < size; first += 256) {
    const digits = String(first / 256);
    const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g);
    const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
    const width = Math.min(256, size - first);
    const bytes = readFileSync(join(folder, `tile/entries/${name}${width === 256 ? '' : `.p/${width}`}`));
    for (let at = 0, i = 0; i < width; i++) {
      const length = bytes.readUInt16BE(at);
      yield bytes.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
}

/** The root of a tree (RFC 6962 section 2.1): neighbours are joined, an odd one moves up. */
function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  let row = leaves;
  while (row.length > 1) row = row.flatMap((left, i) => (i % 2 === 1 ? [] : [row[i + 1] === undefined ? left : node(left, row[i + 1])]));
  return row[0];
}

/** What the signature of a statement covers: the statement, or the root of those that were committed with it. */
function covered(bytes, way) {
  const alone = `countersign/statement/v1\n${bytes}`;
  if (way === '') return Buffer.from(alone);
  let hash = sha256(Buffer.of(0), alone);
  for (const [, side, neighbour] of way.matchAll(/([<>])([\w-]{43})/g)) {
    const other = Buffer.from(neighbour, 'base64url');
    hash = side === '<' ? node(other, hash) : node(hash, other);
  }
  return Buffer.concat([Buffer.from('countersign/statements/v1\n'), hash]);
}

const numbers = new Map();

/** What is wrong with an entry, or null. */
function problemOf(entry) {
  const { bytes, key: id, sig } = JSON.parse(entry.toString());
  const signer = keys.get(id);
  if (signer === undefined) return `its key ${id} is none of those that were given`;
  const match = /^([\w-]{86})((?:[<>][\w-]{43}){0,16})$/.exec(sig);
  if (match === null || !verify(null, covered(bytes, match[2]), signer.key, Buffer.from(match[1], 'base64url')))
    return 'its signature does not cover it';
  const { by, boot, n } = JSON.parse(bytes);
  if (by !== signer.name) return `it says that it is by the ${by}, and is signed by the ${signer.name}`;
  const next = numbers.get(`${by} ${boot}`) ?? 0;
  numbers.set(`${by} ${boot}`, n + 1);
  return n === next ? null : `it is number ${n} of its process, where number ${next} should be`;
}

const { size, root } = checkpoint();
const leaves = [];
try {
  for (const entry of entries(size)) {
    const problem = problemOf(entry);
    if (problem !== null) problems.push(`entry ${leaves.length}: ${problem}`);
    leaves.push(sha256(Buffer.of(0), entry));
  }
} catch (error) {
  problems.push(`entry ${leaves.length} cannot be read: ${error.message}`);
}
if (!rootOf(leaves).equals(root)) problems.push('the entries are not those that the checkpoint signs');

for (const problem of problems.slice(0, 20)) console.log(problem);
if (problems.length > 20) console.log(`and ${problems.length - 20} more`);
console.log(problems.length === 0 ? `good: ${size} entries, root ${root.toString('base64')}` : 'NOT good');
process.exit(problems.length === 0 ? 0 : 1);
