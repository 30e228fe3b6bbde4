import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { cliFile, freePort, startHouse } from '../fakes/house.ts';
import { openShell } from '../fakes/shell.ts';
import type { Shell } from '../fakes/shell.ts';
import { loadConfig } from '../src/processes/config.ts';
import { paths } from '../src/processes/paths.ts';
import { openProposal } from '../src/record/opened.ts';
import { trustOf } from '../src/record/identity.ts';
import type { Signed } from '../src/action/statement.ts';
import { peer } from '../src/wire/client.ts';
import type { Run } from './agent.ts';

/** What a house is built from. */
export interface Blueprint {
  /** An empty folder. */
  readonly folder: string;
  readonly systems: Readonly<Record<string, unknown>>;
  readonly policy: { readonly preset: string; readonly files: readonly string[] };
  /** Other parts of the configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Dummy credentials, by the names of environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** A real house that an agent can be let into. */
export interface RedHouse {
  /** `more` goes beside the user's words: a scope, a profile. */
  openRun(text: string, more?: Readonly<Record<string, unknown>>): Promise<Run>;
  /** More of the user's words in a run, from the host application. */
  say(run: string, text: string): Promise<number>;
  /** Any command of the house, as JSON. */
  command(...args: string[]): Promise<unknown>;
  /** Tries to open a run for a user with a token. True if the gateway did. */
  claim(token: string, user: string): Promise<boolean>;
  /** The card of a proposal, proved from the signed statements as `countersign show` does. */
  card(proposal: string): Promise<string>;
  sign(proposal: string): Promise<void>;
  /** The environment of the process that hears agents. */
  environment(): Promise<string>;
  /** All bytes of the installation. */
  files(): string;
  readonly stop: () => Promise<void>;
}

/** The environment of a process, where the system shows it. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/** Every file below a folder, one after the other. */
function bytesBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      try {
        return readFileSync(join(entry.parentPath, entry.name), 'latin1');
      } catch {
        return ''; // a temporary file that is gone again
      }
    })
    .join('\n');
}

async function cardOf(configFile: string, proposal: string): Promise<string> {
  const config = loadConfig(configFile);
  const line = peer(paths(config).socket('console'));
  const answer = await line.ask('show', { proposal });
  line.close();
  if (!answer.ok) return `the console does not show it: ${answer.message}`;
  const shown = answer.value as { readonly statements: readonly Signed[]; readonly arguments: string | null };
  const opened = await openProposal(trustOf(config.trust), proposal, shown.statements, () => shown.arguments);
  return opened.ok ? opened.value.text : `it cannot be proved: ${opened.message}`;
}

/** Writes the configuration, with a user alice who can sign, and returns the environment of its commands. */
async function configure(
  blueprint: Blueprint,
  shell: Shell,
): Promise<{ readonly file: string; readonly env: Readonly<Record<string, string>>; readonly port: number }> {
  const file = join(blueprint.folder, 'countersign.yaml');
  const env = { ...blueprint.env, COUNTERSIGN_CONFIG: file, COUNTERSIGN_PASSPHRASE: 'a pretend passphrase' };
  const cli = async (...args: string[]): Promise<void> => {
    const ended = await shell.run(cliFile, args, { cwd: blueprint.folder, env });
    if (ended.code !== 0) throw new Error(`countersign ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}${ended.stdout}`);
  };
  await cli('init');
  const ports = [await freePort(), await freePort(), await freePort()];
  const doc = parseDocument(readFileSync(file, 'utf8'));
  for (const [i, door] of ['gateway', 'console', 'hooks'].entries()) doc.set(door, { port: ports[i] });
  doc.set('policy', blueprint.policy);
  doc.set('systems', blueprint.systems);
  for (const [part, value] of Object.entries(blueprint.more ?? {})) doc.set(part, value);
  writeFileSync(file, doc.toString());
  await cli('approver', 'create', 'alice', '--user', 'alice');
  return { file, env, port: ports[0] ?? 0 };
}

/** Builds a house and brings it up. */
export async function buildHouse(blueprint: Blueprint): Promise<RedHouse> {
  const { folder } = blueprint;
  const shell = openShell();
  const { file, env, port } = await configure(blueprint, shell);
  const json = async (...args: string[]): Promise<unknown> => {
    const ended = await shell.run(cliFile, [...args, '--json'], { cwd: folder, env });
    if (ended.code !== 0) throw new Error(`countersign ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return JSON.parse(ended.stdout) as unknown;
  };
  const house = await startHouse({ folder, configFile: file, env });
  const runs = (token: string, body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const host = (await json('token', 'create', '--user', 'alice', '--agent', 'host', '--host')) as { readonly token: string };
  return {
    openRun: async (text, more = {}) => {
      const reply = await runs(host.token, { user: 'alice', agent: 'assistant', text, ...more });
      if (reply.status !== 201) throw new Error(`the gateway answered ${reply.status} to a new run`);
      return (await reply.json()) as Run;
    },
    say: async (run, text) =>
      (
        await fetch(`http://127.0.0.1:${port}/v1/runs/${run}/words`, {
          method: 'POST',
          headers: { authorization: `Bearer ${host.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
        })
      ).status,
    command: json,
    claim: async (token, user) => (await runs(token, { user, agent: 'assistant', text: 'I am who I say' })).status === 201,
    card: (proposal) => cardOf(file, proposal),
    sign: async (proposal) => void (await json('sign', proposal, '--as', 'alice', '--yes')),
    environment: async () => environmentOf(await house.pidOf('gateway')),
    files: () => bytesBelow(folder),
    stop: async () => {
      await house.stop();
      await shell.close();
    },
  };
}
