// verifies: demo.once
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from '../../fakes/world.ts';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');

test('the demo sees in the third parties what it promises, and says it in one JSON object', async () => {
  const result = await runCommand(join(root, 'examples', 'demo', 'main.ts'), ['--once', '--json'], { cwd: tmpdir(), env: {} });
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    readsAnswered: 1,
    proposalsHeld: 2,
    executed: 1,
    refused: 1,
    attackerEffects: 0,
    logVerified: true,
  });
  expect(result.code).toBe(0);
}, 180_000);
