import { canonical, parseCanonical } from '../action/canonical.ts';
import type { Signed } from '../action/statement.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The entry of the log for a statement: canonical JSON of its bytes, key and signature. */
export function leafBytes({ bytes, key, sig }: Signed): Uint8Array {
  return Buffer.from(canonical({ bytes, key, sig }));
}

/** Text of bytes that must be UTF-8, or null. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** The statement in an entry of the log, or null if it is anything else. The entry may come from anybody. */
export function parseLeaf(entry: Uint8Array): Signed | null {
  const text = textOf(entry);
  if (text === null) return null;
  let value: Json;
  try {
    value = parseCanonical(text);
  } catch {
    return null;
  }
  if (!isObject(value) || Object.keys(value).length !== 3) return null;
  const { bytes, key, sig } = value;
  return typeof bytes === 'string' && typeof key === 'string' && typeof sig === 'string' ? { bytes, key, sig } : null;
}
