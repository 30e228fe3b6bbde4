import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest, digestBytes, digestText } from './digest.ts';
import type { DigestTag } from './digest.ts';

/** All tags; the compiler refuses a list that is not complete. */
const tags = Object.keys({
  account: 1,
  action: 1,
  approval: 1,
  arguments: 1,
  body: 1,
  catalogue: 1,
  credential: 1,
  display: 1,
  effect: 1,
  enrolment: 1,
  policy: 1,
  request: 1,
  statement: 1,
  token: 1,
  tool: 1,
} satisfies Record<DigestTag, 1>) as readonly DigestTag[];

test('a digest is SHA-256 over the tag, a zero byte and the bytes, as Node computes it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...tags), fc.uint8Array({ maxLength: 300 }), (tag, bytes) => {
      const expected = createHash('sha256').update(`countersign/${tag}/v1\0`).update(bytes).digest('hex');
      expect(digestBytes(tag, bytes)).toBe(`sha256:${expected}`);
    }),
  );
});

test('the same bytes under two tags have two digests', () => {
  expect(new Set(tags.map((tag) => digestText(tag, 'x'))).size).toBe(tags.length);
});

test('text is hashed as UTF-8 and a value as its canonical text', () => {
  expect(digestText('body', 'ö€😀')).toBe(digestBytes('body', new TextEncoder().encode('ö€😀')));
  expect(digest('body', { b: [1, 'ö'], a: null })).toBe(digestText('body', '{"a":null,"b":[1,"ö"]}'));
});
