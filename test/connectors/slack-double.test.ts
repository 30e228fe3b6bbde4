import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSlackReader } from '../../src/connectors/slack/read.ts';
import { openSlackWriter } from '../../src/connectors/slack/write.ts';
import type { ClientOptions } from '../../src/connectors/slack/client.ts';
import type { ReadHand, WriteHand } from '../../src/connectors/connector.ts';
import { callsOf, settingsOf, value } from './slack-calls.ts';
import type { Calls, Proposed } from './slack-calls.ts';
import { startDouble, team } from '../../fakes/slack-double.ts';
import type { Double } from '../../fakes/slack-double.ts';

const token = 'xoxb-a-secret-token';
let slack: Double;
let calls: Calls;
let now = 0;
let reader: ReadHand;
let writer: WriteHand;

beforeEach(async () => {
  slack = await startDouble();
  calls = callsOf(settingsOf(slack.url, team));
  now = 0;
  const options: ClientOptions = { callMs: 1500, now: () => now };
  reader = openSlackReader('slack', settingsOf(slack.url, team), token, options);
  writer = openSlackWriter('slack', settingsOf(slack.url, team), token, options);
});
afterEach(() => slack.close());

const sent = (): number => slack.seen.filter((knock) => knock.method === 'chat.postMessage').length;
const set = (id: string, fields: Readonly<Record<string, unknown>>): void =>
  void slack.channels.set(id, { ...slack.channels.get(id), ...fields });

const proposed = (name: string, args: Readonly<Record<string, string>>): Promise<Proposed> => calls.propose(reader, name, args);

test('credentials that no scope limits, or that cannot act, are refused before anything is sent', () => {
  for (const bad of ['xoxc-1', 'xoxd-1', 'xoxs-1', 'xoxe-1-abc', 'xapp-1-A', 'xoxa-2', 'ghp_x', '', 'xoxb-', 'xoxb-a b', 'xoxb-a\r\nX: y'])
    for (const open of [openSlackReader, openSlackWriter]) {
      let message = '';
      try {
        open('slack', settingsOf(slack.url, team), bad);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-credential' });
        message = (error as Error).message;
      }
      expect(message, bad).toContain('xoxb-…');
      if (bad.length > 8) expect(message).not.toContain(bad);
    }
  for (const good of ['xoxb-1-2-abc', 'xoxp-1', 'xoxe.xoxb-1', 'xoxe.xoxp-1-Abc'])
    openSlackReader('slack', settingsOf(slack.url, team), good);
  expect(slack.seen).toEqual([]);
});

test('the reader does not start with a credential that can write, the writer not with one that can administer', async () => {
  slack.scopes = 'channels:read,channels:history,chat:write';
  expect(await calls.read(reader, 'list_channels', {})).toMatchObject({ ok: false, code: 'bad-credential' });
  const { action, operation, resolution } = await (async () => {
    slack.scopes = 'channels:read,groups:read,search:read.public';
    return proposed('post_message', { channel: '#general', text: 'x' });
  })();
  slack.scopes = 'chat:write,channels:read,admin.users:write';
  expect(await writer.check(operation, action, resolution.audience)).toMatchObject({ ok: false, code: 'bad-credential' });
  expect(await writer.perform(operation, action, 'm')).toMatchObject({ outcome: 'failed', code: 'bad-credential' });
  slack.scopes = 'chat:write,channels:read';
  expect((await writer.check(operation, action, resolution.audience)).ok).toBe(true);
  expect(sent()).toBe(0);
});

test('the workspace of a credential is checked at first and again after an hour', async () => {
  expect((await calls.read(reader, 'list_users', {})).ok).toBe(true);
  slack.auth['team_id'] = 'T0OTHER001';
  expect((await calls.read(reader, 'list_users', {})).ok).toBe(true);
  now += 60 * 60_000;
  expect(await calls.read(reader, 'list_users', {})).toMatchObject({ ok: false, code: 'wrong-tenant' });
  slack.auth['team_id'] = team;
  expect((await calls.read(reader, 'list_users', {})).ok).toBe(true);
  now += 60 * 60_000;
  slack.auth['is_enterprise_install'] = true;
  expect(await calls.read(reader, 'list_users', {})).toMatchObject({ ok: false, code: 'bad-credential' });
});

test('rows of other workspaces are left out and counted', async () => {
  slack.channels.set('C0FOREIGN1', { id: 'C0FOREIGN1', name: 'theirs', is_private: false, context_team_id: 'T0OTHER001' });
  slack.messages.set('C0GENERAL1', [
    { ts: '1.000001', user: 'U1', text: 'ours', team },
    { ts: '1.000002', user: 'U2', text: 'theirs', user_team: 'T0OTHER001' },
    { ts: '1.000003', user: 'U3', text: 'theirs too', source_team: 'T0OTHER001' },
    { ts: 4, user: 'U3', text: 'no message at all' },
  ]);
  expect(value(await calls.read(reader, 'read_channel', { channel: 'C0GENERAL1' })).content).toMatchObject({
    messages: [{ text: 'ours' }],
    withheld: 3,
  });
  const listed = value(await calls.read(reader, 'list_channels', { private: true }));
  expect(listed.content).toMatchObject({ withheld: 1 });
  expect(JSON.stringify(listed.content)).not.toContain('C0FOREIGN1');
  const people = value(await calls.read(reader, 'list_users', {}));
  expect(people.content).toMatchObject({ users: [{ name: 'alice' }, { name: 'gus', guest: true }], withheld: 1 });
  expect(await calls.read(reader, 'read_user', { user: 'U0OTHER001' })).toMatchObject({ ok: false, code: 'wrong-tenant' });
  expect(await calls.read(reader, 'channel_info', { channel: 'C0FOREIGN1' })).toMatchObject({ ok: false, code: 'wrong-tenant' });
  expect(await calls.resolve(reader, 'post_message', { channel: '#theirs', text: 'x' })).toMatchObject({ ok: false, code: 'not-found' });
  expect(await calls.resolve(reader, 'direct_message', { user: 'U0OTHER001', text: 'x' })).toMatchObject({
    ok: false,
    code: 'wrong-tenant',
  });
});

test('two open channels of one name are ambiguous, also on different pages', async () => {
  for (let i = 0; i < 600; i++)
    slack.channels.set(`C1${String(i).padStart(7, '0')}`, { id: `C1${String(i).padStart(7, '0')}`, name: `room-${i}`, is_private: false });
  const last = await calls.resolve(reader, 'post_message', { channel: '#room-599', text: 'x' });
  expect(value(last).target.id).toBe('C10000599');
  set('C10000599', { name: 'room-1' });
  expect(await calls.resolve(reader, 'post_message', { channel: '#room-1', text: 'x' })).toMatchObject({
    ok: false,
    code: 'bad-arguments',
  });
  set('C10000599', { is_archived: true });
  expect(value(await calls.resolve(reader, 'post_message', { channel: '#room-1', text: 'x' })).target.id).toBe('C10000001');
});

test('a search has the narrowest readers of all its hits, and hides what it cannot place', async () => {
  const hit = (channel_id: string, content: string, team_id = team): Record<string, string> => ({
    channel_id,
    content,
    team_id,
    message_ts: '1.000001',
    author_user_id: 'U0ALICE001',
  });
  slack.hits = [hit('C0GENERAL1', 'public')];
  expect(value(await calls.read(reader, 'search_messages', { query: 'x' })).label).toEqual({
    readers: 'org',
    integrity: 'untrusted',
    author: 'member',
  });
  slack.hits = [
    hit('C0GENERAL1', 'public'),
    hit('C0SECRET01', 'secret'),
    hit('C0GENERAL1', 'foreign', 'T0OTHER001'),
    hit('C0UNKNOWN1', 'unplaced'),
  ];
  const found = value(await calls.read(reader, 'search_messages', { query: 'x', private: true }));
  expect(found.label).toEqual({ readers: 'team', integrity: 'untrusted', author: 'member' });
  expect([found.foreign, found.id]).toEqual([2, `slack:${team}`]);
  expect(found.content).toMatchObject({ messages: [{ text: 'public' }, { text: 'secret', channel: { name: '#secret' } }], withheld: 2 });
  expect(found.target).toBe('a search, with messages of C0GENERAL1 (#general), C0SECRET01 (#secret)');
  expect(slack.seen.filter((knock) => knock.method === 'assistant.search.context').map((knock) => knock.args['channel_types'])).toEqual([
    'public_channel',
    'public_channel,private_channel',
  ]);
});

test('the audience says who is outside: partners of a channel, guests, strangers', async () => {
  set('C0GENERAL1', { is_ext_shared: true, shared_team_ids: [team, 'T0OTHER001'] });
  const shared = await proposed('post_message', { channel: '#general', text: 'x' });
  expect(shared.resolution).toMatchObject({
    audience: {
      kind: 'partner',
      summary: expect.stringContaining('#general (C0GENERAL1), shared with 1 other organisation, 212 members') as string,
      count: 212,
    },
    precondition: { sharedWith: ['T0OTHER001'] },
  });
  const guest = await proposed('direct_message', { user: 'U0GUEST001', text: 'x' });
  expect(guest.resolution.audience).toMatchObject({ kind: 'partner', summary: expect.stringContaining('guest') as string });
  const direct = await proposed('post_message', { channel: 'D0ALICE001', text: 'x' });
  expect(direct.resolution.audience).toMatchObject({ kind: 'named', count: 1, space: `slack:${team}/U0ALICE001` });
  slack.channels.set('G0GROUP001', { id: 'G0GROUP001', is_mpim: true, is_private: true, members: ['U0ALICE001', 'U0GUEST001'] });
  const group = await proposed('post_message', { channel: 'G0GROUP001', text: 'x' });
  expect(group.resolution.audience).toMatchObject({ kind: 'partner', count: 2 });
});

test('a wider audience at execution cancels, a narrower one or more members does not', async () => {
  const open = await proposed('post_message', { channel: '#general', text: 'x' });
  const secret = await proposed('post_message', { channel: '#secret', text: 'x' });
  const check = (each: typeof open) => writer.check(each.operation, each.action, each.resolution.audience);
  expect((await check(open)).ok).toBe(true);
  set('C0GENERAL1', { num_members: 500 });
  expect((await check(open)).ok).toBe(true);
  set('C0GENERAL1', { is_ext_shared: true, shared_team_ids: [team, 'T0OTHER001'] });
  expect(await check(open)).toMatchObject({ ok: false, code: 'audience-widened' });
  const shared = await proposed('post_message', { channel: '#general', text: 'x' });
  expect((await check(shared)).ok).toBe(true);
  set('C0GENERAL1', { shared_team_ids: [team, 'T0OTHER001', 'T0THIRD001'] });
  expect(await check(shared)).toMatchObject({ ok: false, code: 'audience-widened' });
  set('C0GENERAL1', { is_ext_shared: false, shared_team_ids: [team], is_private: true });
  expect((await check(open)).ok).toBe(true);
  set('C0SECRET01', { is_private: false });
  expect(await check(secret)).toMatchObject({ ok: false, code: 'audience-widened' });
  set('C0SECRET01', { is_private: true, is_member: false });
  expect(await check(secret)).toMatchObject({ ok: false, code: 'forbidden' });
  set('C0SECRET01', { context_team_id: 'T0OTHER001' });
  expect(await check(secret)).toMatchObject({ ok: false, code: 'wrong-tenant' });
  slack.channels.delete('C0SECRET01');
  expect(await check(secret)).toMatchObject({ ok: false, code: 'not-found' });
  expect(sent()).toBe(0);
});

test('a name that people read is cleaned of what could deceive them', async () => {
  set('C0GENERAL1', { name: 'gen\u202eeral\n<b>' });
  const resolution = value(await calls.resolve(reader, 'post_message', { channel: 'C0GENERAL1', text: 'x' }));
  expect(resolution.target.name).toBe('#gen?eral??b?');
  expect(resolution.audience.summary).not.toContain('\u202e');
});

test('neither the token nor the words of Slack are printed or said', async () => {
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name));
  slack.faults.set('users.list', { error: 'token xoxb-a-secret-token is bad' });
  slack.faults.set('conversations.list', { error: 'missing_scope' });
  const refused = await calls.read(reader, 'list_users', {});
  expect(JSON.stringify(refused)).not.toContain('xoxb');
  await calls.read(reader, 'list_channels', {});
  slack.faults.set('users.list', 'reset-before'); // the SDK would warn about it
  await calls.read(reader, 'list_users', {});
  for (const spy of spies) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
});

test('text with half a surrogate pair is made whole, so that it can be recorded', async () => {
  slack.messages.set('C0GENERAL1', [{ ts: '1.000001', user: 'U1', text: 'half \ud800' }]);
  const read = value(await calls.read(reader, 'read_channel', { channel: 'C0GENERAL1', oldest: '0.5', limit: 5 }));
  expect(JSON.stringify(read.content).isWellFormed() && read.content).toMatchObject({ messages: [{ text: 'half \ufffd' }] });
  expect(slack.seen.findLast((knock) => knock.method === 'conversations.history')?.args).toMatchObject({ oldest: '0.5', limit: '5' });
});
