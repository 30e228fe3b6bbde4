// verifies: accounts.kept, accounts.confirmed
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseDocument } from 'yaml';
import { freePort } from '../../fakes/house.ts';
import { openAccountsDoor } from '../../src/processes/accounts-door.ts';
import { openBook } from '../../src/processes/boot.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { environmentOf, nodeArguments } from '../../src/processes/confine.ts';
import { initialise } from '../../src/processes/init.ts';
import { openAs } from '../../src/record/identity.ts';
import { linkedAccounts } from '../../src/record/linked-accounts.ts';
import { takeLock } from '../../src/store/lock.ts';
import { formTo, openBrowser } from './browser.ts';
import { startIssuer } from './issuer-double.ts';

test('a confined reader comes up without its credential, links it, and uses it from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-account-process-'));
  const issuer = await startIssuer();
  const file = join(folder, 'countersign.yaml');
  initialise(file);
  const doc = parseDocument(readFileSync(file, 'utf8'));
  const port = await freePort();
  doc.set('hooks', { port });
  doc.set('systems', {
    slack: { connector: 'slack', team: 'T1', credentials: { read: { file: 'slack.token' }, write: { env: 'SLACK_WRITE' } } },
  });
  doc.set('accounts', {
    slack: {
      issuer: issuer.url,
      authorizationEndpoint: `${issuer.url}/authorize`,
      tokenEndpoint: `${issuer.url}/token`,
      account: { from: 'token', id: 'team.id', name: 'team.name' },
      tenant: 'T1',
      issInResponse: true,
      clientId: 'c',
      clientSecret: { env: 'CLIENT_SECRET' },
      scopes: ['channels:read'],
      zone: 'read',
      system: 'slack',
      credentialFile: 'slack.token',
    },
  });
  writeFileSync(file, doc.toString());
  const config = loadConfig(file);
  const book = await openBook(config, 'hooks');
  const linking = openAccountsDoor({ ...book, name: 'hooks', config, say: () => undefined });
  const server = createServer((request, response) => void linking.door.handle(request, response));
  await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done));
  const reader = spawn(process.execPath, nodeArguments(config, 'reader', {}), {
    env: environmentOf(config, 'reader', { ...process.env, CLIENT_SECRET: 'a client secret' }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    reader.kill('SIGKILL');
    linking.close();
    server.closeAllConnections();
    server.close();
    await Promise.all([issuer.close(), book.close()]);
    rmSync(folder, { recursive: true });
  });
  const lines: string[] = [];
  await new Promise<void>((done, fail) => {
    createInterface({ input: reader.stdout }).on('line', (line) => (lines.push(line), /"ready"/.test(line) && done()));
    reader.once('close', () => fail(new Error(lines.join('\n'))));
  });

  const link = async (): Promise<string> => {
    const started = await linking.handlers['account-start']?.({ account: 'slack', user: 'alice' });
    const browser = openBrowser();
    const page = await browser.visit((started?.ok === true ? (started.value as { url: string }) : { url: '' }).url);
    const seen = await browser.submit(page, formTo(page, '/continue'));
    return (await browser.submit(seen, formTo(seen, '/confirm'))).text;
  };
  // It is tried at once: what Slack’s connector cannot use is told to the person, and the process stays up.
  expect(await link()).toContain('cannot be used yet: this is not a Slack token');
  issuer.behaviour.token = (body) => ({ ...body, access_token: 'xoxb-a-pretend-token' });
  // The issuer of this configuration names no revocation endpoint: the person is told, and so is the log.
  expect(await link()).toMatch(
    /The account is linked[\s\S]*stays good at the issuer: the configuration names no address[\s\S]*You can close this page/,
  );
  await vi.waitFor(async () => expect(await book.store.statementsOfKind('account-revoked')).toHaveLength(1), { interval: 10 });
  // Another process of this zone would take what this one holds for left behind.
  expect(() => takeLock(join(paths(config).run, 'accounts-read.lock'), 'it')).toThrow(/in use by process/);
  expect(statSync(join(config.data, 'accounts', 'read')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(config.data, 'accounts', 'read'))).toEqual([]);
  expect(readFileSync(join(folder, 'slack.token'), 'utf8')).toBe('xoxb-a-pretend-token');
  expect(statSync(join(folder, 'slack.token')).mode & 0o777).toBe(0o600);
  expect((await linkedAccounts(book, () => 'slack/slack.token')).get('slack')).toMatchObject({ state: 'in-place', link: { id: 'T1' } });
  const [first] = await book.store.statementsOfKind('started');
  expect(first === undefined ? null : openAs(book.trust, first, 'started')).toMatchObject({ value: { by: 'reader' } });

  reader.stdin.end();
  await once(reader, 'close');
  expect(lines.join('\n')).not.toContain('"failed"');
  expect(lines.join('\n')).not.toMatch(/at-|xoxb/);
});
