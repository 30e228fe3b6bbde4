// verifies: accounts.bound
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { CountersignError, ok, refuse } from '../../src/errors.ts';
import type { Result } from '../../src/errors.ts';
import { openOauthDoor } from '../../src/inbound/oauth-door.ts';
import { cookieOf, fieldOf } from '../../src/inbound/oauth-request.ts';
import { limits } from '../../src/limits.ts';
import type { Recorder } from '../../src/record/recorder.ts';
import { formTo, openBrowser } from './browser.ts';
import type { Browser, Page } from './browser.ts';

/*
 * The door alone, with a hand that says what a test wants.
 */

type Says = (message: string, question: Record<string, unknown>) => Result<unknown>;

const issuer = 'https://as.example';
const signed = { bytes: '{}', key: 'hooks:x', sig: 'x' };
const honest: Says = (message) => {
  if (message === 'account-begin') return ok({ url: `${issuer}/authorize?client_id=c&code_challenge_method=S256` });
  if (message === 'account-exchange') return ok({ id: 'T1', name: 'Acme', granted: [] });
  return ok({ problem: null, earlier: 'none' });
};

const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

interface Door {
  readonly url: string;
  readonly told: string[];
  readonly errors: unknown[];
  link(): string;
}

/** A door behind a server. `publicUrl`: what it believes its address to be. */
async function openDoor(says: Says, options: { publicUrl?: string; record?: Recorder['record'] } = {}): Promise<Door> {
  const told: string[] = [];
  const errors: unknown[] = [];
  const server = createServer((request, response) => void door.handle(request, response));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = { system: 'slack', zone: 'read', issuer, authorizationEndpoint: `${issuer}/authorize`, issInResponse: true } as const;
  const door = openOauthDoor({
    accounts: new Map([['slack', { ...account, name: 'slack', scopes: [] }]]),
    publicUrl: options.publicUrl ?? url,
    recorder: { record: options.record ?? (async () => ({ ok: true, signed: [signed] })) },
    ask: async (_zone, message, question) => {
      told.push(message);
      return says(message, question);
    },
    alarm: () => undefined,
    onError: (error) => errors.push(error),
    now: Date.now,
  });
  const link = (): string => {
    const begun = door.begin('slack', 'alice');
    return begun.ok ? begun.value.url.replace(options.publicUrl ?? url, url) : '';
  };
  return { url, told, errors, link };
}

/** The browser back from an issuer that is not there. */
async function back(door: Door, browser: Browser): Promise<Page> {
  const to = new URL((await browser.send(door.link())).headers.get('location') ?? '');
  const state = to.searchParams.get('state') ?? '';
  return browser.visit(`${door.url}/oauth/slack/callback?${new URLSearchParams({ code: 'c', state, iss: issuer }).toString()}`);
}

test.each([
  ['another host', 'https://evil.example/authorize'],
  ['another path', 'https://as.example/other'],
  ['a host that only begins like it', 'https://as.example.evil.example/authorize'],
  ['plain HTTP', 'http://as.example/authorize'],
  ['a script', 'javascript:alert(1)'],
  ['no address', 'x'],
])('a hand cannot send the browser to %s', async (_, url) => {
  const door = await openDoor(() => ok({ url }));
  const page = await openBrowser().send(door.link());
  expect([page.status, page.headers.get('location')]).toEqual([403, null]);
});

test('who uses a ticket a second time takes nothing away from the browser that used it first', async () => {
  const door = await openDoor(honest);
  const url = door.link();
  const browser = openBrowser();
  const to = new URL((await browser.send(url)).headers.get('location') ?? '');
  const second = await openBrowser().send(url);
  expect([second.status, second.headers.getSetCookie()]).toEqual([403, []]);
  const query = new URLSearchParams({ code: 'c', state: to.searchParams.get('state') ?? '', iss: issuer });
  expect((await browser.visit(`${door.url}/oauth/slack/callback?${query.toString()}`)).status).toBe(200);
});

test('each step asks the hand once, however often a button is pressed', async () => {
  const door = await openDoor(honest);
  const browser = openBrowser();
  const page = await back(door, browser);
  const pages = await Promise.all([1, 2, 3].map(() => browser.submit(page, formTo(page, '/continue'))));
  const seen = pages.find((one) => one.text.includes('Acme')) as Page;
  await Promise.all([1, 2, 3].map(() => browser.submit(seen, formTo(seen, '/confirm'))));
  await browser.submit(seen, formTo(seen, '/refuse'));
  expect(door.told).toEqual(['account-begin', 'account-exchange', 'account-confirm']);
});

test('where the hand does not say what became of it, no page says that nothing was linked', async () => {
  for (const code of ['no-answer', 'bug'] as const) {
    const door = await openDoor((message, question) =>
      message === 'account-confirm' ? refuse(code, 'the hand was stopped') : honest(message, question),
    );
    const browser = openBrowser();
    const page = await back(door, browser);
    const seen = await browser.submit(page, formTo(page, '/continue'));
    const done = await browser.submit(seen, formTo(seen, '/confirm'));
    expect(done.status).toBe(503);
    expect(done.text).toContain('It is not known whether the account was linked');
    expect(done.text).not.toContain('Nothing was linked');
  }
});

test('a person can end it before the code is used', async () => {
  const door = await openDoor(honest);
  const browser = openBrowser();
  const page = await back(door, browser);
  expect((await browser.submit(page, formTo(page, '/refuse'))).text).toContain('Nothing was linked');
  expect((await browser.submit(page, formTo(page, '/continue'))).status).toBe(403);
  expect(door.told).toEqual(['account-begin', 'account-abandon']);
});

test.each<[string, Says]>([
  ['is not there', () => refuse('not-reachable', 'the process that should answer is not running')],
  ['says something else', () => ok({ id: 7 })],
])('a hand that %s ends the attempt at that step', async (_, says) => {
  const door = await openDoor((message, question) => (message === 'account-exchange' ? says : honest)(message, question));
  const browser = openBrowser();
  const page = await back(door, browser);
  const ended = await browser.submit(page, formTo(page, '/continue'));
  expect([ended.status, ended.text.includes('Nothing was linked')]).toEqual([403, true]);
  expect((await browser.submit(page, formTo(page, '/continue'))).status).toBe(403);
  expect(door.told.filter((message) => message === 'account-exchange').length).toBe(1);
});

test('no browser is sent anywhere before that is on record', async () => {
  const down = new CountersignError('store-failed', 'the disk of /secret/place is full');
  const door = await openDoor(honest, { record: () => Promise.reject(down) });
  const page = await openBrowser().send(door.link());
  expect([page.status, page.headers.get('location'), page.text.includes('secret'), door.told]).toEqual([503, null, false, []]);
  expect(door.errors).toEqual([down]);
});

test('over TLS the cookie is bound to the host by its name', async () => {
  const door = await openDoor(honest, { publicUrl: 'https://hooks.example' });
  const page = await openBrowser().send(door.link(), { headers: { host: 'hooks.example' } });
  expect(page.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-countersign-link-slack=[A-Za-z0-9_-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
  ]);
});

test('what is not a step is not there', async () => {
  const door = await openDoor(honest);
  for (const [path, status] of [
    ['/oauth/', 404],
    ['/oauth/slack', 404],
    ['/oauth/slack/', 404],
    ['/oauth/slack/token', 404],
    ['/oauth/slack/callback/', 404],
    ['/oauth/slack/../slack/start', 404],
    ['/oauth/%73lack/start', 404],
    ['/oauth/none/start', 404],
    ['/oauth/slack/confirm', 403],
  ] as const) {
    // As it is written: a URL object would tidy it up.
    const page = await openBrowser().send(`${door.url}/`, { path });
    expect([path, page.status]).toEqual([path, status]);
  }
  expect((await openBrowser().send(`${door.url}/oauth/slack/confirm`, { method: 'DELETE' })).status).toBe(405);
});

test('a form has one field and is small: of any other nothing is taken', async () => {
  const server = createServer((request, response) => {
    void fieldOf(request, 'csrf').then((value) => response.destroyed || response.end(JSON.stringify(value)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  const field = async (body: string, type = 'application/x-www-form-urlencoded'): Promise<unknown> => {
    const { port } = server.address() as AddressInfo;
    const sent = fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'content-type': type }, body });
    return sent.then((reply) => reply.json()).catch(() => 'closed');
  };
  const longest = 'x'.repeat(limits.accountFormBytesMax - 'csrf='.length);
  expect(await field(`csrf=${longest}`)).toBe(longest);
  // The rest of a larger one is not read: the connection is closed.
  expect(await field(`csrf=${longest}x`)).not.toBe(`${longest}x`);
  expect([await field('csrf=a&more=b'), await field('other=a'), await field('csrf=a', 'text/plain')]).toEqual([null, null, null]);
});

test('a cookie counts only if it is there once: a second one was planted', async () => {
  const server = createServer((request, response) => response.end(JSON.stringify(cookieOf(request, 'own'))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const read = async (cookie: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } })).json();
  const [one, two] = ['a'.repeat(43), 'b'.repeat(43)];
  expect(await read(`own=${one}; other=${two}`)).toBe(one);
  expect([await read(`own=${one}; own=${two}`), await read(`own=${one}x`), await read(`other=${two}`)]).toEqual([null, null, null]);
});
