import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { alarmTo } from './alarms.ts';

/** An alarm on a clock of its own, and what it has said. */
function opened(): { readonly alarm: ReturnType<typeof alarmTo>; readonly said: string[]; readonly clock: { ms: number } } {
  const said: string[] = [];
  const clock = { ms: 0 };
  const recorder = { record: () => Promise.resolve({ ok: true as const, signed: [] }) };
  const say = (_: string, detail?: Readonly<Record<string, string | number | null>>): void =>
    void said.push(`${detail?.['code']} ${detail?.['about']}`);
  return { alarm: alarmTo({ recorder: recorder as never, say }, () => clock.ms), said, clock };
}

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
