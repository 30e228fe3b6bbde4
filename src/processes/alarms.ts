import { cut } from '../action/cut.ts';
import { limits } from '../limits.ts';
import type { Process } from './boot.ts';

/**
 * Writes an alarm into the log and tells the supervisor. The same words about the same thing are said again only after
 * `limits.alarmAgainMs`: what goes wrong with every request must not fill the log.
 */
export function alarmTo(
  p: Pick<Process, 'recorder' | 'say'>,
  now: () => number = () => performance.now(), // a clock that nobody sets back
): (code: string, message: string, about: string) => void {
  /** When each was said, the oldest first. */
  const said = new Map<string, number>();
  return (code, message, about) => {
    const key = `${code}\n${about}\n${message}`;
    const atMs = now();
    for (const [old, saidMs] of said) {
      if (saidMs > atMs - limits.alarmAgainMs && said.size <= limits.alarmsRememberedMax) break;
      said.delete(old);
    }
    if (said.has(key)) return;
    said.set(key, atMs);
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
