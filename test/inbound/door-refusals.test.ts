import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Body } from '../../src/action/statement.ts';
import { openRefusals } from '../../src/inbound/refusals.ts';
import { limits } from '../../src/limits.ts';
import type { Recorder } from '../../src/record/recorder.ts';

type Refused = Body<'deliveries-refused'>;

/** A recorder that keeps what it is given, and fails when it is told to. */
function keeper(): { recorder: Recorder; readonly written: Refused[][]; fail: boolean } {
  const written: Refused[][] = [];
  const self = {
    written,
    fail: false,
    recorder: {
      record: async ({ statements = [] }: Parameters<Recorder['record']>[0]) => {
        await Promise.resolve();
        if (self.fail) throw new Error('no store');
        written.push(statements.map((draft) => draft.body as Refused));
        return { ok: true as const, signed: [] };
      },
    },
  };
  return self;
}

const one = fc.record({
  endpoint: fc.oneof(fc.constantFrom('a', 'b'), fc.stringMatching(/^[a-z]{1,4}$/)),
  reason: fc.constantFrom('target', 'signature-wrong', 'busy', 'http'),
  body: fc.constantFrom(null, '0'.repeat(64)),
});
const moment = fc.oneof(
  { weight: 9, arbitrary: fc.array(one, { maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom('flush' as const, 'broken' as const) },
);

test('R13b however many deliveries are refused, what is written is one statement for each kind and flush, and no refusal is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { maxLength: 20 }), async (moments) => {
      const keep = keeper();
      let clock = 1_000_000;
      const refusals = openRefusals(keep.recorder, () => clock);
      let [sent, flushes] = [0, 1];
      const kinds = new Set<string>();
      for (const now of moments) {
        if (typeof now === 'string') {
          flushes++;
          keep.fail = now === 'broken';
          // What is refused while it is written down counts as well.
          const flushed = refusals.flush();
          refusals.count({ endpoint: 'a', reason: 'busy', body: null });
          kinds.add('a busy');
          sent++;
          await flushed;
          keep.fail = false;
          continue;
        }
        for (const refusal of now) {
          clock++;
          kinds.add(`${refusal.endpoint} ${refusal.reason}`);
          refusals.count(refusal);
          sent++;
        }
      }
      await refusals.close();
      const all = keep.written.flat();
      expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(sent);
      expect(all.length).toBeLessThanOrEqual(kinds.size * flushes);
      for (const batch of keep.written)
        expect(new Set(batch.map(({ endpoint, reason }) => `${endpoint} ${reason}`)).size).toBe(batch.length);
      for (const { firstAtMs, lastAtMs } of all) expect(firstAtMs).toBeLessThanOrEqual(lastAtMs);
    }),
    { numRuns: 100 },
  );
});

test('R13c with more kinds than there is room for, the rest is counted as one', async () => {
  const keep = keeper();
  const refusals = openRefusals(keep.recorder, () => 5);
  const kinds = limits.hooksRefusalKindsMax * 3;
  for (let i = 0; i < kinds; i++) refusals.count({ endpoint: `e${i}`, reason: 'target', body: null });
  refusals.count({ endpoint: 'e0', reason: 'target', body: null });
  await refusals.close();
  const [batch = []] = keep.written;
  expect(batch).toHaveLength(limits.hooksRefusalKindsMax + 1);
  expect(batch.find(({ endpoint }) => endpoint === 'e0')?.count).toBe(2);
  expect(batch.at(-1)).toMatchObject({ endpoint: '', reason: 'others', count: kinds - limits.hooksRefusalKindsMax });
});

test('what could not be written is written later, with the times and the body of what came last', async () => {
  const keep = keeper();
  let clock = 1;
  const refusals = openRefusals(keep.recorder, () => clock);
  refusals.count({ endpoint: 'a', reason: 'http', body: '1' });
  keep.fail = true;
  const flushed = refusals.flush();
  clock = 9;
  refusals.count({ endpoint: 'a', reason: 'http', body: '2' });
  await flushed;
  keep.fail = false;
  await refusals.close();
  expect(keep.written).toEqual([[{ endpoint: 'a', reason: 'http', count: 2, firstAtMs: 1, lastAtMs: 9, body: '2' }]]);
});
