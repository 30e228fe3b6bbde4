// verifies: people.first-administrator, people.commands, people.refusals, people.card
import { PassThrough } from 'node:stream';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { canonical } from '../../src/action/canonical.ts';
import { renderCard, shortCode } from '../../src/action/card.ts';
import { consoleHandlers } from '../../src/approve/handlers.ts';
import type { Result } from '../../src/errors.ts';
import { openDirectory } from '../../src/record/approvers.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { registerPeople } from '../../src/processes/cli/people.ts';
import type { PeopleDeps } from '../../src/processes/cli/people-deps.ts';
import { withAdministrator } from '../../src/processes/cli/people-pin.ts';
import { askHidden, passphrase } from '../../src/processes/cli/people-prompt.ts';
import { openHouse, person } from './house.ts';
import type { House } from './house.ts';
import { runHere } from '../run-here.ts';
import type { Said } from '../run-here.ts';

let house: House;
let configFile: string;
/** A console that lies: what it answers to `show` can be changed on the way. */
let meddle: (answer: Record<string, unknown>) => Record<string, unknown>;

beforeEach(async () => {
  house = await openHouse();
  house.clock = Date.now();
  meddle = (answer) => answer;
  configFile = join(house.folder, 'countersign.yaml');
  writeFileSync(configFile, configText());
  vi.stubEnv('COUNTERSIGN_PASSPHRASE', 'correct horse');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  process.exitCode = 0;
  await house.close();
});

function configText(): string {
  const trust = Object.entries(house.keys).map(([name, key]) => `  ${name}: ["${key}"] # made by init`);
  return [
    '# our house',
    'version: 1',
    `installation: ${house.installation} # never change it`,
    'trust:',
    ...trust,
    '',
    '# the root of all signatures',
    'administrators: []',
    '',
    '# nothing below',
    'systems: {}',
    '',
  ].join('\n');
}

const deps: PeopleDeps = {
  ask: async (config, _to, message, question): Promise<Result<unknown>> => {
    const { administrators, installation } = config;
    const { store, trust } = house;
    const handlers = consoleHandlers({ ...house.context, directory: openDirectory({ administrators, installation, store, trust }) });
    const handler = handlers[message] as ((question: unknown) => Promise<Result<unknown>>) | undefined;
    const answer = await handler?.(JSON.parse(JSON.stringify(question)));
    if (answer === undefined) throw new Error('the console does not answer this');
    return message === 'show' && answer.ok ? { ok: true, value: meddle(answer.value as Record<string, unknown>) } : answer;
  },
  openBook: async () => ({ store: house.store, recorder: house.recorders.operator, trust: house.trust, close: async () => undefined }),
};

const run = (...words: string[]): Promise<Said> => runHere((program) => registerPeople(program, deps), [...words, '--config', configFile]);

async function json<T>(...words: string[]): Promise<T> {
  const ran = await run(...words, '--json');
  expect(ran.err.replace(/^COUNTERSIGN: an action waits[^]*CODE: .*\n\n/m, '')).toBe('');
  return JSON.parse(ran.out) as T;
}

const created = (name: string, ...more: string[]) =>
  json<{ record: object; keyFile: string; pinned: boolean }>('approver', 'create', name, ...more);

test('the first approver is pinned in the configuration, which keeps its comments; a second one is not', async () => {
  const root = await created('root', '--user', 'alice', '--owns', 'slack,github/o1');
  expect(root).toMatchObject({ pinned: true, keyFile: join(house.folder, 'approvers', 'root.key.json') });
  const text = readFileSync(configFile, 'utf8');
  for (const comment of ['# our house', '# never change it', '# made by init', '# the root of all signatures', '# nothing below'])
    expect(text).toContain(comment);
  expect(loadConfig(configFile).administrators).toEqual([
    { approver: 'root', user: 'alice', key: (root.record as { key: string }).key, owns: ['slack', 'github/o1'] },
  ]);
  expect(await created('bob', '--user', 'bob')).toMatchObject({ pinned: false, record: { administrator: false } });
  expect(loadConfig(configFile).administrators).toHaveLength(1);
});

test('an administrator enrols, lists and withdraws', async () => {
  await created('root', '--user', 'alice');
  const bob = await created('bob', '--user', 'bob', '--owns', 'slack');
  expect((await run('approver', 'enrol', JSON.stringify(bob.record), '--as', 'root', '--yes')).code).toBe(0);
  const file = join(house.folder, 'carol.json');
  writeFileSync(file, JSON.stringify((await created('carol', '--user', 'carol')).record));
  expect((await run('approver', 'enrol', file, '--as', 'root', '--yes')).out).toContain('carol is enrolled');
  expect((await run('approver', 'withdraw', 'carol', '--as', 'root', '--yes')).out).toContain('carol is withdrawn');
  const list = await json<{ approvers: unknown[]; problems: unknown[] }>('approver', 'list');
  expect(list).toMatchObject({
    approvers: [
      { approver: 'root', pinned: true, administrator: true },
      { approver: 'bob', pinned: false, owns: ['slack'], withdrawn: false },
      { approver: 'carol', withdrawn: true },
    ],
    problems: [],
  });
});

test('what cannot be believed is refused before it is written: wrong signer, pinned name, key of another', async () => {
  await created('root', '--user', 'alice');
  const bob = await created('bob', '--user', 'bob');
  const record = JSON.stringify(bob.record);
  const refused = async (ends: number, code: string, ...words: string[]): Promise<void> => {
    const ran = await run(...words, '--json');
    expect(ran).toMatchObject({ code: ends, out: '' });
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code } });
  };
  await refused(3, 'self-signed', 'approver', 'enrol', record, '--as', 'bob', '--yes');
  await run('approver', 'enrol', record, '--as', 'root', '--yes');
  await refused(
    3,
    'not-an-administrator',
    'approver',
    'enrol',
    JSON.stringify((await created('eve', '--user', 'eve')).record),
    '--as',
    'bob',
    '--yes',
  );
  await refused(3, 'pinned', 'approver', 'withdraw', 'root', '--as', 'root', '--yes');
  await refused(3, 'key-taken', 'approver', 'enrol', record.replace('"approver":"bob"', '"approver":"mallory"'), '--as', 'root', '--yes');
  await refused(3, 'other-installation', 'approver', 'enrol', record.replace(house.installation, 'cs_otherhouse'), '--as', 'root', '--yes');
  await refused(2, 'usage', 'approver', 'enrol', record.replace('"administrator":false', '"administrator":true'), '--as', 'root', '--yes');
  await refused(2, 'usage', 'approver', 'enrol', 'no such file', '--as', 'root', '--yes');
  await refused(2, 'usage', 'approver', 'create', '../root', '--user', 'alice');
  await refused(1, 'bad-key', 'approver', 'create', 'bob', '--user', 'bob');
  vi.stubEnv('COUNTERSIGN_PASSPHRASE', '');
  await refused(2, 'usage', 'approver', 'create', 'dora', '--user', 'dora');
  vi.stubEnv('COUNTERSIGN_PASSPHRASE', 'wrong horse');
  await refused(3, 'wrong-passphrase', 'approver', 'withdraw', 'bob', '--as', 'root', '--yes');
  expect((await house.store.statementsOfKind('enrolled')).length).toBe(1);
});

test('a person looks at a proposal and signs it: the code is shown before and after', async () => {
  await created('root', '--user', 'alice');
  const opened = await house.propose();
  const { proposal, action } = opened.facts;
  expect((await run('proposals')).out).toContain(`${proposal}  open       slack.post_message  asked by alice through assistant`);
  expect((await run('show', proposal)).out).toContain(opened.text);
  const ran = await run('sign', proposal, '--as', 'root', '--note', 'go ahead', '--yes');
  expect(ran.code).toBe(0);
  expect(ran.out.startsWith(`${opened.text}\n`)).toBe(true);
  expect(ran.out).toContain(`signed by root   CODE: ${shortCode(action)}\n`);
  expect(ran.out).toContain('executes it once');
  expect(await json('show', proposal)).toMatchObject({
    state: 'ready',
    filled: ['requester'],
    signers: [{ approver: 'root', user: 'alice' }],
    card: opened.text,
  });
  const again = await run('sign', proposal, '--as', 'root', '--yes', '--json');
  expect(again.code).toBe(3);
  expect(again.err).toContain('"code":"already-signed"');
});

test('a person refuses, and the note is on record', async () => {
  await created('root', '--user', 'alice');
  const opened = await house.propose();
  expect(await json('refuse', opened.facts.proposal, '--as', 'root', '--note', 'not today', '--yes')).toMatchObject({
    state: 'refused',
    decision: 'refuse',
  });
  const rows = await house.store.statementsOf(opened.facts.proposal);
  expect(rows.at(-1)?.bytes).toContain('"note":"not today"');
});

test('without a terminal and without --yes nothing is signed', async () => {
  await created('root', '--user', 'alice');
  const opened = await house.propose();
  const ran = await run('sign', opened.facts.proposal, '--as', 'root');
  expect(ran.code).toBe(2);
  expect((await house.store.statementsOf(opened.facts.proposal)).length).toBe(3);
});

test("nobody's key signs for another name, and a key that is not enrolled signs nothing", async () => {
  const { keyFile } = await created('root', '--user', 'alice');
  await created('eve', '--user', 'alice');
  const { proposal } = (await house.propose()).facts;
  expect(await run('sign', proposal, '--as', 'eve', '--key-file', keyFile, '--yes')).toMatchObject({ code: 2 });
  const ran = await run('sign', proposal, '--as', 'eve', '--yes');
  expect(ran.code).toBe(3);
  expect(ran.err).toContain('not enrolled');
});

test('a console that lies is found out: its card is not looked at, changed records and arguments are refused', async () => {
  await created('root', '--user', 'alice');
  const opened = await house.propose();
  const other = await house.propose({ action: { arguments: { channel: 'C1', text: 'all our secrets' } } });
  const { proposal } = opened.facts;
  meddle = (answer) => ({ ...answer, card: 'a harmless card' });
  expect((await run('show', proposal)).out).toContain(opened.text);
  const lies: ((answer: Record<string, unknown>) => Record<string, unknown>)[] = [
    (answer) => ({ ...answer, arguments: canonical({ channel: 'C1', text: 'changed' }) }),
    (answer) => ({ ...answer, arguments: null }),
    (answer) => ({ ...answer, statements: [] }),
    (answer) => ({
      ...answer,
      statements: (answer['statements'] as { bytes: string }[]).map((row) => ({ ...row, bytes: row.bytes.replace('"C1"', '"C2"') })),
    }),
    (answer) => ({ ...answer, statements: 'none' }),
  ];
  for (const lie of lies) {
    meddle = lie;
    const ran = await run('sign', proposal, '--as', 'root', '--yes');
    expect(ran.code, ran.out).not.toBe(0);
    expect(ran.out).toBe('');
  }
  // The records of another proposal, all of them real: the person asked for this one.
  const real = await house.store.statementsOf(other.facts.proposal);
  meddle = (answer) => ({
    ...answer,
    statements: real.map(({ bytes, key, sig }) => ({ bytes, key, sig })),
    arguments: canonical(other.card.arguments),
  });
  expect((await run('sign', proposal, '--as', 'root', '--yes')).code).toBe(3);
  expect(renderCard(other.card)).not.toBe(opened.text);
  expect((await house.store.statementsOf(proposal)).length).toBe(3);
});

test('an administrator is added to every form that the list can have in a configuration', () => {
  const dora = { approver: 'dora', user: 'dora', key: person('dora', 'dora').publicKey, owns: [] };
  const texts = [
    configText(),
    configText().replace('administrators: []\n', ''),
    configText().replace('[]', ''),
    configText().replace(' []', `\n  - approver: root # me\n    user: alice\n    key: ${person('root', 'x').publicKey}`),
  ];
  const names = texts.map((text) => {
    const file = join(house.folder, 'changed.yaml');
    writeFileSync(file, withAdministrator(text, file, dora));
    return loadConfig(file).administrators.map((one) => one.approver);
  });
  expect(names).toEqual([['dora'], ['dora'], ['dora'], ['root', 'dora']]);
  expect(() => withAdministrator(configText(), 'x.yaml', { ...dora, key: 'nonsense' })).toThrow(/public key/);
});

test('a passphrase is read without echo, twice if it is new, and from a file without its line break', async () => {
  const typed = (text: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn<(raw: boolean) => unknown>() });
    const output = new PassThrough();
    input.write(text);
    return { input, output };
  };
  const terminal = typed('sekrit\u007ft word\r');
  expect(await askHidden('Passphrase: ', '', terminal)).toBe('sekrit word');
  expect(String(terminal.output.read())).toBe('Passphrase: \n');
  expect(terminal.input.setRawMode.mock.calls).toEqual([[true], [false]]);
  await expect(askHidden('', '', typed('abc\u0003'))).rejects.toThrow(/given up/);
  await expect(askHidden('', 'use a file', { input: new PassThrough(), output: new PassThrough() })).rejects.toThrow(/use a file/);
  mkdirSync(join(house.folder, 'x'));
  const file = join(house.folder, 'x', 'secret');
  writeFileSync(file, 'from a file \n');
  expect(await passphrase(file, 'it')).toBe('from a file ');
});
