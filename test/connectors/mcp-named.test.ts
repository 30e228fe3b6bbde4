// verifies: egress.code-paths, flow.oracle, flow.upstream-labels, content.tenant-proof
import { expect, test } from 'vitest';
import { lowered, widened } from '../../src/action/audience.ts';
import type { Audience } from '../../src/action/audience.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import { audienceBy, audienceShape, bindsOf, idsAt } from '../../src/connectors/mcp/named.ts';
import { resolvedAudience } from '../../src/connectors/mcp/oracle.ts';
import { recordShape, toldBy } from '../../src/connectors/mcp/records.ts';
import { realClass } from '../../src/connectors/mcp/catalog.ts';
import type { McpCatalogueFile, McpEntry } from '../../src/connectors/mcp/catalog.ts';
import type { Upstream } from '../../src/connectors/mcp/upstream.ts';

const mail = {
  audience: audienceShape.parse({
    kind: 'self',
    summary: 'alice alone',
    people: {
      arguments: [
        { argument: 'to', type: 'email' },
        { argument: 'cc', type: 'email' },
      ],
      inside: ['*@acme.example'],
      self: ['alice@acme.example'],
    },
  }),
};

test('the audience is those whom the arguments name: the user, colleagues, or outsiders told apart', () => {
  expect(audienceBy(mail, {})).toMatchObject({ kind: 'self', externals: 0 });
  expect(audienceBy(mail, { to: ['Alice@acme.example'] })).toMatchObject({ kind: 'self', count: 0 });
  expect(audienceBy(mail, { to: ['bob@acme.example', 'alice@acme.example'] })).toMatchObject({
    kind: 'named',
    count: 1,
    externals: 0,
    outsiders: [],
  });
  expect(audienceBy(mail, { to: ['bob@acme.example'], cc: ['eve@evil.example'] })).toMatchObject({
    kind: 'partner',
    count: 2,
    externals: 1,
    outsiders: ['email:eve@evil.example'],
    people: ['email:bob@acme.example', 'email:eve@evil.example'],
  });
  // The end of an address is what its owner controls, and nothing else of it.
  for (const to of ['acme.example@evil.example', 'bob@acme.example.evil.example', 'bob@notacme.example', '*@acme.example.x'])
    expect(audienceBy(mail, { to: [to] })).toMatchObject({ kind: 'partner' });
  expect(audienceBy({}, {})).toMatchObject({ kind: 'unknown' });
});

test('more people than can be told apart are counted and not listed', () => {
  const many = Array.from({ length: 21 }, (_, i) => `p${i}@evil.example`);
  const audience = audienceBy(mail, { to: many });
  expect(audience).toMatchObject({ kind: 'partner', count: 21, externals: 21 });
  expect(audience.outsiders).toBeUndefined();
});

test('what a call names is walked through lists and objects; a target that is the same for every call names nothing beside others', () => {
  const derived = (args: JsonObject) =>
    ({ class: 'publish', fourEyes: false, reversible: false, arguments: args, target: { type: 'outbox', ref: 'all' } }) as const;
  const entry = {
    binds: [
      { argument: 'to', type: 'email' },
      { argument: 'files.id', type: 'file' },
    ],
    target: { type: 'outbox', fixed: 'all' },
  };
  const args = { to: ['a@b.example', 'a@b.example'], files: [{ id: 7 }, { id: '8' }] };
  expect(bindsOf(entry, derived(args)).map(({ type, id }) => `${type}:${id}`)).toEqual(['email:a@b.example', 'file:7', 'file:8']);
  expect(bindsOf(entry, derived({})).map(({ type, id }) => `${type}:${id}`)).toEqual(['outbox:all']);
  expect(bindsOf({ ...entry, target: { type: 'outbox', from: 'box' } }, derived(args)).map(({ id }) => id)).toEqual([
    'all',
    'a@b.example',
    '7',
    '8',
  ]);
  expect(idsAt({ a: [[{ b: 1 }], { b: ['x', null, ''] }] }, 'a.b')).toEqual(['1', 'x']);
});

const rule = (more: object): ReturnType<typeof recordShape.parse> => recordShape.parse({ at: 'items', type: 'task', id: 'id', ...more });

test('records teach what things are called and which fields the system sets; a foreign one is left out and counted', () => {
  const items: Json = [
    { id: 1, title: 'Ours', owner: 'bob', org: 'acme' },
    { id: 2, title: 'Theirs', owner: 'eve', org: 'tailspin' },
    { id: 3, title: 'Nobody’s', owner: 'eve' },
    { id: 4, title: 'Both', owner: 'eve', org: ['acme', 'tailspin'] },
  ];
  const told = toldBy([rule({ names: ['title'], fields: [{ at: 'owner', type: 'user' }], tenant: { at: 'org', is: 'acme' } })], {
    text: JSON.stringify({ items }),
    structured: { items },
  });
  expect(told.foreign).toBe(3);
  expect(told.content['structured']).toEqual({ items: [items[0]] });
  expect(JSON.stringify(told.content)).not.toContain('tailspin');
  expect(told.seen).toEqual([{ type: 'task', id: '1', names: ['Ours'] }]);
  expect(told.fields).toEqual([{ type: 'user', value: 'bob' }]);
});

test('an answer that is JSON in a text is read as well; one that is neither teaches nothing, and a single foreign record takes all with it', () => {
  expect(toldBy([rule({ names: ['title'] })], { text: '{"items":[{"id":"a","title":"A"}]}' }).seen).toEqual([
    { type: 'task', id: 'a', names: ['A'] },
  ]);
  expect(toldBy([rule({})], { text: 'no JSON' })).toMatchObject({ seen: [], foreign: 0, content: { text: 'no JSON' } });
  const one = toldBy([rule({ at: '.', tenant: { at: 'org', is: 'acme' } })], { text: '{"id":"a","org":"tailspin"}' });
  expect(one).toMatchObject({ foreign: 1, content: { text: 'null' }, seen: [] });
  expect(toldBy([rule({ made: true })], { text: '', structured: { items: { id: 'n1' } } }).made).toEqual([{ type: 'task', id: 'n1' }]);
});

/** An upstream that answers the oracle with these people. */
function upstreamOf(people: readonly string[] | null): Upstream & { asked: JsonObject[] } {
  const asked: JsonObject[] = [];
  return {
    asked,
    call: (_tool: string, args: JsonObject) => {
      asked.push(args);
      return Promise.resolve(
        people === null
          ? { ok: false, code: 'not-reachable', message: 'away', effect: 'not-sent' }
          : { ok: true, isError: false, content: { text: '', structured: { members: [...people] } }, bytes: 1, ifc: {} },
      );
    },
  } as unknown as Upstream & { asked: JsonObject[] };
}
const entry = {
  audience: audienceShape.parse({
    kind: 'org',
    summary: 'the room',
    oracle: { tool: 'list_members', arguments: { room: '{room}' }, people: 'members', inside: ['*@acme.example'], type: 'email' },
  }),
};
const file = { tools: { list_members: { enabled: true, class: 'read' } } } as unknown as McpCatalogueFile;
const ask = (people: readonly string[] | null, args: JsonObject = { room: 'r1' }) =>
  resolvedAudience(upstreamOf(people), file, entry as never, args);

test('an oracle tool tells who can see it now, and an oracle that cannot be asked refuses the call', async () => {
  const upstream = upstreamOf(['bob@acme.example']);
  expect(await resolvedAudience(upstream, file, entry as never, { room: 'r1' })).toMatchObject({
    ok: true,
    value: { kind: 'named', count: 1 },
  });
  expect(upstream.asked).toEqual([{ room: 'r1' }]);
  expect(await ask(['bob@acme.example', 'eve@evil.example'])).toMatchObject({ ok: true, value: { kind: 'partner', externals: 1 } });
  expect(await ask([])).toMatchObject({ ok: true, value: { kind: 'unknown' } });
  expect(await ask(null)).toMatchObject({ ok: false, code: 'not-reachable' });
  expect(await ask(['bob@acme.example'], {})).toMatchObject({ ok: false, code: 'bad-arguments' });
  const none = { tools: { list_members: { enabled: true, class: 'write' } } } as unknown as McpCatalogueFile;
  expect(await resolvedAudience(upstreamOf([]), none, entry as never, { room: 'r1' })).toMatchObject({ ok: false, code: 'not-supported' });
});

test('a path that something runs by itself makes a call an execution for two people', () => {
  const entry = { class: 'write', fourEyes: false, raise: [], paths: ['path', 'files.path'] } as unknown as McpEntry;
  expect(realClass(entry, { path: 'docs/a.md' })).toEqual({ class: 'write', fourEyes: false, raised: false });
  for (const args of [{ path: './.GitHub\\\\workflows/x.yml' }, { files: [{ path: 'a.md' }, { path: 'package.json' }] }])
    expect(realClass(entry, args)).toEqual({ class: 'execute', fourEyes: true, raised: true });
});

test('whoever comes in between makes it wider', async () => {
  const before = await ask(['bob@acme.example']);
  const after = await ask(['bob@acme.example', 'eve@evil.example']);
  const other = await ask(['ann@acme.example', 'bob@acme.example']);
  if (!before.ok || !after.ok || !other.ok) throw new Error('no audience');
  expect(widened(before.value, after.value)).toBe(true);
  expect(widened(before.value, other.value)).toBe(true);
  expect(widened(after.value, before.value)).toBe(false);
});

test.each<readonly [string, Partial<Audience>, Partial<Audience>, boolean]>([
  ['a wider kind', { kind: 'team' }, { kind: 'org' }, true],
  ['a narrower kind', { kind: 'org' }, { kind: 'team' }, false],
  ['not known any more', { kind: 'internet' }, { kind: 'unknown' }, true],
  ['not known before', { kind: 'unknown' }, { kind: 'internet' }, false],
  ['another group', { kind: 'team', space: 'a' }, { kind: 'team', space: 'b' }, true],
  ['one more from outside', { kind: 'partner', externals: 1 }, { kind: 'partner', externals: 2 }, true],
  ['outsiders that cannot be counted any more', { kind: 'partner', externals: 1 }, { kind: 'partner', externals: null }, true],
  ['a door that was opened', { kind: 'team', joinable: false }, { kind: 'team', joinable: true }, true],
  [
    'one outsider in place of another',
    { kind: 'partner', externals: 1, outsiders: ['a'] },
    { kind: 'partner', externals: 1, outsiders: ['b'] },
    true,
  ],
  ['one colleague more in the same team', { kind: 'team', count: 3 }, { kind: 'team', count: 4 }, false],
  ['one more of the named people', { kind: 'named', count: 3 }, { kind: 'named', count: 4 }, true],
])('widening: %s', (...[, before, after, wider]) => {
  const base = { summary: '', count: null, externals: null, joinable: false } as const;
  expect(widened({ ...base, kind: 'team', ...before }, { ...base, kind: 'team', ...after })).toBe(wider);
});

test('a label of an upstream server lowers trust and readers, and raises neither', () => {
  const label = { readers: 'org', integrity: 'untrusted', space: 'x' } as const;
  expect(lowered(label, {})).toEqual(label);
  expect(lowered(label, { readers: 'team' })).toEqual({ readers: 'team', integrity: 'untrusted' });
  expect(lowered(label, { readers: 'internet', integrity: 'trusted' })).toEqual(label);
  expect(lowered(label, { readers: 'whoever' })).toMatchObject({ readers: 'unknown' });
  expect(lowered({ readers: 'org', integrity: 'system' }, { integrity: 'untrusted' })).toEqual({ readers: 'org', integrity: 'untrusted' });
  expect(lowered({ readers: 'unknown', integrity: 'untrusted' }, { readers: 'internet', integrity: 'system' })).toEqual({
    readers: 'unknown',
    integrity: 'untrusted',
  });
});
