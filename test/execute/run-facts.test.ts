// verifies: flow.rebuilt, flow.words
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest, digestText } from '../../src/action/digest.ts';
import { canonical } from '../../src/action/canonical.ts';
import { noFacts } from '../../src/action/facts.ts';
import { runFacts } from '../../src/decide/run.ts';
import { createIdentity, loadIdentity } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { Recorder } from '../../src/record/recorder.ts';
import { runRecords } from '../../src/record/run-facts.ts';
import type { RunRecords } from '../../src/record/run-facts.ts';
import { openHouse } from '../people/house.ts';
import type { House } from '../people/house.ts';

/*
 * What a run is known to be comes from what the hands signed, and from nothing else that stands in the store.
 */

let house: House;
let records: RunRecords;
const id = (letter: string): string => `${letter}_${randomBytes(16).toString('base64url')}`;
const run = id('r');

beforeEach(async () => {
  house = await openHouse();
  records = runRecords(house.store, house.trust);
});
afterEach(() => house.close());

const source = {
  system: 'wiki',
  tenant: 'acme',
  operation: 'read',
  target: 'page 1',
  label: { readers: 'team', integrity: 'untrusted' },
} as const;
const facts = canonical({ ...noFacts, seen: [{ type: 'page', id: '1', names: ['Plan'] }] });

interface Read {
  readonly by?: Recorder;
  readonly level?: 'none' | 'suspicious';
  readonly body?: string | null;
  readonly of?: string;
}

async function read({ by = house.recorders.reader, level = 'none', body = facts, of = run }: Read = {}): Promise<void> {
  const hash = digest('body', 'x');
  await by.record({
    statements: [
      {
        kind: 'read',
        body: {
          proposal: id('p'),
          run: of,
          digest: hash,
          source,
          result: hash,
          resultBytes: 1,
          facts: digestText('body', facts),
          content: { level, findings: [], withheld: null, foreign: 0 },
        },
      },
    ],
    bodies: body === null ? [] : [{ digest: digestText('body', facts), text: body }],
  });
}

async function open(text: string, scope: readonly string[] | null = null): Promise<void> {
  const request = digestText('request', text);
  const principal = { user: 'alice', agent: 'assistant' };
  await house.recorders.gateway.record({
    statements: [
      {
        kind: 'run-opened',
        body: { run, principal, token: 't', request, scope: scope === null ? null : [...scope], secret: null, expiresAtMs: 9e15 },
      },
    ],
    changes: [{ change: 'run', id: run, secret: null, atMs: 1 }],
    bodies: [{ digest: request, text }],
  });
}

async function say(text: string, by: Recorder = house.recorders.gateway): Promise<void> {
  const request = digestText('request', text);
  await by.record({ statements: [{ kind: 'words', body: { run, token: 't', request } }], bodies: [{ digest: request, text }] });
}

test('words, scope and what was read come in order, up to a time', async () => {
  await open('first', ['wiki.*']);
  await read();
  house.clock += 1000;
  await say('second');
  await read({ level: 'suspicious' });
  const cut = await records.of(run, house.clock - 1);
  expect([cut.words.map(({ text }) => text), cut.readings.length, cut.scope]).toEqual([['first'], 1, ['wiki.*']]);
  const all = runFacts(await records.of(run));
  expect(all.texts.map(({ text }) => text)).toEqual(['first', 'second']);
  expect(all).toMatchObject({ content: 'suspicious', scope: ['wiki.*'], seen: [{ system: 'wiki', type: 'page', id: '1' }, { id: '1' }] });
  expect(await records.state(run)).toEqual({ tainted: true, content: 'suspicious', origin: null });
  expect(await records.state(id('r'))).toEqual({ tainted: false, content: 'none', origin: null });
});

test('the event that a run was opened for is its origin and is read by it: by the word of the hooks door alone', async () => {
  const grades = { bodyIntegrity: 'mac', freshness: 'stored', source: 'none', trust: 'event' } as const;
  const give = async (by: Recorder, change: Partial<typeof grades> = {}): Promise<void> => {
    const shown = digest('body', 'x');
    const content = { level: 'suspicious' as const, findings: [], withheld: null, foreign: 0 };
    const event = `e_${'a'.repeat(22)}`;
    const body = {
      event,
      consumer: 'triage',
      run,
      grades: { ...grades, ...change },
      source: { ...source, target: 'repos' },
      shown,
      shownBytes: 1,
      content,
      facts: null,
    };
    await by.record({ statements: [{ kind: 'event-given', body }] });
  };
  await open('nothing');
  await give(house.recorders.gateway);
  expect(await records.state(run)).toEqual({ tainted: false, content: 'none', origin: null });
  await give(house.recorders.hooks);
  await give(house.recorders.hooks, { bodyIntegrity: 'signature' as never });
  const origin = { ...grades, endpoint: 'repos' };
  expect(await records.state(run)).toEqual({ tainted: true, content: 'suspicious', origin });
  expect(runFacts(await records.of(run))).toMatchObject({ origin, sources: [{ target: 'repos' }, { target: 'repos' }] });
});

test('what an event teaches a run is no name, field or thing made: a hooks door that is taken over binds nothing', async () => {
  const claimed = canonical({
    seen: [{ type: 'slack.channel', id: 'C666', names: ['#general'] }],
    fields: [{ type: 'slack.channel', value: 'C666' }],
    made: [{ type: 'slack.channel', id: 'C666' }],
    references: [{ number: 1, label: 'docs.example', url: 'https://docs.example/' }],
    prints: [7],
  });
  await open('tell #general');
  const shown = digest('body', 'x');
  const content = { level: 'none' as const, findings: [], withheld: null, foreign: 0 };
  const grades = { bodyIntegrity: 'mac', freshness: 'signed', source: 'none', trust: 'event' } as const;
  const given = {
    event: `e_${'b'.repeat(22)}`,
    consumer: 'triage',
    run,
    grades,
    source,
    shown,
    shownBytes: 1,
    content,
    facts: digestText('body', claimed),
  };
  await house.recorders.hooks.record({
    statements: [{ kind: 'event-given', body: given }],
    bodies: [{ digest: digestText('body', claimed), text: claimed }],
  });
  expect(runFacts(await records.of(run))).toMatchObject({
    seen: [],
    fields: [],
    made: [],
    references: [{ number: 1 }],
    prints: [{ prints: [7] }],
  });
});

test('whoever asks late finds what was read and what was written in the same order as whoever asked all along', async () => {
  const wrote = async (): Promise<void> => {
    await house.recorders.executor.record({
      statements: [
        {
          kind: 'outcome',
          body: {
            proposal: id('p'),
            run,
            action: digest('body', 'x'),
            effect: digest('body', 'x'),
            outcome: 'done',
            code: 'done',
            message: '',
            receipt: {},
            result: null,
            source: { ...source, target: 'what the write returned' },
            facts: null,
            basis: 'call',
            content: null,
          },
        },
      ],
    });
  };
  const late = runRecords(house.store, house.trust);
  await wrote();
  await records.of(run);
  await read();
  await records.of(run);
  const order = async (of: RunRecords) => runFacts(await of.of(run)).sources.map(({ target }) => target);
  expect(await order(records)).toEqual(['what the write returned', 'page 1']);
  expect(await order(late)).toEqual(await order(records));
});

test('a record that somebody else signed counts for nothing, and words come from the gateway alone', async () => {
  await open('first');
  const stranger = join(house.folder, 'stranger.key');
  createIdentity(stranger);
  await read({ by: openRecorder(house.store, loadIdentity('reader', stranger)) });
  // A gateway that was taken over cannot say that something was read, nor the reader what the user said.
  await read({ by: house.recorders.gateway });
  await say('by the reader', house.recorders.reader);
  const record = await records.of(run);
  expect(record.readings).toEqual([]);
  expect(record.words.map(({ text }) => text)).toEqual(['first']);
});

test('words that are gone or were changed bind nothing', async () => {
  await open('kept');
  const request = digestText('request', 'send it to bob');
  await house.recorders.gateway.record({
    statements: [{ kind: 'words', body: { run, token: 't', request } }],
    bodies: [{ digest: request, text: 'send it to eve' }],
  });
  expect((await records.of(run)).words.map(({ text }) => text)).toEqual(['kept']);
});

test.each([
  ['gone', null],
  ['changed', '{}'],
])('what was learned from a read and is %s makes the run suspicious: it cannot be known what it said', async (_, body) => {
  await read({ body });
  expect(runFacts(await records.of(run))).toMatchObject({ seen: [], content: 'suspicious', sources: [{ target: 'page 1' }] });
});

test('each record counts once, however many ask at the same time', async () => {
  await open('first');
  for (let i = 0; i < 20; i++) await read();
  const found = await Promise.all(Array.from({ length: 8 }, () => records.of(run)));
  expect(found.map(({ readings }) => readings.length)).toEqual(Array.from({ length: 8 }, () => 20));
});
