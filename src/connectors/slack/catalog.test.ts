import { expect, test } from 'vitest';
import type { JsonObject } from '../../action/json.ts';
import { compileSchema } from '../../action/schema.ts';
import type { Result } from '../../errors.ts';
import { slackShape } from '../settings.ts';
import { slackCatalogue } from './catalog.ts';

const settings = (team: string) => slackShape.parse({ connector: 'slack', team, credentials: { read: { env: 'R' }, write: { env: 'W' } } });
const catalogue = slackCatalogue('slack', settings('T1'));

function derive(name: string, args: JsonObject): { code: string } | { code: 'ok'; target: string; args: JsonObject } {
  const operation = catalogue.operations.get(name);
  if (operation === undefined) throw new Error(name);
  const checked: Result<JsonObject> = compileSchema(operation.input)(args);
  const derived = checked.ok ? operation.derive(checked.value) : checked;
  if (!derived.ok) return { code: derived.code };
  return { code: 'ok', target: derived.value.target.ref, args: derived.value.arguments };
}

const post = (text: string) => derive('post_message', { channel: '#general', text }).code;

test('every operation has a closed schema that our own checker accepts, and vendor scopes', () => {
  expect([...catalogue.operations.keys()].sort()).toEqual(
    [
      'channel_info',
      'direct_message',
      'list_channels',
      'list_users',
      'post_message',
      'read_channel',
      'read_thread',
      'read_user',
      'reply',
      'search_messages',
    ].sort(),
  );
  for (const operation of catalogue.operations.values()) {
    expect(compileSchema(operation.input)({ surprise: 1 }).ok).toBe(false);
    expect(operation.input['additionalProperties']).toBe(false);
    expect(operation.scopes.length).toBeGreaterThan(0);
    expect(operation.class).toBe(operation.content.length === 0 ? 'read' : 'publish');
    if (operation.class === 'read') expect(operation.scopes.filter((scope) => scope.includes('write'))).toEqual([]);
  }
});

test('a channel and its arguments are spelled in one way', () => {
  const byName = derive('post_message', { channel: '#general', text: 'hello' });
  expect(byName).toEqual({
    code: 'ok',
    target: '#general',
    args: { text: 'hello', unfurl_links: false, unfurl_media: false, link_names: false },
  });
  expect(derive('post_message', { channel: 'general', text: 'hello' })).toEqual(byName);
  expect(derive('post_message', { channel: 'C0123ABCD', text: 'hello' })).toEqual({ ...byName, target: 'C0123ABCD' });
  expect(derive('reply', { channel: 'C0123ABCD', thread_ts: '1700000000.000100', text: 'hello' })).toEqual({
    ...byName,
    target: 'C0123ABCD/1700000000.000100',
  });
  for (const channel of ['General', '@alice', 'U0123ABCD', 'a/b', '#', 'a b', 'x'.repeat(81), 'https://x'])
    expect(derive('post_message', { channel, text: 'hello' }).code).toBe('bad-arguments');
});

test('nothing in the arguments reaches Slack but the text', () => {
  for (const extra of [
    'unfurl_links',
    'link_names',
    'parse',
    'blocks',
    'attachments',
    'metadata',
    'username',
    'as_user',
    'reply_broadcast',
    'thread_ts',
    'team_id',
  ])
    expect(derive('post_message', { channel: '#general', text: 'hello', [extra]: true }).code).toBe('bad-arguments');
});

test('text that notifies a whole channel or group is refused', () => {
  for (const text of [
    '<!channel> hi',
    'x<!here>',
    '<!everyone|all>',
    '<!subteam^S0123>',
    '<!here',
    '@channel look',
    'see (@here)',
    'hi @Everyone!',
    '<!date^1^{date}^https://x|x>',
    '@group',
  ])
    expect(post(text), text).toBe('mass-mention');
  for (const text of ['mail me@here.example', 'the @channels table', '<@U0123ABCD> hi', '&lt;!here&gt;', 'a < b ! c', '@hereford'])
    expect(post(text), text).toBe('ok');
});

test('text is bounded, and an empty one is refused', () => {
  expect(post('x'.repeat(4000))).toBe('ok');
  expect(post('x'.repeat(4001))).toBe('too-long');
  expect(post('x'.repeat(40_001))).toBe('bad-arguments');
  expect(post(' \n ')).toBe('bad-arguments');
});

test('reads have defaults and bounds', () => {
  expect(derive('read_channel', { channel: '#general' })).toMatchObject({ target: '#general', args: { limit: 50 } });
  expect(derive('read_channel', { channel: '#general', limit: 201 }).code).toBe('bad-arguments');
  expect(derive('read_channel', { channel: '#general', cursor: 'a b' }).code).toBe('bad-arguments');
  expect(derive('search_messages', { query: 'x' })).toMatchObject({ target: 'T1', args: { private: false, limit: 10 } });
  expect(derive('read_user', { user: 'alice' }).code).toBe('bad-arguments');
});

test('the digest pins the tenant and the name', () => {
  expect(slackCatalogue('slack', settings('T1')).digest).toBe(catalogue.digest);
  expect(slackCatalogue('slack', settings('T2')).digest).not.toBe(catalogue.digest);
  expect(slackCatalogue('chat', settings('T1')).digest).not.toBe(catalogue.digest);
});
