// verifies: systems.slack, systems.tenants
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SeedConfig } from 'emulate';
import { openSlackReader } from '../../src/connectors/slack/read.ts';
import { openSlackWriter } from '../../src/connectors/slack/write.ts';
import type { Performed, ReadHand, WriteHand } from '../../src/connectors/connector.ts';
import { startSlack } from '../../fakes/emulators.ts';
import type { Slack } from '../../fakes/emulators.ts';
import { callsOf, settingsOf, value } from './slack-calls.ts';
import type { Calls } from './slack-calls.ts';

const look = ['channels:read', 'groups:read', 'im:read', 'channels:history', 'groups:history', 'im:history', 'users:read'];
const seed: SeedConfig = {
  slack: {
    team: { name: 'Acme', domain: 'acme' },
    users: [{ name: 'alice' }, { name: 'acme-agent' }],
    channels: [{ name: 'incidents', is_private: true }, { name: 'open' }],
    strict_scopes: true,
    tokens: [
      { token: 'xoxb-pretend-read', type: 'bot', user: 'acme-agent', scopes: look },
      { token: 'xoxb-pretend-write', type: 'bot', user: 'acme-agent', scopes: [...look, 'chat:write', 'im:write'] },
      { token: 'xoxp-pretend-admin', type: 'user', user: 'admin' },
    ],
  },
};

let slack: Slack;
let calls: Calls;
let reader: ReadHand;
let writer: WriteHand;

beforeAll(async () => {
  slack = await startSlack(seed);
  const settings = settingsOf(slack.url, slack.team);
  calls = callsOf(settings);
  reader = openSlackReader('slack', settings, slack.tokens.read);
  writer = openSlackWriter('slack', settings, slack.tokens.write);
});
afterAll(() => slack.close());
beforeEach(() => slack.reset());

interface Stored {
  readonly text: string;
  readonly unfurl_links: boolean;
  readonly metadata: unknown;
  readonly thread_ts?: string;
}

const stored = async (channel: string): Promise<readonly Stored[]> =>
  (await slack.api<{ messages: Stored[] }>('conversations.history', { channel })).messages;
const receiptOf = (performed: Performed, field: string): string => {
  const found = performed.outcome === 'done' ? performed.receipt[field] : undefined;
  return typeof found === 'string' ? found : '';
};
const users = async (name: string): Promise<string> => (await slack.users()).find((user) => user.name === name)?.id ?? '';

test('a message is resolved, checked, posted once with safe defaults, and found again by its marker', async () => {
  const { id } = await slack.channel('open');
  const called = calls.good('post_message', { channel: '#open', text: 'one\ntwo' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  expect(resolution).toEqual({
    target: { type: 'slack.channel', id, name: '#open' },
    precondition: {},
    audience: { kind: 'org', summary: `public channel #open (${id}), 3 members`, count: 3, externals: 0, outsiders: [], joinable: true },
    binds: [{ type: 'slack.channel', id, names: ['#open', 'open'] }],
    effect: ['post 2 lines (7 characters) to #open'],
  });
  const action = calls.action(called, resolution);
  expect(await writer.find(called.operation, action, 'mark-1')).toEqual({ found: 'absent' });
  expect(await writer.check(called.operation, action, resolution.audience)).toEqual({ ok: true, value: null });
  expect(await stored(id)).toEqual([]);

  const performed = await writer.perform(called.operation, action, 'mark-1');
  expect(performed).toMatchObject({ outcome: 'done', made: [{ type: 'slack.message' }, { type: 'slack.thread' }] });
  const [message, ...more] = await stored(id);
  expect(more).toEqual([]);
  expect(message).toMatchObject({
    text: 'one\ntwo',
    unfurl_links: false,
    unfurl_media: false,
    link_names: false,
    metadata: { event_type: 'countersign', event_payload: { marker: 'mark-1' } },
  });
  const ts = receiptOf(performed, 'ts');
  expect(performed).toMatchObject({
    receipt: { channel: id, ts, permalink: `https://acme.slack.com/archives/${id}/p${ts.replace('.', '')}` },
  });
  expect(await writer.find(called.operation, action, 'mark-1', Date.now())).toEqual({ found: 'done', receipt: { channel: id, ts } });
  expect(await writer.find(called.operation, action, 'mark-2', Date.now())).toEqual({ found: 'absent' });
});

test('a reply goes into its thread, and only into one that is there', async () => {
  const { id } = await slack.channel('incidents');
  const parent = await slack.api<{ ts: string }>('chat.postMessage', { channel: id, text: 'it is slow' });
  const called = calls.good('reply', { channel: 'incidents', thread_ts: parent.ts, text: 'looking' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  expect(resolution.target).toEqual({ type: 'slack.thread', id: `${id}/${parent.ts}`, name: `thread ${parent.ts} in #incidents` });
  expect(resolution.audience).toMatchObject({ kind: 'team', count: 3, space: `slack:${slack.team}/${id}` });
  const action = calls.action(called, resolution);
  expect((await writer.check(called.operation, action, resolution.audience)).ok).toBe(true);
  expect((await writer.perform(called.operation, action, 'mark')).outcome).toBe('done');
  const { messages } = await slack.api<{ messages: Stored[] }>('conversations.replies', { channel: id, ts: parent.ts });
  expect(messages.map((message) => [message.text, message.thread_ts])).toEqual([
    ['it is slow', undefined],
    ['looking', parent.ts],
  ]);
  expect(await writer.find(called.operation, action, 'mark')).toMatchObject({ found: 'done' });

  const lost = { ...action, target: { ...action.target, id: `${id}/1.1`, name: 'thread 1.1 in #incidents' } };
  expect(await writer.check(called.operation, lost, resolution.audience)).toMatchObject({ ok: false, code: 'not-found' });
  expect(await calls.resolve(reader, 'reply', { channel: id, thread_ts: '1.1', text: 'x' })).toMatchObject({
    ok: false,
    code: 'not-found',
  });
});

test('a direct message goes to one person', async () => {
  const alice = await users('alice');
  const called = calls.good('direct_message', { user: alice, text: 'hello' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  expect(resolution).toMatchObject({ target: { type: 'slack.user', id: alice, name: '@alice' }, audience: { kind: 'named', count: 1 } });
  const action = calls.action(called, resolution);
  expect(await writer.find(called.operation, action, 'mark')).toEqual({ found: 'absent' });
  expect((await writer.check(called.operation, action, resolution.audience)).ok).toBe(true);
  const performed = await writer.perform(called.operation, action, 'mark');
  const channel = receiptOf(performed, 'channel');
  expect(channel).toMatch(/^D/);
  expect(resolution.binds).toEqual([{ type: 'slack.user', id: alice, names: expect.arrayContaining(['@alice', 'alice']) as string[] }]);
  expect(performed.outcome === 'done' && performed.made).toContainEqual({ type: 'slack.channel', id: channel });
  expect(await writer.find(called.operation, action, 'mark')).toMatchObject({ found: 'done', receipt: { channel } });
  expect(value(await calls.read(reader, 'read_channel', { channel }))).toMatchObject({
    label: { readers: 'named', space: `slack:${slack.team}/${alice}` },
    content: { messages: [{ text: 'hello' }] },
  });
});

test('reads answer with what stands there, labelled by who may read it', async () => {
  const secret = await slack.channel('incidents');
  const open = await slack.channel('open');
  await slack.api('chat.postMessage', { channel: secret.id, text: 'the key is under the mat' });
  const listed = value(await calls.read(reader, 'list_channels', {}));
  expect(listed.label).toEqual({ readers: 'org', integrity: 'untrusted' });
  expect(JSON.stringify(listed.content)).toContain(open.id);
  expect(JSON.stringify(listed.content)).not.toContain(secret.id);
  const all = value(await calls.read(reader, 'list_channels', { private: true }));
  expect(all.label).toEqual({ readers: 'team', integrity: 'untrusted' });
  expect(JSON.stringify(all.content)).toContain(secret.id);

  const read = value(await calls.read(reader, 'read_channel', { channel: '#incidents' }));
  expect(read).toMatchObject({
    target: `channel ${secret.id} (#incidents)`,
    label: { readers: 'team', integrity: 'untrusted', space: `slack:${slack.team}/${secret.id}`, author: 'member' },
    id: `slack:${slack.team}/${secret.id}`,
    foreign: 0,
    content: { channel: { id: secret.id }, messages: [{ text: 'the key is under the mat' }], withheld: 0 },
  });
  const people = value(await calls.read(reader, 'list_users', {}));
  expect(people.content).toMatchObject({ users: [{ name: 'admin' }, { name: 'alice' }, { name: 'acme-agent' }], withheld: 0 });
  expect(JSON.stringify(people.content)).not.toContain('@'); // no addresses: they are not asked for
  expect(value(await calls.read(reader, 'read_user', { user: await users('alice') })).content).toMatchObject({ user: { name: 'alice' } });
  expect(value(await calls.read(reader, 'channel_info', { channel: open.id })).content).toMatchObject({
    channel: { name: 'open', members: 3 },
  });
});

test('a name is looked for on all pages and must be exact, open and of one channel', async () => {
  expect(await calls.resolve(reader, 'post_message', { channel: '#incident', text: 'x' })).toMatchObject({ ok: false, code: 'not-found' });
  const { id } = await slack.channel('open');
  await slack.api('conversations.archive', { channel: id });
  expect(await calls.resolve(reader, 'post_message', { channel: '#open', text: 'x' })).toMatchObject({ ok: false, code: 'not-found' });
  expect(await calls.resolve(reader, 'post_message', { channel: id, text: 'x' })).toMatchObject({ ok: false, code: 'target-changed' });
});

test('a channel that was renamed or archived after the approval gets nothing, and neither does the one that took its name', async () => {
  const { id } = await slack.channel('open');
  const called = calls.good('post_message', { channel: '#open', text: 'approved for this channel' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  const action = calls.action(called, resolution);
  await slack.api('conversations.rename', { channel: id, name: 'open-old' });
  const taken = await slack.api<{ channel: { id: string } }>('conversations.create', { name: 'open' });
  expect(await writer.check(called.operation, action, resolution.audience)).toMatchObject({ ok: false, code: 'target-changed' });
  await writer.perform(called.operation, action, 'mark'); // even if nobody had checked, the id decides
  expect(await stored(taken.channel.id)).toEqual([]);
  expect((await stored(id)).filter((message) => message.text === 'approved for this channel')).toHaveLength(1);
  await slack.api('conversations.archive', { channel: id });
  expect(await writer.check(called.operation, action, resolution.audience)).toMatchObject({ ok: false, code: 'target-changed' });
  expect(await writer.perform(called.operation, action, 'mark-2')).toMatchObject({ outcome: 'failed', code: 'target-changed' });
});

test('the bot must have been invited', async () => {
  const { id } = await slack.channel('random'); // in it is only the administrator
  const called = calls.good('post_message', { channel: id, text: 'x' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  const checked = await writer.check(called.operation, calls.action(called, resolution), resolution.audience);
  expect(checked).toMatchObject({ ok: false, code: 'forbidden', message: expect.stringContaining('/invite') as string });
});

test('a credential without the scope is refused by Slack, and nothing is posted', async () => {
  const { id } = await slack.channel('open');
  const called = calls.good('post_message', { channel: id, text: 'x' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  const weak = openSlackWriter('slack', settingsOf(slack.url, slack.team), slack.tokens.read);
  const performed = await weak.perform(called.operation, calls.action(called, resolution), 'mark');
  expect(performed).toEqual({ outcome: 'failed', code: 'forbidden', message: 'the credential lacks a scope that this needs: chat:write' });
  expect(await stored(id)).toEqual([]);
});

test('an action of another workspace or system is not carried out', async () => {
  const { id } = await slack.channel('open');
  const called = calls.good('post_message', { channel: id, text: 'x' });
  const resolution = value(await reader.resolve(called.operation, called.derived));
  const action = calls.action(called, resolution);
  for (const other of [
    { ...action, tenant: 'T0OTHER' },
    { ...action, system: 'chat' },
  ]) {
    expect(await writer.check(called.operation, other, resolution.audience)).toMatchObject({ ok: false, code: 'wrong-tenant' });
    expect(await writer.perform(called.operation, other, 'mark')).toMatchObject({ outcome: 'failed', code: 'wrong-tenant' });
  }
  const elsewhere = openSlackReader('slack', settingsOf(slack.url, 'T0OTHER'), slack.tokens.read);
  expect(await calls.read(elsewhere, 'list_users', {})).toMatchObject({ ok: false, code: 'wrong-tenant' });
  expect(await stored(id)).toEqual([]);
});

test('a cut connection is unknown if the message may have arrived, and the marker tells', async () => {
  const { id } = await slack.channel('open');
  for (const when of ['before', 'after'] as const) {
    const called = calls.good('post_message', { channel: id, text: `cut ${when}` });
    const resolution = value(await reader.resolve(called.operation, called.derived));
    const action = calls.action(called, resolution);
    slack.gate.breakNext({ when, path: /chat\.postMessage/ });
    await expect(writer.perform(called.operation, action, `mark-${when}`)).rejects.toThrow('it is not known whether');
    const found = await writer.find(called.operation, action, `mark-${when}`);
    expect(found.found).toBe(when === 'before' ? 'absent' : 'done');
    expect((await stored(id)).filter((message) => message.text === `cut ${when}`)).toHaveLength(when === 'before' ? 0 : 1);
  }
});
