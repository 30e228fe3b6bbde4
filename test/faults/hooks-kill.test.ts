// verifies: hooks.crash
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killUnderLoad } from './hooks-house.ts';

/* R3. Longer and with more of everything: `npm run soak:hooks -- 60`. */

test('R3 the hooks process is killed at any moment under load, and every delivery that was repeated until it was heard is one event', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-hooks-kill-'));
  try {
    const outcome = await killUnderLoad(folder, { senders: 12, kills: 2, aliveMs: 150 });
    expect(outcome).toMatchObject({ wrong: [], strange: 0, unproved: 0, kills: 2 });
    expect(outcome.sent).toBeGreaterThan(12);
    expect(outcome.broken).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
