import { cut } from '../action/cut.ts';
import { limits } from '../limits.ts';
import type { Process } from './boot.ts';

/** Writes an alarm into the log and tells the supervisor. Alarms of the same code about the same thing are said once in a life. */
export function alarmTo(p: Pick<Process, 'recorder' | 'say'>): (code: string, message: string, about: string) => void {
  const said = new Set<string>();
  return (code, message, about) => {
    const key = `${code}\n${about}\n${message}`;
    if (said.has(key)) return;
    said.add(key);
    p.say('alarm', { code, message, about });
    p.recorder
      .record({
        statements: [
          { kind: 'alarm', body: { code, message: cut(message, limits.alarmCharsMax), about: cut(about, limits.alarmAboutCharsMax) } },
        ],
      })
      .catch(() => p.say('error', { message: 'an alarm could not be written into the log' }));
  };
}
