import type { TimeForm } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery } from './delivery.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

const printable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** The one value of a header; null if it is not there. Given twice, too long or not printable ASCII: refused. */
export function headerOf(delivery: Delivery, name: string): Step<string | null> {
  const values = Object.hasOwn(delivery.headers, name) ? delivery.headers[name] : undefined;
  if (values === undefined || values.length === 0) return go(null);
  if (values.length > 1) return stop('header-duplicate');
  const value = values[0] ?? '';
  if (value.length > limits.webhookHeaderCharsMax || !printable.test(value)) return stop('header-grammar');
  return go(value);
}

/** The one value of a header that must be there. */
export function headerNeeded(delivery: Delivery, name: string): Step<string> {
  const found = headerOf(delivery, name);
  if (!found.ok) return found;
  return found.value === null ? stop('header-missing') : go(found.value);
}

/** An id that may stand in a header, among signed parts that dots separate: no dot, no space. */
export const messageIdGrammar: RegExp = /^[A-Za-z0-9_-]{1,255}$/;

/** The value of a lower-case hex digit by its code. */
const digitOf = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57);

/** Lower-case hex, whole bytes. Null: anything else. */
export function hexBytes(text: string): Uint8Array | null {
  if (text.length === 0 || text.length % 2 !== 0 || !/^[0-9a-f]+$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = digitOf(text.charCodeAt(2 * i)) * 16 + digitOf(text.charCodeAt(2 * i + 1));
  return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function sextets(text: string, extra: string): Uint8Array | null {
  const whole = alphabet + extra;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const char of text) {
    const six = whole.indexOf(char);
    if (six < 0) return null;
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  // Bits that belong to no byte must be zero: otherwise several texts would mean the same bytes.
  return bits === 6 || (held & ((1 << bits) - 1)) !== 0 ? null : bytes;
}

/** Base64 with padding (RFC 4648 section 4) in its one canonical spelling. Null: anything else. */
export function base64Bytes(text: string): Uint8Array | null {
  if (text.length === 0 || text.length % 4 !== 0) return null;
  return sextets(text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text, '+/');
}

/** Base64url without padding (RFC 4648 section 5) in its one canonical spelling. Null: anything else. */
export function base64urlBytes(text: string): Uint8Array | null {
  return text.length === 0 ? null : sextets(text, '-_');
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?Z$/;

/** Days from 1970-01-01 to a day of the Gregorian calendar. Written out because nothing here may know the clock. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** A time in milliseconds since 1970; null if it is not written exactly as `form` says. */
export function timeOf(text: string, form: TimeForm): number | null {
  if (form === 'unix-s') return /^[1-9]\d{9}$/.test(text) ? Number(text) * 1000 : null;
  const match = rfc3339.exec(text);
  if (match === null || (match[7] === undefined) !== (form === 'rfc3339-s')) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const last = month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  if (month < 1 || month > 12 || day < 1 || day > last || hour > 23 || minute > 59 || second > 59) return null;
  return daysOf(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}
