// verifies: accounts.bound, accounts.confirmed, accounts.taken-back
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { formTo, openBrowser } from './browser.ts';
import type { Browser, Page } from './browser.ts';
import { openOidcRig } from './oidc-rig.ts';
import type { Rig } from './rig.ts';

/*
 * Against an authorization server that others wrote: sign-in, consent, `iss`, PKCE, an id token, userinfo and revocation.
 */

let issuer: string;
let rig: Rig;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ rig, issuer, close } = await openOidcRig());
});
afterAll(() => close());

/** Signs in as a user and consents; ends where the browser is back at our door. */
async function throughIssuer(browser: Browser, name: string, user: string): Promise<Page> {
  const login = await browser.visit(rig.link(name, 'alice'));
  const form = formTo(login, new URL(login.url).pathname);
  const consent = await browser.submit(login, { action: form.action, fields: { ...form.fields, login: user, password: 'x' } });
  return browser.submit(consent, formTo(consent, new URL(consent.url).pathname));
}

test.each([
  ['one', 'a confidential client, the account from the id token', 'octo', 'octo'],
  ['two', 'a public client, the account from userinfo', 'octo', 'octo@acme.example'],
])('%s: %s', async (name, _, id, shownName) => {
  const browser = openBrowser();
  const back = await throughIssuer(browser, name, 'octo');
  expect([back.status, back.url.href]).toEqual([200, `${rig.url}/oauth/${name}/continue`]);
  const seen = await browser.submit(back, formTo(back, '/continue'));
  expect(seen.text).toContain('Is this the account?');
  const done = await browser.submit(seen, formTo(seen, '/confirm'));
  expect(done.text).toContain('The account is linked');
  expect((await rig.said('account-linked')).at(-1)).toMatchObject({
    account: name,
    issuer,
    id,
    name: shownName,
    granted: ['email', 'openid'],
  });
  const userinfo = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${rig.fileOf(name)}` } });
  expect(await userinfo.json()).toMatchObject({ sub: 'octo' });
});

test('after a second link the first token is good for nothing any more, and the second is', async () => {
  const whose = async (token: string | null): Promise<number> =>
    (await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status;
  const first = rig.fileOf('one');
  expect(await whose(first)).toBe(200);
  const browser = openBrowser();
  const back = await throughIssuer(browser, 'one', 'octo');
  const seen = await browser.submit(back, formTo(back, '/continue'));
  expect((await browser.submit(seen, formTo(seen, '/confirm'))).text).toContain('The token of the earlier link is revoked now');
  await vi.waitFor(async () => expect((await rig.said('account-revoked')).length).toBe(1), { interval: 5 });
  expect([await whose(first), await whose(rig.fileOf('one')), rig.fileOf('one') === first]).toEqual([401, 200, false]);
});

test('what is not confirmed is good for nothing any more', async () => {
  const browser = openBrowser();
  const back = await throughIssuer(browser, 'one', 'octo');
  const seen = await browser.submit(back, formTo(back, '/continue'));
  await browser.submit(seen, formTo(seen, '/refuse'));
  expect((await rig.said('account-refused')).at(-1)).toMatchObject({ code: 'refused-by-person', revoked: 'revoked' });
});

test('who turns PKCE down, or asks for more, gets nothing', async () => {
  for (const change of [
    (query: URLSearchParams) => query.set('code_challenge_method', 'plain'),
    (query: URLSearchParams) => query.set('redirect_uri', `${rig.url}/oauth/two/callback`),
  ]) {
    const browser = openBrowser();
    const to = new URL((await browser.send(rig.link('one'))).headers.get('location') ?? '');
    change(to.searchParams);
    const page = await browser.visit(to.href);
    expect([page.url.pathname.startsWith('/oauth/two'), page.text.includes('Continue')]).toEqual([false, false]);
  }
});
