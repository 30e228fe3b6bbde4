// verifies: config.check
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listeners } from '../wire/messages.ts';
import { checkAnswer } from './cli/config.ts';
import { parseConfig } from './config.ts';
import type { ParsedConfig } from './config.ts';
import { checkConfig, checkNamed } from './config-check.ts';
import { neededFiles } from './config-files.ts';
import { permissionsOf } from './confine.ts';
import type { Seen } from './file-look.ts';
import { addSecret, secretFile } from './hooks-rotation.ts';
import { initialise } from './init.ts';

const secretWord = 'mQ8vT2kLx7RzW4nPb1YdS6gHc9JfA3eU';

/** An installation whose configuration says more at its end, and perhaps other things instead. */
function installation(more: string, change: (text: string) => string = (text) => text) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'countersign.yaml');
  initialise(file);
  const whole = change(readFileSync(file, 'utf8').replace('systems: {}\n', '').replace('hooks:\n  port: 7423\n', ''));
  const text = whole.slice(0, whole.indexOf('#  github:')) + more;
  const at = (name: string): string => join(folder, name);
  const parsed = (): Extract<ParsedConfig, { ok: true }> => {
    const one = parseConfig(text, file);
    if (!one.ok) throw new Error(JSON.stringify(one.problems));
    return one;
  };
  return { folder, text, at, parsed, found: () => checkNamed(parsed()) };
}

const endpoints = (text: string): string => `hooks:\n  endpoints:\n${text.replaceAll(/^/gm, '    ')}\n`;
const slack = `systems:
  slack:
    connector: slack
    team: T1
    credentials:
      read: { file: slack.read }
      write: { env: SLACK_WRITE }
`;
const said = (found: readonly { level: string; path: string; message: string }[]): string =>
  found.map(({ level, path, message }) => `${level} ${path}: ${message}`).join('\n');

test('what is found after parsing has the line of the value, as what is found in parsing has', async () => {
  const { text, parsed } = installation(`hooks:
  proxies: [10.0.0.0/99] # !
  endpoints:
    odd:
      provider: githubb # !
    bare: # ! !
      provider: github
      expects: { planet: x }
    repos:
      provider: github
      secrets:
        - { id: a, env: X }
        - id: b
          file: hook.secret # !
      source:
        require: ip
        ranges: [10.0.0.0/99] # !
    keyed:
      provider: github
      keys: # !
        file: github.keys # !
    push:
      provider: google-pubsub
      expects: { aud: a, email: b, subscription: c }
      keys:
        "file": none.keys # !
      source: { file: none.ranges } # !
  consumers:
    board:
      url: https://board.example.com/
      secret:
        file: board.secret # !
canaries:
  trap: { file: trap.txt } # !
content:
  classifier: score.js # !
accounts: {}
systems:
  files:
    connector: mcp
    catalogue: catalogues/files.yaml # !
    tenant: shared
    read:
      command: node
      cwd: nowhere # !
      env:
        API.KEY: { file: api.key } # !
`);
  const marked = text.split('\n').flatMap((line, n) => Array.from(line.matchAll(/ !/g), () => n + 1));
  const problems = await checkConfig(parsed());
  expect(problems.map(({ line }) => line)).toEqual(marked);
  expect(said(problems)).toContain('error systems.files.read.env.API.KEY.file: ');
  expect(problems.filter(({ level }) => level === 'warning').map(({ path }) => path)).toEqual(['hooks.endpoints.push.source.file']);
});

test('a file that is not there is told with the command that makes it', () => {
  const account = `accounts:
  slack: { issuer: "https://slack.com", authorizationEndpoint: "https://slack.com/a", tokenEndpoint: "https://slack.com/t", clientId: "1",
    account: { from: token, id: team.id, name: team.name }, zone: read, system: slack, credentialFile: slack.read }\n`;
  const linked = said(installation(`${slack}${account}`).found());
  expect(linked).toMatch(/^warning systems\.slack\.credentials\.read\.file: .*`countersign account link slack --as <you>` writes it/m);
  expect(said(installation(slack).found())).toMatch(/^error systems\.slack\.credentials\.read\.file: .* is not there: put the read/);
  const doors = said(
    installation(
      endpoints('a: { provider: github, source: { require: ip, file: r } }\nb: { provider: google-pubsub, keys: { file: k } }'),
    ).found(),
  );
  expect(doors).toMatch(/^error hooks\.endpoints\.a\.source\.file: .*`countersign hooks ranges github --write \/.*\/r` writes it/m);
  expect(doors).toMatch(/^error hooks\.endpoints\.a: it has no secret yet: `countersign hooks rotate a`/m);
  expect(doors).toMatch(/^error hooks\.endpoints\.b\.keys\.file: .*`countersign hooks keys google-pubsub --write \/.*\/k` writes it/m);
  const bare = installation('');
  expect(bare.found()).toEqual([]);
  rmSync(bare.at('.countersign/keys/reader.key'));
  expect(said(bare.found())).toMatch(/^error data: .*reader\.key is not there: `countersign init` made it/);
  rmSync(bare.at('.countersign'), { recursive: true });
  expect(bare.found().length).toBe(1);
});

test('kind, size and access are judged as the processes do, and what is in a secret is in no finding', () => {
  const hooks = endpoints('a: { provider: github, secrets: [{ id: one, file: hook.secret }] }\nb: { provider: github }');
  const made = installation(`${hooks}${slack}`);
  const { found, at } = made;
  writeFileSync(at('hook.secret'), secretWord, { mode: 0o600 });
  writeFileSync(at('slack.read'), '', { mode: 0o600 });
  addSecret({ data: at('.countersign') }, 'b', { id: 'x', value: secretWord, atMs: 1 });
  expect(said(found())).toMatch(/^error systems\.slack\.credentials\.read\.file: [^\n]* is empty: put the read credential[^\n]*$/);
  writeFileSync(at('slack.read'), secretWord);
  expect(found()).toEqual([]);

  const rotated = secretFile({ data: at('.countersign') }, 'b', 'x');
  chmodSync(at('hook.secret'), 0o644);
  chmodSync(rotated, 0o640);
  chmodSync(join(dirname(rotated), 'rotation.json'), 0o600);
  const open = said(found());
  expect(open).toMatch(/^warning hooks\.endpoints\.a\.secrets\.0\.file: .*every user of this machine/m);
  expect(open).toMatch(/^error hooks\.endpoints\.b: .*x\.secret: others can read or write it/m);
  chmodSync(join(dirname(rotated), 'rotation.json'), 0o644);
  expect(said(found())).toMatch(/^error hooks\.endpoints\.b: .*rotation\.json: others can/m);
  chmodSync(join(dirname(rotated), 'rotation.json'), 0o600);
  rmSync(rotated);
  symlinkSync(at('hook.secret'), rotated);
  rmSync(at('slack.read'));
  mkdirSync(at('slack.read'));
  const kinds = said(found());
  expect(kinds).toMatch(/^error hooks\.endpoints\.b: .*x\.secret is not a file/m);
  expect(kinds).toMatch(/^error systems\.slack\.credentials\.read\.file: .* is not a file/m);
  for (const text of [open, kinds, JSON.stringify(made.parsed().config)]) expect(text).not.toContain(secretWord);
});

test('a policy that cannot be used has the line of its file, and the line in that file', async () => {
  const { parsed, at, text } = installation('', (all) => all.replace('files: []', 'files: [good.cedar, bad.cedar]'));
  writeFileSync(at('good.cedar'), 'permit (principal, action in Action::"read", resource);\n');
  writeFileSync(at('bad.cedar'), '\npermit (principal, action, resource);\u200b\n'); // found before a parser is started
  const line = text.split('\n').findIndex((one) => one.includes('bad.cedar')) + 1;
  expect(await checkConfig(parsed())).toEqual([
    { level: 'error', line, path: 'policy.files.1', message: 'bad.cedar line 2: the text holds a character that cannot be seen' },
  ]);
});

const seen: Seen = { state: 'there', kind: 'file', size: 9, mode: 0o600, owner: 'us', readable: true };
test('what this user may not read is not opened, and stops nothing', async () => {
  const mcp = `systems:
  files: { connector: mcp, catalogue: closed.yaml, tenant: x, read: { url: "https://x.test/", credential: { file: x.token } } }
policy: { files: [closed.cedar] }\n`;
  const hooks = endpoints(
    'a: { provider: github }\nb: { provider: google-pubsub, expects: { aud: a, email: b, subscription: c }, keys: { file: k } }',
  );
  const { parsed, at } = installation(`${hooks}${mcp}`, (text) => text.replace(/^policy:\n(?: .*\n)+/m, ''));
  // What would be refused if it were opened: nothing of it is one of ours.
  for (const name of ['closed.yaml', 'closed.cedar', 'k']) mkdirSync(at(name));
  const closed = await checkConfig(parsed(), ({ file }) =>
    file.startsWith(at('.countersign/hooks'))
      ? { state: 'closed' }
      : { ...seen, kind: file.endsWith('.countersign') ? 'folder' : 'file', readable: false },
  );
  expect(closed.filter(({ level }) => level === 'error')).toEqual([]);
  expect(said(closed)).toContain('policies and catalogues were not checked');
  expect(said(closed)).toMatch(/hooks\.endpoints\.a: .*rotation\.json is in a folder that is closed to this user/);
});

test('every file that the configuration opens to a process is looked at', () => {
  const cred = (name: string): string => `{ file: ${name} }`;
  const { parsed, folder } = installation(
    `hooks:
  endpoints:
    a: { provider: github, secrets: [{ id: x, file: f1 }], source: { file: f2 }, keys: { file: f3 } }
    d: { provider: google-drive, reconcile: { drive: { credential: ${cred('f4')} } } }
    g: { provider: microsoft-graph, reconcile: { graph: { tenant: t.example, clientId: 0bf30f3b-4a52-48df-9a82-234910c4a086, resource: /users, credential: ${cred('f5')} } } }
  consumers: { c: { url: "https://x.test/", secret: ${cred('f6')} } }
canaries: { trap: ${cred('f7')} }
content: { classifier: f8 }
policy: { files: [f9] }
accounts:
  github: { issuer: "https://x.test", authorizationEndpoint: "https://x.test/a", tokenEndpoint: "https://x.test/t", clientId: "1", clientSecret: ${cred('f10')},
    account: { from: token, id: id, name: name }, zone: write, system: github, credentialFile: f12 }
systems:
  github: { connector: github, owner: acme, credentials: { read: ${cred('f11')}, write: ${cred('f12')} } }
  mcp: { connector: mcp, catalogue: f13, tenant: x, read: { url: "https://x.test/", credential: ${cred('f14')} }, write: { url: "https://x.test/", credential: ${cred('f15')} } }
`,
    (text) => text.replace(/^policy:\n(?: .*\n)+/m, ''),
  );
  const { config } = parsed();
  const opened = listeners
    .flatMap((process) => permissionsOf(config, process, {}))
    .flatMap((flag) => /^--allow-fs-read=(.*)$/.exec(flag)?.[1] ?? []);
  const looked = neededFiles(config).map(({ file }) => file);
  // Written by the processes themselves, or followed below the data folder.
  const made = /countersign\.yaml$|\.countersign\/(?:store\.db|run|log|hooks)|\.(?:new|refresh)$|\*$/;
  const own = [...new Set(opened)].filter((file) => file.startsWith(folder) && !made.test(file));
  expect(own.length).toBeGreaterThan(15 + listeners.length);
  expect(own.filter((file) => !looked.includes(file))).toEqual([]);
});

test('warnings stop nothing, and what is said in lines is said as data', () => {
  const [one, two] = [
    { path: 'data', line: 3, message: 'a' },
    { path: '', line: null, message: 'b' },
  ];
  const [warned, wrong] = [
    { ...one, level: 'warning' as const },
    { ...two, level: 'error' as const },
  ];
  expect(checkAnswer('/c.yaml', [])).toEqual({
    value: { file: '/c.yaml', ok: true, problems: [], warnings: [] },
    lines: ['/c.yaml is fine'],
  });
  expect(checkAnswer('/c.yaml', [warned])).toEqual({
    value: { file: '/c.yaml', ok: true, problems: [], warnings: [one] },
    lines: ['/c.yaml:3: warning: data: a', '/c.yaml is fine, with 1 warning'],
  });
  expect(checkAnswer('/c.yaml', [warned, wrong])).toEqual({
    value: { file: '/c.yaml', ok: false, problems: [two], warnings: [one] },
    lines: ['/c.yaml:3: warning: data: a', '/c.yaml: b'],
  });
});
