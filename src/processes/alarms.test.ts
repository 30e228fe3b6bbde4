import { expect, test } from 'vitest';
import { canonical } from '../action/canonical.ts';
import { statementShapes } from '../action/statement.ts';
import { limits } from '../limits.ts';
import { alarmTo } from './alarms.ts';

/** An alarm on a clock of its own, what the supervisor was told, and what was written. */
function opened(): {
  readonly alarm: ReturnType<typeof alarmTo>;
  readonly said: string[];
  readonly written: unknown[];
  readonly clock: { ms: number };
} {
  const said: string[] = [];
  const written: unknown[] = [];
  const clock = { ms: 0 };
  const recorder = {
    record: ({ statements = [] }: { readonly statements?: readonly { readonly body: unknown }[] }) => {
      written.push(...statements.map(({ body }) => body));
      return Promise.resolve({ ok: true as const, signed: [] });
    },
    recordTogether: () => Promise.resolve([]),
  };
  const say = (_: string, detail?: Readonly<Record<string, string | number | null>>): void =>
    void said.push(`${detail?.['code']} ${detail?.['about']}`);
  return { alarm: alarmTo({ recorder, say }, () => clock.ms), said, written, clock };
}

test('an alarm is written, however long and by whomever chosen its words are', () => {
  const { alarm, written } = opened();
  // Where it is cut, half of a character would be left: no statement may hold it.
  alarm('tool-gone', 'y'.repeat(limits.alarmCharsMax + 1), `${'x'.repeat(limits.alarmAboutCharsMax - 1)}\u{1f511}`);
  expect(written).toHaveLength(1);
  expect(() => canonical(written[0])).not.toThrow();
  expect(statementShapes.alarm.safeParse(written[0]).success).toBe(true);
});

test('the same alarm about the same thing is said once in its time, and again after it', () => {
  const { alarm, said, clock } = opened();
  for (const about of ['a', 'b', 'a']) alarm('x', 'why', about);
  clock.ms += limits.alarmAgainMs - 1;
  alarm('x', 'why', 'a');
  expect(said).toEqual(['x a', 'x b']);
  clock.ms += 1;
  for (const about of ['a', 'a']) alarm('x', 'why', about);
  expect(said).toEqual(['x a', 'x b', 'x a']);
});

test('what is remembered has a bound', () => {
  const { alarm, said } = opened();
  for (let n = 0; n < limits.alarmsRememberedMax + 2; n++) alarm('x', 'why', String(n));
  alarm('x', 'why', '0');
  expect(said).toHaveLength(limits.alarmsRememberedMax + 3);
});
