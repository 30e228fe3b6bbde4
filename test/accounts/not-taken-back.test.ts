// verifies: accounts.taken-back
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { mayRevoke } from '../../src/vault/may-revoke.ts';
import { formTo, openBrowser } from './browser.ts';
import { held, linkedBy } from './hand-alone.ts';
import { startIssuer } from './issuer-double.ts';
import type { IssuerDouble } from './issuer-double.ts';
import { openRig } from './rig.ts';
import type { AccountChange, Rig } from './rig.ts';

/*
 * What must not be taken back: whatever a revocation could end that somebody uses, or may still confirm.
 */

let issuer: IssuerDouble;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());
afterEach(() => {
  issuer.behaviour.token = (body) => body;
});

async function open(accounts: Readonly<Record<string, AccountChange>>): Promise<Rig> {
  issuer.given.length = 0;
  issuer.revoked.length = 0;
  const rig = await openRig(
    Object.fromEntries(Object.entries(accounts).map(([name, change]) => [name, { issuer: issuer.url, ...change }])),
  );
  onTestFinished(() => rig.close());
  return rig;
}

/** The access tokens that the issuer was asked to revoke. */
const revoked = (): string[] => issuer.revoked.filter((one) => !one.startsWith('rt-'));
const gone = (rig: Rig): Promise<void> => vi.waitFor(() => expect(rig.kept()).toEqual([]), { interval: 5 });
const ends = async (rig: Rig): Promise<string[]> => (await rig.said('account-revoked')).map(({ why, revoked: end }) => `${why} ${end}`);
const refusals = async (rig: Rig): Promise<string[]> => (await rig.said('account-refused')).map(({ revoked: end }) => end);
const same = (change: Record<string, unknown>) => (body: Record<string, unknown>) => ({ ...body, ...change });

test('an attempt that was confirmed in time, whatever becomes of the process', async () => {
  const rig = await open({ slack: {} });
  await linkedBy(rig);
  expect(rig.kept()).toEqual([]);
  await rig.killed();
  rig.clock += 3_600_000;
  await rig.killed();
  expect([issuer.revoked, rig.fileOf('slack'), await refusals(rig)]).toEqual([[], issuer.given[0], []]);
});

test('the token of another account and of another person', async () => {
  const rig = await open({ slack: {}, other: {} });
  await linkedBy(rig, 'slack');
  await linkedBy(rig, 'other');
  const [mine, hers] = [await held(rig, 'slack'), await held(rig, 'slack')];
  await rig.hand.abandon({ ...mine, why: 'refused-by-person' });
  expect(revoked()).toEqual([issuer.given[2]]);
  expect(await rig.hand.confirm(hers)).toMatchObject({ ok: true });
  await gone(rig);
  // Of the two that were linked before, the one that was replaced.
  expect(revoked()).toEqual([issuer.given[2], issuer.given[0]]);
  expect([rig.fileOf('slack'), rig.fileOf('other')]).toEqual([issuer.given[3], issuer.given[1]]);
});

test('the same token, given again: refused or linked anew, it stays', async () => {
  const rig = await open({ slack: {} });
  issuer.behaviour.token = same({ access_token: 'the-same', refresh_token: undefined });
  await linkedBy(rig);
  await rig.hand.abandon({ ...(await held(rig)), why: 'refused-by-person' });
  expect(await linkedBy(rig)).toMatchObject({ value: { earlier: 'same' } });
  await held(rig);
  await rig.killed();
  await gone(rig);
  expect([issuer.revoked, rig.fileOf('slack'), await refusals(rig)]).toEqual([[], 'the-same', ['in-use', 'in-use']]);
});

test('another access token with the same refresh token: they are of one family', async () => {
  const rig = await open({ slack: {} });
  issuer.behaviour.token = same({ refresh_token: 'rt-the-same' });
  await linkedBy(rig);
  expect(await linkedBy(rig)).toMatchObject({ value: { earlier: 'in-use' } });
  await gone(rig);
  expect([issuer.revoked, await ends(rig)]).toEqual([[], ['replaced in-use']]);
});

test('where a revocation ends the whole grant, nothing is revoked beside a credential of the same client', async () => {
  const rig = await open({ slack: { revocationEnds: 'grant' }, sibling: { revocationEnds: 'grant' }, stranger: { clientId: 'another' } });
  // Nothing is in place yet: there is nothing to lose.
  await rig.hand.abandon({ ...(await held(rig)), why: 'refused-by-person' });
  expect(revoked()).toEqual([issuer.given[0]]);
  await linkedBy(rig);
  await rig.hand.abandon({ ...(await held(rig)), why: 'refused-by-person' });
  await rig.hand.abandon({ ...(await held(rig, 'sibling')), why: 'refused-by-person' });
  await held(rig);
  await rig.killed();
  await gone(rig);
  expect(revoked()).toEqual([issuer.given[0]]);
  expect(await refusals(rig)).toEqual(['revoked', 'in-use', 'in-use', 'in-use']);
  await rig.hand.abandon({ ...(await held(rig, 'stranger')), why: 'refused-by-person' });
  expect(revoked()).toEqual([issuer.given[0], issuer.given.at(-1)]);
});

test.each<[string, AccountChange, RegExp, string]>([
  ['a revocation ends the grant', { revocationEnds: 'grant' }, /stays good at the issuer: revoking it there could end/, 'replaced in-use'],
  [
    'the issuer has no endpoint',
    { revocationEndpoint: null },
    /stays good at the issuer: the configuration names no address/,
    'replaced not-possible',
  ],
  ['it can be', {}, /The token of the earlier link is revoked now/, 'replaced revoked'],
])('the person and the log see what becomes of the earlier token: %s', async (_, change, words, end) => {
  const rig = await open({ slack: change });
  const link = async (): Promise<string> => {
    const browser = openBrowser();
    const page = await browser.visit(rig.link());
    const seen = await browser.submit(page, formTo(page, '/continue'));
    return (await browser.submit(seen, formTo(seen, '/confirm'))).text;
  };
  expect(await link()).not.toContain('earlier link');
  const page = await link();
  expect(page).toMatch(words);
  for (const token of issuer.given) expect(page).not.toContain(token);
  await gone(rig);
  expect([await ends(rig), revoked()]).toEqual([[end], end === 'replaced revoked' ? [issuer.given[0]] : []]);
});

test('what an operator has put into the file, and what this hand uses as another credential', async () => {
  const rig = await open({ slack: {} });
  writeFileSync(rig.account('slack').file, 'put-there-by-hand\n');
  expect(await linkedBy(rig)).toMatchObject({ value: { earlier: 'none' } });
  rig.heldOtherwise.push('of-another-system');
  issuer.behaviour.token = same({ access_token: 'of-another-system' });
  await rig.hand.abandon({ ...(await held(rig)), why: 'refused-by-person' });
  expect([issuer.revoked, await refusals(rig)]).toEqual([[], ['in-use']]);
});

test('no other issuer and no other client is told a token', async () => {
  const other = await startIssuer();
  onTestFinished(() => other.close());
  const rig = await open({ slack: {}, more: { clientId: 'one' }, replaced: {} });
  await linkedBy(rig, 'replaced');
  await held(rig, 'slack');
  await held(rig, 'more');
  await rig.killed((one) =>
    one.name === 'more'
      ? { ...one, clientId: 'two' }
      : {
          ...one,
          issuer: other.url,
          authorizationEndpoint: `${other.url}/authorize`,
          tokenEndpoint: `${other.url}/token`,
          revocationEndpoint: `${other.url}/revoke`,
        },
  );
  await gone(rig);
  expect([other.revoked, issuer.revoked, await refusals(rig)]).toEqual([[], [], ['not-possible', 'not-possible']]);
  expect(await linkedBy(rig, 'replaced')).toMatchObject({ value: { earlier: 'not-possible' } });
  await gone(rig);
  expect([other.revoked, issuer.revoked, await ends(rig)]).toEqual([[], [], ['replaced not-possible']]);
});

test('what a person may still confirm is waited for', async () => {
  const rig = await open({ slack: {} });
  issuer.behaviour.token = same({ access_token: 'the-same', refresh_token: undefined });
  const [mine, hers] = [await held(rig), await held(rig)];
  await rig.hand.abandon({ ...mine, why: 'refused-by-person' });
  expect([issuer.revoked, await refusals(rig), rig.alarms]).toEqual([[], ['failed'], []]);
  expect(await rig.hand.confirm(hers)).toMatchObject({ ok: true });
  await rig.killed();
  await gone(rig);
  expect([issuer.revoked, await ends(rig), rig.fileOf('slack')]).toEqual([[], ['not-linked in-use'], 'the-same']);
});

test('a token that was put in place by a power cut’s leave: the file tells, not the list', async () => {
  const rig = await open({ slack: {} });
  await linkedBy(rig);
  const { file } = rig.account('slack');
  const before = [readFileSync(file), readFileSync(`${file}.refresh`)];
  rig.pause = (where) => (where === 'resting' ? new Promise(() => undefined) : undefined);
  await linkedBy(rig);
  // The renaming is lost, the list of what is to be revoked is not.
  writeFileSync(file, before[0] ?? '');
  writeFileSync(`${file}.refresh`, before[1] ?? '');
  await rig.killed();
  await gone(rig);
  expect([issuer.revoked, rig.fileOf('slack'), await ends(rig)]).toEqual([[], issuer.given[0], []]);
});

test('tokens are told apart by what they are, and grants by issuer and client', () => {
  const of = (access: string, refresh: string | null, client = 'c', at = 'https://as.example') => ({
    issuer: at,
    clientId: client,
    tokens: { access, refresh },
  });
  const mine = of('a', 'r');
  const beside = (other: ReturnType<typeof of>, ends: 'token' | 'grant'): string => mayRevoke(mine, ends, { inPlace: [other], held: [] });
  expect([beside(of('b', 's'), 'token'), beside(of('b', null), 'token')]).toEqual(['yes', 'yes']);
  expect([beside(of('a', null), 'token'), beside(of('b', 'r'), 'token'), beside(of('r', null), 'token')]).toEqual(Array(3).fill('in-use'));
  expect([beside(of('a', null, 'd', 'https://other.example'), 'token')]).toEqual(['in-use']);
  expect([
    beside(of('b', 's'), 'grant'),
    beside(of('b', 's', 'd'), 'grant'),
    beside(of('b', 's', 'c', 'https://b.example'), 'grant'),
  ]).toEqual(['in-use', 'yes', 'yes']);
  expect(mayRevoke(of('a', null), 'token', { inPlace: [of('b', null)], held: [] })).toBe('yes');
  expect(mayRevoke(mine, 'grant', { inPlace: [], held: [of('b', 's')] })).toBe('not-yet');
});
