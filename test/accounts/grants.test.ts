// verifies: accounts.scope, accounts.kept, accounts.bound
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { CountersignError, ok, refuse } from '../../src/errors.ts';
import { digestText } from '../../src/action/digest.ts';
import type { Signed } from '../../src/action/statement.ts';
import { linkedAccounts } from '../../src/record/linked-accounts.ts';
import { statementLine } from '../../src/record/show.ts';
import { openStatement } from '../../src/record/identity.ts';
import { formTo, openBrowser } from './browser.ts';
import type { Browser, Page } from './browser.ts';
import { startIssuer } from './issuer-double.ts';
import type { Behaviour, IssuerDouble } from './issuer-double.ts';
import { openRig } from './rig.ts';
import type { Rig } from './rig.ts';

/*
 * What an issuer gives, and what the hand makes of it; and the hand alone, without a door that behaves.
 */

let issuer: IssuerDouble;
let rig: Rig;
const honest: Behaviour = {
  answer: (query) => query,
  token: (body) => body,
  tokenStatus: 200,
  userinfo: { id: 7, login: 'octo' },
  tokenHeaders: {},
  revocationStatus: 200,
  revocationBody: {},
};

beforeAll(async () => {
  const [here, closed] = await Promise.all([startIssuer(), startIssuer()]);
  await closed.close();
  issuer = here;
  const { url } = issuer;
  rig = await openRig({
    slack: { issuer: url },
    mine: { issuer: url, tenant: 'T1' },
    bot: { issuer: url, tokenType: 'bot', clientAuthentication: 'post' },
    public: { issuer: url, clientSecret: null, revocationEndpoint: null },
    github: { issuer: url, scopes: [], account: { from: 'userinfo', id: 'id', name: 'login' }, userinfoEndpoint: `${url}/userinfo` },
    nowhere: { issuer: url, file: '/nonexistent/folder/token' },
    gone: { issuer: url, tokenEndpoint: `${closed.url}/token` },
  });
});
beforeEach(() => {
  Object.assign(issuer.behaviour, honest);
  rig.elsewhere.length = 0;
  rig.live = ok(null);
  rig.comparing = () => undefined;
});
afterAll(async () => {
  await rig.close();
  await issuer.close();
});

/** As far as the page that shows whose account it is, or the one that says why not. */
async function shown(name: string, browser: Browser = openBrowser()): Promise<{ browser: Browser; page: Page }> {
  const page = await browser.visit(rig.link(name));
  return { browser, page: await browser.submit(page, formTo(page, '/continue')) };
}

async function linkWhole(name: string): Promise<Page> {
  const { browser, page } = await shown(name);
  return browser.submit(page, formTo(page, '/confirm'));
}

const last = async (): Promise<Record<string, unknown>> => ({ ...(await rig.said('account-refused')).at(-1) });
const scope =
  (text: unknown) =>
  (body: Record<string, unknown>): unknown => ({ ...body, scope: text });

test.each([
  ['blanks', 'users:read  channels:read'],
  ['commas', 'channels:read,users:read'],
  ['nothing, which means what was asked', undefined],
])('the granted scope is the one that was asked for, written with %s', async (_, text) => {
  issuer.behaviour.token = scope(text);
  expect((await linkWhole('slack')).text).toContain('The account is linked');
  expect((await rig.said('account-linked')).at(-1)?.granted).toEqual(['channels:read', 'users:read']);
});

test.each([
  ['more', 'channels:read users:read admin', 'wider-scope', /granted more than was asked/],
  ['more, and less too', 'channels:read admin', 'wider-scope', /granted more than was asked/],
  ['more than fits into a log', Array.from({ length: 60 }, (_, i) => `s${i}`).join(' '), 'wider-scope', /granted more/],
  ['less', 'channels:read', 'narrower-scope', /did not grant users:read: allow it there/],
  ['nothing', '', 'narrower-scope', /did not grant channels:read users:read/],
])('a grant of %s is refused, its tokens are revoked and nothing is written', async (_, text, code, words) => {
  issuer.behaviour.token = scope(text);
  const before = rig.fileOf('slack');
  const { page } = await shown('slack');
  expect([page.status, page.text]).toEqual([403, expect.stringMatching(words)]);
  expect(await last()).toMatchObject({ code, revoked: 'revoked', asked: ['channels:read', 'users:read'] });
  expect(issuer.revoked).toContain(issuer.given.at(-1));
  expect(rig.fileOf('slack')).toBe(before);
});

test('what was granted instead stands in the log', async () => {
  issuer.behaviour.token = scope('channels:read admin');
  await shown('slack');
  expect(await last()).toMatchObject({ granted: ['admin', 'channels:read'] });
});

const access = (change: Record<string, unknown>) => (body: Record<string, unknown>) => ({ ...body, ...change });

test.each<[string, Partial<Behaviour>, string, boolean]>([
  ['another type of token', { token: access({ token_type: 'dpop' }) }, 'wrong-token-type', true],
  ['a type that nobody knows', { token: access({ token_type: 'mac' }) }, 'no-token', true],
  ['no type', { token: access({ token_type: undefined }) }, 'no-token', true],
  ['a token with a line break', { token: access({ access_token: 'a\nb' }) }, 'no-token', true],
  ['a refresh token with a blank', { token: access({ refresh_token: 'a b' }) }, 'no-token', true],
  ['a scope that is no text', { token: access({ scope: ['admin'] }) }, 'no-token', true],
  ['an id token that is none', { token: access({ id_token: 'x.y.z' }) }, 'no-token', true],
  ['no token', { token: access({ access_token: undefined }) }, 'no-token', false],
  ['an error with status 200, as GitHub does', { token: () => ({ error: 'bad_verification_code' }) }, 'no-token', false],
  ['a list', { token: () => [1] }, 'no-token', false],
  ['a failure', { tokenStatus: 500 }, 'no-token', false],
  ['a reply without end', { token: access({ more: 'x'.repeat(300_000) }) }, 'no-token', false],
  ['no account', { token: access({ team: undefined }) }, 'no-account', true],
  ['an account that is no text', { token: access({ team: { id: {}, name: 'x' } }) }, 'no-account', true],
  ['a name that is too long', { token: access({ team: { id: 'T1', name: 'x'.repeat(301) } }) }, 'no-account', true],
])('%s is refused', async (_, behaviour, code, revoked) => {
  Object.assign(issuer.behaviour, behaviour);
  const count = issuer.revoked.length;
  const { page } = await shown('slack');
  expect(page.status).toBe(403);
  expect(await last()).toMatchObject({ code, revoked: revoked ? 'revoked' : 'no-token' });
  expect(issuer.revoked.length > count).toBe(revoked);
});

test('a redirect of the token endpoint is not followed: it would take code and secret along', async () => {
  const other = await startIssuer();
  issuer.behaviour.tokenStatus = 307;
  issuer.behaviour.tokenHeaders = { location: `${other.url}/token` };
  const { page } = await shown('slack');
  expect([page.status, other.exchanged.length, (await last())['code']]).toEqual([403, 0, 'no-token']);
  await other.close();
});

test('only the account that the configuration expects is linked', async () => {
  expect((await linkWhole('mine')).text).toContain('The account is linked');
  issuer.behaviour.token = access({ team: { id: 'T2', name: 'Acme' } });
  const { page } = await shown('mine');
  expect(page.text).toContain('not the account that the configuration expects');
  expect(await last()).toMatchObject({ code: 'wrong-tenant', id: 'T2', revoked: 'revoked' });
});

test('a token that the other zone holds is refused', async () => {
  rig.elsewhere.push('the-same');
  issuer.behaviour.token = access({ access_token: 'the-same' });
  const { page } = await shown('slack');
  expect(page.text).toContain('The other zone holds this very token');
  expect(await last()).toMatchObject({ code: 'wrong-zone', revoked: 'revoked' });
});

test('a token that the other zone was given meanwhile is refused at the last step', async () => {
  const { browser, page } = await shown('slack');
  rig.elsewhere.push(issuer.given.at(-1) ?? '');
  const links = async () => [(await rig.said('account-linked')).length, rig.linked.length];
  const before = await links();
  const done = await browser.submit(page, formTo(page, '/confirm'));
  expect([done.status, await links()]).toEqual([403, before]);
  expect(await last()).toMatchObject({ code: 'wrong-zone', revoked: 'revoked' });
});

test('Slack’s type of token, and its client secret in the body', async () => {
  issuer.behaviour.token = access({ token_type: 'bot', refresh_token: undefined, expires_in: undefined });
  expect((await linkWhole('bot')).text).toContain('The account is linked');
  expect([issuer.exchanged.at(-1)?.get('client_secret'), issuer.authorizations.at(-1)]).toEqual(['a client secret', '']);
  expect((await rig.said('account-linked')).at(-1)).toMatchObject({ refresh: false, tokenExpiresAtMs: null });
  expect(existsSync(`${rig.account('bot').file}.refresh`)).toBe(false);
});

test('a public client proves itself by PKCE alone, and an issuer without revocation is said to be one', async () => {
  const { browser, page } = await shown('public');
  expect(issuer.exchanged.at(-1)?.get('client_id')).toBe('countersign');
  await browser.submit(page, formTo(page, '/refuse'));
  expect(await last()).toMatchObject({ code: 'refused-by-person', revoked: 'not-possible' });
});

test('an issuer that does not revoke is said to have failed', async () => {
  issuer.behaviour.revocationStatus = 503;
  const { browser, page } = await shown('slack');
  await browser.submit(page, formTo(page, '/refuse'));
  expect(await last()).toMatchObject({ code: 'refused-by-person', revoked: 'failed' });
});

test('the account can stand where the token is used: a number is an id too', async () => {
  issuer.behaviour.token = scope('');
  const { browser, page } = await shown('github');
  expect(page.text).toMatch(/octo[\s\S]*<dd>7<\/dd>/);
  expect(issuer.asked.at(-1)?.has('scope')).toBe(false);
  await browser.submit(page, formTo(page, '/refuse'));
  issuer.behaviour.userinfo = { message: 'Bad credentials' };
  expect((await shown('github')).page.status).toBe(403);
  expect(await last()).toMatchObject({ code: 'no-account', revoked: 'revoked' });
});

test('an issuer that cannot be reached has not been given the code', async () => {
  const { page } = await shown('gone');
  expect(page.text).toContain('cannot be reached');
  expect(await last()).toMatchObject({ code: 'not-reachable', revoked: 'no-token' });
});

test('a link that cannot be stored is none, and its token is revoked', async () => {
  const page = await linkWhole('nowhere');
  expect([page.status, page.text]).toEqual([403, expect.stringContaining('cannot be written')]);
  expect(await last()).toMatchObject({ account: 'nowhere', code: 'not-stored', revoked: 'revoked' });
  expect((await linkedAccounts(rig, () => null)).has('nowhere')).toBe(false);
});

test('nothing is put in place that is not on record', async () => {
  const before = rig.fileOf('mine');
  const { browser, page } = await shown('mine');
  const record = vi.spyOn(rig.recorders.reader, 'record').mockRejectedValueOnce(new CountersignError('store-failed', 'no'));
  const done = await browser.submit(page, formTo(page, '/confirm'));
  record.mockRestore();
  expect([done.status, rig.fileOf('mine')]).toEqual([403, before]);
  expect(issuer.revoked).toContain(issuer.given.at(-1));
});

test('a credential that cannot be used is said to the person who linked it', async () => {
  rig.live = refuse('bad-credential', 'this is a classic token');
  expect((await linkWhole('slack')).text).toContain('cannot be used yet: this is a classic token');
});

test('a credential file is replaced whole, and nothing is written through a link', async () => {
  const { file } = rig.account('slack');
  const target = join(rig.folder, 'elsewhere.txt');
  writeFileSync(target, 'not ours');
  writeFileSync(`${file}.refresh.new`, 'left behind');
  symlinkSync(target, `${file}.new`);
  await linkWhole('slack');
  expect([readFileSync(target, 'utf8'), rig.fileOf('slack')]).toEqual(['not ours', issuer.given.at(-1)]);
});

test('the book tells which accounts are linked, and whether the hand still finds that credential', async () => {
  await linkWhole('mine');
  const place = (account: string): string => `slack/${account}`;
  const before = await linkedAccounts(rig, place);
  expect(before.get('mine')).toMatchObject({ state: 'in-place', link: { id: 'T1', user: 'alice' } });
  const start = (credentials: Record<string, `sha256:${string}`>): Promise<unknown> =>
    rig.recorders.reader.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials } }] });
  await start({ 'slack/mine': before.get('mine')?.link.credential ?? 'sha256:' });
  expect((await linkedAccounts(rig, place)).get('mine')?.state).toBe('in-place');
  await start({ 'slack/mine': digestText('account', 'another') });
  expect((await linkedAccounts(rig, place)).get('mine')?.state).toBe('replaced');
});

test('each step has a line in the log', async () => {
  const lines: string[] = [];
  for (const entry of await rig.store.entriesAfter(0, 1000)) {
    const opened = openStatement(rig.trust, entry);
    if (opened.ok) lines.push(statementLine(opened.value, null));
  }
  expect(lines.join('\n')).toMatch(/hooks account-begun slack at http:\S+ for alice, asking for channels:read users:read/);
  expect(lines.join('\n')).toMatch(
    /reader account-linked mine to T1 \(Acme\) at http:\S+ by alice, with channels:read users:read, credential sha256:/,
  );
  expect(lines.join('\n')).toMatch(/reader account-refused mine at http:\S+ for alice: wrong-tenant: /);
});

/** The hand alone: a begun attempt as a door would sign it. */
async function begun(change: Record<string, unknown> = {}): Promise<{ signed: Signed; state: string; attempt: string }> {
  const state = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
  const attempt = `a_${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')}`;
  const body = {
    attempt,
    account: 'slack',
    system: 'slack',
    zone: 'read' as const,
    issuer: issuer.url,
    user: 'alice',
    asked: ['channels:read', 'users:read'],
    state: digestText('account', state),
    expiresAtMs: rig.clock + 600_000,
    ...change,
  };
  const written = await rig.recorders.hooks.record({ statements: [{ kind: 'account-begun', body }] });
  if (!written.ok) throw new Error('not written');
  return { signed: written.signed[0] as Signed, state, attempt };
}

test('the hand begins only what the door has signed, lately, once, for its own configuration', async () => {
  const good = await begun();
  expect(await rig.hand.begin({ begun: good.signed })).toMatchObject({ ok: true });
  expect(await rig.hand.begin({ begun: good.signed })).toMatchObject({ ok: false, code: 'replayed' });
  const forged = { ...good.signed, bytes: good.signed.bytes.replace('alice', 'mallory') };
  expect(await rig.hand.begin({ begun: forged })).toMatchObject({ ok: false, code: 'not-authentic' });
  for (const change of [{ issuer: 'https://evil.example' }, { asked: ['admin'] }, { system: 'github' }, { zone: 'write' }])
    expect(await rig.hand.begin({ begun: (await begun(change)).signed })).toMatchObject({ ok: false, code: 'bad-config' });
  expect(await rig.hand.begin({ begun: (await begun({ account: 'none' })).signed })).toMatchObject({ ok: false, code: 'not-found' });
  const old = await begun();
  rig.clock += 61_000;
  expect(await rig.hand.begin({ begun: old.signed })).toMatchObject({ ok: false, code: 'stale' });
  // Whoever else has a key in this house cannot make one.
  const { signed } = await begun();
  const other = await rig.recorders.console.record({ statements: [{ kind: 'account-begun', body: JSON.parse(signed.bytes).body }] });
  expect(await rig.hand.begin({ begun: (other.ok ? other.signed[0] : undefined) as Signed })).toMatchObject({ code: 'not-authentic' });
});

test('a message without the state, or at another step, does nothing', async () => {
  const { signed, state, attempt } = await begun();
  const wrong = 'w'.repeat(43);
  const answer = { code: 'c', iss: issuer.url };
  expect(await rig.hand.exchange({ attempt, state, ...answer })).toMatchObject({ code: 'no-attempt' });
  await rig.hand.begin({ begun: signed });
  const count = issuer.exchanged.length;
  expect(await rig.hand.confirm({ attempt, state })).toMatchObject({ code: 'no-attempt' });
  expect(await rig.hand.exchange({ attempt, state: wrong, ...answer })).toMatchObject({ code: 'no-attempt' });
  expect(await rig.hand.abandon({ attempt, state: wrong, why: 'refused-by-person' })).toMatchObject({ code: 'no-attempt' });
  expect(issuer.exchanged.length).toBe(count);
  // A door that does not compare the issuer is not believed either.
  expect(await rig.hand.exchange({ attempt, state, code: 'c', iss: 'https://evil.example' })).toMatchObject({ code: 'wrong-issuer' });
  expect(issuer.exchanged.length).toBe(count);
  expect(await rig.hand.exchange({ attempt, state, ...answer })).toMatchObject({ code: 'no-attempt' });
});

test('the hand knows the time itself', async () => {
  const { signed, state, attempt } = await begun({ expiresAtMs: rig.clock + 10 * 600_000 });
  await rig.hand.begin({ begun: signed });
  rig.clock += 600_000;
  const count = issuer.exchanged.length;
  expect(await rig.hand.exchange({ attempt, state, code: 'c', iss: issuer.url })).toMatchObject({ code: 'no-attempt' });
  expect(issuer.exchanged.length).toBe(count);
});

test('what nobody confirms in time is revoked by itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { page } = await shown('slack');
  const token = issuer.given.at(-1);
  expect(page.text).toContain('Is this the account?');
  vi.advanceTimersByTime(600_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await last()).toMatchObject({ code: 'expired', revoked: 'revoked' }), {
    timeout: 5000,
    interval: 10,
  });
  expect(issuer.revoked).toContain(token);
});

test('a hand that stops takes unconfirmed tokens back', async () => {
  const other = await openRig({ slack: { issuer: issuer.url } });
  const browser = openBrowser();
  const start = other.door.begin('slack', 'alice');
  const page = await browser.visit(start.ok ? start.value.url : '');
  await browser.submit(page, formTo(page, '/continue'));
  await other.hand.close();
  expect((await other.said('account-refused')).at(-1)).toMatchObject({ code: 'stopped', revoked: 'revoked' });
  expect(issuer.revoked).toContain(issuer.given.at(-1));
  await other.close();
});

test('a token that comes when its time is over is taken back', async () => {
  const { signed, state, attempt } = await begun();
  const started = await rig.hand.begin({ begun: signed });
  const address = new URL(started.ok ? started.value.url : '');
  address.searchParams.set('state', state);
  const answered = await fetch(address, { redirect: 'manual' });
  const code = new URL(answered.headers.get('location') ?? '').searchParams.get('code') ?? '';
  rig.comparing = () => void (rig.clock += 600_000);
  expect(await rig.hand.exchange({ attempt, state, code, iss: issuer.url })).toMatchObject({ ok: false, code: 'expired' });
  expect(issuer.revoked).toContain(issuer.given.at(-1));
});

test('a hand that stops takes back what comes while it does', async () => {
  const other = await openRig({ slack: { issuer: issuer.url } });
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  other.comparing = () => (reached.resolve(), gate.promise);
  const browser = openBrowser();
  const page = await browser.visit(other.link());
  const submitted = browser.submit(page, formTo(page, '/continue'));
  await reached.promise;
  const closed = other.hand.close();
  gate.resolve();
  await Promise.all([closed, submitted]);
  expect((await other.said('account-refused')).at(-1)).toMatchObject({ code: 'stopped', revoked: 'revoked' });
  expect(issuer.revoked).toContain(issuer.given.at(-1));
  await other.close();
});

test('there is a bound of attempts', () => {
  let begunCount = 0;
  while (rig.door.begin('slack', 'alice').ok) begunCount += 1;
  expect(begunCount).toBeLessThanOrEqual(100);
  expect(rig.door.begin('slack', 'alice')).toMatchObject({ ok: false, code: 'busy' });
  rig.clock += 600_000;
  expect(rig.door.begin('slack', 'alice')).toMatchObject({ ok: true });
  expect(rig.door.begin('none', 'alice')).toMatchObject({ ok: false, code: 'not-found' });
});
