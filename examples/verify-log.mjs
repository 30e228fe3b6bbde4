// Verifies a log of Countersign without any code of Countersign: Node's own cryptography and docs/log.md are enough.
//
//   node verify-log.mjs <folder of the log> <origin> <process=ed25519:key>...
//
// It prints what it found, ends with 0 if everything holds and with 1 if anything does not. It checks the checkpoint, the
// tree and its tiles, and of every statement the form, the signature, whether its maker may make it, and its number. What is
// in the body of a statement, what statements must mean together, and files that the tree does not need, `countersign log verify` checks.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const node = (left, right) => sha256(Buffer.of(1), left, right);
const publicKey = (raw) => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });

const keyForm = /^([a-z]+)=ed25519:([\w-]{43})$/;

/** The keys of the processes, by the id that stands in each entry: the process and the first 12 characters of its key. */
function keysOf(given) {
  const keys = new Map();
  for (const text of given) {
    const [, name, key] = keyForm.exec(text);
    const raw = Buffer.from(key, 'base64url');
    keys.set(`${name}:${key.slice(0, 12)}`, { name, raw, key: publicKey(raw) });
  }
  return keys;
}

// What each process may state.
const kinds = {
  gateway: 'started, run-opened, words, proposed, decided, alarm',
  hooks: 'started, event-received, deliveries-refused, handshake, event-given, event-settled, hook-secret, account-begun, alarm',
  console: 'started, signed, refused, enrolled, alarm',
  reader: 'started, resolved, read, read-failed, account-linked, account-refused, account-revoked, alarm',
  executor: 'started, intent, outcome, cancelled, account-linked, account-refused, account-revoked, alarm',
  ledger: 'started, alarm',
  operator: 'token-created, token-revoked, content-opened, enrolled, event-confirmed, hook-secret, alarm',
};

/** Throws what is wrong unless it is right. */
function must(right, wrong) {
  if (!right) throw new Error(wrong);
}

/** The bytes of a text in one of two alphabets; only the one spelling that an encoder writes. */
function decoded(text, encoding) {
  const bytes = Buffer.from(text, encoding);
  must(bytes.toString(encoding) === text, `it holds ${encoding} that no encoder writes`);
  return bytes;
}

/** Text that is UTF-8. */
function utf8(bytes) {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** A file, or null if there is none. */
function read({ folder }, path) {
  const file = join(folder, path);
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : null;
}

/** The size and the root that a ledger has signed: a note of lines, an empty line, and lines with signatures. */
function checkpoint(log) {
  const { origin, keys } = log;
  const bytes = read(log, 'checkpoint');
  must(bytes !== null, 'there is none');
  const note = utf8(bytes);
  const end = note.lastIndexOf('\n\n') + 1;
  // oxlint-disable-next-line no-control-regex -- the standard forbids exactly these
  must(note.length <= 131_072 && end > 1 && note.endsWith('\n') && !/[\0-\x09\x0b-\x1f]/.test(note), 'it is not a signed note');
  const text = note.slice(0, end);
  const lines = note.slice(end + 1, -1).split('\n');
  must(lines.length <= 64, 'it has too many signatures');
  let good = 0;
  for (const line of lines) {
    const [, name, base64] = /^— ([^\s+\x85\p{Cc}]+) (\S+)$/u.exec(line) ?? [];
    must(name !== undefined, 'a line with a signature is malformed');
    const signature = decoded(base64, 'base64');
    must(signature.length > 4, 'a line with a signature is malformed');
    const id = signature.subarray(0, 4);
    const signer = [...keys.values()].find(
      (one) => one.name === 'ledger' && sha256(`${origin}\n`, Buffer.of(1), one.raw).subarray(0, 4).equals(id),
    );
    if (name !== origin || signer === undefined) continue;
    must(verify(null, Buffer.from(text), signer.key, signature.subarray(4)), 'a signature of the ledger does not cover it');
    good++;
  }
  must(good > 0, 'it is not signed by the ledger');
  const [first, size, root, ...rest] = text.slice(0, -1).split('\n');
  must(first === origin, 'it is one of another log');
  must(/^(0|[1-9]\d{0,15})$/.test(size) && Number(size) <= 2 ** 48 && root !== undefined && !rest.includes(''), 'it is malformed');
  const hash = decoded(root, 'base64');
  must(hash.length === 32, 'its root is no hash');
  return { size: Number(size), root: hash };
}

/** The items in bytes that must be exactly so many of them. */
function items(level, bytes, width) {
  const found = [];
  let at = 0;
  for (let i = 0; i < width; i++) {
    const [from, length] = level === 'entries' ? [at + 2, at + 2 <= bytes.length ? bytes.readUInt16BE(at) : Infinity] : [at, 32];
    at = from + length;
    must(at <= bytes.length, 'it is too short');
    found.push(bytes.subarray(from, at));
  }
  must(at === bytes.length, 'it is too long');
  return found;
}

/** The first `width` items of a file of 256: from the file of that width, or else from the full one. */
function part(log, level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g);
  const full = `tile/${level}/${groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')}`;
  const path = width === 256 ? full : `${full}.p/${width}`;
  try {
    const bytes = read(log, path);
    if (bytes !== null) return items(level, bytes, width);
    const more = width === 256 ? null : read(log, full);
    must(more !== null, 'it is missing');
    return items(level, more, 256).slice(0, width);
  } catch (error) {
    log.problems.push(`${path}: ${error.message}`);
    return [];
  }
}

/** The root of a tree (RFC 6962 section 2.1): neighbours are joined, an odd one moves up. */
function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  let row = leaves;
  while (row.length > 1) row = row.flatMap((left, i) => (i % 2 === 1 ? [] : [row[i + 1] === undefined ? left : node(left, row[i + 1])]));
  return row[0];
}

/**
 * Reads JSON that must be canonical (RFC 8785), so that no two readers can see two values in it. JSON.parse reads single
 * strings and numbers only: of objects with escapes in their names it has read wrong ones (nodejs/node issue 63785).
 */
function parse(text) {
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[\w.+-]+/y;
  let at = 0;
  const skip = (char) => text[at] === char && ++at > 0;
  const token = () => {
    tokens.lastIndex = at;
    const [written] = tokens.exec(text) ?? [''];
    at += written.length;
    must(written !== '', 'it is not canonical JSON');
    const value = JSON.parse(written);
    const whole = typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);
    must(whole && JSON.stringify(value) === written && String(value).isWellFormed(), 'it is not canonical JSON');
    return value;
  };
  const value = (depth) => {
    must(depth <= 64, 'it is nested too deep');
    const list = skip('[');
    if (!list && !skip('{')) return token();
    const whole = list ? [] : {};
    if (skip(list ? ']' : '}')) return whole;
    for (let last = null, i = 0; ; i++) {
      const name = list ? i : token();
      if (!list) {
        must(typeof name === 'string' && (last === null || last < name) && skip(':'), 'its names are not in order');
        must(name !== '__proto__' && name !== 'toJSON', 'it has a name that nothing may have');
        last = name;
      }
      whole[name] = value(depth + 1);
      if (skip(list ? ']' : '}')) return whole;
      must(skip(','), 'it is not JSON');
    }
  };
  const all = value(0);
  must(at === text.length, 'it is not JSON');
  return all;
}

/** What the signature of a statement covers: the statement, or the root of those that were committed with it. */
function covered(bytes, way) {
  const alone = `countersign/statement/v1\n${bytes}`;
  if (way === '') return Buffer.from(alone);
  let hash = sha256(Buffer.of(0), alone);
  for (const [, side, neighbour] of way.matchAll(/([<>])([\w-]{43})/g)) {
    const other = decoded(neighbour, 'base64url');
    hash = side === '<' ? node(other, hash) : node(hash, other);
  }
  return Buffer.concat([Buffer.from('countersign/statements/v1\n'), hash]);
}

const names = (value) => (value !== null && typeof value === 'object' ? Object.keys(value).join() : '');
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

/** Checks one entry. Throws what is wrong with it. */
function check({ keys, numbers }, entry) {
  const leaf = parse(utf8(entry));
  const { bytes, key: id, sig } = leaf;
  must(names(leaf) === 'bytes,key,sig' && [bytes, id, sig].every((one) => typeof one === 'string'), 'it is not a statement');
  const signer = keys.get(id);
  must(signer !== undefined, `its key ${id} is none of those that were given`);
  const [, signature, way] = /^([\w-]{86})((?:[<>][\w-]{43}){0,16})$/.exec(sig) ?? [];
  must(signature !== undefined, 'its signature does not have the form of one');
  must(verify(null, covered(bytes, way), signer.key, decoded(signature, 'base64url')), 'its signature does not cover it');
  const statement = parse(bytes);
  const { v, kind, by, boot, n, atMs } = statement;
  const whole = v === 1 && typeof boot === 'string' && /^[\w-]{16}$/.test(boot) && isCount(n) && isCount(atMs);
  must(names(statement) === 'atMs,body,boot,by,kind,n,v' && whole, 'it is not a statement');
  must(by === signer.name, `it says that it is by the ${by}, and is signed by the ${signer.name}`);
  must(kinds[by]?.split(', ').includes(kind), `the ${by} may not make a statement of kind ${kind}`);
  const next = numbers.get(`${by} ${boot}`) ?? 0;
  numbers.set(`${by} ${boot}`, n + 1);
  must(n === next, `it is number ${n} of its process, where number ${next} should be`);
}

/** Runs a step; what it throws is a problem of this thing. */
function attempt(log, thing, step) {
  try {
    return step();
  } catch (error) {
    log.problems.push(`${thing}: ${error.message}`);
    return null;
  }
}

/** Checks every entry. Returns their hashes. */
function leavesOf(log, size) {
  const leaves = [];
  for (let index = 0; index * 256 < size && log.problems.length < 100; index++) {
    const entries = part(log, 'entries', index, Math.min(256, size - index * 256));
    entries.forEach((entry, i) => attempt(log, `entry ${index * 256 + i}`, () => check(log, entry)));
    leaves.push(...entries.map((entry) => sha256(Buffer.of(0), entry)));
  }
  return leaves;
}

/** Compares the tiles with the tree: 256 hashes of one row in each, of every eighth row. */
function checkTiles(log, leaves) {
  for (let level = 0, row = leaves; row.length > 0 && log.problems.length < 100; level++) {
    const above = [];
    for (let index = 0; index * 256 < row.length; index++) {
      const own = row.slice(index * 256, index * 256 + 256);
      const tile = part(log, level, index, own.length);
      if (tile.some((hash, i) => !hash.equals(own[i]))) log.problems.push(`tile/${level}, number ${index}, is not made from the entries`);
      if (own.length === 256) above.push(rootOf(own));
    }
    row = above;
  }
}

/** Everything that is wrong with a log, and what its checkpoint says. */
function verifyLog(folder, origin, given) {
  const log = { folder, origin, keys: keysOf(given), problems: [], numbers: new Map() };
  const head = attempt(log, 'checkpoint', () => checkpoint(log));
  if (head === null) return log;
  const leaves = leavesOf(log, head.size);
  if (!rootOf(leaves).equals(head.root)) log.problems.push('the entries are not those that the checkpoint signs');
  checkTiles(log, leaves);
  return { ...log, size: head.size, root: head.root.toString('base64') };
}

function main([folder, origin, ...given]) {
  if (given.length === 0 || !given.every((text) => keyForm.test(text))) {
    console.error('usage: node verify-log.mjs <folder of the log> <origin> <process=ed25519:key>...');
    return 2;
  }
  const { problems, size, root } = verifyLog(folder, origin, given);
  for (const problem of problems.slice(0, 20)) console.log(problem);
  if (problems.length > 20) console.log(`and ${problems.length - 20} more`);
  console.log(problems.length === 0 ? `good: ${size} entries, root ${root}` : 'NOT good');
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
