// verifies: accounts.bound, accounts.confirmed, accounts.kept, hooks.accounts
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { formTo, formsOf, openBrowser } from './browser.ts';
import type { Browser, Page } from './browser.ts';
import { startIssuer } from './issuer-double.ts';
import type { Behaviour, IssuerDouble } from './issuer-double.ts';
import { openRig } from './rig.ts';
import type { Rig } from './rig.ts';

/*
 * A browser's way through both halves, and everything that can be done to the callback of it.
 */

let a: IssuerDouble;
let b: IssuerDouble;
let rig: Rig;
const honest: Partial<Behaviour> = { answer: (query) => query, token: (body) => body, tokenStatus: 200, tokenHeaders: {} };

beforeAll(async () => {
  [a, b] = await Promise.all([startIssuer(), startIssuer()]);
  rig = await openRig({ slack: { issuer: a.url }, other: { issuer: b.url }, lax: { issuer: b.url, issInResponse: false } });
});
beforeEach(() => {
  Object.assign(a.behaviour, honest);
  Object.assign(b.behaviour, honest);
  rig.alarms.length = 0;
});
afterAll(async () => {
  await rig.close();
  await Promise.all([a.close(), b.close()]);
});

/** As far as the issuer's answer, which the browser has not brought yet. */
async function asked(name = 'slack', browser: Browser = openBrowser()): Promise<{ browser: Browser; callback: string }> {
  const page = await browser.visit(rig.link(name), /\/callback\?/);
  expect(page.url.pathname).toBe(`/oauth/${name}/callback`);
  return { browser, callback: page.url.href };
}

async function lastRefusal(): Promise<string | undefined> {
  return (await rig.said('account-refused')).at(-1)?.code;
}

/** That nothing came of it, and the honest rest of the attempt still works: it was not used up. */
async function stillGood(browser: Browser, callback: string): Promise<void> {
  const page = await browser.visit(callback);
  expect([page.status, page.url.pathname]).toEqual([200, new URL(callback).pathname.replace('callback', 'continue')]);
  const confirmPage = await browser.submit(page, formTo(page, '/continue'));
  expect(confirmPage.text).toContain('Is this the account?');
  await browser.submit(confirmPage, formTo(confirmPage, '/refuse'));
}

test('an account is linked after its owner has seen whose it is', async () => {
  const browser = openBrowser();
  const before = rig.linked.length;
  const page = await browser.visit(rig.link('slack', 'alice'));
  // Nothing has been given to the issuer yet, and the address holds neither code nor state.
  expect(a.exchanged.length).toBe(0);
  expect(page.url.href).toBe(`${rig.url}/oauth/slack/continue`);
  const seen = await browser.submit(page, formTo(page, '/continue'));
  expect(seen.url.href).toBe(`${rig.url}/oauth/slack/confirm`);
  for (const words of ['Acme', 'T1', 'alice', 'to read from slack', 'channels:read users:read', a.url]) expect(seen.text).toContain(words);
  expect([rig.fileOf('slack'), rig.linked.length]).toEqual([null, before]);
  const done = await browser.submit(seen, formTo(seen, '/confirm'));
  expect(done.text).toContain('The account is linked');
  expect(rig.linked.at(-1)).toBe('slack');

  const file = rig.account('slack').file;
  expect(rig.fileOf('slack')).toBe(a.given.at(-1));
  expect(readFileSync(`${file}.refresh`, 'utf8')).toMatch(/^rt-/);
  for (const each of [file, `${file}.refresh`]) expect(statSync(each).mode & 0o777).toBe(0o600);
  for (const each of [`${file}.new`, `${file}.refresh.new`]) expect(existsSync(each)).toBe(false);

  const [link] = (await rig.said('account-linked')).slice(-1);
  expect(link).toMatchObject({
    account: 'slack',
    system: 'slack',
    zone: 'read',
    issuer: a.url,
    user: 'alice',
    id: 'T1',
    name: 'Acme',
    refresh: true,
    asked: ['channels:read', 'users:read'],
    granted: ['channels:read', 'users:read'],
    credential: expect.stringMatching(/^sha256:/),
  });
  // No secret of the way is in the book, nor in an address that the browser keeps of our pages.
  const book = await rig.book();
  const [exchange] = a.exchanged.slice(-1);
  const state = a.asked.at(-1)?.get('state') ?? '';
  for (const secret of [exchange?.get('code'), exchange?.get('code_verifier'), state, a.given.at(-1), 'a client secret'])
    expect(book).not.toContain(secret);
  expect(exchange?.get('client_secret')).toBeNull();
  expect(a.authorizations.at(-1)).toMatch(/^Basic /);
});

test('PKCE is S256, and a browser that asks for plain gets nothing', async () => {
  const { browser } = await asked();
  const query = a.asked.at(-1);
  expect([query?.get('code_challenge_method'), query?.get('code_challenge')?.length]).toEqual(['S256', 43]);
  expect([query?.get('response_type'), query?.get('redirect_uri')]).toEqual(['code', `${rig.url}/oauth/slack/callback`]);

  // Somebody between browser and issuer turns it down; the issuer plays along and checks what it was told.
  const other = openBrowser();
  const to = (await other.send(rig.link())).headers.get('location') ?? '';
  const weaker = new URL(to);
  weaker.searchParams.set('code_challenge_method', 'plain');
  weaker.searchParams.set('code_challenge', 'x'.repeat(43));
  const page = await other.visit(weaker.href);
  const ended = await other.submit(page, formTo(page, '/continue'));
  expect(ended.text).toContain('Nothing was linked');
  expect(await lastRefusal()).toBe('no-token');
  expect(ended.text).not.toContain('<b>');
  const verifier = a.exchanged.at(-1)?.get('code_verifier') ?? '';
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(new URL(to).searchParams.get('code_challenge'));
  expect(browser.cookies.length).toBe(1);
});

test('parameters given twice, and a code beside an error, use nothing up', async () => {
  const { browser, callback } = await asked();
  const state = new URL(callback).searchParams.get('state') ?? '';
  for (const more of [`&state=${state}`, '&code=evil', '&error=access_denied']) {
    const page = await browser.visit(callback + more);
    expect([more, page.status]).toEqual([more, 400]);
  }
  await stillGood(browser, callback);
});

test('a state of another session is refused, reported once, and uses nothing up', async () => {
  const { browser, callback } = await asked();
  const mallory = await asked();
  const crossed = await mallory.browser.visit(callback);
  expect([crossed.status, crossed.text.includes('slack')]).toEqual([403, false]);
  const without = await openBrowser().visit(callback);
  expect(without.status).toBe(403);
  expect(without.text).toBe(crossed.text);
  expect(rig.alarms).toEqual(['account-wrong-browser']);
  await stillGood(browser, callback);
  await stillGood(mallory.browser, mallory.callback);
});

test('the victim of a link made by somebody else is asked, and nothing happens without the same browser', async () => {
  // Mallory brings her own answer into the victim's browser, which has an attempt of its own.
  const mallory = await asked();
  const victim = await asked();
  expect((await victim.browser.visit(mallory.callback)).status).toBe(403);
  // Mallory goes on to the last page; the victim's browser cannot confirm what Mallory's began.
  const page = await mallory.browser.visit(mallory.callback);
  const seen = await mallory.browser.submit(page, formTo(page, '/continue'));
  const before = rig.linked.length;
  const stolen = await victim.browser.send(`${rig.url}/oauth/slack/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: rig.url, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(formTo(seen, '/confirm').fields).toString(),
  });
  expect([stolen.status, rig.linked.length]).toEqual([403, before]);
});

test('a state is good once: neither the same answer nor another one counts again', async () => {
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const again = await browser.visit(callback); // the same answer, before it was used: as if the page was loaded twice
  expect(again.url.pathname).toBe('/oauth/slack/continue');
  const count = a.exchanged.length;
  const seen = await browser.submit(page, formTo(page, '/continue'));
  expect(seen.status).toBe(200);
  expect((await browser.visit(callback)).status).toBe(403);
  const twice = await browser.submit(page, formTo(page, '/continue'));
  expect([twice.status, a.exchanged.length]).toEqual([403, count + 1]);
  const done = await browser.submit(seen, formTo(seen, '/confirm'));
  expect(done.status).toBe(200);
  const linked = rig.linked.length;
  expect((await browser.submit(seen, formTo(seen, '/confirm'))).status).toBe(403);
  expect((await browser.visit(callback)).status).toBe(403);
  expect(rig.linked.length).toBe(linked);
});

test('two presses of one button use the code once', async () => {
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const count = a.exchanged.length;
  const pages = await Promise.all([1, 2, 3].map(() => browser.submit(page, formTo(page, '/continue'))));
  expect(a.exchanged.length).toBe(count + 1);
  const seen = pages.find((one) => one.text.includes('Is this the account?')) as Page;
  const linked = rig.linked.length;
  await Promise.all([1, 2, 3].map(() => browser.submit(seen, formTo(seen, '/confirm'))));
  expect(rig.linked.length).toBe(linked + 1);
});

test('a second, different answer ends the attempt', async () => {
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const injected = callback.replace(/code=[^&]*/, 'code=injected');
  expect((await browser.visit(injected)).text).toContain('Nothing was linked');
  const count = a.exchanged.length;
  expect((await browser.submit(page, formTo(page, '/continue'))).status).toBe(403);
  expect([a.exchanged.length, await lastRefusal()]).toEqual([count, 'replayed']);
});

test.each([
  ['another issuer', (query: URLSearchParams) => query.set('iss', 'https://evil.example')],
  ['no issuer where it must be there', (query: URLSearchParams) => query.delete('iss')],
])('an answer that names %s ends the attempt, and its code is given to nobody', async (_, change) => {
  a.behaviour.answer = (query) => (change(query), query);
  const count = a.exchanged.length;
  const page = await openBrowser().visit(rig.link());
  expect([page.status, page.text.includes('Nothing was linked')]).toEqual([403, true]);
  expect([a.exchanged.length, await lastRefusal()]).toEqual([count, 'wrong-issuer']);
});

test('where the issuer sends no iss it may be left out, and a wrong one is still refused', async () => {
  b.behaviour.answer = (query) => (query.delete('iss'), query);
  const { browser, callback } = await asked('lax');
  await stillGood(browser, callback);
  b.behaviour.answer = (query) => (query.set('iss', a.url), query);
  expect((await openBrowser().visit(rig.link('lax'))).status).toBe(403);
  expect(await lastRefusal()).toBe('wrong-issuer');
});

test('the answer of one issuer on the redirect path of another goes to neither', async () => {
  const browser = openBrowser();
  const { callback } = await asked('slack', browser);
  await asked('other', browser);
  const counts = [a.exchanged.length, b.exchanged.length];
  // The same browser, with a good attempt at each: only the path is another one's.
  const page = await browser.visit(callback.replace('/oauth/slack/', '/oauth/other/'));
  expect(page.status).toBe(403);
  expect([a.exchanged.length, b.exchanged.length]).toEqual(counts);
  await stillGood(browser, callback);
});

test('what an issuer writes into an error is shown to nobody', async () => {
  const evil = '<img src=x onerror=alert(1)><a href="https://evil.example">more</a>';
  a.behaviour.answer = (query) =>
    new URLSearchParams({ error: 'access_denied', error_description: evil, error_uri: evil, state: query.get('state') ?? '', iss: a.url });
  const page = await openBrowser().visit(rig.link());
  expect(page.status).toBe(403);
  expect(page.text).not.toMatch(/evil|onerror|<img|<a /);
  expect(await lastRefusal()).toBe('refused-by-issuer');
  expect(await rig.book()).not.toContain('onerror');
});

test('what an issuer calls an account is escaped on the page', async () => {
  a.behaviour.token = (body) => ({ ...body, team: { id: 'T1', name: '</dd><script>alert(1)</script>\u202egnp.exe' } });
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const seen = await browser.submit(page, formTo(page, '/continue'));
  expect(seen.text).toContain('&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{202E}gnp.exe');
  expect(seen.text).not.toContain('<script');
});

test.each([
  ['sec-purpose', 'prefetch'],
  ['sec-purpose', 'prefetch;prerender'],
  ['purpose', 'prefetch'],
  ['x-moz', 'prefetch'],
  ['x-purpose', 'preview'],
])('a guess of the browser (%s: %s) uses neither ticket nor answer up', async (name, value) => {
  const browser = openBrowser();
  const url = rig.link();
  const guessed = await browser.send(url, { headers: { [name]: value } });
  expect([guessed.status, guessed.headers.getSetCookie()]).toEqual([503, []]);
  const page = await browser.visit(url, /\/callback\?/);
  const count = a.exchanged.length;
  expect((await browser.send(page.url.href, { headers: { [name]: value } })).status).toBe(503);
  // A guess that does not say what it is: it is answered, and the person finds everything as it was.
  for (let i = 0; i < 3; i++) expect((await browser.send(page.url.href)).status).toBe(303);
  expect(a.exchanged.length).toBe(count);
  await stillGood(browser, page.url.href);
});

test('an image, a frame or a script cannot bring an answer', async () => {
  const { browser, callback } = await asked();
  for (const headers of [
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  ])
    expect((await browser.send(callback, { headers: headers })).status).toBe(403);
  expect((await browser.send(callback, { method: 'HEAD' })).status).toBe(405);
  expect((await browser.send(callback, { method: 'POST', headers: { origin: rig.url } })).status).toBe(405);
  await stillGood(browser, callback);
});

test('the session is a cookie of this site alone, and state without it is worth nothing', async () => {
  const { browser, callback } = await asked();
  const [cookie] = browser.cookies;
  expect(cookie?.line).toMatch(/; Path=\/oauth\/slack\/; HttpOnly; SameSite=Lax$/);
  expect(cookie?.line).not.toMatch(/SameSite=None/i);
  // A cookie that a neighbour on this machine has planted beside it counts against both.
  const planted = await browser.send(callback, {
    headers: { cookie: `${cookie?.name}=${cookie?.value}; ${cookie?.name}=${'x'.repeat(43)}` },
  });
  expect(planted.status).toBe(403);
  expect((await browser.send(callback, { headers: { cookie: '' } })).status).toBe(403);
  await stillGood(browser, callback);
});

test('no request chooses where a page leads', async () => {
  const browser = openBrowser();
  const url = rig.link();
  for (const more of ['&next=https://evil.example', '&redirect_uri=https://evil.example', '&url=//evil.example'])
    expect((await browser.visit(url + more)).status).toBe(403);
  const page = await browser.visit(url);
  const seen = await browser.submit(page, formTo(page, '/continue'));
  const done = await browser.submit(seen, {
    action: '/oauth/slack/confirm?next=https://evil.example&return=//evil.example',
    fields: formTo(seen, '/confirm').fields,
  });
  expect([done.status, done.headers.get('location'), done.text.includes('evil')]).toEqual([200, null, false]);
  for (const each of browser.visited) expect([rig.url, a.url]).toContain(new URL(each).origin);
});

test('every page is closed to frames, scripts, caches and others', async () => {
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const seen = await browser.submit(page, formTo(page, '/continue'));
  const refused = await browser.visit(`${rig.url}/oauth/slack/start?ticket=x`);
  for (const one of [page, seen, refused, await browser.visit(`${rig.url}/oauth/none/start`)]) {
    const header = (name: string): string => one.headers.get(name) ?? '';
    expect(header('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; frame-ancestors 'none'; form-action '(?:self|none)'$/,
    );
    expect([header('cache-control'), header('x-frame-options'), header('x-content-type-options')]).toEqual(['no-store', 'DENY', 'nosniff']);
    expect(header('referrer-policy')).toBe(formsOf(one).length > 0 ? 'same-origin' : 'no-referrer');
    expect(one.text).not.toMatch(/<script|<link|<img|\bon\w+=|style=/);
  }
  // What leads to the issuer tells it nothing of our address.
  const start = await openBrowser().send(rig.link());
  expect([start.status, start.headers.get('referrer-policy')]).toEqual([303, 'no-referrer']);
});

test('a form of another page, or without its word, does nothing', async () => {
  const { browser, callback } = await asked();
  const page = await browser.visit(callback);
  const { fields } = formTo(page, '/continue');
  const good = { 'content-type': 'application/x-www-form-urlencoded', origin: rig.url, 'sec-fetch-site': 'same-origin' };
  const body = new URLSearchParams(fields).toString();
  const count = a.exchanged.length;
  for (const [headers, text] of [
    [{ ...good, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, body],
    [{ ...good, origin: 'null' }, body],
    [{ ...good, 'sec-fetch-site': 'same-site' }, body],
    [{ 'content-type': good['content-type'] }, body],
    [{ ...good, 'content-type': 'text/plain' }, body],
    [good, ''],
    [good, 'csrf='],
    [good, `csrf=${'x'.repeat(43)}`],
    [good, `csrf=${'%C3%A9'.repeat(43)}`], // as many characters, twice the bytes
    [good, `${body}&${body}`],
    [good, `${body}&x=1`],
    [good, `${body}&x=${'a'.repeat(2000)}`],
  ] as const) {
    const reply = await browser.send(`${rig.url}/oauth/slack/continue`, { method: 'POST', headers, body: text });
    expect([JSON.stringify(headers), text.length, reply.status]).toEqual([JSON.stringify(headers), text.length, 403]);
  }
  expect(a.exchanged.length).toBe(count);
  await stillGood(browser, callback);
});

test('another name for this address is refused, and nothing is used up', async () => {
  const url = new URL(rig.link());
  const status = await new Promise<number>((done) => {
    httpRequest(url, { headers: { host: 'evil.example' } }, (reply) => (reply.resume(), done(reply.statusCode ?? 0))).end();
  });
  expect(status).toBe(421);
  const page = await openBrowser().visit(url.href);
  expect(page.status).toBe(200);
});

test('a ticket is good once, for its account, for ten minutes', async () => {
  const url = rig.link();
  expect((await openBrowser().visit(url.replace('/slack/', '/other/'))).status).toBe(403);
  expect((await openBrowser().visit(url)).status).toBe(200);
  expect((await openBrowser().visit(url)).status).toBe(403);
  const late = rig.link();
  rig.clock += 10 * 60_000;
  expect((await openBrowser().visit(late)).status).toBe(403);
});

test('an answer that comes after ten minutes is too late', async () => {
  const { browser, callback } = await asked();
  rig.clock += 10 * 60_000 - 1;
  const page = await browser.visit(callback);
  expect(page.status).toBe(200);
  rig.clock += 1;
  const count = a.exchanged.length;
  expect((await browser.submit(page, formTo(page, '/continue'))).status).toBe(403);
  expect(a.exchanged.length).toBe(count);
});

test('what a person does not confirm is revoked, and nothing is written', async () => {
  const { browser, callback } = await asked('other');
  const page = await browser.visit(callback);
  const seen = await browser.submit(page, formTo(page, '/continue'));
  const done = await browser.submit(seen, formTo(seen, '/refuse'));
  expect(done.text).toContain('Nothing was linked');
  expect(b.revoked).toContain(b.given.at(-1));
  expect(b.revoked.some((token) => token.startsWith('rt-'))).toBe(true);
  expect((await rig.said('account-refused')).at(-1)).toMatchObject({
    account: 'other',
    code: 'refused-by-person',
    id: 'T1',
    name: 'Acme',
    revoked: 'revoked',
  });
  expect(rig.fileOf('other')).toBeNull();
});
