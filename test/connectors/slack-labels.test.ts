// verifies: systems.slack, systems.tenants, flow.labels, flow.audience
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Audience } from '../../src/action/audience.ts';
import type { ReadHand, ReadResult, WriteHand } from '../../src/connectors/connector.ts';
import { openSlackReader } from '../../src/connectors/slack/read.ts';
import { openSlackWriter } from '../../src/connectors/slack/write.ts';
import { callsOf, settingsOf, value } from './slack-calls.ts';
import type { Calls } from './slack-calls.ts';
import { startDouble, team } from '../../fakes/slack-double.ts';
import type { Double } from '../../fakes/slack-double.ts';

let slack: Double;
let calls: Calls;
let reader: ReadHand;
let writer: WriteHand;

beforeEach(async () => {
  slack = await startDouble();
  const settings = settingsOf(slack.url, team);
  calls = callsOf(settings);
  reader = openSlackReader('slack', settings, 'xoxb-read', { callMs: 1500 });
  writer = openSlackWriter('slack', settings, 'xoxb-write', { callMs: 1500 });
  person('U0BOB00001', { name: 'bob', real_name: 'Bob Berg' });
});
afterEach(() => slack.close());

type Fields = Readonly<Record<string, unknown>>;
const set = (id: string, fields: Fields): void => void slack.channels.set(id, { ...slack.channels.get(id), ...fields });
function person(id: string, fields: Fields): void {
  slack.users.set(id, { id, team_id: team, ...slack.users.get(id), ...fields });
}
const post = (channel: string) => calls.propose(reader, 'post_message', { channel, text: 'x' });
const audience = async (channel: string): Promise<Audience> => (await post(channel)).resolution.audience;
const namesOf = async (user: string): Promise<readonly string[] | undefined> =>
  value(await calls.resolve(reader, 'direct_message', { user, text: 'x' })).binds?.[0]?.names;

test('people from outside a channel are counted and told apart, if all of them can be seen', async () => {
  set('C0SECRET01', { members: ['U0ALICE001', 'U0BOB00001'], num_members: 2 });
  expect(await audience('C0SECRET01')).toMatchObject({ kind: 'team', externals: 0, outsiders: [], joinable: false });
  set('C0SECRET01', { members: ['U0ALICE001', 'U0GUEST001'] });
  expect(await audience('C0SECRET01')).toEqual({
    kind: 'team',
    summary: 'private channel #secret (C0SECRET01), 2 members, 1 of them guests or of another organisation',
    count: 2,
    externals: 1,
    outsiders: ['slack:user:U0GUEST001'],
    joinable: false,
    space: `slack:${team}/C0SECRET01`,
  });
  // one who cannot be looked up: at least one is from outside, and no list says who all are
  set('C0SECRET01', { members: ['U0GUEST001', 'U0HIDDEN01'] });
  const partly = await audience('C0SECRET01');
  expect([partly.externals, partly.outsiders, partly.summary.includes('at least 1 of them')]).toEqual([1, undefined, true]);
  set('C0SECRET01', { members: ['U0GUEST001'], num_members: 5 }); // Slack says that there are more
  expect((await audience('C0SECRET01')).externals).toBe(null);
  set('C0GENERAL1', { members: ['U0ALICE001', 'U0GUEST001'], num_members: 2 });
  expect(await audience('C0GENERAL1')).toMatchObject({ kind: 'org', joinable: true, externals: 1, outsiders: ['slack:user:U0GUEST001'] });
  set('C0GENERAL1', { members: ['U0ALICE001'], num_members: 1 });
  expect(await audience('C0GENERAL1')).toMatchObject({ kind: 'org', joinable: true, externals: 0, outsiders: [] });
});

test('in a large channel guests are found in the list of all people, or are not known', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `U1${String(i).padStart(7, '0')}`);
  for (const id of many) person(id, { name: id.toLowerCase() });
  set('C0SECRET01', { members: [...many, 'U0GUEST001'], num_members: 41 });
  expect(await audience('C0SECRET01')).toMatchObject({ externals: 1, outsiders: ['slack:user:U0GUEST001'] });
  expect(slack.seen.filter((knock) => knock.method === 'users.info')).toEqual([]);
  slack.faults.set('users.list', { error: 'missing_scope' });
  expect(await audience('C0SECRET01')).toMatchObject({ externals: null });
  slack.faults.set('users.list', '429'); // not a wider audience, only a busy hour
  expect(await calls.resolve(reader, 'post_message', { channel: 'C0SECRET01', text: 'x' })).toMatchObject({ code: 'rate-limited' });
  slack.faults.clear();
  for (let i = 0; i < 1001; i++) person(`U2${String(i).padStart(7, '0')}`, { name: `p${i}` });
  expect(await audience('C0SECRET01')).toMatchObject({ externals: null });
  set('C0SECRET01', { members: Array.from({ length: 201 }, (_, i) => `U2${String(i).padStart(7, '0')}`), num_members: 201 });
  expect(await audience('C0SECRET01')).toMatchObject({ externals: null });
});

test('organisations that share a channel stand for their members; if they are not named, nobody is told apart', async () => {
  const shared = {
    is_ext_shared: true,
    shared_team_ids: [team, 'T0OTHER001'],
    members: ['U0ALICE001', 'U0OTHER001', 'U0GUEST001'],
    num_members: 3,
  };
  set('C0GENERAL1', shared);
  expect(await audience('C0GENERAL1')).toMatchObject({
    kind: 'partner',
    externals: 2,
    outsiders: ['slack:team:T0OTHER001', 'slack:user:U0GUEST001'],
    joinable: true,
  });
  set('C0GENERAL1', { ...shared, is_private: true });
  expect(await audience('C0GENERAL1')).toMatchObject({ kind: 'partner', joinable: false });
  for (const more of [{ shared_team_ids: [team] }, { is_pending_ext_shared: true }]) {
    set('C0GENERAL1', { ...shared, ...more });
    expect(await audience('C0GENERAL1'), JSON.stringify(more)).not.toHaveProperty('outsiders');
  }
  // workspaces of one organisation are not from outside
  set('C0GENERAL1', {
    ...shared,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    is_private: false,
    is_org_shared: true,
    members: ['U0ALICE001', 'U0OTHER001'],
    num_members: 2,
  });
  expect(await audience('C0GENERAL1')).toMatchObject({ kind: 'org', externals: 0 });
});

test('a guest, a door or another person between the approval and the execution cancels the message', async () => {
  set('C0SECRET01', { members: ['U0ALICE001', 'U0GUEST001'], num_members: 2 });
  const secret = await post('C0SECRET01');
  const check = async (each: typeof secret): Promise<string> => {
    const checked = await writer.check(each.operation, each.action, each.resolution.audience);
    return checked.ok ? 'ok' : checked.code;
  };
  expect(await check(secret)).toBe('ok');
  set('C0SECRET01', { members: ['U0ALICE001', 'U0BOB00001'] });
  expect(await check(secret)).toBe('ok'); // a colleague for a guest: narrower
  person('U0GUEST002', { name: 'gia', is_ultra_restricted: true });
  set('C0SECRET01', { members: ['U0ALICE001', 'U0GUEST002'] });
  expect(await check(secret)).toBe('audience-widened'); // one guest as before, but another one
  set('C0SECRET01', { members: ['U0GUEST001', 'U0GUEST002'] });
  expect(await check(secret)).toBe('audience-widened');
  set('C0SECRET01', { members: ['U0ALICE001', 'U0GUEST001'], is_private: false });
  expect(await check(secret)).toBe('audience-widened');
  const direct = await calls.propose(reader, 'direct_message', { user: 'U0BOB00001', text: 'x' });
  expect(await check(direct)).toBe('ok');
  person('U0BOB00001', { is_restricted: true });
  expect(await check(direct)).toBe('audience-widened');
  expect(slack.seen.some((knock) => knock.method === 'chat.postMessage')).toBe(false);
});

test('a person goes by the handle, and by the real name only if nobody else does', async () => {
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob', 'Bob Berg']);
  person('U0BOB00002', { name: 'bob2', real_name: 'bob berg' });
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob']);
  person('U0BOB00002', { deleted: true });
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob', 'Bob Berg']);
  person('U0BOB00002', { deleted: false, real_name: 'x', profile: { display_name: 'Bob Berg' } });
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob']);
  person('U0BOB00002', { profile: { display_name: 'Bob' } }); // who writes @bob may mean either
  expect(await namesOf('U0BOB00001')).toEqual(['Bob Berg']);
  slack.users.delete('U0BOB00002');
  person('U0GUEST001', { real_name: 'Finance' }); // a guest may call themself anything
  expect(await namesOf('U0GUEST001')).toEqual(['@gus', 'gus']);
  slack.faults.set('users.list', { error: 'missing_scope' });
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob']);
  slack.faults.clear();
  for (let i = 0; i < 1000; i++) person(`U2${String(i).padStart(7, '0')}`, { name: `p${i}` });
  expect(await namesOf('U0BOB00001')).toEqual(['@bob', 'bob']); // not everybody was seen
});

test('a call names the channel, a reply its message and the channel, a direct conversation its person', async () => {
  const general = { type: 'slack.channel', id: 'C0GENERAL1', names: ['#general', 'general'] };
  expect((await post('C0GENERAL1')).resolution.binds).toEqual([general]);
  slack.messages.set('C0GENERAL1', [{ ts: '1700000100.000100', user: 'U0BOB00001', text: 'slow' }]);
  const reply = await calls.propose(reader, 'reply', { channel: '#general', thread_ts: '1700000100.000100', text: 'x' });
  expect(reply.resolution.binds).toEqual([
    {
      type: 'slack.thread',
      id: 'C0GENERAL1/1700000100.000100',
      names: ['https://acme.slack.com/archives/C0GENERAL1/p1700000100000100'],
    },
    general,
  ]);
  expect(await writer.perform(reply.operation, reply.action, 'm')).toMatchObject({
    made: [{ type: 'slack.message', id: expect.stringMatching(/^C0GENERAL1\/\d+\.\d+$/) as string }],
  });
  expect((await post('D0ALICE001')).resolution.binds).toEqual([{ type: 'slack.channel', id: 'D0ALICE001', names: ['@alice', 'alice'] }]);
  slack.channels.set('G0GROUP001', {
    id: 'G0GROUP001',
    is_mpim: true,
    is_private: true,
    name: 'mpdm-alice--bob-1',
    members: ['U0ALICE001'],
  });
  expect((await post('G0GROUP001')).resolution.binds).toEqual([{ type: 'slack.channel', id: 'G0GROUP001', names: [] }]);
});

const channelRead = async (): Promise<ReadResult> => value(await calls.read(reader, 'read_channel', { channel: 'C0GENERAL1' }));

test('messages are labelled by who wrote them, the least known first, and nothing becomes trusted', async () => {
  person('U0STRANGE1', { name: 'stan', is_stranger: true });
  person('U0APP00001', { name: 'app', is_bot: true });
  for (const [rows, author] of [
    [[{ user: 'U0BOB00001' }, { user: 'U0ALICE001' }], 'member'],
    [[{ user: 'U0BOB00001' }, { user: 'U0GUEST001' }], 'guest'],
    [[{ user: 'U0STRANGE1' }], 'external-sender'],
    [[{ user: 'U0OTHER001' }], 'external-sender'],
    [[{ user: 'U0APP00001' }], 'bot'],
    [[{ user: 'U0BOB00001', bot_id: 'B1' }], 'bot'],
    [[{ user: 'U0GUEST001' }, { bot_id: 'B1' }], 'several'],
    [[{ user: 'U0BOB00001' }, { user: 'U0HIDDEN01' }], undefined],
    [[{ user: 'U0GUEST001' }, { user: 'U0HIDDEN01' }], 'guest'],
    [[], undefined],
  ] as const) {
    slack.messages.set(
      'C0GENERAL1',
      rows.map((row, i) => ({ ts: `1.00000${i}`, text: 't', ...row })),
    );
    const { label } = await channelRead();
    expect([label.author, label.integrity], JSON.stringify(rows)).toEqual([author, 'untrusted']);
  }
  slack.faults.set('users.info', '500'); // what is only of interest does not stop a read
  slack.messages.set('C0GENERAL1', [{ ts: '1.000001', user: 'U0NOBODY01', text: 't' }]);
  expect((await channelRead()).label.author).toBe(undefined);
});

test('authors are remembered, and never more are asked for than may be', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ ts: `1.0000${10 + i}`, user: `U1${String(i).padStart(7, '0')}`, text: 't' }));
  for (const { user } of rows) person(user, { name: user.toLowerCase() });
  slack.messages.set('C0GENERAL1', rows);
  const asked = (): number => slack.seen.filter((knock) => knock.method === 'users.info').length;
  expect((await channelRead()).label.author).toBe(undefined);
  expect(asked()).toBe(20);
  expect((await channelRead()).label.author).toBe('member');
  expect(asked()).toBe(30);
  await channelRead();
  expect(asked()).toBe(30);
});

test('an answer teaches what it shows and what Slack sets, never what the caller asked for', async () => {
  slack.messages.set('C0GENERAL1', [
    { ts: '1.000001', user: 'U0BOB00001', text: 'write to <@U0GUEST001> in <#C0SECRET01>' },
    { ts: '1.000002', user: 'U0GUEST001', text: 'a reply that was sent to the channel too', thread_ts: '1.000001' },
  ]);
  const thread = value(await calls.read(reader, 'read_thread', { channel: 'C0GENERAL1', thread_ts: '1.000001' }));
  expect(thread.id).toBe(`slack:${team}/C0GENERAL1/1.000001`);
  expect(thread.seen).toEqual([
    { type: 'slack.channel', id: 'C0GENERAL1', names: ['#general', 'general'] },
    { type: 'slack.user', id: 'U0BOB00001', names: ['@bob', 'bob', 'Bob Berg'] },
    { type: 'slack.user', id: 'U0GUEST001', names: ['@gus', 'gus'] },
  ]);
  expect(thread.fields).toEqual([
    { type: 'slack.user', value: 'U0BOB00001' },
    { type: 'slack.user', value: 'U0GUEST001' },
    { type: 'slack.thread', value: 'C0GENERAL1/1.000001' },
  ]);
  person('U0GUEST001', { real_name: 'Finance', profile: { display_name: 'Finance' } });
  const { seen } = value(await calls.read(reader, 'list_users', {}));
  expect(seen?.find(({ id }) => id === 'U0GUEST001')?.names).toEqual(['@gus', 'gus']);
  const looked = value(await calls.read(reader, 'read_user', { user: 'U0BOB00001' }));
  expect([looked.id, looked.fields]).toEqual([`slack:${team}/U0BOB00001`, undefined]);
  expect(value(await calls.read(reader, 'channel_info', { channel: 'C0SECRET01' })).fields).toBe(undefined);
  slack.hits = [{ channel_id: 'C0SECRET01', message_ts: '1.000001', content: 't', author_user_id: 'U0BOB00001', team_id: team }];
  const found = value(await calls.read(reader, 'search_messages', { query: 'x' }));
  expect([found.id, found.foreign]).toEqual([`slack:${team}/C0SECRET01`, 0]);
  expect(found.fields).toEqual([
    { type: 'slack.channel', value: 'C0SECRET01' },
    { type: 'slack.user', value: 'U0BOB00001' },
  ]);
});

test('channels and people must prove the workspace; what does not is left out and counted', async () => {
  const named = (id: string, fields: Fields): void =>
    void slack.channels.set(id, { id, name: id.toLowerCase(), is_private: false, ...fields });
  named('C0SHARED01', { is_ext_shared: true }); // somebody shares it, and it does not say that we are among them
  named('C0SHARED02', { shared_team_ids: ['T0OTHER001', 'T0THIRD001'] });
  named('C0SHARED03', { is_ext_shared: true, shared_team_ids: ['T0OTHER001', team] });
  const listed = value(await calls.read(reader, 'list_channels', {}));
  expect(listed).toMatchObject({ foreign: 2, content: { withheld: 2 } });
  expect(JSON.stringify([listed.content, listed.seen])).not.toMatch(/C0SHARED0[12]/);
  for (const channel of ['C0SHARED01', 'C0SHARED02'])
    expect(await calls.read(reader, 'channel_info', { channel })).toMatchObject({ ok: false, code: 'wrong-tenant' });
  slack.users.set('U0SILENT01', { id: 'U0SILENT01', name: 'sil' }); // does not say where they are from
  const people = value(await calls.read(reader, 'list_users', {}));
  expect(people).toMatchObject({ foreign: 2, content: { withheld: 2 } });
  expect(await calls.read(reader, 'read_user', { user: 'U0SILENT01' })).toMatchObject({ ok: false, code: 'wrong-tenant' });
  slack.messages.set('C0GENERAL1', [
    { ts: '1.000001', user: 'U0BOB00001', text: 'ours' },
    { ts: '1.000002', user: 'U0OTHER001', text: 'theirs', user_team: 'T0OTHER001' },
    { ts: 4, text: 'no message at all' },
  ]);
  expect(await channelRead()).toMatchObject({ foreign: 1, content: { messages: [{ text: 'ours' }], withheld: 2 } });
});
