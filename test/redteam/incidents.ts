import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCompany } from '../../redteam/company.ts';
import type { Company } from '../../redteam/company.ts';
import type { RedHouse } from '../../redteam/house.ts';
import { companyHouse, runScenario } from '../../redteam/run.ts';
import type { Preset } from '../../redteam/scenario.ts';
import { scenarios } from '../../redteam/scenarios.ts';

/** Runs every incident against one real house under a preset. */
export function incidents(preset: Preset): void {
  let company: Company;
  let house: RedHouse;
  const folder = mkdtempSync(join(tmpdir(), 'cs-red-'));

  beforeAll(async () => {
    company = await startCompany();
    house = await companyHouse(company, folder, preset);
  }, 120_000);
  afterAll(async () => {
    await house.stop();
    await company.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('what is looked at for credentials is really there to be looked at', async () => {
    if (process.platform === 'linux') expect(await house.environment()).toContain('COUNTERSIGN_SUPERVISED=1');
    expect(house.files()).toContain('installation: cs_');
  });

  test.each(scenarios.map((scenario) => [scenario.id, scenario.title, scenario] as const))('%s: %s', async (_id, _title, scenario) => {
    const attack = await runScenario(scenario, company, house, preset);
    // Without Countersign the very same script gets what it is after: else it would prove nothing.
    expect(attack.unprotected).not.toEqual([]);
    expect({ result: attack.result, evidence: attack.evidence }).toEqual({
      result: scenario.expect[preset].result,
      evidence: attack.result === 'got-through' ? expect.arrayContaining([expect.any(String)]) : [],
    });
    // Nothing that was held or refused has reached a third party: their own journals say so.
    const writes = attack.calls.filter((call) => call.outcome === 'held' || call.outcome === 'denied').map((call) => call.tool);
    if (attack.result !== 'got-through') expect(attack.effects, writes.join()).toEqual([]);
    // Whoever would have to decide sees where it goes and everything that it says.
    for (const call of attack.calls.filter((each) => each.outcome === 'held')) {
      expect(call.needs).not.toEqual([]);
      expect(call.card).toContain(`operation: ${call.tool.replace(/^[^_]+_/, '')}`);
    }
  });
}
