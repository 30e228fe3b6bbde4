// verifies: hands.unknown, systems.slack
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSlackReader } from '../../src/connectors/slack/read.ts';
import { openSlackWriter } from '../../src/connectors/slack/write.ts';
import type { ClientOptions } from '../../src/connectors/slack/client.ts';
import type { ReadHand, WriteHand } from '../../src/connectors/connector.ts';
import { callsOf, settingsOf } from './slack-calls.ts';
import type { Calls, Proposed } from './slack-calls.ts';
import { startDouble, team } from '../../fakes/slack-double.ts';
import type { Double, Fault } from '../../fakes/slack-double.ts';

const token = 'xoxb-a-secret-token';
let slack: Double;
let calls: Calls;
let reader: ReadHand;
let writer: WriteHand;

beforeEach(async () => {
  slack = await startDouble();
  calls = callsOf(settingsOf(slack.url, team));
  const options: ClientOptions = { callMs: 1500 };
  reader = openSlackReader('slack', settingsOf(slack.url, team), token, options);
  writer = openSlackWriter('slack', settingsOf(slack.url, team), token, options);
});
afterEach(() => slack.close());

const sent = (): number => slack.seen.filter((knock) => knock.method === 'chat.postMessage').length;
const set = (id: string, fields: Readonly<Record<string, unknown>>): void =>
  void slack.channels.set(id, { ...slack.channels.get(id), ...fields });

const proposed = (name: string, args: Readonly<Record<string, string>>): Promise<Proposed> => calls.propose(reader, name, args);

const cases: readonly [Fault, 'done' | 'failed' | 'unknown', string][] = [
  [{ error: 'missing_scope' }, 'failed', 'forbidden'],
  [{ error: 'not_in_channel' }, 'failed', 'forbidden'],
  [{ error: 'channel_not_found' }, 'failed', 'not-found'],
  [{ error: 'msg_too_long' }, 'failed', 'bad-arguments'],
  [{ error: 'ratelimited' }, 'failed', 'rate-limited'],
  [{ error: 'token_revoked' }, 'failed', 'bad-credential'],
  ['429', 'failed', 'rate-limited'],
  [{ error: 'internal_error' }, 'unknown', ''],
  [{ error: 'fatal_error' }, 'unknown', ''],
  [{ error: 'service_unavailable' }, 'unknown', ''],
  [{ error: 'a_code_of_tomorrow' }, 'unknown', ''],
  ['500', 'unknown', ''],
  ['html', 'unknown', ''],
  ['huge', 'unknown', ''],
  ['hang', 'unknown', ''],
  ['reset-before', 'unknown', ''],
  ['reset-after', 'unknown', ''],
];

test.each(cases)('a post that ends with %j is %s', async (fault, outcome, code) => {
  const { operation, action } = await proposed('post_message', { channel: '#general', text: 'x' });
  slack.faults.set('chat.postMessage', fault);
  const performing = writer.perform(operation, action, 'mark');
  if (outcome === 'unknown') await expect(performing).rejects.toThrow('it is not known whether');
  else expect(await performing).toMatchObject({ outcome, code });
  expect(sent()).toBe(1); // never tried twice
  slack.faults.clear();
  expect((await writer.find(operation, action, 'mark')).found).toBe(fault === 'reset-after' ? 'done' : 'absent');
});

test('a server that does not listen was sent nothing', async () => {
  const { operation, action } = await proposed('post_message', { channel: '#general', text: 'x' });
  await writer.check(operation, action, { kind: 'org', summary: '', count: null, externals: null, joinable: true }); // so that the workspace is already known
  await slack.close();
  expect((await calls.read(reader, 'list_users', {})).ok).toBe(false); // may still meet a connection that was kept open
  expect(await writer.perform(operation, action, 'mark')).toMatchObject({ outcome: 'failed', code: 'not-reachable' });
  expect(await writer.find(operation, action, 'mark')).toEqual({ found: 'cannot-tell' });
  expect(await calls.read(reader, 'list_users', {})).toMatchObject({ ok: false, code: 'not-reachable' });
});

test.each([
  ['500', 'third-party-error'],
  ['html', 'broken-reply'],
  ['huge', 'too-large'],
  ['hang', 'timed-out'],
  ['429', 'rate-limited'],
  ['reset-before', 'third-party-error'],
] as const)('a read that ends with %s is refused as %s', async (fault, code) => {
  slack.faults.set('users.list', fault);
  expect(await calls.read(reader, 'list_users', {})).toEqual({ ok: false, code, message: expect.any(String) as string });
});

test('a later look says absent only if it has seen everything that could be the message', async () => {
  const { operation, action } = await proposed('post_message', { channel: '#general', text: 'a & b' });
  const rows = (...more: Record<string, unknown>[]): void =>
    void slack.messages.set('C0GENERAL1', [{ ts: '1700000000.000001', user: 'U1', text: 'else' }, ...more]);
  const mine = { ts: '1700000001.000001', user: 'U0BOT00001' };
  const marked = (marker: string) => ({ metadata: { event_type: 'countersign', event_payload: { marker } } });
  const find = async () => (await writer.find(operation, action, 'mark', 1_700_000_000_000)).found;
  rows();
  expect(await find()).toBe('absent');
  rows({ ...mine, text: 'a &amp; b', ...marked('mark') });
  expect(await find()).toBe('done');
  rows({ ...mine, user: 'U0MALLORY1', ...marked('mark') }); // others can copy a marker
  expect(await find()).toBe('cannot-tell');
  rows({ ...mine, text: 'a &amp; b', ...marked('other') });
  expect(await find()).toBe('absent');
  rows({ ...mine, text: 'a &amp; b' }); // ours, the same words, and its metadata is not shown to us
  expect(await find()).toBe('cannot-tell');
  rows({ ts: 1_700_000_002 });
  expect(await find()).toBe('cannot-tell');
  slack.messages.set(
    'C0GENERAL1',
    Array.from({ length: 4001 }, (_, i) => ({ ts: `17000000${String(i).padStart(4, '0')}.000001`, user: 'U1', text: 'busy' })),
  );
  expect(await find()).toBe('cannot-tell');
  slack.faults.set('conversations.history', { error: 'missing_scope' });
  expect(await find()).toBe('cannot-tell');
  const asked = slack.seen.findLast((knock) => knock.method === 'conversations.history');
  expect(asked?.args).toMatchObject({ oldest: '1699999400', include_all_metadata: 'true' });
});

test('what a write is sent with is fixed, whatever the action says', async () => {
  const { operation, action } = await proposed('post_message', { channel: '#general', text: 'x' });
  const twisted = {
    ...action,
    arguments: { text: 'x', unfurl_links: true, link_names: true, channel: 'C0SECRET01', blocks: '[]', username: 'ceo' },
  };
  expect((await writer.perform(operation, twisted, 'mark')).outcome).toBe('done');
  expect(slack.seen.findLast((knock) => knock.method === 'chat.postMessage')?.args).toEqual({
    channel: 'C0GENERAL1',
    text: 'x',
    unfurl_links: 'false',
    unfurl_media: 'false',
    link_names: 'false',
    metadata: '{"event_type":"countersign","event_payload":{"marker":"mark"}}',
  });
  const shouting = { ...action, arguments: { text: '<!channel>' } };
  expect(await writer.perform(operation, shouting, 'mark-2')).toMatchObject({ outcome: 'failed', code: 'bad-arguments' });
  const wild = { ...action, target: { ...action.target, id: '../admin' } };
  expect((await writer.perform(operation, wild, 'mark-3')).outcome).toBe('failed');
  expect(sent()).toBe(1);
});

test('an answer that names another channel is not taken for success', async () => {
  const { operation, action } = await proposed('post_message', { channel: '#general', text: 'x' });
  set('C0GENERAL1', { id: 'C0MOVED001' });
  await expect(writer.perform(operation, action, 'mark')).rejects.toThrow('another channel');
});
