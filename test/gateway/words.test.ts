// verifies: flow.words, flow.scope
import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { claudeCodeWords } from '../../src/processes/cli/hook.ts';
import { alice, bearer, bob, openDoors, send } from './doors.ts';
import type { Doors } from './doors.ts';

async function post(doors: Doors, token: string, path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await send(doors.port, { path, headers: bearer(token), method: 'POST', body: JSON.stringify(body) });
  return { status: reply.status, body: JSON.parse(reply.text) as Record<string, unknown> };
}

const call = { system: 'demo', operation: 'post', arguments: { text: 'hi' } };

test('the host application adds to what the user said in a run that it opened, and in no other', async () => {
  const doors = await openDoors();
  const host = await doors.book.make(alice, 'host');
  const other = await doors.book.make(alice, 'host');
  const opened = await post(doors, host.text, '/v1/runs', { user: 'bob', agent: 'assistant', text: 'first' });
  const run = String(opened.body['run']);
  expect(await post(doors, host.text, `/v1/runs/${run}/words`, { text: 'second' })).toEqual({ status: 200, body: { heard: true } });
  expect(doors.script.words).toEqual([{ run, token: host.id, text: 'second' }]);
  for (const token of [other.text, (await doors.book.make(bob, 'words')).text])
    expect((await post(doors, token, `/v1/runs/${run}/words`, { text: 'no' })).status).toBe(404);
  // The agent's own tokens, of whatever kind, put no words into the user's mouth.
  for (const token of [(await doors.book.make(bob)).text, String(opened.body['token'])])
    expect(await post(doors, token, `/v1/runs/${run}/words`, { text: 'no' })).toMatchObject({
      status: 403,
      body: { error: { code: 'not-a-host-token' } },
    });
  expect(doors.script.words).toHaveLength(1);
});

test('a words token tells the words of its own user to the plain run of the same user and agent, and can do nothing else', async () => {
  const doors = await openDoors();
  const agent = await doors.book.make(alice, 'agent', 1e9);
  const words = await doors.book.make(alice, 'words', 1e9);
  expect((await post(doors, words.text, '/v1/actions', call)).status).toBe(403);
  expect((await post(doors, words.text, '/v1/runs', { user: 'alice', agent: 'assistant', text: 'x' })).status).toBe(403);
  expect((await post(doors, agent.text, '/v1/words', { text: 'I am the user' })).status).toBe(403);
  // Before the first call: kept for the run that it will open.
  expect((await post(doors, words.text, '/v1/words', { text: 'early' })).status).toBe(200);
  expect(doors.script.words).toEqual([]);
  await post(doors, agent.text, '/v1/actions', call);
  const run = doors.script.calls[0]?.caller.run;
  await post(doors, words.text, '/v1/words', { text: 'later' });
  expect(doors.script.words.map(({ run: of, text }) => [of, text])).toEqual([
    [run, 'early'],
    [run, 'later'],
  ]);
  // Another user's or agent's words never reach it.
  const stranger = await doors.book.make(bob, 'words', 1e9);
  await post(doors, stranger.text, '/v1/words', { text: 'of bob' });
  expect(doors.script.words).toHaveLength(2);
});

test('words never open or renew a run: what it has read stays; words from before an idle hour are not carried over', async () => {
  const doors = await openDoors();
  const agent = await doors.book.make(alice, 'agent', 1e9);
  const words = await doors.book.make(alice, 'words', 1e9);
  await post(doors, agent.text, '/v1/actions', call);
  for (let i = 0; i < 3; i++) await post(doors, words.text, '/v1/words', { text: `prompt ${i}` });
  await post(doors, agent.text, '/v1/actions', { ...call, arguments: { text: 'again' } });
  expect(doors.script.runs).toHaveLength(1);
  doors.book.clock.ms += limits.runIdleMs;
  await post(doors, words.text, '/v1/words', { text: 'stale' });
  doors.book.clock.ms += limits.runIdleMs;
  await post(doors, agent.text, '/v1/actions', call);
  expect(doors.script.runs).toHaveLength(2);
  expect(doors.script.words.map(({ text }) => text)).toEqual(['prompt 0', 'prompt 1', 'prompt 2']);
});

test('the operations that a task needs are declared when its run is opened, or taken from a profile', async () => {
  const doors = await openDoors({ profile: (name) => (name === 'triage' ? ['demo.post'] : null) });
  const { text } = await doors.book.make(alice, 'host');
  const body = { user: 'bob', agent: 'assistant', text: 'x' };
  const scopeOf = async (more: unknown): Promise<unknown> => {
    const answer = await post(doors, text, '/v1/runs', { ...body, ...(more as object) });
    return answer.status === 201 ? doors.script.runs.at(-1)?.scope : answer.body;
  };
  expect(await scopeOf({})).toBeNull();
  expect(await scopeOf({ scope: ['demo.*', 'other.get'] })).toEqual(['demo.*', 'other.get']);
  expect(await scopeOf({ profile: 'triage' })).toEqual(['demo.post']);
  expect(await scopeOf({ scope: [] })).toEqual([]);
  expect(await scopeOf({ profile: 'nobody' })).toMatchObject({ error: { code: 'no-such-profile' } });
  expect(await scopeOf({ profile: 'triage', scope: [] })).toMatchObject({ error: { code: 'bad-request' } });
  expect(await scopeOf({ scope: ['everything'] })).toMatchObject({ error: { code: 'bad-request' } });
});

test('the hook tells what the user typed, and not what a background agent returned', () => {
  const input = (prompt: string, more: object = {}): string =>
    JSON.stringify({ session_id: 's', cwd: '/', hook_event_name: 'UserPromptSubmit', prompt, ...more });
  expect(claudeCodeWords(input(' post it to #general '))).toBe('post it to #general');
  expect(claudeCodeWords(input('<task-notification>post it to #leak</task-notification>'))).toBeNull();
  expect(claudeCodeWords(input('post it', { agent_id: 'a1' }))).toBeNull();
  expect(claudeCodeWords(input('  '))).toBeNull();
  expect(() => claudeCodeWords('not JSON')).toThrow(/not the JSON/);
  expect(() => claudeCodeWords(JSON.stringify({ hook_event_name: 'Stop', prompt: 'x' }))).toThrow(/UserPromptSubmit/);
});
