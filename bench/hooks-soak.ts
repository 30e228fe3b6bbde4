import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killUnderLoad } from '../test/faults/hooks-house.ts';

// `npm run soak:hooks -- SECONDS`: the hooks process is killed again and again under load, for so long.
const seconds = Number(process.argv[2] ?? '60');
const until = Date.now() + seconds * 1000;
let [sent, kills, bad] = [0, 0, 0];
while (Date.now() < until) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-hooks-soak-'));
  const outcome = await killUnderLoad(folder, { senders: 32, kills: 5, aliveMs: 400 });
  rmSync(folder, { recursive: true, force: true });
  sent += outcome.sent;
  kills += outcome.kills;
  bad += outcome.wrong.length + outcome.strange + outcome.unproved;
  process.stdout.write(`${sent} deliveries, ${kills} kills, ${bad} wrong\n`);
}
process.exitCode = bad === 0 ? 0 : 1;
