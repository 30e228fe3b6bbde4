// verifies: redteam.incidents
import { afterAll, expect, test } from 'vitest';
import { startCompany } from '../../redteam/company.ts';
import { runBare } from '../../redteam/run.ts';
import type { Scenario } from '../../redteam/scenario.ts';
import { scenarios } from '../../redteam/scenarios.ts';

const company = await startCompany();
afterAll(() => company.close());

test('all 31 incidents are there, once each', () => {
  expect(scenarios.map((scenario) => scenario.id)).toEqual(Array.from({ length: 31 }, (_, i) => `INC-${String(i + 1).padStart(2, '0')}`));
});

test('what gets through says what is missing, and only what is outside may be expected to be', () => {
  for (const { id, scope, limits, expect: expected } of scenarios) {
    expect(limits, id).not.toBe('');
    for (const one of Object.values(expected)) {
      if (one.result === 'got-through') expect(one.known.length, id).toBeGreaterThan(20);
      expect(one.result === 'outside', id).toBe(scope === 'outside');
    }
  }
});

test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
  '%s gets what it is after where nothing stands in its way',
  async (_, scenario) => {
    expect(await runBare(scenario, company)).not.toEqual([]);
  },
);

test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
  '%s gets nothing if the agent does nothing',
  async (_, scenario) => {
    const idle: Scenario = { ...scenario, script: () => Promise.resolve() };
    const evidence = await runBare(idle, company);
    // Without Countersign the credentials lie beside the agent and in the files, whatever it does.
    expect(evidence.filter((one) => !/holds \d+ credentials|copied installation/.test(one))).toEqual([]);
  },
);
