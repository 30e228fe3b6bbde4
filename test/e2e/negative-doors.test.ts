import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { canonical } from '../../src/action/canonical.ts';
import { digest, digestText } from '../../src/action/digest.ts';
import type { Body, Draft, Signed, Verdict } from '../../src/action/statement.ts';
import type { Result } from '../../src/errors.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { openAs, trustOf } from '../../src/record/identity.ts';
import type { Identity } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { readState } from '../../fakes/tickets/state.ts';
import { eventually, startCompany } from './company.ts';
import type { ApiAnswer, Company, Run } from './company.ts';
import { openForging, statement } from './forging.ts';
import type { Forging } from './forging.ts';
import { verifies } from './requirements.ts';
import { openSigning } from './signing.ts';
import type { Signing } from './signing.ts';

/*
 * The doors and sockets of the house, knocked at by somebody who should not: another process of this machine, a browser,
 * a gateway that was taken over. And a policy file that breaks.
 */

let company: Company;
let forging: Forging;
let signing: Signing;
let gateway: Identity;
let policyFile: string;

const ownRule = '@id("no-direct-messages")\nforbid (principal, action == Action::"slack.direct_message", resource);\n';

beforeAll(async () => {
  company = await startCompany((world) => {
    policyFile = join(world.folder, 'own.cedar');
    writeFileSync(policyFile, ownRule);
    world.configure((config) => {
      config['policy'] = { preset: 'strict', files: ['own.cedar'] };
    });
  });
  forging = await openForging(company.world);
  signing = openSigning(company.world, forging.store);
  gateway = forging.stolen('gateway');
}, 120_000);

afterAll(async () => {
  await forging.close();
  await company.close();
}, 60_000);

const post = (run: Run, text: string): Promise<ApiAnswer> =>
  company.act(run, { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text } });

const posted = async (text: string): Promise<number> =>
  (await company.world.slack.messages('random')).filter((message) => message.text.includes(text)).length;

const newId = (letter: 'p' | 'r'): string => `${letter}_${randomBytes(16).toString('base64url')}`;

/** Sends raw text to the executor's socket, and gives what came back before it was closed, or before so many lines had come. */
function raw(text: string, lines: number): Promise<{ readonly said: string; readonly closed: boolean }> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(paths(loadConfig(company.world.configFile)).socket('executor'));
    const end = (closed: boolean): void => (clearTimeout(timer), socket.destroy(), resolve({ said, closed }));
    const timer = setTimeout(() => (socket.destroy(), reject(new Error('the executor neither answers nor hangs up'))), 20_000);
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > lines) end(false);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => end(true));
    socket.write(text);
  });
}

verifies(['never.executor-asked', 'hands.typed-words'], 'the executor, asked directly by another process, executes nothing', async () => {
  const run = await company.openRun();
  const { proposal } = await post(run, 'nobody has signed');
  const pid = await company.house.pidOf('executor');
  forget();

  expect(await signing.ask('executor', 'wake', { proposal })).toMatchObject({ ok: true });
  expect(await signing.ask('executor', 'wake', { proposal: newId('p') })).toMatchObject({ ok: true });
  for (const settle of [null, 'done', 'failed'] as const)
    expect(await signing.ask('executor', 'reconcile', { proposal, settle, countersignature: null })).toMatchObject({
      ok: false,
      code: 'not-unknown',
    });
  const countersignature = await signing.countersignature(proposal, 'alice');
  const { proposed } = await signing.open(proposal);
  const words = [
    ['countersign', { countersignature }],
    ['read', { proposed: statement(gateway, { kind: 'proposed', body: proposed.body }), arguments: '{}' }],
    ['execute', { proposal }],
    ['__proto__', {}],
    ['wake', { proposal, signed: true }],
    ['wake', { proposal: '../../x' }],
  ] as const;
  const lines = words.map(([message, question], id) => `${JSON.stringify({ id, message, question })}\n`);
  const { said } = await raw(lines.join(''), lines.length);
  const codes = said.split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { answer: { code: string } }).answer.code]));
  expect(codes.toSorted()).toEqual(['bad-message', 'bad-message', 'not-allowed', 'not-allowed', 'not-allowed', 'not-allowed']);
  for (const garbage of ['GET / HTTP/1.1\r\n\r\n', 'not json\n', '[]\n', `${'{"id":0,'.repeat(1000)}\n`, '\0\u{ff}\n'])
    expect(await raw(garbage, 1)).toEqual({ said: '', closed: true });

  expect(await company.house.pidOf('executor')).toBe(pid);
  expect(knocks()).toEqual([]);
  expect((await forging.store.proposal(proposal))?.state).toBe('open');
  expect(await posted('nobody has signed')).toBe(0);
});

interface Asking {
  readonly as?: Identity;
  readonly atMs?: number;
  readonly system?: string;
  readonly operation?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** A request to the reader, as the gateway would sign it. */
function request({ as = gateway, atMs = Date.now(), system = 'github', operation = 'read_issue', ...rest }: Asking): {
  readonly proposed: Signed;
  readonly arguments: string;
} {
  const args = canonical(rest.arguments ?? { repository: 'app', number: 1 });
  const principal = { user: 'alice', agent: 'assistant' };
  const names = { proposal: newId('p'), run: newId('r'), principal, callId: '', system, operation };
  const body: Body<'proposed'> = { ...names, arguments: digestText('arguments', args) };
  return { proposed: statement(as, { kind: 'proposed', body }, atMs), arguments: args };
}

/** What anybody but this test has asked the third parties, since they were told to forget. */
function knocks(): readonly string[] {
  const { github, slack } = company.world;
  const strangers = [github, slack].flatMap(({ gate, tokens }) => gate.seen.filter((knock) => knock.token !== tokens.admin));
  return strangers.map((knock) => knock.path);
}

function forget(): void {
  company.world.github.gate.forget();
  company.world.slack.gate.forget();
}

verifies(
  ['never.reader-asked', 'hands.rederive'],
  'the reader answers only what the gateway has signed, lately, once, with these arguments',
  async () => {
    const number = (await company.world.github.issues('acme/app'))[0]?.number ?? 0;
    const [minutes, asked] = [60_000, { repository: 'app', number }];
    forget();
    const good = request({ arguments: asked });
    const { proposed } = good;
    const attempts: readonly (readonly [string, Result<unknown> | Promise<Result<unknown>>])[] = [
      ['not-authentic', signing.ask('reader', 'read', { ...good, proposed: { ...proposed, sig: '' } })],
      [
        'not-authentic',
        signing.ask('reader', 'read', { ...good, proposed: { ...proposed, bytes: proposed.bytes.replace('alice', 'bobby') } }),
      ],
      ['not-authentic', signing.ask('reader', 'read', { ...good, proposed: { ...proposed, key: 'reader:AAAA' } })],
      ['not-authentic', signing.ask('reader', 'read', request({ as: forging.made('gateway') }))],
      ['not-authentic', signing.ask('reader', 'read', request({ as: forging.stolen('executor') }))],
      ['not-authentic', signing.ask('reader', 'read', request({ as: forging.stolen('operator') }))],
      ['stale', signing.ask('reader', 'read', request({ atMs: Date.now() - 2 * minutes }))],
      ['stale', signing.ask('reader', 'read', request({ atMs: Date.now() + 2 * minutes }))],
      ['digest-mismatch', signing.ask('reader', 'read', { ...good, arguments: canonical({ repository: 'app', number: number + 1 }) })],
      ['unknown-operation', signing.ask('reader', 'read', request({ operation: 'read_secrets' }))],
      ['wrong-tenant', signing.ask('reader', 'read', request({ arguments: { repository: 'mallory/elsewhere', number: 1 } }))],
    ];
    for (const [code, answer] of attempts) expect(await answer).toMatchObject({ ok: false, code });
    expect(knocks()).toEqual([]);
    // None of the attempts has used the good request up; after it was answered, it is worth nothing either.
    expect(await signing.ask('reader', 'read', good)).toMatchObject({ ok: true });
    expect(knocks().length).toBeGreaterThan(0);
    forget();
    expect(await signing.ask('reader', 'read', good)).toMatchObject({ ok: false, code: 'replayed' });
    expect(knocks()).toEqual([]);
  },
);

verifies('never.write-as-read', 'the reader carries out no write that is asked for as a read, and resolves no read', async () => {
  forget();
  const writes: readonly Asking[] = [
    { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text: 'as a read' } },
    { system: 'github', operation: 'create_issue', arguments: { repository: 'app', title: 'as a read', body: 'x' } },
    { system: 'tickets', operation: 'close_ticket', arguments: { id: 'T-1041' } },
  ];
  for (const write of writes) expect(await signing.ask('reader', 'read', request(write))).toMatchObject({ ok: false, code: 'wrong-zone' });
  expect(await signing.ask('reader', 'resolve', request({}))).toMatchObject({ ok: false, code: 'wrong-zone' });
  expect(knocks()).toEqual([]);
  expect(await posted('as a read')).toBe(0);
  expect((await company.world.github.issues('acme/app')).map((issue) => issue.title)).not.toContain('as a read');
  expect(readState(company.world.ticketsFile).tickets.every((ticket) => ticket.status === 'open')).toBe(true);
});

verifies('never.approved-by-link', 'the console shows a card by its address, and no request signs or refuses', async () => {
  const { proposal } = await post(await company.openRun(), 'not by a link');
  const { port } = loadConfig(company.world.configFile).console;
  const page = `http://127.0.0.1:${port}/p/${proposal}`;
  const shown = await fetch(page);
  expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('not by a link') as string]);
  for (const path of ['?sign=alice', '?decision=sign', '/sign', '/approve'])
    for (const method of ['GET', 'POST']) expect((await fetch(`${page}${path}`, { method })).status).toBeGreaterThanOrEqual(400);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const body = JSON.stringify({ countersignature: await signing.countersignature(proposal, 'alice') });
    expect((await fetch(page, { method, body, headers: { 'content-type': 'application/json' } })).status).toBe(405);
  }
  expect((await forging.store.proposal(proposal))?.state).toBe('open');
  expect((await forging.statements(proposal)).map((one) => one.kind)).toEqual(['proposed', 'resolved', 'decided']);
  expect(await posted('not by a link')).toBe(0);
});

/**
 * A proposal that a gateway which was taken over makes of its own: `proposed` and `decided` with its real key, whatever it
 * likes in them, and the reader's word, which it gets by asking.
 */
async function fabricate(run: string, text: string, change: Partial<Body<'decided'>>): Promise<string> {
  const model = await signing.open((await post(await company.openRun(), `model of ${text}`)).proposal);
  const args = canonical({ channel: '#random', text });
  const body = { ...model.proposed.body, proposal: newId('p'), run, arguments: digestText('arguments', args) };
  const { proposal } = body;
  const [proposed] = await forging.write(gateway, {
    statements: [{ kind: 'proposed', body }],
    bodies: [{ digest: body.arguments, text: args }],
  });
  if (proposed === undefined) throw new Error('unreachable');
  const answer = await signing.ask('reader', 'resolve', { proposed, arguments: args });
  if (!answer.ok) throw new Error(answer.message);
  const { resolved } = answer.value as { resolved: Signed };
  const opened = openAs(trustOf(loadConfig(company.world.configFile).trust), resolved, 'resolved');
  if (!opened.ok) throw new Error(opened.message);
  const decided = { ...model.decided.body, proposal, run, digest: opened.value.body.digest, ...change };
  const row = await forging.store.proposal(model.proposed.body.proposal);
  if (row === null) throw new Error('unreachable');
  const own = { ...row, id: proposal, run, digest: opened.value.body.digest, callKey: digest('effect', proposal), state: 'open' } as const;
  await forging.write(gateway, { statements: [{ kind: 'decided', body: decided }], changes: [{ change: 'proposal', row: own }] });
  return proposal;
}

verifies(
  ['never.gateway-alone', 'hands.rederive', 'hands.hard-rules'],
  'a gateway that was taken over allows its own call with its real key: the executor wants a signature all the same',
  async () => {
    const { run } = await company.openRun();
    const allow: Verdict = { effect: 'allow', countersignatures: [], policies: ['mine'], reasons: [], waysOut: [] };
    const proposal = await fabricate(run, 'allowed by the gateway', { verdict: allow });
    expect(await forging.push(proposal)).toEqual({ state: 'cancelled', code: 'policy-changed' });
    expect((await forging.statements(proposal)).map((one) => one.kind)).toEqual(['proposed', 'resolved', 'decided', 'cancelled']);
    // Nor does it help to call the target configured, or the operation a lighter one.
    const lies = [
      await fabricate(run, 'allowed as configured', { verdict: allow, binding: 'configured' }),
      await fabricate(run, 'allowed as a read', { verdict: allow, class: 'read' }),
    ];
    for (const lie of lies) expect((await forging.push(lie)).state).toMatch(/^(?:open|cancelled)$/);
    for (const text of ['allowed by the gateway', 'allowed as configured', 'allowed as a read'])
      expect((await company.world.slack.messages('random')).filter((message) => message.text === text)).toEqual([]);
  },
);

verifies(
  'never.gateway-alone',
  'a gateway that was taken over cannot hide what the run has read: the owner is asked all the same',
  async () => {
    const run = await company.openRun();
    expect(await company.act(run, { system: 'tickets', operation: 'read_ticket', arguments: { id: 'T-1042' } })).toMatchObject({
      kind: 'read',
    });
    const text = 'hidden from the card';
    const proposal = await fabricate(run.run, text, { leaks: false, sources: [], sourcesTotal: 0 });
    // Alice is shown a card without the sources, and signs it.
    expect((await signing.open(proposal)).text).toContain('WHAT THE RUN HAS READ: 0 sources');
    expect(await signing.sign(proposal, 'alice')).toMatchObject({ ok: true, value: { state: 'ready' } });
    const state = await eventually('the executor has looked', async () => {
      const now = (await forging.store.proposal(proposal))?.state;
      return now === 'ready' || now === 'executing' ? null : now;
    });
    expect(state).toMatch(/^(?:open|cancelled)$/);
    expect(await posted(text)).toBe(0);
  },
);

verifies(
  'hands.proposal-expiry',
  'a proposal that is too old is not executed, whatever its gateway says of its end, and is not signed any more',
  async () => {
    const run = await company.openRun();
    const { proposal } = await post(run, 'long ago');
    const model = await signing.open(proposal);
    const countersignature = await signing.countersignature(proposal, 'alice');
    // The same words, said two days ago with the real keys, and with an end that lies far ahead.
    const old = newId('p');
    const then = (): number => Date.now() - 48 * 3_600_000;
    const expiresAtMs = Date.now() + 3_600_000;
    const say = async (as: Identity, kind: 'proposed' | 'resolved' | 'decided', body: object): Promise<void> => {
      const draft = { kind, body: { ...body, proposal: old } } as Draft;
      await openRecorder(forging.store, as, then).record({ statements: [draft] });
    };
    await say(forging.stolen('gateway'), 'proposed', model.proposed.body);
    await say(forging.stolen('reader'), 'resolved', model.resolved.body);
    await say(forging.stolen('gateway'), 'decided', { ...model.decided.body, expiresAtMs });
    const row = await forging.store.proposal(proposal);
    if (row === null) throw new Error('unreachable');
    const copy = { ...row, id: old, callKey: digest('effect', old), expiresAtMs, state: 'open' } as const;
    await forging.write(forging.stolen('operator'), { changes: [{ change: 'proposal', row: copy }] });
    const signature = await signing.countersignature(old, 'alice');
    await forging.write(forging.stolen('console'), {
      statements: [{ kind: 'signed', body: { proposal: old, countersignature: signature } }],
    });
    expect(await forging.push(old)).toEqual({ state: 'expired', code: 'expired' });
    expect(await signing.ask('console', 'countersign', { countersignature: signature })).toMatchObject({ ok: false, code: 'expired' });
    // The young one with the same words is signed and executed: its age was in the way, nothing else.
    expect(await signing.ask('console', 'countersign', { countersignature })).toMatchObject({ ok: true });
    expect(await company.outcome(run, proposal)).toMatchObject({ outcome: 'done' });
    expect(await posted('long ago')).toBe(1);
  },
);

/** Waits until the three processes that decide speak so of their policy. */
async function policySays(what: RegExp): Promise<readonly string[]> {
  return eventually(`the policy is ${what.source}`, async () => {
    const rows = JSON.parse((await company.world.cli('status', '--json')).stdout) as { process: string; state: string }[];
    const states = rows.filter((row) => ['gateway', 'reader', 'executor'].includes(row.process)).map((row) => row.state);
    return states.length === 3 && states.every((state) => what.test(state)) ? states : null;
  });
}

verifies(
  ['never.broken-policy', 'decide.reload'],
  'while the policy file is broken the last good one decides, loudly; a stricter one then decides for what waits too',
  async () => {
    const run = await company.openRun();
    const direct = { system: 'slack', operation: 'direct_message', arguments: { user: 'U000000001', text: 'psst' } };
    const [before, during] = [await post(run, 'held before'), await post(run, 'held before it broke')];
    writeFileSync(policyFile, `${ownRule}permit (principal, action, resource`);
    await policySays(/BROKEN: the last good policy decides/);
    expect((await forging.alarms('policy-broken')).length).toBeGreaterThanOrEqual(3);
    expect(company.house.events.some((event) => event['event'] === 'alarm' && event['code'] === 'policy-broken')).toBe(true);
    // Still: what it forbids is denied, what it asks for is asked, and what was signed is executed.
    expect(await company.act(run, direct)).toMatchObject({ status: 403, kind: 'refused' });
    expect(await post(run, 'held while broken')).toMatchObject({ kind: 'waiting', needs: ['requester'] });
    expect(await signing.sign(during.proposal, 'alice')).toMatchObject({ ok: true });
    expect(await company.outcome(run, during.proposal)).toMatchObject({ outcome: 'done' });
    expect(await posted('held before it broke')).toBe(1);

    writeFileSync(policyFile, '@id("no-posts")\nforbid (principal, action == Action::"slack.post_message", resource);\n');
    await policySays(/policy sha256:[0-9a-f]+$/);
    expect(await post(run, 'held after')).toMatchObject({ status: 403, kind: 'refused', code: 'denied' });
    expect(await signing.sign(before.proposal, 'alice')).toMatchObject({ ok: true });
    expect(await company.outcome(run, before.proposal)).toMatchObject({ status: 403, kind: 'refused', code: 'denied' });
    expect([await posted('held after'), await posted('held while broken')]).toEqual([0, 0]);
    expect((await company.world.slack.messages('random')).filter((message) => message.text === 'held before')).toEqual([]);
  },
);
