// verifies: accounts.taken-back, accounts.kept
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { openMeaning } from '../../src/record/meaning.ts';
import { openStatement } from '../../src/record/identity.ts';
import { answered, held, linkedBy, stopAt } from './hand-alone.ts';
import { startIssuer } from './issuer-double.ts';
import type { IssuerDouble } from './issuer-double.ts';
import { openRig } from './rig.ts';
import type { Rig } from './rig.ts';

/*
 * Tokens that nobody uses: each step is cut off once by a crash, and what the next life makes of it is looked at where it
 * counts, at the issuer.
 */

let issuer: IssuerDouble;
let rig: Rig;

beforeEach(async () => {
  issuer = await startIssuer();
  rig = await openRig({ slack: { issuer: issuer.url }, nowhere: { issuer: issuer.url, file: '/nonexistent/folder/token' } });
});
afterEach(async () => {
  // Nothing of a token is ever said, and the log is in order, whatever happened.
  const said = `${await rig.book()}${rig.alarms.join()}`;
  for (const token of issuer.given) expect(said).not.toContain(token);
  expect(said).not.toMatch(/[ar]t-[A-Za-z0-9_-]{22}/);
  const meaning = openMeaning();
  for (const entry of await rig.store.entriesAfter(0, 1000)) {
    const opened = openStatement(rig.trust, entry);
    if (opened.ok) expect(meaning(opened.value)).toEqual([]);
  }
  await rig.close();
  await issuer.close();
});

const token = (n: number): string => issuer.given.at(n) ?? 'none';
/** The access tokens that the issuer was asked to revoke. */
const revoked = (): string[] => issuer.revoked.filter((one) => !one.startsWith('rt-'));
const refused = async (): Promise<Record<string, unknown>> => ({ ...(await rig.said('account-refused')).at(-1) });
const ends = async (): Promise<string[]> => (await rig.said('account-revoked')).map(({ why, revoked: end }) => `${why} ${end}`);
const gone = (): Promise<void> => vi.waitFor(() => expect(rig.kept()).toEqual([]), { timeout: 5000, interval: 5 });

test('a crash before the person has confirmed: the token is taken back by the next life', async () => {
  await held(rig);
  const [file = ''] = rig.kept();
  expect(statSync(join(rig.folder, 'kept', file)).mode & 0o777).toBe(0o600);
  expect(statSync(join(rig.folder, 'kept')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(rig.folder, 'kept', file), 'utf8')).toContain(token(0));
  await rig.killed();
  await gone();
  expect([revoked(), issuer.revoked.length, rig.fileOf('slack')]).toEqual([[token(0)], 2, null]);
  expect(await refused()).toMatchObject({ account: 'slack', user: 'alice', code: 'stopped', revoked: 'revoked' });
  await rig.killed();
  expect([issuer.revoked.length, (await rig.said('account-refused')).length]).toEqual([2, 1]);
});

test('a crash while what the issuer gave is judged', async () => {
  const there = stopAt(rig, 'comparing');
  const { attempt, state, ...answer } = await answered(rig);
  void rig.hand.exchange({ attempt, state, ...answer });
  await there;
  await rig.killed();
  await gone();
  expect([revoked(), (await refused())['code']]).toEqual([[token(0)], 'stopped']);
});

test('a crash when the person has confirmed, and the link is not on record', async () => {
  await linkedBy(rig);
  const there = stopAt(rig, 'recording account-linked');
  const { attempt, state } = await held(rig);
  void rig.hand.confirm({ attempt, state });
  await there;
  await rig.killed();
  await gone();
  expect([revoked(), rig.fileOf('slack')]).toEqual([[token(1)], token(0)]);
  expect((await rig.said('account-linked')).length).toBe(1);
});

test('a crash between the record and the file: what was confirmed in time is put in place, and the earlier one is revoked', async () => {
  await linkedBy(rig);
  const { attempt, state } = await held(rig);
  const there = stopAt(rig, 'telling');
  void rig.hand.confirm({ attempt, state });
  await there;
  expect(rig.fileOf('slack')).toBe(token(0));
  await rig.killed();
  expect([rig.fileOf('slack'), rig.linked]).toEqual([token(1), ['slack', 'slack']]);
  await gone();
  expect([revoked(), await ends()]).toEqual([[token(0)], ['replaced revoked']]);
  expect((await rig.said('account-refused')).length).toBe(0);
});

test('what was given to another client than the account has by now is not put in place, nor shown to its issuer', async () => {
  await linkedBy(rig);
  const { attempt, state } = await held(rig);
  const there = stopAt(rig, 'telling');
  void rig.hand.confirm({ attempt, state });
  await there;
  const [name = ''] = rig.kept();
  const file = join(rig.folder, 'kept', name);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), clientId: 'an earlier one' }));
  await rig.killed();
  await gone();
  expect([rig.fileOf('slack'), issuer.revoked, (await refused())['revoked']]).toEqual([token(0), [], 'not-possible']);
});

test('a crash between the two files of a credential: what was kept of the earlier one is what is revoked', async () => {
  await linkedBy(rig);
  const { file } = rig.account('slack');
  const old = { access: token(0), refresh: readFileSync(`${file}.refresh`, 'utf8') };
  const { attempt, state } = await held(rig);
  const there = stopAt(rig, 'telling');
  void rig.hand.confirm({ attempt, state });
  await there;
  const [name = ''] = rig.kept();
  const mine = JSON.parse(readFileSync(join(rig.folder, 'kept', name), 'utf8'));
  const earlier = {
    ...mine,
    stage: 'replaced',
    about: { ...mine.about, attempt: (await rig.said('account-linked'))[0]?.attempt },
    tokens: old,
  };
  writeFileSync(join(rig.folder, 'kept', `${earlier.about.attempt}.json`), JSON.stringify(earlier), { mode: 0o600 });
  writeFileSync(`${file}.refresh`, mine.tokens.refresh);
  await rig.killed();
  await gone();
  expect([issuer.revoked.toSorted(), rig.fileOf('slack')]).toEqual([[old.access, old.refresh].toSorted(), token(1)]);
});

test('the earlier token is revoked when the new one is in place and no call uses the old one', async () => {
  await linkedBy(rig);
  const there = stopAt(rig, 'resting');
  const { attempt, state } = await held(rig);
  expect(await rig.hand.confirm({ attempt, state })).toMatchObject({ value: { earlier: 'revoking' } });
  await there;
  expect([rig.fileOf('slack'), revoked(), rig.kept().length]).toEqual([token(1), [], 1]);
  // A crash here; and one more when the issuer has answered and nothing says so.
  const told = stopAt(rig, 'recording account-revoked');
  await rig.killed();
  await told;
  expect([revoked(), await ends()]).toEqual([[token(0)], []]);
  await rig.killed();
  await gone();
  expect([revoked(), await ends()]).toEqual([[token(0), token(0)], ['replaced revoked']]);
  expect([rig.fileOf('slack'), (await rig.said('account-revoked'))[0]?.credential]).toEqual([
    token(1),
    (await rig.said('account-linked'))[0]?.credential,
  ]);
});

test('without a crash the earlier token ends at once, with its refresh token, and no other', async () => {
  await linkedBy(rig);
  const [refresh] = [readFileSync(`${rig.account('slack').file}.refresh`, 'utf8')];
  await linkedBy(rig);
  await gone();
  expect([issuer.revoked.toSorted(), await ends()]).toEqual([[token(0), refresh].toSorted(), ['replaced revoked']]);
  await rig.killed();
  expect(issuer.revoked.length).toBe(2);
});

test('a crash when a refused token was revoked, and before the log could tell', async () => {
  const { attempt, state } = await held(rig);
  const there = stopAt(rig, 'recording account-refused');
  void rig.hand.abandon({ attempt, state, why: 'refused-by-person' });
  await there;
  expect(revoked()).toEqual([token(0)]);
  await rig.killed();
  await gone();
  expect([(await rig.said('account-refused')).length, (await refused())['revoked']]).toEqual([1, 'revoked']);
});

test('a link that could not be stored is not put in place by a later life', async () => {
  const there = stopAt(rig, 'recording account-refused');
  const { attempt, state } = await held(rig, 'nowhere');
  void rig.hand.confirm({ attempt, state });
  await there;
  await rig.killed((one) => (one.name === 'nowhere' ? { ...one, file: join(rig.folder, 'somewhere.token') } : one));
  await gone();
  expect([rig.fileOf('nowhere'), await refused()]).toMatchObject([null, { code: 'not-stored', revoked: 'revoked' }]);
});

test('what cannot be recorded is taken back, and told when it can be', async () => {
  const { attempt, state } = await held(rig);
  const record = vi.spyOn(rig.recorders.reader, 'record').mockRejectedValueOnce(new Error('no'));
  await expect(rig.hand.confirm({ attempt, state })).rejects.toThrow('no');
  record.mockRestore();
  expect([revoked(), rig.fileOf('slack'), rig.kept()]).toEqual([[token(0)], null, []]);
  expect(await refused()).toMatchObject({ code: 'stopped', revoked: 'revoked' });
});

test('an issuer that does not answer is asked again, also by the next life', async () => {
  issuer.behaviour.revocationStatus = 503;
  const { attempt, state } = await held(rig);
  await rig.hand.abandon({ attempt, state, why: 'refused-by-person' });
  expect([await refused(), rig.alarms, rig.kept().length]).toMatchObject([{ revoked: 'failed' }, ['account-token-left'], 1]);
  await rig.killed();
  await vi.waitFor(() => expect(revoked().length).toBe(2), { interval: 5 });
  issuer.behaviour.revocationStatus = 200;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await rig.killed();
  vi.useRealTimers();
  await gone();
  expect([await ends(), (await rig.said('account-refused')).length]).toEqual([['not-linked revoked'], 1]);
});

test('an issuer that does not answer is asked again in the same life, later and later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  issuer.behaviour.revocationStatus = 503;
  const { attempt, state } = await held(rig);
  await rig.hand.abandon({ attempt, state, why: 'refused-by-person' });
  const tries = async (n: number): Promise<void> => {
    for (let turn = 0; revoked().length < n && turn < 1000; turn += 1) await new Promise((done) => void setImmediate(done));
    for (let turn = 0; vi.getTimerCount() === 0 && rig.kept().length > 0 && turn < 1000; turn += 1)
      await new Promise((done) => void setImmediate(done));
  };
  await tries(1);
  vi.advanceTimersByTime(60_000);
  await tries(2);
  vi.advanceTimersByTime(119_000);
  expect(revoked().length).toBe(2);
  issuer.behaviour.revocationStatus = 200;
  vi.advanceTimersByTime(1000);
  await tries(3);
  vi.useRealTimers();
  await gone();
  expect([revoked().length, await ends()]).toEqual([3, ['not-linked revoked']]);
});

test.each([
  ['unsupported_token_type', 'declined', ['account-token-left']],
  ['invalid_client', 'declined', ['account-token-left']],
  // What Google says of a token that it does not know.
  ['invalid_token', 'revoked', []],
])('an issuer that answers %s has answered', async (error, end, alarms) => {
  Object.assign(issuer.behaviour, { revocationStatus: error === 'invalid_client' ? 401 : 400, revocationBody: { error } });
  await held(rig);
  await rig.killed();
  await gone();
  expect([(await refused())['revoked'], rig.alarms]).toEqual([end, alarms]);
});

test('what is over by itself is not sent; a refresh token is, whose life nobody knows', async () => {
  issuer.behaviour.token = (body) => ({ ...body, refresh_token: undefined });
  await held(rig);
  issuer.behaviour.token = (body) => body;
  await held(rig);
  rig.clock += 3_601_000;
  await rig.killed();
  await gone();
  expect(revoked()).toEqual([token(1)]);
  expect((await rig.said('account-refused')).map(({ revoked: end }) => end).toSorted()).toEqual(['over', 'revoked']);
});

test('what a power cut brings back is done already, if the log says so', async () => {
  await linkedBy(rig);
  const there = stopAt(rig, 'resting');
  await linkedBy(rig);
  await there;
  await held(rig);
  const files = rig.kept().map((name) => [join(rig.folder, 'kept', name), readFileSync(join(rig.folder, 'kept', name))] as const);
  await rig.killed();
  await gone();
  const count = issuer.revoked.length;
  for (const [file, bytes] of files) writeFileSync(file, bytes, { mode: 0o600 });
  await rig.killed();
  await gone();
  expect([files.length, issuer.revoked.length, await ends(), rig.fileOf('slack')]).toEqual([2, count, ['replaced revoked'], token(1)]);
});

test('a token that cannot be kept is not used', async () => {
  writeFileSync(join(rig.folder, 'kept'), 'in the way');
  const { shown } = await held(rig);
  expect(shown).toMatchObject({ ok: false, code: 'not-stored' });
  expect([revoked(), await refused()]).toMatchObject([[token(0)], { code: 'not-stored', revoked: 'revoked' }]);
});

test('a file that a hand did not write is told, and used for nothing', async () => {
  await held(rig);
  const [name = ''] = rig.kept();
  chmodSync(join(rig.folder, 'kept', name), 0o644);
  await rig.killed();
  expect([rig.alarms, revoked(), rig.fileOf('slack')]).toEqual([['account-token-left'], [], null]);
});
