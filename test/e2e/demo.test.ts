import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { runCommand } from '../../fakes/world.ts';
import { verifies } from './requirements.ts';

verifies(
  'demo.facts',
  'the demo plays without a person, prints what the third parties saw as one JSON object, and ends with 0',
  async () => {
    const demo = fileURLToPath(new URL('../../examples/demo/main.ts', import.meta.url));
    const played = await runCommand(demo, ['--once', '--json'], { cwd: tmpdir(), env: {} });
    expect(played).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(played.stdout)).toEqual({
      readsAnswered: 1,
      proposalsHeld: 2,
      executed: 1,
      refused: 1,
      attackerEffects: 0,
      logVerified: true,
    });
  },
  180_000,
);
