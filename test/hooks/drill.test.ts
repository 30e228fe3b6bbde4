// verifies: hooks.commands, hooks.rotation
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sign } from '@octokit/webhooks-methods';
import { parseDocument } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStatement, trustOf } from '../../src/record/identity.ts';
import { paths } from '../../src/processes/paths.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { makeDoorHouse } from './door.ts';
import type { DoorHouse } from './door.ts';

/*
 * The whole drill against a confined door: an old secret, a new one beside it, the sender changes over, the old one ends. The
 * sender signs with GitHub's own package.
 */

const oldSecret = 'k3J9vQ2xT7bLw0ZsP5nRf8YdCgHmAeUi';
let house: DoorHouse;
let deliveries = 0;

beforeAll(async () => {
  house = await makeDoorHouse({
    endpoints: { github: { provider: 'github', secrets: [{ file: 'old.secret', id: 'first' }], consumers: ['triage'] } },
    consumers: { triage: {} },
  });
  writeFileSync(join(house.folder, 'old.secret'), oldSecret);
  await house.up();
}, 30_000);
afterAll(() => house.close());

async function deliver(secret: string): Promise<number> {
  const body = JSON.stringify({
    action: 'opened',
    issue: { number: ++deliveries, title: 'Plan\u200b B' },
    repository: { id: 42 },
  });
  const reply = await fetch(`${house.url}/hooks/github`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-github-event': 'issues', 'x-hub-signature-256': await sign(secret, body) },
    body,
  });
  return reply.status;
}

interface Status {
  readonly running: boolean;
  readonly secrets: readonly {
    readonly id: string;
    readonly uses: number | null;
    readonly file: string | null;
    readonly mayRetire: { readonly ok: boolean; readonly code?: string };
  }[];
}
const status = (): Promise<Status> => house.json<Status>('rotate', 'github', '--status');
const of = (all: Status, id: string) => all.secrets.find((secret) => secret.id === id);

test('the drill: old, both, new', async () => {
  expect(await deliver(oldSecret)).toBe(200);
  expect(await house.hooks('rotate', 'github', '--retire', 'first')).toMatchObject({
    code: 3,
    err: expect.stringContaining('only live secret') as string,
  });

  const added = await house.hooks('rotate', 'github', '--json');
  const { secret: id, file, state } = JSON.parse(added.out) as { secret: string; file: string; state: string };
  expect(state).toBe('live');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
  const fresh = readFileSync(file, 'utf8').trim();
  expect(added.out + added.err).not.toContain(fresh);

  expect(of(await status(), 'first')).toMatchObject({ uses: 1, mayRetire: { ok: false, code: 'not-proved-yet' } });
  expect(await deliver(fresh)).toBe(200);
  expect(await deliver(oldSecret)).toBe(200);
  expect(of(await status(), 'first')).toMatchObject({ uses: 2, mayRetire: { ok: false, code: 'used-last' } });
  expect(await house.hooks('rotate', 'github', '--retire', 'first')).toMatchObject({ code: 3 });
  expect(await deliver(oldSecret)).toBe(200); // a refused retirement changes nothing

  await new Promise((later) => setTimeout(later, 5)); // the newest event is told by its time
  expect(await deliver(fresh)).toBe(200);
  expect(of(await status(), id)).toMatchObject({ uses: 2, file });
  expect(await house.hooks('rotate', 'github', '--retire', 'first')).toMatchObject({ code: 0 });
  expect(await deliver(oldSecret)).toBe(401);
  expect(await deliver(fresh)).toBe(200);
  expect(await house.hooks('rotate', 'github', '--retire', id, '--force')).toMatchObject({ code: 3 });

  const store = await openSqliteStore(paths(house.config()).store);
  const trust = trustOf(house.config().trust);
  const said = (await store.statementsOfKind('hook-secret')).map((entry) => openStatement(trust, entry));
  await store.close();
  expect(said.map((one) => (one.ok ? [one.value.by, one.value.body] : one))).toMatchObject([
    ['operator', { endpoint: 'github', secret: id, change: 'added' }],
    ['operator', { endpoint: 'github', secret: 'first', change: 'ends' }],
  ]);
  expect(JSON.stringify(said)).not.toContain(fresh);
}, 30_000);

test('a weak secret, and one that the endpoint has already, do not come in', async () => {
  const from = join(house.folder, 'brought.txt');
  writeFileSync(from, 'change-me-please-change-me');
  expect(await house.hooks('rotate', 'github', '--file', from)).toMatchObject({
    code: 3,
    err: expect.stringContaining('placeholder') as string,
  });
  writeFileSync(from, oldSecret);
  expect(await house.hooks('rotate', 'github', '--file', from, '--id', 'twice')).toMatchObject({
    code: 3,
    err: expect.stringContaining('taken back') as string,
  });
  expect(of(await status(), 'twice')).toBe(undefined);
}, 30_000);

test('what a person sees of an event, and nothing raw', async () => {
  const [newest] = await house.json<{ event: string }[]>('list', '--endpoint', 'github', '--state', 'waiting');
  const shown = await house.hooks('show', newest!.event, '--content');
  expect(shown.code).toBe(0);
  for (const part of ['an event: body, event and tenant are proved', 'triage waiting', '"number": 1']) expect(shown.out).toContain(part);
  expect(shown.out).not.toContain('\u200b');
  expect((await house.hooks('show', newest!.event)).out).not.toContain('"number"');
  expect(await house.hooks('show', `e_${'A'.repeat(22)}`)).toMatchObject({ code: 3 });
});

test('a sample goes through the door and starts nothing; a captured delivery is judged and not taken', async () => {
  const before = (await house.json<unknown[]>('list', '--limit', '500')).length;
  const sample = await house.hooks('test', 'github');
  expect(sample).toMatchObject({ code: 0 });
  for (const part of ['sender saw    200', 'handed to     nobody', 'quarantine']) expect(sample.out).toContain(part);
  expect((await house.json<unknown[]>('list', '--limit', '500')).length).toBe(before + 1);

  const body = join(house.folder, 'captured.json');
  writeFileSync(body, JSON.stringify({ action: 'closed', issue: { number: 1 }, repository: { id: 42 } }));
  const signature = await sign(oldSecret, readFileSync(body, 'utf8'));
  const judged = await house.hooks(
    'test',
    'github',
    '--body',
    body,
    '--header',
    'Content-Type: application/json',
    '--header',
    'X-GitHub-Event: issues',
    '--header',
    `X-Hub-Signature-256: ${signature}`,
  );
  expect(judged).toMatchObject({ code: 1 }); // the old secret has ended
  expect(judged.out).toContain('no live secret of the endpoint made this signature (signature-wrong)');
  expect(judged.out).toContain('what to do:');
  expect((await house.json<unknown[]>('list', '--limit', '500')).length).toBe(before + 1);
});

test('what was written into the configuration after the door started is told from what is wrong', async () => {
  const file = join(house.folder, 'countersign.yaml');
  const doc = parseDocument(readFileSync(file, 'utf8'));
  doc.setIn(['hooks', 'endpoints', 'later'], { provider: 'github' });
  doc.setIn(['hooks', 'endpoints', 'alerts'], { provider: 'aws-sns', expects: { topic: 'arn:x' } });
  writeFileSync(file, doc.toString());
  const later = await house.hooks('rotate', 'later');
  expect(later).toMatchObject({ code: 0, out: expect.stringContaining('does not know this endpoint yet: restart the house') as string });
  expect(later.out).not.toContain('--retire'); // there is no old one
  expect(await house.json('rotate', 'later', '--status')).toMatchObject({ running: false, secrets: [{ notAfterMs: null }] });
  // A sender that publishes its keys has no secret to bring in, and an endpoint that is nowhere is none.
  expect(await house.hooks('rotate', 'alerts')).toMatchObject({ code: 3, err: expect.stringContaining('hooks keys aws-sns') as string });
  expect(await house.hooks('list', '--endpoint', 'githbu')).toMatchObject({
    code: 0,
    out: expect.stringContaining('no endpoint githbu') as string,
  });
  expect(await house.hooks('list', '--endpoint', 'later')).toMatchObject({ code: 0, out: 'no event\n' });
  expect(await house.hooks('reconcile', 'githbu')).toMatchObject({ code: 1, err: expect.stringContaining('no such endpoint') as string });
  // A space in front of a line of our own is no character that somebody hid.
  const body = join(house.folder, 'good.json');
  writeFileSync(body, JSON.stringify({ action: 'closed', issue: { number: 2 }, repository: { id: 42 } }));
  const fresh = readFileSync((await status()).secrets.at(-1)?.file ?? '', 'utf8').trim();
  const headers = [
    'Content-Type: application/json',
    'X-GitHub-Event: issues',
    `X-Hub-Signature-256: ${await sign(fresh, readFileSync(body, 'utf8'))}`,
  ];
  const good = await house.hooks('test', 'github', '--body', body, ...headers.flatMap((line) => ['--header', line]));
  expect(good).toMatchObject({ code: 0, out: expect.stringContaining('ACCEPTED') as string });
  expect(good.out).not.toContain('\\u{');
  const refused = await house.json('test', 'github', '--body', body, '--header', headers[0] ?? '');
  expect(refused).toMatchObject({ reason: 'header-missing', next: expect.stringContaining('proxy drops the header') as string });
});
