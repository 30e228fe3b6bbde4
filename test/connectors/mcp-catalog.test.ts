import { expect, test } from 'vitest';
import { cutWith } from '../../src/action/cut.ts';
import { digestText } from '../../src/action/digest.ts';
import { compileSchema } from '../../src/action/schema.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import type { Operation } from '../../src/action/operation.ts';
import { effectLines, mcpCatalogue, parseCatalogueFile, realClass, sentArguments } from '../../src/connectors/mcp/catalog.ts';
import type { McpEntry } from '../../src/connectors/mcp/catalog.ts';
import { proposeEntry } from '../../src/connectors/mcp/entry.ts';
import { closeSchema, pinOf, toolDiff } from '../../src/connectors/mcp/pin.ts';
import type { LiveTool } from '../../src/connectors/mcp/pin.ts';
import { limits } from '../../src/limits.ts';

const settings = {
  connector: 'mcp',
  catalogue: 'x',
  tenant: 't',
  read: { url: 'http://127.0.0.1', headers: {} },
  targets: [],
  restricted: [],
  owners: [],
} as const;
const object = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };

const base = {
  enabled: true,
  operation: 'do_it',
  class: 'write',
  title: 'Do it',
  description: 'Does it.',
  target: { type: 'repository', from: '{owner}/{repo}' },
  label: { readers: 'team' },
  strip: { confirm: true },
  input: object({ owner: text, repo: text, method: text, confirm: { type: 'boolean' } }, ['owner', 'repo', 'confirm']),
  pin: { hash: `sha256:${'0'.repeat(64)}`, description: 'x' },
};
const fileOf = (entry: object): unknown => ({
  version: 1,
  connector: 'mcp',
  server: { name: 's', version: '1' },
  tools: { tool: { ...base, ...entry } },
});

function entryOf(more: object = {}): { readonly entry: McpEntry; readonly operation: Operation } {
  const file = parseCatalogueFile(fileOf(more));
  if (!file.ok) throw new Error(file.message);
  const operation = mcpCatalogue('sys', { ...settings, targets: [], restricted: [], owners: [] }, file.value).operations.get('do_it');
  const entry = file.value.tools['tool'];
  if (operation === undefined || entry === undefined) throw new Error('unreachable');
  return { entry, operation };
}

test('a target of several parts has one name for each, and cannot be spelled so that it looks like another', () => {
  const { operation } = entryOf();
  const ref = (owner: Json, repo: Json): string | undefined => {
    const derived = operation.derive({ owner, repo });
    return derived.ok ? derived.value.target.ref : undefined;
  };
  expect(ref('acme', 'app')).toBe('acme/app');
  expect(ref('a/b', 'c')).not.toBe(ref('a', 'b/c'));
  expect(ref('a%2Fb', 'c')).not.toBe(ref('a/b', 'c'));
  for (const bad of ['', null, ['a'], '\ud800', 'x'.repeat(400)])
    expect(operation.derive({ owner: bad, repo: 'c' }), JSON.stringify(bad)).toMatchObject({ ok: false, code: 'bad-arguments' });
});

test('a stripped argument is not in the schema, is refused when given, and is filled when sent', () => {
  const { entry, operation } = entryOf({ strip: { confirm: true, method: null } });
  expect(operation.input).toEqual(object({ owner: text, repo: text }, ['owner', 'repo']));
  expect(operation.derive({ owner: 'a', repo: 'b', confirm: true })).toMatchObject({ ok: false });
  expect(compileSchema(operation.input)({ owner: 'a', repo: 'b', confirm: true })).toMatchObject({ ok: false });
  expect(sentArguments(entry, { owner: 'a', repo: 'b' })).toEqual({ owner: 'a', repo: 'b', confirm: true });
});

const filled = (count: number, value: Json = true): object => {
  const strip = Object.fromEntries(Array.from({ length: count }, (_, i): [string, Json] => [`confirm_${i}`, value]));
  return { strip, input: object({ owner: text, repo: text, ...Object.fromEntries(Object.keys(strip).map((name) => [name, {}])) }) };
};
const target = { type: 'repository', id: 'sys:repository:acme/app', name: 'acme/app' };

test('an approver is shown every argument that the catalogue fills in, or it cannot be loaded', () => {
  const { entry } = entryOf(filled(limits.effectLinesMax - 1));
  const lines = effectLines('sys', { tool: 'tool', entry }, target);
  expect(lines).toHaveLength(limits.effectLinesMax);
  expect(lines[0]).toBe('calls the tool tool of sys on repository acme/app');
  for (const name of Object.keys(entry.strip)) expect(lines).toContain(`the catalogue fills in ${name}: true`);
  expect(parseCatalogueFile(fileOf(filled(limits.effectLinesMax)))).toMatchObject({
    ok: false,
    message: 'tools.tool.strip: fills in more than 19 arguments',
  });
  // What is never sent needs no line.
  expect(effectLines('sys', { tool: 'tool', entry: entryOf(filled(limits.effectLinesMax, null)).entry }, target)).toHaveLength(1);
  const whole = limits.effectLineCharsMax - 'the catalogue fills in confirm_0: ""'.length;
  expect(parseCatalogueFile(fileOf(filled(1, 'x'.repeat(whole))))).toMatchObject({ ok: true });
  expect(parseCatalogueFile(fileOf(filled(1, 'x'.repeat(whole + 1))))).toMatchObject({
    ok: false,
    message: 'tools.tool.strip: fills in a value that is too long to be shown to an approver',
  });
});

test('text is well-formed wherever it is cut', () => {
  for (const lead of ['', 'x']) {
    const long = `${lead}${'😀'.repeat(1000)}`;
    expect(cutWith(long, 300)).toHaveLength(300);
    expect(cutWith(long, 300).isWellFormed()).toBe(true);
    expect(cutWith(long, 300)).toMatch(/ … \(cut\)$/);
    const lines = effectLines('sys', { tool: 't'.repeat(128), entry: entryOf().entry }, { ...target, name: long });
    expect(lines.every((line) => line.isWellFormed() && line.length <= limits.effectLineCharsMax)).toBe(true);
    // The schema and the words of a proposed entry are hashed: half a character cannot be.
    const tool = {
      name: 'tool',
      title: long,
      description: long,
      inputSchema: object({ a: { description: long } }),
      outputSchema: null,
      annotations: null,
    };
    const proposed = proposeEntry(tool, new Set(), true).entry;
    expect(proposed === null ? null : JSON.stringify([proposed.title, proposed.description, proposed.input])).not.toMatch(/\\ud[89a-f]/);
    expect(proposed?.input).toEqual(closeSchema(tool.inputSchema).schema);
  }
  expect(cutWith('whole \ud800', 300)).toBe('whole \ufffd');
});

test.each<[string, object, JsonObject, object]>([
  [
    'the value that a rule names',
    { equals: 'delete', class: 'destructive', fourEyes: true },
    { method: ' DELETE ' },
    { class: 'destructive', fourEyes: true, reversible: false },
  ],
  ['another value', { equals: 'delete', class: 'destructive' }, { method: 'get' }, { class: 'write', fourEyes: false, reversible: true }],
  ['a matching pattern', { pattern: '^del', class: 'admin' }, { method: 'Delete' }, { class: 'admin' }],
  ['an argument that is there', { present: true, class: 'share' }, { method: '' }, { class: 'share' }],
  ['an argument that is not there', { present: true, class: 'share' }, {}, { class: 'write' }],
  ['a lighter class', { equals: 'get', class: 'read' }, { method: 'get' }, { class: 'write', reversible: false }],
])('a rule with %s makes the class what it should be', (_what, rule, args, expected) => {
  const { operation } = entryOf({ reversible: true, raise: [{ argument: 'method', ...rule }] });
  expect(operation.derive({ owner: 'a', repo: 'b', ...args })).toMatchObject({ ok: true, value: expected });
});

test('a text that is too long for the pattern of a rule counts as matching', () => {
  const { entry } = entryOf({ raise: [{ argument: 'method', pattern: 'a+b', class: 'admin' }] });
  expect(realClass(entry, { method: 'x'.repeat(5000) }).class).toBe('admin');
});

test.each<[string, object, string]>([
  ['an open schema', { input: { type: 'object', properties: { owner: text, repo: text } } }, 'additionalProperties'],
  ['a recursive schema', { input: object({ owner: text, repo: { $ref: '#' } }) }, 'refers to itself'],
  ['an enabled tunnel', { class: 'tunnel' }, 'a tunnel cannot be enabled'],
  ['a target that is no argument', { target: { type: 'x', from: 'nothing' } }, 'no argument'],
  ['a target that is stripped', { strip: { owner: 'a' } }, 'no argument'],
  ['an unsafe pattern', { raise: [{ argument: 'method', pattern: '(a+)+$', class: 'admin' }] }, 'not one that is safe'],
  ['a rule with two conditions', { raise: [{ argument: 'method', equals: 'x', present: true, class: 'admin' }] }, 'one of'],
  ['a class that does not exist', { class: 'harmless' }, 'class'],
  ['an unknown field', { annotations: {} }, 'annotations'],
])('%s is refused when the catalogue is loaded', (_what, more, message) => {
  const parsed = parseCatalogueFile(fileOf(more));
  expect(parsed).toMatchObject({ ok: false, code: 'bad-catalogue' });
  expect(parsed.ok ? '' : parsed.message).toContain(message);
});

test('the digest of a catalogue changes with any of its entries', () => {
  const digest = (more: object): string => {
    const file = parseCatalogueFile(fileOf(more));
    return file.ok ? mcpCatalogue('sys', { ...settings, targets: [], restricted: [], owners: [] }, file.value).digest : '';
  };
  expect(digest({})).toBe(digest({}));
  for (const more of [
    { class: 'publish' },
    { strip: { confirm: null } },
    { accepted: 'x' },
    { errorMeans: 'refused' },
    { label: { readers: 'org' } },
  ])
    expect(digest(more)).not.toBe(digest({}));
});

const live = (more: Partial<LiveTool> = {}): LiveTool => ({
  name: 'get_x',
  title: null,
  description: 'Gets x.',
  inputSchema: { type: 'object', properties: { id: text } },
  outputSchema: null,
  annotations: null,
  ...more,
});

test('the pin changes with name, description, schema and annotations, and what cannot be hashed cannot be pinned', () => {
  const pins = [
    live(),
    live({ name: 'get_y' }),
    live({ description: 'Gets x!' }),
    live({ inputSchema: { type: 'object' } }),
    live({ annotations: { readOnlyHint: true } }),
  ].map(pinOf);
  expect(new Set(pins).size).toBe(5);
  expect(pinOf(live({ inputSchema: { type: 'object', maximum: 1e300 } }))).toBeNull();
  expect(proposeEntry(live({ inputSchema: { type: 'object', maximum: 1e300 } }), new Set(), true).entry).toBeNull();
});

test('a schema is closed at every level that can be closed, and the rest is noted', () => {
  const { schema, notes } = closeSchema({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: true,
    properties: {
      item: { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$', description: 'hid\u200bden' } } },
      labels: { type: 'object' },
      pair: { type: 'array', items: [text, text] },
      either: { anyOf: [{ type: 'object', properties: { b: text } }, { type: 'null' }] },
    },
  });
  const check = compileSchema(schema);
  expect(check({ item: { a: 'x' }, labels: { any: 1 }, pair: ['a', 'b'], either: { b: 'x' } })).toMatchObject({ ok: true });
  for (const args of [{ more: 1 }, { item: { b: 1 } }, { either: { c: 1 } }, { pair: [1] }])
    expect(check(args), JSON.stringify(args)).toMatchObject({ ok: false });
  expect(notes.join('\n')).toMatch(/pattern was left out[\s\S]*hidden characters|hidden characters[\s\S]*pattern was left out/);
  expect(notes.join('\n')).toContain('/properties/labels: takes any names');
  expect(JSON.stringify(schema)).not.toContain('\u200b');
});

test('a difference shows words and fields, and every hidden character', () => {
  const hash = digestText('tool', '');
  const pinned = { pin: { hash, description: 'Reads a file from disk' }, input: closeSchema(live().inputSchema).schema };
  const lines = toolDiff(
    pinned,
    live({ description: 'Reads a file \u202efrom the disk', inputSchema: { type: 'object', properties: { id: text, bcc: text } } }),
  );
  expect(lines).toEqual(['description - from', 'description + <U+202E>from the', 'input.properties.bcc.type: new "string"']);
  expect(
    toolDiff(
      { pin: { hash, description: 'a' }, input: pinned.input },
      live({ description: 'b'.repeat(100_000).replaceAll('bbb', 'b ') }),
    ).join('').length,
  ).toBeLessThan(1000);
});

test('what is proposed is enabled only if it is surely a read, and never in an update', () => {
  expect(proposeEntry(live(), new Set(), true).entry).toMatchObject({
    enabled: true,
    class: 'read',
    operation: 'get_x',
    label: { readers: 'unknown' },
  });
  expect(proposeEntry(live(), new Set(['get_x']), false).entry).toMatchObject({ enabled: false, operation: 'get_x_2' });
  const write = proposeEntry(
    live({
      name: 'sendMail',
      inputSchema: { type: 'object', properties: { to: text, body: text, _confirmed: { type: 'boolean' } }, required: ['to'] },
    }),
    new Set(),
    true,
  );
  expect(write.entry).toMatchObject({
    enabled: false,
    operation: 'send_mail',
    content: ['body'],
    strip: { _confirmed: true },
    class: 'destructive',
    fourEyes: true,
  });
  expect(write.notes.join('\n')).toContain('review, then enable');
});
