import { expect, test } from 'vitest';
import { canonical } from '../action/canonical.ts';
import { statementShapes } from '../action/statement.ts';
import { limits } from '../limits.ts';
import type { Written } from '../store/store.ts';
import { alarmTo } from './alarms.ts';

test('an alarm is written, however long and by whomever chosen its words are, and once', () => {
  const written: unknown[] = [];
  const record = ({ statements = [] }: { statements?: readonly { body: unknown }[] }): Promise<Written> => {
    written.push(...statements.map(({ body }) => body));
    return Promise.resolve({ ok: true, signed: [] });
  };
  const alarm = alarmTo({ recorder: { record, recordTogether: () => Promise.resolve([]) }, say: () => undefined });
  // Where it is cut, half of a character would be left: no statement may hold it.
  const about = `${'x'.repeat(limits.alarmAboutCharsMax - 1)}\u{1f511}`;
  for (let again = 0; again < 2; again++) alarm('tool-gone', 'y'.repeat(limits.alarmCharsMax + 1), about);
  expect(written).toHaveLength(1);
  expect(() => canonical(written[0])).not.toThrow();
  expect(statementShapes.alarm.safeParse(written[0]).success).toBe(true);
});
