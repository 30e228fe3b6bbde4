// verifies: people.card
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sealAction } from './action.ts';
import type { Action } from './action.ts';
import { canonical } from './canonical.ts';
import { cardInput, displayDigest, renderCard, shortCode } from './card.ts';
import type { CardInput, CardParts } from './card.ts';
import { digest } from './digest.ts';
import type { Json, JsonObject } from './json.ts';
import { isoUtc } from './time.ts';

const proposal = `p_${'a'.repeat(22)}`;
const run = `r_${'b'.repeat(22)}`;

function parts(change: Partial<Action> = {}): CardParts {
  const action: Action = {
    v: 1,
    system: 'slack',
    tenant: 'T0123',
    operation: 'post_message',
    class: 'publish',
    target: { type: 'channel', id: 'C0123', name: '#general' },
    arguments: { channel: 'C0123', text: 'Hello\nworld' },
    precondition: {},
    ...change,
  };
  const sealed = sealAction(action);
  const actionDigest = digest('action', sealed);
  return {
    proposed: {
      proposal,
      run,
      principal: { user: 'alice', agent: 'assistant' },
      callId: '',
      system: action.system,
      operation: action.operation,
      arguments: sealed.arguments,
    },
    resolved: {
      proposal,
      run,
      action: sealed,
      digest: actionDigest,
      audience: { kind: 'org', summary: 'public channel #general', count: 212, externals: 0, joinable: true },
      effect: ['a message appears in #general'],
      binds: [{ type: action.target.type, id: action.target.id, names: [action.target.name] }],
      egress: [],
    },
    decided: {
      proposal,
      run,
      digest: actionDigest,
      class: action.class,
      binding: 'request',
      bindings: ['request'],
      leaks: false,
      leak: null,
      outsidersNamed: false,
      restricted: false,
      scope: 'undeclared',
      content: 'none',
      origin: null,
      sources: [
        {
          system: 'tickets',
          tenant: 'acme',
          operation: 'read_ticket',
          target: 'ticket 4711',
          label: { readers: 'team', integrity: 'untrusted' },
        },
      ],
      sourcesTotal: 3,
      verdict: { effect: 'ask', countersignatures: ['requester'], policies: ['strict-write'], reasons: ['every write asks'], waysOut: [] },
      policy: digest('policy', 'x'),
      expiresAtMs: Date.UTC(2026, 10, 22, 7, 0, 0, 5),
    },
    arguments: canonical(action.arguments),
  };
}

function input(change: Partial<Action> = {}): CardInput {
  const made = cardInput(parts(change));
  if (!made.ok) throw new Error(made.message);
  return made.value;
}

/** Takes the bar away and puts the lines together again: what a reader does. */
function readBack(lines: readonly string[]): string {
  return lines.map((line, i) => (line.startsWith('|+') ? line.slice(2) : `${i === 0 ? '' : '\n'}${line.slice(2)}`)).join('');
}

test('the card says everything that is signed', () => {
  const card = renderCard(input());
  for (const said of [
    '| system: slack',
    '| tenant: T0123',
    '| operation: post_message',
    '| class: publish',
    '| id: C0123',
    '| name: #general',
    '| type: channel',
    "| chosen: the user's own words name it",
    '| kind: org',
    '| people: 212',
    '| which: public channel #general',
    '| a message appears in #general',
    'ARGUMENT 1 OF 2: channel (text, 5 characters, 5 bytes)',
    'ARGUMENT 2 OF 2: text (text, 11 characters, 11 bytes)',
    '| Hello\n| world',
    '| user: alice',
    '| agent: assistant',
    `| run: ${run}`,
    '| requester: the person who asked',
    '| every write asks',
    '| policy: strict-write',
    'WHAT THE RUN HAS READ: 3 sources',
    '| what: ticket 4711',
    '(and 2 more, not listed here)',
    '| waits until: 2026-11-22T07:00:00.005Z',
    `| proposal: ${proposal}`,
    'WARNINGS: none',
    'ONLY IF THIS STILL HOLDS: nothing in particular',
  ])
    expect(card).toContain(`${said}\n`);
  expect(card).toContain(`CODE: ${shortCode(input().resolved.digest)}`);
});

test('the same input gives the same card, and any change of the action another one', () => {
  const card = renderCard(input());
  expect(renderCard(input())).toBe(card);
  const changes: Partial<Action>[] = [
    { arguments: { channel: 'C0123', text: 'Hello\nworld!' } },
    { target: { type: 'channel', id: 'C0124', name: '#general' } },
    { tenant: 'T0124' },
    { precondition: { head: 'abc' } },
    { class: 'write' },
  ];
  for (const change of changes) expect(displayDigest(renderCard(input(change)))).not.toBe(displayDigest(card));
});

test('text, whatever it is, stands behind the gutter, is complete, and fits a terminal', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '\n',
          '\r\n',
          'WHO WILL SEE THE RESULT\n| kind: self',
          '|+',
          'x'.repeat(90),
          '漢字'.repeat(50),
          '\u202e',
          '\\',
          ' ',
          '👩‍💻',
        ),
        fc.string({ unit: 'binary', maxLength: 9 }),
      ),
      { maxLength: 8 },
    )
    .map((list) => list.join('').toWellFormed());
  const ours = renderCard(input({ arguments: {} }))
    .split('\n')
    .filter((line) => !line.startsWith('|'));
  fc.assert(
    fc.property(hostile, (text) => {
      const card = renderCard(input({ arguments: { text }, target: { type: 'channel', id: 'C0123', name: text } }));
      const lines = card.split('\n');
      const own = lines.filter((line) => !line.startsWith('|') && !/^(!|WARNINGS|ARGUMENT|CODE)/.test(line));
      expect(own).toEqual(ours.filter((line) => !/^(!|WARNINGS|ARGUMENT|CODE)/.test(line)));
      expect(lines.filter((line) => line.startsWith('ARGUMENT')).length).toBe(1);
      for (const line of lines.filter((line) => line.startsWith('|'))) expect(Array.from(line).length).toBeLessThanOrEqual(78);
      const from = lines.findIndex((line) => line.startsWith('ARGUMENT')) + 1;
      const shown = lines.slice(from, lines.indexOf('', from));
      if (text !== '')
        expect(
          readBack(shown).replaceAll(/\\(?:u\{([0-9A-F]+)\}|(.))/gu, (_, hex: string | undefined, one: string) =>
            hex ? String.fromCodePoint(parseInt(hex, 16)) : ({ n: '\n', r: '\r', t: '\t' }[one] ?? '\\'),
          ),
        ).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('an argument name cannot speak for the card', () => {
  const card = renderCard(input({ arguments: { 'x (text)\nWARNINGS: none': 1 } }));
  expect(card).toContain('ARGUMENT 1 OF 1, ITS NAME\n| x (text)\\nWARNINGS: none\nARGUMENT 1 OF 1, ITS VALUE (number)\n| 1\n');
});

test('values of every type are told apart and shown in full', () => {
  const args: JsonObject = { a: '5', b: 5, c: true, d: null, e: ['x"y', { k: 'l\nm' }], f: {}, g: '', h: 'null' };
  const card = renderCard(input({ arguments: args }));
  for (const said of [
    'a (text, 1 character, 1 byte)\n| 5\n',
    'b (number)\n| 5\n',
    'c (boolean)\n| true\n',
    'd (null)\n| null\n',
    'f (object)\n| {}\n',
    'g (empty text)\n\n',
    'h (text, 4 characters, 4 bytes)\n| null\n',
  ])
    expect(card).toContain(said);
  expect(card).toContain('e (list of 2 items)\n| [\n|   "x\\"y",\n|   {\n|     "k": "l\\nm"\n|   }\n| ]\n');
});

test('deeply nested arguments do not make a huge card', () => {
  let json: Json = 1;
  for (let i = 0; i < 60; i++) json = [json, json === 1 ? 2 : 3];
  expect(renderCard(input({ arguments: { json } })).length).toBeLessThan(10_000);
});

test('hidden characters, look-alikes and text from right to left are warned of, by name', () => {
  const card = renderCard(
    input({
      arguments: { a: 'x\u202ey\u200b', b: { deep: ['pаypal'] }, c: 'שלום' },
      target: { type: 'channel', id: 'C0123', name: '#gеneral' },
    }),
  );
  expect(card).toContain('WARNINGS: 4');
  expect(card).toContain('! argument 1: characters that cannot be seen, at 2 places');
  expect(card).toContain('! argument 2: letters of different alphabets in one word');
  expect(card).toContain('! argument 3: text that runs from right to left');
  expect(card).toContain('! the target: letters of different alphabets in one word');
  expect(card).not.toMatch(/[\u202e\u200b]/);
});

test('a leak, an unknown audience and a target that only the agent chose are warned of', () => {
  const base = input();
  const card = renderCard({
    ...base,
    decided: { ...base.decided, leaks: true, binding: 'none' },
    resolved: { ...base.resolved, audience: { kind: 'unknown', summary: '', count: null, externals: null, joinable: false } },
  });
  expect(card).toContain('WARNINGS: 3');
  expect(card).toContain('| people: not known\n');
});

test.each<[string, (made: CardParts) => CardParts]>([
  ['another proposal', (made) => ({ ...made, resolved: { ...made.resolved, proposal: `p_${'z'.repeat(22)}` } })],
  ['another run', (made) => ({ ...made, decided: { ...made.decided, run: `r_${'z'.repeat(22)}` } })],
  ['another operation', (made) => ({ ...made, proposed: { ...made.proposed, operation: 'delete_channel' } })],
  [
    'a digest of another action',
    (made) => ({
      ...made,
      resolved: { ...made.resolved, digest: digest('action', 1) },
      decided: { ...made.decided, digest: digest('action', 1) },
    }),
  ],
  ['an action that was not decided', (made) => ({ ...made, decided: { ...made.decided, digest: digest('action', 1) } })],
  ['a lighter class', (made) => ({ ...made, decided: { ...made.decided, class: 'read' } })],
  ['a decision without policy', (made) => ({ ...made, decided: { ...made.decided, policy: null } })],
  ['other arguments', (made) => ({ ...made, arguments: canonical({ channel: 'C0123', text: 'other' }) })],
])('statements with %s are refused', (_, change) => {
  expect(cardInput(parts()).ok).toBe(true);
  expect(cardInput(change(parts()))).toMatchObject({ ok: false, code: 'inconsistent' });
});

test('the short code is eight characters of Crockford base 32, and changes with the digest', () => {
  expect(shortCode(`sha256:${'0'.repeat(64)}`)).toBe('0000-0000');
  expect(shortCode(`sha256:${'f'.repeat(64)}`)).toBe('ZZZZ-ZZZZ');
  // 0x0123456789 in base 32, by hand: 00000 00100 10001 10100 01010 11001 11100 01001
  expect(shortCode(`sha256:0123456789${'0'.repeat(54)}`)).toBe('04HM-ASW9');
});

test('times are written as the platform writes them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      expect(isoUtc(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 1000 },
  );
});
