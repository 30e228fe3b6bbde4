// verifies: hooks.installs
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { makeDoorHouse } from './door.ts';
import type { DoorHouse } from './door.ts';
import type { Said } from '../run-here.ts';
import { callback, installKey, webhook } from './installing.ts';
import type { App } from './installing.ts';

/*
 * A Connect app behind a confined door whose public address has a path of its own: installed, used, installed again and
 * uninstalled, and what the commands tell of that.
 */

const app: App = { base: 'https://hooks.test/in', lifecycle: '/in/hooks/life', webhooks: '/in/hooks/jira' };
const [first, second] = ['fL7wQ2nZ8rT4vB1xK6mP3sD9', 'hJ5cY8uE1aN4gW7oR2iV6tX0'];
let house: DoorHouse;

beforeAll(async () => {
  house = await makeDoorHouse({
    publicUrl: app.base,
    endpoints: {
      life: {
        provider: 'atlassian-connect-lifecycle',
        secrets: [{ file: 'atlassian.pem', id: 'kid-1' }],
        expects: { client: 'client-a' },
        installs: ['jira'],
      },
      jira: { provider: 'atlassian-connect', consumers: ['triage'] },
    },
    consumers: { triage: {} },
  });
  writeFileSync(join(house.folder, 'atlassian.pem'), installKey);
  mkdirSync(join(house.folder, 'captured'));
  await house.up();
}, 30_000);
afterAll(() => house.close());

/** Through a proxy that leaves the path as it is, or takes the path of the public address off. */
async function sent({ target, headers, body }: Delivery, proxy: 'leaves' | 'takes' = 'leaves'): Promise<number> {
  const all = Object.entries(headers).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value]));
  const path = proxy === 'takes' ? target.replace(/^\/in/, '') : target;
  return (await fetch(house.url + path, { method: 'POST', headers: all, body: Buffer.from(body) })).status;
}

interface Shown {
  readonly endpoint: string;
  readonly secrets: readonly {
    readonly id: string;
    readonly client: string | null;
    readonly notAfterMs: number | null;
    readonly uses: number;
  }[];
}

test('a door as it runs keeps what an installing brings, at once, and tells of it without showing it', async () => {
  const said: Said[] = [];
  const tell = async (...args: string[]): Promise<Said> => {
    const one = await house.hooks(...args);
    said.push(one);
    return one;
  };
  expect((await tell('endpoints')).out).toContain('jira: https://hooks.test/in/hooks/jira');
  expect(await sent(webhook(app, first))).toBe(401);
  expect(await sent(callback(app, { secret: first, atMs: Date.now() - 5000 }))).toBe(200);
  expect([await sent(webhook(app, first)), await sent(webhook(app, first), 'takes')]).toEqual([200, 200]);
  expect(await sent(webhook(app, first, 'client-b'))).toBe(401);
  expect(await sent(callback(app, { secret: second }), 'takes')).toBe(200);
  expect([await sent(webhook(app, second)), await sent(webhook(app, first))]).toEqual([200, 200]);

  const rows = await house.json<Shown[]>('endpoints');
  const installed = rows.find(({ endpoint }) => endpoint === 'jira')?.secrets ?? [];
  expect(installed.map(({ client, uses, notAfterMs }) => [client, uses, notAfterMs === null])).toEqual([
    ['client-a', 1, true],
    ['client-a', 3, false],
  ]);
  expect((await tell('endpoints')).out).toMatch(/i-[0-9a-f]{16} .*installed for client-a, since .*; proved 1 event/);
  expect((await tell('rotate', 'jira', '--status')).out).toContain('ends when its client installs again or uninstalls');
  expect(await tell('rotate', 'jira')).toMatchObject({ code: 3, err: expect.stringContaining('comes with its installation') as string });
  expect(
    (await tell('show', (await house.json<{ event: string }[]>('list', '--endpoint', 'life'))[0]?.event ?? '', '--content')).code,
  ).toBe(0);

  const file = join(house.config().data, 'hooks', 'jira', 'installed.json');
  expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8').includes(second)]).toEqual([0o600, true]);
  const all = said.map(({ out, err }) => out + err).join('\n') + JSON.stringify(rows);
  expect([first, second].filter((secret) => all.includes(secret))).toEqual([]);

  // The operator shuts a client out; its sender uninstalls.
  const old = installed.at(-1)?.id ?? '';
  expect(await house.hooks('rotate', 'jira', '--retire', old)).toMatchObject({ code: 3 });
  expect(await house.hooks('rotate', 'jira', '--retire', old, '--force')).toMatchObject({ code: 0 });
  expect([await sent(webhook(app, first)), await sent(webhook(app, second))]).toEqual([401, 200]);
  expect(await sent(callback(app, { event: 'uninstalled' }))).toBe(200);
  expect(await sent(webhook(app, second))).toBe(401);
}, 30_000);

test('a captured delivery is judged as it stood on the request line, with or without the path of the public address', async () => {
  const given = webhook(app, 'nobody-has-Zq8Wn4Rt6Yp1Lk3J');
  const body = join(house.folder, 'captured', 'body.json');
  writeFileSync(body, given.body);
  const header = `Authorization: ${given.headers['authorization']?.[0] ?? ''}`;
  for (const target of ['/hooks/jira', '/in/hooks/jira', '/in/in/hooks/jira']) {
    const args = ['test', 'jira', '--body', body, '--header', header, '--header', 'Content-Type: application/json', '--target', target];
    const { reason } = await house.json<{ reason: string }>(...args);
    expect([target, reason]).toEqual([target, target === '/in/in/hooks/jira' ? 'target' : 'no-live-secret']);
  }
});
