import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test, vi } from 'vitest';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { registerHooks } from '../../src/processes/cli/hooks.ts';
import { fetchPublished, publishers, readPublished } from '../../src/processes/published-ranges.ts';

const folder = mkdtempSync(join(tmpdir(), 'cs-ranges-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const meta = JSON.stringify({ hooks: ['192.30.252.0/22', '2a0a:a440::/29', '140.82.112.0/20'], web: ['1.2.3.0/24'] });
const atlassian = JSON.stringify({
  creationDate: '2026-11-01T00:00:00',
  items: [
    { cidr: '104.192.136.0/21', product: ['jira', 'bitbucket'], direction: ['ingress', 'egress'] },
    { cidr: '13.52.5.96/28', product: ['jira'], direction: ['egress'] },
    { cidr: '18.1.2.0/24', product: ['jira'], direction: ['ingress'] },
    { cidr: '19.1.2.0/24', product: ['trello'], direction: ['egress'] },
  ],
});

test('of a published document only what the sender sends webhooks from is taken', () => {
  expect(readPublished('github', meta)).toEqual({ ok: true, value: ['140.82.112.0/20', '192.30.252.0/22', '2a0a:a440::/29'] });
  expect(readPublished('jira-admin', atlassian)).toEqual({ ok: true, value: ['104.192.136.0/21', '13.52.5.96/28'] });
  expect(readPublished('stripe', '{"WEBHOOKS":["3.18.12.63","3.130.192.231"]}')).toMatchObject({ ok: true });
  expect(readPublished('pagerduty', '["44.242.69.192"]')).toMatchObject({ ok: true });
});

test.each([
  ['github', '<html>', 'bad-ranges'],
  ['github', '{"hooks":[]}', 'bad-ranges'],
  ['github', '{"web":["1.2.3.0/24"]}', 'bad-ranges'],
  ['github', '{"hooks":["192.30.252.0/22","not a range"]}', 'bad-ranges'],
  ['github', '{"hooks":["192.30.252.0/33"]}', 'bad-ranges'],
  ['github', '{"hooks":["0.0.0.0/0"]}', 'bad-ranges'],
  ['github', '{"hooks":["::/0"]}', 'bad-ranges'],
  ['github', '{"hooks":["8.0.0.0/7"]}', 'bad-ranges'],
  // All of IPv4, spelled as IPv6.
  ['github', '{"hooks":["::ffff:0:0/96"]}', 'bad-ranges'],
  ['github', '{"hooks":["::ffff:8.0.0.0/103"]}', 'bad-ranges'],
  ['github', '{"hooks":["::/80"]}', 'bad-ranges'],
  ['github', '{"hooks":["::fffe:0:0/95"]}', 'bad-ranges'],
  ['jira-admin', '{"items":[{"cidr":"1.2.3.0/24","product":["trello"],"direction":["egress"]}]}', 'bad-ranges'],
  ['zoom', '[]', 'not-published'],
])('%s: %s is no list', (provider, text, code) => {
  expect(readPublished(provider, text)).toMatchObject({ ok: false, code });
});

const reply =
  (body: string, status = 200): typeof fetch =>
  async () =>
    new Response(body, { status });

test('a list is fetched without following redirects, and bounded', async () => {
  let init: RequestInit | undefined;
  const ask: typeof fetch = async (_, asked) => ((init = asked), new Response(meta));
  expect(await fetchPublished('github', ask)).toEqual({ ok: true, value: meta });
  expect(init).toMatchObject({ redirect: 'manual' });
  expect(await fetchPublished('github', reply('', 302))).toMatchObject({ ok: false, code: 'not-reachable' });
  expect(await fetchPublished('github', reply('x'.repeat(5 * 1024 * 1024)))).toMatchObject({ ok: false, code: 'too-large' });
  expect(await fetchPublished('github', () => Promise.reject(new Error('secret of the network')))).toMatchObject({
    ok: false,
    code: 'not-reachable',
  });
  expect(await fetchPublished('zoom', () => Promise.reject(new Error('is not asked')))).toMatchObject({ ok: false, code: 'not-published' });
});

test('a file is replaced only by a whole good list', async () => {
  const file = join(folder, 'github.ranges');
  const from = join(folder, 'meta.json');
  const run = async (): Promise<void> => {
    const program = new Command();
    registerHooks(program, { ask: () => Promise.reject(new Error('no')), openBook: () => Promise.reject(new Error('no')) });
    await program.parseAsync(['hooks', 'ranges', 'github', '--from', from, '--write', file], { from: 'user' });
  };
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    writeFileSync(from, meta);
    await run();
    const good = readFileSync(file, 'utf8');
    expect(good.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      '140.82.112.0/20',
      '192.30.252.0/22',
      '2a0a:a440::/29',
    ]);
    writeFileSync(from, '{"hooks":["0.0.0.0/0"]}');
    await run();
    expect(process.exitCode).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe(good);
  } finally {
    process.exitCode = 0;
    out.mockRestore();
    err.mockRestore();
  }
});

test('every publisher is a sender that is known here, or another name of its list', () => {
  const others = [...publishers.keys()].filter((name) => !webhookProviders.has(name));
  expect(others).toEqual(['pagerduty-eu']);
});
