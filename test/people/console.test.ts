// verifies: hands.self-approval, hands.proposal-expiry, hands.signature-expiry, never.approved-by-link
import { request } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shortCode } from '../../src/action/card.ts';
import type { Countersignature, Envelope } from '../../src/action/statement.ts';
import { consoleHandlers } from '../../src/approve/handlers.ts';
import type { Countersigned } from '../../src/approve/handlers.ts';
import { openProposal } from '../../src/record/opened.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import { startConsole } from '../../src/approve/server.ts';
import { viewProposal } from '../../src/approve/view.ts';
import type { Result } from '../../src/errors.ts';
import { signEnvelope } from '../../src/record/countersignature.ts';
import type { ProposalState } from '../../src/store/store.ts';
import { openHouse, person, start } from './house.ts';
import type { House, Person } from './house.ts';

let house: House;
const bob = person('bob', 'bob');
const olga = person('olga', 'olga');
const laptop = person('alice-laptop', 'alice');
const recordOf = ({ name, user, publicKey }: Person) => ({ approver: name, user, key: publicKey });

beforeEach(async () => {
  house = await openHouse();
  for (const one of [bob, laptop]) await house.enrol(recordOf(one));
  await house.enrol({ ...recordOf(olga), owns: ['slack/C1'] });
});
afterEach(() => house.close());

type Handlers = Required<Pick<ReturnType<typeof consoleHandlers>, 'proposals' | 'show' | 'countersign'>>;
const handlers = (): Handlers => consoleHandlers(house.context) as Handlers;
const send = (countersignature: Countersignature, to = handlers()) =>
  to.countersign({ countersignature }) as Promise<Result<Countersigned>>;
const sign = (who: Person, opened: OpenedProposal, change: Partial<Envelope> = {}) =>
  signEnvelope(who.key, house.envelope(opened, who.name, change));
const stateOf = async (opened: OpenedProposal): Promise<ProposalState | undefined> =>
  (await house.store.proposal(opened.facts.proposal))?.state;
const kinds = async (opened: OpenedProposal): Promise<string[]> =>
  (await house.store.statementsOf(opened.facts.proposal)).map((row) => (JSON.parse(row.bytes) as { kind: string }).kind);

async function refusedWith(code: string, opened: OpenedProposal, countersignature: Countersignature): Promise<void> {
  const before = [await stateOf(opened), await kinds(opened)];
  expect(await send(countersignature)).toMatchObject({ ok: false, code });
  expect([await stateOf(opened), await kinds(opened)]).toEqual(before);
}

test('a signature that fills every role makes the proposal ready, and is on record', async () => {
  const opened = await house.propose();
  const result = await send(sign(house.admin, opened));
  expect(result).toMatchObject({
    ok: true,
    value: { state: 'ready', decision: 'sign', filled: ['requester'], code: shortCode(opened.facts.action) },
  });
  expect(await stateOf(opened)).toBe('ready');
  expect(await kinds(opened)).toEqual(['proposed', 'resolved', 'decided', 'signed']);
});

test('a proposal that needs two people stays open until both have signed', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  expect(await send(sign(house.admin, opened))).toMatchObject({ ok: true, value: { state: 'open', filled: ['requester'] } });
  expect(await stateOf(opened)).toBe('open');
  expect(await send(sign(bob, opened))).toMatchObject({ ok: true, value: { state: 'ready', filled: ['requester', 'second'] } });
});

test('two people who sign at the same moment make it ready together', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  const to = handlers();
  const results = await Promise.all([send(sign(house.admin, opened), to), send(sign(bob, opened), to)]);
  expect(results.map((result) => result.ok && result.value.state)).toEqual(['open', 'ready']);
  expect(await stateOf(opened)).toBe('ready');
});

test('second and owner are two people, even if one of them could be both', async () => {
  const opened = await house.propose({ needs: ['requester', 'second', 'owner'] });
  await send(sign(house.admin, opened));
  expect(await send(sign(olga, opened))).toMatchObject({ ok: true, value: { state: 'open', filled: ['requester', 'owner'] } });
  expect(await send(sign(bob, opened))).toMatchObject({ ok: true, value: { state: 'ready' } });
});

test('the requester cannot be the second person, with this key or another', async () => {
  const opened = await house.propose({ needs: ['second'] });
  await refusedWith('fills-no-role', opened, sign(house.admin, opened));
  await refusedWith('fills-no-role', opened, sign(laptop, opened));
});

test('one person with two keys is one person', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  await send(sign(house.admin, opened));
  await refusedWith('fills-no-role', opened, sign(laptop, opened));
});

test('the same approver does not sign twice, but may sign again when the first signature has expired', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  await send(sign(house.admin, opened));
  await refusedWith('already-signed', opened, sign(house.admin, opened));
  house.clock += 16 * 60_000;
  expect(await send(sign(house.admin, opened))).toMatchObject({ ok: true, value: { state: 'open', filled: ['requester'] } });
});

test('a signature that has expired by the time the second person signs does not count any more', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  await send(sign(house.admin, opened));
  house.clock += 16 * 60_000;
  expect(await send(sign(bob, opened))).toMatchObject({ ok: true, value: { state: 'open', filled: ['second'] } });
});

test('nobody signs what is fully signed', async () => {
  const opened = await house.propose();
  await send(sign(house.admin, opened));
  await refusedWith('fully-signed', opened, sign(bob, opened));
});

test('a refusal ends the proposal, also after it was signed, and no signature comes after it', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  await send(sign(house.admin, opened));
  expect(await send(sign(bob, opened, { decision: 'refuse', note: 'not today' }))).toMatchObject({
    ok: true,
    value: { state: 'refused', decision: 'refuse' },
  });
  expect(await kinds(opened)).toEqual(['proposed', 'resolved', 'decided', 'signed', 'refused']);
  await refusedWith('already-refused', opened, sign(olga, opened));
  // The index is only an index: put back to open, the signed refusal still stands, however old.
  await house.recorders.console.record({
    changes: [{ change: 'state', proposal: opened.facts.proposal, from: ['refused'], to: 'open', atMs: 0 }],
  });
  house.clock += 16 * 60_000;
  await refusedWith('already-refused', opened, sign(bob, opened));
});

test('a refusal cannot be turned into a signature, nor a settlement into an approval', async () => {
  const opened = await house.propose();
  const refusal = sign(house.admin, opened, { decision: 'refuse' });
  await refusedWith('bad-signature', opened, { ...refusal, envelope: { ...refusal.envelope, decision: 'sign' } });
  await refusedWith('other-purpose', opened, sign(house.admin, opened, { purpose: 'countersign/settlement' }));
});

test('a signature for another proposal about the very same action is refused', async () => {
  const [one, two] = [await house.propose(), await house.propose()];
  expect(one.facts.action).toBe(two.facts.action);
  const replayed = sign(house.admin, one);
  await refusedWith('bad-signature', two, { ...replayed, envelope: { ...replayed.envelope, proposal: two.facts.proposal } });
  await refusedWith('other-display', two, sign(house.admin, two, { display: one.facts.display }));
});

test('a foreign installation, a foreign key, an expired signature and an unknown person are refused', async () => {
  const opened = await house.propose();
  await refusedWith('other-installation', opened, sign(house.admin, opened, { installation: 'cs_otherhouse' }));
  await refusedWith('bad-signature', opened, signEnvelope(bob.key, house.envelope(opened, 'root')));
  await refusedWith(
    'signature-expired',
    opened,
    sign(house.admin, opened, { issuedAtMs: start - 20 * 60_000, expiresAtMs: start - 6 * 60_000 }),
  );
  await refusedWith('unknown-approver', opened, sign(person('eve', 'alice'), opened));
});

test('a self-signed enrolment signs nothing', async () => {
  const eve = person('eve', 'alice');
  await house.enrol({ ...recordOf(eve), administrator: true }, eve);
  const opened = await house.propose();
  await refusedWith('unknown-approver', opened, sign(eve, opened));
});

test('a withdrawn approver signs nothing, and what they have signed counts no more', async () => {
  const opened = await house.propose({ needs: ['requester', 'second'] });
  await send(sign(bob, opened));
  await house.enrol({ ...recordOf(bob), withdrawn: true });
  await refusedWith('withdrawn-approver', opened, sign(bob, opened));
  expect(await send(sign(house.admin, opened))).toMatchObject({ ok: true, value: { state: 'open', filled: ['requester'] } });
});

test.each<[ProposalState, string]>([
  ['executing', 'already-executed'],
  ['done', 'already-executed'],
  ['failed', 'already-executed'],
  ['unknown', 'already-executed'],
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
  ['denied', 'denied'],
])('a proposal that is %s takes neither signature nor refusal', async (to, code) => {
  const opened = await house.propose();
  await house.recorders.executor.record({
    changes: [{ change: 'state', proposal: opened.facts.proposal, from: ['open'], to, atMs: start }],
  });
  await refusedWith(code, opened, sign(house.admin, opened));
  await refusedWith(code, opened, sign(house.admin, opened, { decision: 'refuse' }));
});

test('an intent on record closes the proposal, whatever the index says', async () => {
  const opened = await house.propose();
  const { proposal, action } = opened.facts;
  const body = { proposal, action, effect: action, signers: ['root'], roles: ['requester' as const], policy: opened.policy };
  await house.recorders.executor.record({ statements: [{ kind: 'intent', body }] });
  await refusedWith('already-executed', opened, sign(house.admin, opened));
});

test('a proposal that nobody signed in time takes no signature', async () => {
  const opened = await house.propose({ expiresInMs: 60_000 });
  house.clock += 60_001;
  await refusedWith('expired', opened, sign(house.admin, opened));
});

test('a proposal that the policy allows needs no signature', async () => {
  const opened = await house.propose({ needs: [] });
  await refusedWith('needs-no-signature', opened, sign(house.admin, opened));
});

/** Writes to the store as an attacker who has the file, past all of our code. */
function attack(sql: string, ...values: string[]): void {
  const db = new DatabaseSync(join(house.folder, 'store.db'));
  const changed = db.prepare(sql).run(...values).changes;
  db.close();
  expect(Number(changed)).toBeGreaterThan(0);
}

const changedArguments = (): void =>
  attack("UPDATE bodies SET text = ? WHERE text LIKE '%hello%'", '{"channel":"C1","text":"all our secrets"}');

test('arguments that are changed in the store after signing are refused, by the console and by whoever opens the proposal', async () => {
  const opened = await house.propose();
  const countersignature = sign(house.admin, opened);
  changedArguments();
  await refusedWith('inconsistent', opened, countersignature);
});

test('a row of kind signed that the console did not sign counts for nothing', async () => {
  const opened = await house.propose();
  const countersignature = sign(house.admin, opened);
  const { proposal } = opened.facts;
  // The gateway's key is real, and the countersignature too: but a gateway may not say `signed`.
  await house.recorders.gateway.record({ statements: [{ kind: 'signed', body: { proposal, countersignature } }] });
  const seen = await viewProposal(house.context, proposal);
  expect(seen).toMatchObject({ ok: true, value: { signatures: { signers: [], filled: [] } } });
});

test('a signed row that was written into the store past the console counts for nothing', async () => {
  const opened = await house.propose();
  const { proposal } = opened.facts;
  const [real] = await house.store.statementsOf(proposal);
  // Everything an attacker with the file has: a real countersignature's form, a real key id, a signature of another row.
  const countersignature = signEnvelope(bob.key, house.envelope(opened, 'root'));
  const bytes = JSON.stringify({
    atMs: start,
    body: { countersignature, proposal },
    boot: 'A'.repeat(16),
    by: 'console',
    kind: 'signed',
    n: 0,
    v: 1,
  });
  attack(
    'INSERT INTO statements (kind, proposal, bytes, key, sig) VALUES (?, ?, ?, ?, ?)',
    'signed',
    proposal,
    bytes,
    `console:${house.keys.console.slice(8, 20)}`,
    real?.sig ?? '',
  );
  attack('UPDATE proposals SET state = ? WHERE id = ?', 'ready', proposal);
  const seen = await viewProposal(house.context, proposal);
  expect(seen).toMatchObject({ ok: true, value: { row: { state: 'ready' }, signatures: { signers: [], filled: [] } } });
  expect(await send(sign(house.admin, opened))).toMatchObject({ ok: true, value: { state: 'ready', filled: ['requester'] } });
});

test('a row that the console signed around a forged countersignature counts for nothing either', async () => {
  const opened = await house.propose();
  const { proposal } = opened.facts;
  const forged = signEnvelope(bob.key, house.envelope(opened, 'root'));
  const refusal = sign(house.admin, opened, { decision: 'refuse' });
  await house.recorders.console.record({
    statements: [
      { kind: 'signed', body: { proposal, countersignature: forged } },
      { kind: 'signed', body: { proposal, countersignature: refusal } },
    ],
  });
  expect(await viewProposal(house.context, proposal)).toMatchObject({ ok: true, value: { signatures: { signers: [], filled: [] } } });
});

test('a proposal whose records are forged, doubled or of another proposal cannot be opened', async () => {
  const [opened, other] = [await house.propose(), await house.propose({ action: { arguments: { channel: 'C1', text: 'other' } } })];
  const { proposal } = opened.facts;
  const rows = await house.store.statementsOf(proposal);
  const foreign = await house.store.statementsOf(other.facts.proposal);
  const body = (wanted: `sha256:${string}`) => house.store.body(wanted);
  const open = (all: typeof rows) => openProposal(house.trust, proposal, all, body);
  expect((await open(rows)).ok).toBe(true);
  expect((await open([...rows, ...rows])).ok).toBe(true);
  // A copy that nobody signed hides nothing, wherever it lies.
  const copies = rows.map((row) => ({ ...row, sig: 'A'.repeat(86) }));
  expect((await open([...copies, ...rows])).ok && (await open([...rows, ...copies])).ok).toBe(true);
  expect(await open([])).toMatchObject({ code: 'not-proven' });
  expect(await open([rows[0]!, foreign[1]!, rows[2]!])).toMatchObject({ code: 'not-proven' });
  expect(await open(rows.map((row) => ({ ...row, bytes: row.bytes.replace('"T1"', '"T2"') })))).toMatchObject({ code: 'not-proven' });
  await house.recorders.reader.record({ statements: [{ kind: 'resolved', body: { ...other.card.resolved, proposal } }] });
  expect(await open(await house.store.statementsOf(proposal))).toMatchObject({ code: 'ambiguous' });
});

test('the console lists what waits, and all if it is asked for', async () => {
  const [one, two] = [await house.propose(), await house.propose()];
  await send(sign(house.admin, two, { decision: 'refuse' }));
  expect(await handlers().proposals({ all: false })).toMatchObject({
    ok: true,
    value: [{ id: one.facts.proposal, state: 'open', user: 'alice' }],
  });
  const all = await handlers().proposals({ all: true });
  expect(all.ok && (all.value as unknown[]).length).toBe(2);
  expect(await handlers().show({ proposal: `p_${'q'.repeat(22)}` })).toMatchObject({ ok: false, code: 'not-found' });
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function ask(port: number, path: string, method = 'GET', host = `127.0.0.1:${port}`): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{}' : undefined);
  });
}

test('the page shows the card and how to sign it, and nothing can be changed through it', async () => {
  const opened = await house.propose();
  const { proposal } = opened.facts;
  const door = await startConsole({ ...house.context, port: 0 });
  try {
    const page = await ask(door.port, `/p/${proposal}`);
    expect(page.status).toBe(200);
    expect(page.text.startsWith(opened.text)).toBe(true);
    expect(page.text).toContain(`countersign sign ${proposal} --as <approver>`);
    expect(page.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      expect((await ask(door.port, `/p/${proposal}`, method)).status).toBe(405);
    for (const path of [
      `/p/${proposal}/sign`,
      `/p/${proposal}?sign=1`,
      '/p/',
      '/',
      '/p',
      '/proposals',
      `/p/p_${'q'.repeat(22)}`,
      '/p/..%2f',
    ])
      expect((await ask(door.port, path)).status, path).toBe(404);
    for (const host of ['evil.example', `evil.example:${door.port}`, '127.0.0.1', `127.0.0.1:${door.port + 1}`])
      expect((await ask(door.port, `/p/${proposal}`, 'GET', host)).status, host).toBe(421);
    expect((await ask(door.port, '/healthz', 'GET', `localhost:${door.port}`)).text).toBe('ok\n');
    expect(await stateOf(opened)).toBe('open');
    expect(await kinds(opened)).toEqual(['proposed', 'resolved', 'decided']);
  } finally {
    await door.close();
  }
});

test('the page of a proposal that cannot be proved shows no card', async () => {
  const opened = await house.propose();
  changedArguments();
  const door = await startConsole({ ...house.context, port: 0 });
  try {
    const page = await ask(door.port, `/p/${opened.facts.proposal}`);
    expect(page.status).toBe(409);
    expect(page.text).not.toContain('secrets');
  } finally {
    await door.close();
  }
});
