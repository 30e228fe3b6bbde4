import { expect, test } from 'vitest';
import { luhn, mod97 } from './checksums.ts';

/** A number with its check digit, worked out the other way round. */
function withCheckDigit(body: string): string {
  for (let digit = 0; digit < 10; digit++) {
    const sum = Array.from(`${body}${digit}`, Number)
      .toReversed()
      .reduce((total, value, i) => total + (i % 2 === 0 ? value : Math.floor((value * 2) / 10) + ((value * 2) % 10)), 0);
    if (sum % 10 === 0) return `${body}${digit}`;
  }
  return body;
}

test.each(['7992739871', '400000000000000', '37000000000000', '1'])(
  '%s with its check digit passes Luhn, and with any other does not',
  (body) => {
    const whole = withCheckDigit(body);
    expect(luhn(whole)).toBe(true);
    expect(luhn(whole.replaceAll(/(.{4})(?=.)/g, '$1 '))).toBe(true);
    for (let digit = 0; digit < 10; digit++) if (String(digit) !== whole.at(-1)) expect(luhn(`${body}${digit}`)).toBe(false);
  },
);

test.each(['', '0', '0000 0000 0000 0000', '4000x', '４000', '-'])('%j is no number of a card', (text) => {
  expect(luhn(text)).toBe(false);
});

test.each(['GB82 WEST 1234 5698 7654 32', 'DE89370400440532013000', 'fr1420041010050500013m02606'])(
  '%s, an example of the IBAN registry, passes',
  (iban) => {
    expect(mod97(iban)).toBe(true);
  },
);

test.each(['GB83 WEST 1234 5698 7654 32', 'DE89370400440532013001', 'DE8', '1234567890123456', 'GB82WEST12345698765432GB82WEST1234569876'])(
  '%s does not',
  (iban) => {
    expect(mod97(iban)).toBe(false);
  },
);
