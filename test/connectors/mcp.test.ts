// verifies: systems.mcp-outcomes, systems.mcp-hands, systems.mcp-pins
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { isObject } from '../../src/action/json.ts';
import type { JsonObject } from '../../src/action/json.ts';
import type { Operation } from '../../src/action/operation.ts';
import { mcpCatalogue, parseCatalogueFile } from '../../src/connectors/mcp/catalog.ts';
import type { McpCatalogueFile, McpEntry } from '../../src/connectors/mcp/catalog.ts';
import { proposeEntry } from '../../src/connectors/mcp/entry.ts';
import { openMcpReader } from '../../src/connectors/mcp/read.ts';
import { serverRecord } from '../../src/connectors/mcp/server.ts';
import { differencesOf, surveyServer } from '../../src/connectors/mcp/survey.ts';
import type { Survey } from '../../src/connectors/mcp/survey.ts';
import { openMcpWriter } from '../../src/connectors/mcp/write.ts';
import type { McpSettings } from '../../src/connectors/settings.ts';

// Time to start a server on a busy machine; less of it where a server that has been started hangs.
const patience = vi.hoisted(() => ({ ms: 6000 }));
vi.mock('../../src/limits.ts', async (original) => {
  const { limits } = await original<{ readonly limits: Readonly<Record<string, number>> }>();
  return {
    limits: {
      ...limits,
      get thirdPartyCallMs() {
        return patience.ms;
      },
    },
  };
});

const require = createRequire(import.meta.url);
const program = (name: string): string =>
  join(dirname(require.resolve(`@modelcontextprotocol/server-${name}/package.json`)), 'dist/index.js');
const hostile = fileURLToPath(new URL('fixtures/hostile-server.ts', import.meta.url));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  patience.ms = 6000;
  for (const close of closers.splice(0).toReversed()) await close();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-mcp-'));
  closers.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

type Stdio = Extract<McpSettings['read'], { command: string }>;
const stdio = (args: string[], env: Stdio['env'] = {}): Stdio => ({ command: process.execPath, args, env });
const settingsOf = (read: McpSettings['read'], write?: McpSettings['read']): McpSettings => ({
  connector: 'mcp',
  catalogue: 'x.yaml',
  tenant: 'test',
  read,
  targets: [],
  restricted: [],
  owners: [],
  ...(write === undefined ? {} : { write }),
});
const none = (): string => {
  throw new Error('no credential is asked for');
};

/** A catalogue of all the tools of a server, as a reviewer could leave it. */
async function reviewed(
  upstream: McpSettings['read'],
  review: Readonly<Record<string, Partial<McpEntry>>> = {},
  known?: Promise<Survey>,
): Promise<McpCatalogueFile> {
  const survey = await (known ?? surveyServer(upstream, tmpdir(), none));
  const entries = survey.tools.map((tool): [string, McpEntry] => {
    const { entry } = proposeEntry(tool, new Set(), true);
    if (entry === null) throw new Error('a tool that cannot be pinned');
    return [tool.name, { ...entry, enabled: entry.class !== 'tunnel', ...review[tool.name] }];
  });
  const file = parseCatalogueFile({
    version: 1,
    connector: 'mcp',
    ...serverRecord(survey.server),
    tools: Object.fromEntries(entries),
  });
  if (!file.ok) throw new Error(file.message);
  return file.value;
}

interface House {
  readonly alarms: string[];
  readonly read: (operation: string, args?: JsonObject) => ReturnType<ReturnType<typeof openMcpReader>['read']>;
  readonly write: (operation: string, args?: JsonObject) => Promise<unknown>;
  readonly prepare: (
    operation: string,
    args?: JsonObject,
  ) => Promise<{ readonly operation: Operation; readonly action: Action; readonly effect: readonly string[] }>;
  readonly writer: ReturnType<typeof openMcpWriter>;
}

/** Both hands of a system, each with its own server, driven as the reader and the executor drive them. */
function house(settings: McpSettings, file: McpCatalogueFile): House {
  const alarms: string[] = [];
  const options = {
    credential: none,
    folder: tmpdir(),
    onAlarm: (code: string, message: string, about: string) => void alarms.push(`${about}: ${code}: ${message}`),
  };
  const [reader, writer] = [
    openMcpReader('sys', settings, file, options),
    openMcpWriter('sys', { ...settings, write: settings.write ?? settings.read }, file, options),
  ];
  closers.push(
    () => reader.close(),
    () => writer.close(),
  );
  const { operations } = mcpCatalogue('sys', settings, file);
  const derive = (name: string, args: JsonObject) => {
    const operation = operations.get(name);
    const derived = operation?.derive(args);
    if (operation === undefined || derived === undefined || !derived.ok) throw new Error(`cannot derive ${name}`);
    return { operation, derived: derived.value };
  };
  const prepare: House['prepare'] = async (name, args = {}) => {
    const { operation, derived } = derive(name, args);
    const resolved = await reader.resolve(operation, derived);
    if (!resolved.ok) throw new Error(resolved.message);
    const { target, precondition, effect } = resolved.value;
    return {
      operation,
      effect,
      action: {
        v: 1,
        system: 'sys',
        tenant: 'test',
        operation: name,
        class: derived.class,
        target,
        arguments: derived.arguments,
        precondition,
      },
    };
  };
  return {
    alarms,
    writer,
    prepare,
    read: (name, args = {}) => {
      const { operation, derived } = derive(name, args);
      return reader.read(operation, derived);
    },
    write: async (name, args = {}) => {
      const { operation, action } = await prepare(name, args);
      return writer.perform(operation, action, 'cs-marker');
    },
  };
}

test('server-filesystem reads below one root and writes below another, each hand with its own server', async () => {
  const [a, b] = [folder(), folder()];
  const settings = settingsOf(stdio([program('filesystem'), a]), stdio([program('filesystem'), b]));
  const file = await reviewed(settings.read);
  expect(file.tools['read_text_file']).toMatchObject({ class: 'read', target: { type: 'path', from: 'path' } });
  expect(file.tools['write_file']?.class).not.toBe('read');
  const fs = house(settings, file);

  const [inA, inB] = [join(a, 'in.txt'), join(b, 'out.txt')];
  expect(await fs.write('write_file', { path: inB, content: 'countersigned' })).toMatchObject({
    outcome: 'done',
    receipt: { tool: 'write_file' },
  });
  expect(readFileSync(inB, 'utf8')).toBe('countersigned');
  // The reader's server does not reach the writer's root, nor the other way round.
  expect(await fs.read('read_text_file', { path: inB })).toMatchObject({ ok: false, code: 'forbidden' });
  await expect(fs.write('write_file', { path: inA, content: 'x' })).rejects.toMatchObject({ code: 'not-reachable' });
  expect(() => readFileSync(inA)).toThrow('ENOENT');
  expect(await fs.read('list_directory', { path: a })).toMatchObject({
    ok: true,
    value: { label: { readers: 'unknown', integrity: 'untrusted' }, target: `path ${a}` },
  });
  expect(fs.alarms).toEqual([]);
});

test('the reader carries out no write and the writer no read, whatever the operation that they are handed says', async () => {
  const root = folder();
  const settings = settingsOf(stdio([program('filesystem'), root]));
  const file = await reviewed(settings.read);
  const options = { credential: none, folder: root, onAlarm: () => undefined };
  const [reader, writer] = [
    openMcpReader('sys', settings, file, options),
    openMcpWriter('sys', { ...settings, write: settings.read }, file, options),
  ];
  closers.push(
    () => reader.close(),
    () => writer.close(),
  );
  const { operations } = mcpCatalogue('sys', settings, file);
  const [readOperation, writeOperation] = [operations.get('read_text_file'), operations.get('write_file')];
  const path = join(root, 'x');
  const derived = writeOperation?.derive({ path, content: 'x' });
  if (readOperation === undefined || writeOperation === undefined || derived === undefined || !derived.ok) throw new Error('unreachable');

  // A door that lies about the class: the hand looks into its own file.
  const lie = { ...derived.value, class: 'read' as const };
  expect(await reader.read({ ...writeOperation, class: 'read' }, lie)).toMatchObject({ ok: false, code: 'not-supported' });
  const action: Action = {
    v: 1,
    system: 'sys',
    tenant: 'test',
    operation: 'read_text_file',
    class: 'write',
    target: { type: 'path', id: `sys:path:${path}`, name: path },
    arguments: { path },
    precondition: {},
  };
  expect(await writer.perform({ ...readOperation, class: 'write' }, action, 'm')).toMatchObject({
    outcome: 'failed',
    code: 'not-supported',
  });
  expect(() => readFileSync(path)).toThrow('ENOENT');
});

test('server-memory keeps what is written, and its tools are found by the proposer', async () => {
  const memory = join(folder(), 'memory.jsonl');
  const settings = settingsOf(stdio([program('memory')], { MEMORY_FILE_PATH: memory }));
  const file = await reviewed(settings.read);
  expect(
    Object.entries(file.tools)
      .filter(([, entry]) => entry.class === 'read')
      .map(([tool]) => tool),
  ).not.toContain('delete_entities');
  const kept = house(settings, file);
  expect(
    await kept.write('create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['signs things'] }] }),
  ).toMatchObject({ outcome: 'done' });
  expect(readFileSync(memory, 'utf8')).toContain('signs things');
  expect(await kept.read('read_graph')).toMatchObject({ ok: true, value: { content: { structured: { entities: [{ name: 'Ada' }] } } } });
});

test('server-everything: pictures are named by type and size, and links are text', async () => {
  const settings = settingsOf(stdio([program('everything'), 'stdio']));
  const survey = await surveyServer(settings.read, tmpdir(), none);
  expect(survey.tools.length).toBeGreaterThan(8);
  const file = await reviewed(settings.read, { 'get-tiny-image': { class: 'read' }, echo: { class: 'read' } });
  const every = house(settings, file);
  expect(await every.read('get_tiny_image')).toMatchObject({
    ok: true,
    value: { content: { leftOut: [{ type: 'image', mimeType: 'image/png' }] } },
  });
  expect(await every.read('echo', { message: 'hello' })).toMatchObject({ ok: true, value: { content: { text: 'Echo: hello' } } });
});

const hostileSurvey = surveyServer(stdio([hostile]), tmpdir(), none);
const reads = { get_crash: {}, get_garbage: {}, get_hang: {}, get_echo: {} };

async function hostileHouse(
  review: Readonly<Record<string, Partial<McpEntry>>> = {},
): Promise<House & { readonly effects: () => string[]; readonly file: McpCatalogueFile; readonly settings: McpSettings }> {
  const effects = join(folder(), 'effects');
  const settings = settingsOf(stdio([hostile], { EFFECTS: effects }));
  const everyRead = Object.fromEntries(
    [
      'get_environment',
      'get_chatter',
      'get_huge',
      'get_large',
      'get_error',
      'get_missing',
      'get_picture',
      'get_mischief',
      ...Object.keys(reads),
    ].map((tool) => [tool, { class: 'read' as const }]),
  );
  const file = await reviewed(settings.read, { ...everyRead, ...review }, hostileSurvey);
  const lines = (): string[] => {
    try {
      return readFileSync(effects, 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };
  return { ...house(settings, file), effects: lines, file, settings };
}

test('a server gets the environment that the configuration gives it, and nothing of ours', async () => {
  process.env['COUNTERSIGN_TEST_SECRET'] = 'ours';
  const bad = await hostileHouse();
  const result = await bad.read('get_environment');
  const text = result.ok && isObject(result.value.content) ? result.value.content['text'] : undefined;
  const env = JSON.parse(typeof text === 'string' ? text : '') as Record<string, string>;
  delete process.env['COUNTERSIGN_TEST_SECRET'];
  expect(Object.keys(env).filter((name) => !['PATH', 'EFFECTS', 'TEMP'].includes(name) && !name.startsWith('__'))).toEqual([]);
});

test.each([
  ['get_crash', 'third-party-error'],
  ['get_garbage', 'broken-reply'],
  ['get_hang', 'timed-out'],
  ['get_huge', 'too-large'],
  ['get_large', 'too-large'],
  ['get_error', 'third-party-error'],
  ['get_missing', 'not-found'],
])('a read that ends with %s is refused as %s, without the server’s words, and the next read works', async (tool, code) => {
  const bad = await hostileHouse();
  expect(await bad.read('get_echo')).toMatchObject({ ok: true });
  if (tool === 'get_hang') patience.ms = 1000;
  const refused = await bad.read(tool);
  patience.ms = 6000;
  expect(refused).toMatchObject({ ok: false, code });
  expect(JSON.stringify(refused)).not.toMatch(/secret-in-stderr|ignore all previous/);
  expect(await bad.read('get_echo')).toMatchObject({ ok: true });
  // Numbers and text that cannot be hashed come out as ones that can.
  expect(await bad.read('get_echo')).toMatchObject({ value: { content: { structured: { big: String(2 ** 60), odd: '\ufffd' } } } });
});

test('the name of what was read is well-formed, also where it was cut', async () => {
  const bad = await hostileHouse({ get_mischief: { class: 'read', target: { type: 'kind', from: 'kind' } } });
  for (const lead of ['', 'x']) {
    const result = await bad.read('get_mischief', { kind: `${lead}${'😀'.repeat(149)}` });
    expect(result.ok && result.value.target.isWellFormed() && result.value.target.length).toBe(300);
  }
});

test('chatter on standard output is not taken for an answer', async () => {
  const bad = await hostileHouse();
  expect(await bad.read('get_chatter')).toMatchObject({ ok: true, value: { content: { text: 'after some chatter' } } });
});

const audience = { kind: 'unknown', summary: '', count: null, externals: null, joinable: false } as const;

test.each(['create_then_crash', 'create_then_hang', 'create_then_error', 'create_internal_error'])(
  'whether %s took effect cannot be known: it throws, and is sent once',
  async (tool) => {
    const bad = await hostileHouse();
    const { operation, action } = await bad.prepare(tool);
    await bad.writer.check(operation, action, audience);
    if (tool === 'create_then_hang') patience.ms = 1000;
    await expect(bad.write(tool)).rejects.toThrow('it cannot be known whether the call took effect');
    expect(bad.effects()).toHaveLength(1);
  },
);

test('an error is proof that nothing happened only where a reviewer says that these tools never report one after an effect', async () => {
  const bad = await hostileHouse({ create_then_error: { errorMeans: 'refused' }, create_refused: { errorMeans: 'refused' } });
  expect(await bad.write('create_refused')).toMatchObject({ outcome: 'failed', code: 'bad-arguments' });
  expect(bad.effects()).toEqual([]);
  expect(await bad.write('create_then_error')).toMatchObject({ outcome: 'failed', code: 'third-party-error' });
});

test('a write with a result that is too large is done, without the result', async () => {
  const bad = await hostileHouse();
  expect(await bad.write('create_then_large')).toMatchObject({
    outcome: 'done',
    content: null,
    receipt: { note: 'the result was too large to be kept' },
  });
});

test('a server that cannot be started means that nothing was sent', async () => {
  const { file } = await hostileHouse();
  const gone = house(settingsOf({ command: '/no/such/program', args: [], env: {} }), file);
  expect(await gone.write('create_note', { id: '1' })).toMatchObject({ outcome: 'failed', code: 'not-reachable' });
  expect(await gone.read('get_echo')).toMatchObject({ ok: false, code: 'not-reachable' });
});

test('a missing credential is known when the hand is opened, before anything is started', async () => {
  const { file, settings } = await hostileHouse();
  const read = { ...settings.read, env: { TOKEN: { env: 'NOT_THERE' } } } as McpSettings['read'];
  expect(() => openMcpReader('sys', { ...settings, read }, file, { credential: none, folder: '/', onAlarm: () => undefined })).toThrow(
    'no credential',
  );
});

test('a tool whose description changes while the server runs is disabled, with an alarm that holds none of its words', async () => {
  const bad = await hostileHouse();
  expect(await bad.read('get_echo')).toMatchObject({ ok: true });
  await bad.read('get_mischief', { kind: 'change' });
  expect(await bad.read('get_echo')).toMatchObject({ ok: false, code: 'tool-changed' });
  expect(bad.alarms).toHaveLength(1);
  expect(bad.alarms[0]).toContain('sys.get_echo: tool-changed');
  expect(bad.alarms[0]).toContain('changed: description; reviewed: sha256:');
  expect(bad.alarms[0]).not.toMatch(/\u202e|<U\+202E>|evil\.example/);
  // The other tools are as they were.
  expect(await bad.read('get_chatter')).toMatchObject({ ok: true });
});

test.each([
  ['shadow', 'tool-shadowed'],
  ['gone', 'tool-gone'],
])('a tool that is %s is disabled with the alarm %s', async (kind, code) => {
  const bad = await hostileHouse();
  await bad.read('get_mischief', { kind });
  expect(await bad.read('get_echo')).toMatchObject({ ok: false, code: 'tool-changed' });
  expect(bad.alarms.map((alarm) => alarm.split(': ')[1])).toEqual([code]);
});

test('a tool that appears is not usable and is told once', async () => {
  const bad = await hostileHouse();
  await bad.read('get_mischief', { kind: 'add' });
  expect(await bad.read('get_echo')).toMatchObject({ ok: true });
  await bad.read('get_mischief', { kind: 'nothing' });
  expect(await bad.read('get_echo')).toMatchObject({ ok: true });
  expect(bad.alarms).toEqual(['sys: tools-added: the server offers 1 tool that nobody has reviewed; they cannot be used']);
});

test('a write is checked against the server’s list as it is now', async () => {
  const bad = await hostileHouse();
  const { operation, action } = await bad.prepare('create_note', { id: '7', body: 'x' });
  expect(await bad.writer.check(operation, action, audience)).toEqual({ ok: true, value: null });
  expect(await bad.writer.check(operation, { ...action, target: { ...action.target, id: 'sys:object:8' } }, audience)).toMatchObject({
    code: 'target-changed',
  });
  expect(await bad.writer.check(operation, { ...action, class: 'read' }, audience)).toMatchObject({ code: 'not-supported' });
  expect(
    await bad.writer.check(operation, action, { kind: 'team', summary: '', count: null, externals: null, joinable: false }),
  ).toMatchObject({
    code: 'audience-widened',
  });
  const other = house(bad.settings, {
    ...bad.file,
    server: { name: 'somebody else', version: '1' },
    tools: {
      ...bad.file.tools,
      create_note: { ...bad.file.tools['create_note']!, pin: { hash: `sha256:${'0'.repeat(64)}`, description: 'Does create_note.' } },
    },
  });
  expect(await other.writer.check(operation, action, audience)).toMatchObject({ ok: false, code: 'tool-changed' });
  expect(await other.write('create_note', { id: '7' })).toMatchObject({ outcome: 'failed', code: 'tool-changed' });
  expect(other.alarms.map((alarm) => alarm.split(': ')[1])).toEqual(['server-changed', 'tool-changed']);
  expect(bad.effects()).toEqual([]);
});

test('a confirmation is hidden from the model, shown to the approver, and filled in when the call is sent', async () => {
  const bad = await hostileHouse();
  expect(bad.file.tools['delete_all']).toMatchObject({ class: 'destructive', fourEyes: true, strip: { confirm: true } });
  const { effect, operation } = await bad.prepare('delete_all', { id: '1' });
  expect(operation.input).not.toHaveProperty('properties.confirm');
  expect(operation.derive({ id: '1', confirm: true })).toMatchObject({ ok: false });
  expect(effect).toContain('the catalogue fills in confirm: true');
  expect(await bad.write('delete_all', { id: '1' })).toMatchObject({ outcome: 'done' });
  expect(bad.effects()).toEqual(['deleted']);
});

test('nothing can be found out later, and a tunnel is never enabled', async () => {
  const bad = await hostileHouse();
  const { operation, action } = await bad.prepare('create_note', { id: '7' });
  expect(await bad.writer.find(operation, action, 'm')).toEqual({ found: 'cannot-tell' });
  const tunnel = bad.file.tools['execute_graphql'];
  expect(tunnel).toMatchObject({ class: 'tunnel', enabled: false });
  expect(parseCatalogueFile({ ...bad.file, tools: { execute_graphql: { ...tunnel, enabled: true } } })).toMatchObject({ ok: false });
});

test('the comparison of a catalogue with its server names everything that differs', async () => {
  const bad = await hostileHouse();
  const survey = await surveyServer(bad.settings.read, tmpdir(), none);
  expect(Object.values(differencesOf(bad.file, survey)).flat()).toEqual([]);
  const live = survey.tools.map((tool) =>
    tool.name === 'create_note'
      ? { ...tool, inputSchema: { type: 'object', properties: { id: { type: 'number' }, bcc: { type: 'string' } } } }
      : tool,
  );
  const found = differencesOf(bad.file, {
    server: { ...survey.server, version: '2' },
    tools: [...live.slice(1), { ...live[1]!, name: 'new_one' }],
  });
  expect(found).toMatchObject({ added: ['new_one'], gone: ['get_echo'], server: ['version: "1" → "2"'] });
  expect(found.changed[0]?.diff).toEqual(
    expect.arrayContaining(['input.properties.id.type: "string" → "number"', 'input.properties.bcc.type: new "string"']),
  );
});
