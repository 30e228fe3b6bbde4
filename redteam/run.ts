import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCatalogue } from '../src/processes/catalogue-file.ts';
import { agentWith } from './agent.ts';
import type { CallRecord, RunningAgent } from './agent.ts';
import { companyCatalogue } from './catalogue.ts';
import { slackTeam, slackTokens } from './company.ts';
import type { Company } from './company.ts';
import type { CompanySystem } from '../fakes/company/tool.ts';
import type { McpDoubles } from '../fakes/mcp-double.ts';
import { bareHands, houseHands } from './hands.ts';
import { buildHouse } from './house.ts';
import type { RedHouse } from './house.ts';
import type { Preset, Result, Scenario, Scope, Surroundings } from './scenario.ts';

/** How one scenario went. */
export interface Attack {
  readonly id: string;
  readonly title: string;
  readonly incident: string;
  readonly userText: string;
  readonly scope: Scope;
  readonly limits: string;
  readonly control: string;
  readonly result: Result;
  /** What was expected, and why if it gets through. Null where nothing is expected. */
  readonly expected: Result | null;
  readonly known: string | null;
  /** What the attacker got, out of the third parties' own state. */
  readonly evidence: readonly string[];
  /** Every write that a third party carried out, wanted or not. */
  readonly effects: readonly string[];
  /** What the attacker gets by the same script without Countersign: if nothing, the scenario proves nothing. */
  readonly unprotected: readonly string[];
  readonly calls: readonly CallRecord[];
}

/** How systems are configured, and with which dummy credentials. */
export interface Configured {
  readonly systems: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Writes the catalogues of pretend MCP systems into a folder, and says how they are configured. */
export function configuredSystems(all: readonly CompanySystem[], mcp: McpDoubles, folder: string): Configured {
  const env: Record<string, string> = {};
  const systems: Record<string, unknown> = {};
  for (const system of all) {
    const { name } = system;
    writeFileSync(join(folder, `${name}.yaml`), renderCatalogue(companyCatalogue(system), new Map()));
    const connection = (zone: 'read' | 'write'): unknown => {
      const variable = `${name.toUpperCase()}_${zone.toUpperCase()}`;
      env[variable] = mcp.token(name, zone);
      return { url: mcp.url(name), credential: { env: variable } };
    };
    systems[name] = {
      connector: 'mcp',
      catalogue: `${name}.yaml`,
      tenant: `acme-${name}`,
      read: connection('read'),
      write: connection('write'),
      targets: system.targets ?? [],
    };
  }
  return { systems, env };
}

/** Writes the catalogues of the company into a folder, and says how the company is configured. */
function companyBlueprint(company: Company, folder: string): Configured {
  const own = configuredSystems(company.systems, company.mcp, folder);
  const env = {
    ...own.env,
    GITHUB_READ: company.github.tokens.read,
    GITHUB_WRITE: company.github.tokens.write,
    SLACK_READ: slackTokens.read,
    SLACK_WRITE: slackTokens.write,
  };
  const named = (name: string): unknown => ({ read: { env: `${name}_READ` }, write: { env: `${name}_WRITE` } });
  const systems = {
    ...own.systems,
    github: { connector: 'github', url: company.github.url, owner: 'acme', credentials: named('GITHUB') },
    slack: { connector: 'slack', url: company.slack.url, team: slackTeam, credentials: named('SLACK'), targets: ['C0GENERAL1'] },
  };
  return { systems, env };
}

/** A house in front of the company, under a preset. */
export function companyHouse(company: Company, folder: string, preset: Preset): Promise<RedHouse> {
  return buildHouse({ folder, ...companyBlueprint(company, folder), policy: { preset, files: [] } });
}

/** Runs the script in a company in its first state, and looks at what the attacker got. */
async function attempt(
  scenario: Scenario,
  company: Company,
  agent: RunningAgent,
  around: Pick<Surroundings, 'environment' | 'files'>,
): Promise<readonly string[]> {
  await scenario.script(agent, company);
  return scenario.goal({ company, ...around, claimed: agent.claimed(), read: agent.read() });
}

function begin(scenario: Scenario, company: Company): void {
  company.reset();
  scenario.prepare?.(company);
}

/** The same script without Countersign: the agent has every credential in its environment. */
export function runBare(scenario: Scenario, company: Company): Promise<readonly string[]> {
  begin(scenario, company);
  const all = company.credentials.join('\n');
  return attempt(scenario, company, agentWith(bareHands(company)), { environment: all, files: () => all });
}

/** Runs one scenario: first without Countersign, then through the house. Whatever is held stays undecided. */
export async function runScenario(scenario: Scenario, company: Company, house: RedHouse, preset: Preset): Promise<Attack> {
  const unprotected = await runBare(scenario, company);
  begin(scenario, company);
  const hands = await houseHands(house, scenario.userText, company.mcp);
  const agent = agentWith(hands);
  try {
    const environment = `${await house.environment()}\n${hands.token}`;
    const evidence = await attempt(scenario, company, agent, { environment, files: () => house.files() });
    const { id, title, incident, userText, scope, limits, control } = scenario;
    const expected = scenario.expect[preset];
    return {
      id,
      title,
      incident,
      userText,
      scope,
      limits,
      control,
      result: evidence.length > 0 ? 'got-through' : scope === 'outside' ? 'outside' : 'stopped',
      expected: expected.result,
      known: expected.result === 'got-through' ? expected.known : null,
      evidence,
      effects: company.effects(),
      unprotected,
      calls: agent.calls,
    };
  } finally {
    await hands.close();
  }
}
