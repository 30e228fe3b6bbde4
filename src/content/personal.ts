import { luhn, mod97 } from './checksums.ts';

/*
 * Personal data, for policies that ask about it. Names of people are not looked for: no rule tells them from other words.
 * Each scan looks at a character a bounded number of times.
 */

/** A kind of personal data, and how often it stands in a text. */
export interface Personal {
  readonly rule: 'card' | 'iban' | 'ssn' | 'email' | 'phone';
  readonly what: string;
  readonly count: number;
}

/** Which lengths the numbers of an issuer have: prefixes as ranges of the first six digits (ISO/IEC 7812). */
const issuers: readonly (readonly [from: number, to: number, shortest: number, longest: number])[] = [
  [400000, 499999, 13, 19], [510000, 559999, 16, 16], [222100, 272099, 16, 16], [220000, 220499, 16, 19], [340000, 349999, 15, 15], [370000, 379999, 15, 15],
  [601100, 601199, 16, 19], [644000, 659999, 16, 19], [300000, 305999, 14, 19], [309500, 309599, 14, 19], [360000, 369999, 14, 19], [380000, 399999, 14, 19],
  [352800, 358999, 16, 19], [620000, 629999, 16, 19], [500000, 509999, 13, 19], [560000, 589999, 13, 19], [600000, 600999, 13, 19], [639000, 639999, 13, 19], [670000, 679999, 13, 19],
]; // prettier-ignore

/** True for the number of a payment card: an issuer's prefix and length, and Luhn's check digit. */
function isCard(digits: string): boolean {
  const prefix = Number(digits.slice(0, 6));
  return (
    issuers.some(
      ([from, to, shortest, longest]) => prefix >= from && prefix <= to && digits.length >= shortest && digits.length <= longest,
    ) && luhn(digits)
  );
}

/** A social security number of the United States by its shape: no area 000, 666 or 9xx, no group 00, no serial 0000. */
const ssn = /^(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}$/;
/** A number to call: written with a plus, or in groups as one dials them. */
const phone =
  /^(?:\+\d{1,3}[ .()/-]{0,2}(?:\(0\)[ ]?)?\d{1,8}(?:[ .()/-]{1,2}\d{1,8}){0,6}|\+\d{8,15}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{2,5}[ /-]\d{3,9}(?:[ -]\d{1,5}){0,3})$/;
const digit = (code: number): boolean => code >= 48 && code <= 57;
const joins = new Set(Array.from(' -./()', (char) => char.charCodeAt(0)));

/** Numbers as people write them, with single signs between the groups of digits: each is read once. */
function* numbers(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    if (!digit(text.charCodeAt(at))) {
      at++;
      continue;
    }
    let end = at + 1;
    for (let next = end; next < text.length && next - end <= 2; next++) {
      const code = text.charCodeAt(next);
      if (digit(code)) end = next + 1;
      else if (!joins.has(code)) break;
    }
    const lead = /[+(]{0,2}$/.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? '';
    if (!/[A-Za-z0-9_]/.test(text[at - 1] ?? '') && !/[A-Za-z0-9_]/.test(text[end] ?? '') && end - at <= 64)
      yield lead + text.slice(at, end);
    at = end;
  }
}

const ibanShaped = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g;
const mailShaped = /[A-Za-z0-9._%+-]{1,64}$/;
const mailDomain = /@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63}){1,8}/y;

function mails(text: string): number {
  let count = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    mailDomain.lastIndex = at;
    if (mailShaped.test(text.slice(Math.max(0, at - 64), at)) && mailDomain.test(text)) count++;
  }
  return count;
}

function ibans(text: string): number {
  let count = 0;
  for (const [shaped] of text.matchAll(ibanShaped)) {
    const bare = shaped.replaceAll(' ', '');
    // Words behind the number look like groups of it: the longest beginning that checks is the number.
    for (let length = Math.min(34, bare.length); length >= 15; length--)
      if (mod97(bare.slice(0, length))) {
        count++;
        break;
      }
  }
  return count;
}

/** The personal data of a text, by kind. */
export function personalData(text: string): readonly Personal[] {
  let [cards, ssns, phones] = [0, 0, 0];
  for (const number of numbers(text)) {
    const digits = number.replaceAll(/\D/g, '');
    if (/^[\d -]{13,30}$/.test(number) && isCard(digits)) cards++;
    else if (ssn.test(number)) ssns++;
    else if (digits.length >= 7 && digits.length <= 15 && phone.test(number)) phones++;
  }
  const all: readonly Personal[] = [
    { rule: 'card', what: 'the number of a payment card', count: cards },
    { rule: 'iban', what: 'the number of a bank account (IBAN)', count: ibans(text) },
    { rule: 'ssn', what: 'something shaped like a social security number', count: ssns },
    { rule: 'email', what: 'an e-mail address', count: mails(text) },
    { rule: 'phone', what: 'something shaped like a telephone number', count: phones },
  ];
  return all.filter(({ count }) => count > 0);
}
