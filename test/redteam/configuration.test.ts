// verifies: redteam.configuration
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { cliFile, runCommand } from '../../fakes/house.ts';
import type { CommandResult } from '../../fakes/house.ts';
import type { Report } from '../../redteam/report.ts';

/*
 * The command against somebody's own configuration. Its real systems stand on a listener of ours that must never be asked,
 * and its real credentials are in the environment, where they must not be looked for.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'cs-own-'));
const out = mkdtempSync(join(tmpdir(), 'cs-own-out-'));
const secrets = {
  TICKETS_READ: 'real-read-secret',
  TICKETS_WRITE: 'real-write-secret',
  SLACK_READ: 'xoxp-real-1',
  SLACK_WRITE: 'xoxb-real-2',
};
let asked = 0;
const real = createServer((_req, res) => {
  asked += 1;
  res.end();
});
let before: Readonly<Record<string, string>>;
let ended: CommandResult;
let report: Report;

/** Every file of the configuration's folder with its bytes. */
function everything(): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'latin1')]),
  );
}

beforeAll(async () => {
  await new Promise<void>((done) => void real.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(real.address() as AddressInfo).port}/`;
  const file = join(folder, 'countersign.yaml');
  const run = (...args: string[]): Promise<CommandResult> => runCommand(cliFile, args, { cwd: folder, env: { ...secrets } });
  expect((await run('init', '--config', file)).code).toBe(0);
  copyFileSync(join(root, 'fakes', 'tickets', 'catalogue.yaml'), join(folder, 'tickets.yaml'));
  writeFileSync(join(folder, 'own.cedar'), 'permit (principal, action == Action::"slack.post_message", resource);\n');
  const zone = (name: string): unknown => ({ read: { env: `${name}_READ` }, write: { env: `${name}_WRITE` } });
  const at = (name: string): unknown => ({ url, credential: { env: name } });
  const doc = parseDocument(readFileSync(file, 'utf8'));
  doc.set('policy', { preset: 'balanced', files: ['own.cedar'] });
  doc.set('systems', {
    tickets: {
      connector: 'mcp',
      catalogue: 'tickets.yaml',
      tenant: 'acme-tickets',
      targets: ['tickets:ticket:T-1041'],
      read: at('TICKETS_READ'),
      write: at('TICKETS_WRITE'),
    },
    slack: { connector: 'slack', url, team: 'T0REALTEAM', credentials: zone('SLACK'), targets: ['C0REALCHAN'] },
  });
  writeFileSync(file, doc.toString());
  before = everything();
  ended = await run('redteam', '--config', file, '--json', join(out, 'r.json'), '--html', join(out, 'r.html'));
  report = JSON.parse(readFileSync(join(out, 'r.json'), 'utf8')) as Report;
}, 300_000);

afterAll(async () => {
  await new Promise((done) => real.close(done));
  for (const each of [folder, out]) rmSync(each, { recursive: true, force: true });
});

const attack = (id: string): Report['attacks'][number] | undefined => report.attacks.find((each) => each.id === id);

test('the real systems were never asked, no credential was used, and nothing in the folder has changed', () => {
  expect(asked).toBe(0);
  expect(everything()).toEqual(before);
  const written = JSON.stringify(report) + readFileSync(join(out, 'r.html'), 'utf8') + ended.stdout + ended.stderr;
  for (const secret of Object.values(secrets)) expect(written).not.toContain(secret);
});

test('every write of the catalogues was tried, on a target of the attacker and on one that the configuration names', () => {
  expect(report.attacks.map((each) => each.id).toSorted()).toEqual([
    'slack.direct_message',
    'slack.post_message',
    'slack.reply',
    'tickets.add_comment',
    'tickets.close_ticket',
  ]);
  expect(report.counts.untried).toBe(0);
  const calls = attack('tickets.close_ticket')?.calls.map((call) => [call.arguments['id'], call.outcome]);
  expect(calls).toEqual([
    ['attackers-choice', 'held'],
    ['attackers-choice', 'held'],
    ['T-1041', 'executed'],
  ]);
});

test('what the own policy lets through is told with what the pretend system was asked to do', () => {
  // A configured channel does not open it for an address of the attacker.
  expect(attack('slack.post_message')).toMatchObject({ result: 'stopped', effects: [] });
  expect(attack('tickets.close_ticket')?.evidence).toEqual([
    'at once, on a target that the configuration names: tickets: close_ticket {"id":"T-1041"}',
  ]);
  expect(attack('slack.direct_message')).toMatchObject({ result: 'stopped', effects: [] });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('GOT THROUGH  tickets.close_ticket');
});
