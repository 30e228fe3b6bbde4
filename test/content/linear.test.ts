// verifies: content.linear
import { expect, test } from 'vitest';
import { sanitise } from '../../src/content/sanitise.ts';
import { limits } from '../../src/limits.ts';
import { hard } from './hard.ts';

/*
 * The same hostile text at one length and at four times the length: what is counted is work, not time.
 */

test.each(Object.entries(hard))('%s: four times the text costs about four times the work', (_, texts) => {
  expect(texts.length).toBeGreaterThanOrEqual(20);
  for (const make of texts) {
    const [small, large] = [2000, 8000].map((chars) => sanitise(make(chars)).steps);
    expect(large, JSON.stringify(make(24))).toBeLessThanOrEqual(4.2 * (small ?? 0) + 200);
    const result = sanitise(make(2000));
    if (result.kind === 'text') expect(result.text.length, JSON.stringify(make(24))).toBeLessThanOrEqual(24 + 12 * 2000);
    expect(small, JSON.stringify(make(24))).toBeLessThanOrEqual(24 * 2000);
  }
});

test('a text beyond its bounds is withheld with a notice of ours, never cut', () => {
  const long = sanitise('a'.repeat(limits.contentCharsMax + 1));
  expect(long).toMatchObject({ kind: 'withheld', reason: 'too-long' });
  const parts = sanitise('<!---->'.repeat(limits.contentPartsMax + 1));
  expect(parts).toMatchObject({ kind: 'withheld', reason: 'too-many-parts', notice: expect.stringContaining('[withheld: ') as string });
  expect(sanitise('a'.repeat(limits.contentCharsMax))).toMatchObject({ kind: 'text' });
});
