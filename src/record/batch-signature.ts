import { hash } from 'node:crypto';
import { limits } from '../limits.ts';

/*
 * One Ed25519 signature over everything that a process commits together. What is alone is signed as it is. Of several, the
 * root of a Merkle tree over them is signed (RFC 6962 section 2.1: tagged leaves and nodes, an odd one moves up), and each
 * carries the way from itself to the root, so that each can still be proved without the others.
 *
 * The text of a signature: 86 characters of base64url, then for each step up the side of the neighbour, `<` or `>`, and the
 * neighbour's hash in 43 characters. Each of our own statements has exactly one such text.
 */

/** What every signature of a statement begins with, so that none is one of anything else. */
export const statementDomain = 'countersign/statement';
const single = `${statementDomain}/v1\n`;
const several = Buffer.from(`${statementDomain}s/v1\n`);

const signatureChars = 86;
const stepChars = 1 + 43;
const form = new RegExp(`^[\\w-]{${signatureChars}}(?:[<>][\\w-]{43}){0,${limits.batchStepsMax}}$`);

/** The longest text that a signature can have. */
export const signatureCharsMax: number = signatureChars + stepChars * limits.batchStepsMax;

/** How many statements one signature can cover. */
export const batchStatementsMax: number = 2 ** limits.batchStepsMax;

const nodeTag = Buffer.of(1);
const leafOf = (bytes: string): Buffer => hash('sha256', `\0${single}${bytes}`, 'buffer');
const nodeOf = (left: Buffer, right: Buffer): Buffer => hash('sha256', Buffer.concat([nodeTag, left, right]), 'buffer');

/** The rows of the tree, leaves first, the root alone in the last one. */
function rowsOf(leaves: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const rows = [leaves];
  for (let row = leaves; row.length > 1; rows.push(row)) {
    const below = row;
    row = below.flatMap((left, i) => {
      if (i % 2 === 1) return [];
      const right = below[i + 1];
      return [right === undefined ? left : nodeOf(left, right)];
    });
  }
  return rows;
}

/** The steps from a leaf to the root. */
function wayFrom(leaf: number, rows: readonly (readonly Buffer[])[]): string {
  let way = '';
  let i = leaf;
  for (const row of rows) {
    const neighbour = row[i % 2 === 0 ? i + 1 : i - 1];
    if (neighbour !== undefined) way += (i % 2 === 0 ? '>' : '<') + neighbour.toString('base64url');
    i = Math.floor(i / 2);
  }
  return way;
}

/** The signature of each of these texts, made with one call of `sign`. At most `batchStatementsMax` of them. */
export function signBatch(texts: readonly string[], sign: (message: Buffer) => Buffer): readonly string[] {
  const [only] = texts;
  if (only === undefined) return [];
  if (texts.length === 1) return [sign(Buffer.from(single + only)).toString('base64url')];
  const rows = rowsOf(texts.map(leafOf));
  const root = rows.at(-1)?.[0] as Buffer;
  const signature = sign(Buffer.concat([several, root])).toString('base64url');
  return texts.map((_, i) => signature + wayFrom(i, rows));
}

/** Bytes in base64url; null for another spelling of the same bytes. */
function exactly(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** What must hold for a signature to cover a text: this Ed25519 signature over this message. Null if it has no such form. Both may come from anybody. */
export function coverOf(text: string, sig: string): { readonly signature: Buffer; readonly message: Buffer } | null {
  if (!form.test(sig)) return null;
  const signature = exactly(sig.slice(0, signatureChars));
  if (signature === null) return null;
  if (sig.length === signatureChars) return { signature, message: Buffer.from(single + text) };
  let root = leafOf(text);
  for (let at = signatureChars; at < sig.length; at += stepChars) {
    const neighbour = exactly(sig.slice(at + 1, at + stepChars));
    if (neighbour === null) return null;
    root = sig[at] === '<' ? nodeOf(neighbour, root) : nodeOf(root, neighbour);
  }
  return { signature, message: Buffer.concat([several, root]) };
}
