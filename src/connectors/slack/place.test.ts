import { expect, test } from 'vitest';
import { leaksTo } from '../../action/audience.ts';
import type { Label } from '../../action/audience.ts';
import { channelShape, joinLabels, labelOf, reachOf } from './place.ts';
import type { Channel } from './place.ts';
import { isForeign, onlyReads, tooMuchForAWriter } from './workspace.ts';

const channel = (fields: Readonly<Record<string, unknown>>): Channel => channelShape.parse({ id: 'C0000001', ...fields });
const at = (fields: Readonly<Record<string, unknown>>): [string, string] => [
  reachOf(channel(fields), 'T1'),
  labelOf(channel(fields), 'T1').readers,
];

test('the reach of a write is never narrower than Slack says, the readers never wider', () => {
  expect(at({ is_private: false })).toEqual(['org', 'org']);
  expect(at({ is_private: true })).toEqual(['team', 'team']);
  expect(at({ is_im: true })).toEqual(['named', 'named']);
  expect(at({ is_mpim: true, is_private: true })).toEqual(['named', 'named']);
  expect(at({})).toEqual(['org', 'team']);
  expect(at({ is_group: true })).toEqual(['org', 'team']);
});

test('whatever says that outsiders share a channel makes its audience a partner', () => {
  for (const shared of [
    { is_ext_shared: true },
    { is_pending_ext_shared: true },
    { pending_shared: ['T9'] },
    { shared_team_ids: ['T1', 'T9'] },
    { connected_team_ids: ['T9'] },
    { is_shared: true },
    { is_org_shared: true, is_ext_shared: true },
  ]) {
    expect(at({ is_private: false, ...shared }), JSON.stringify(shared)).toEqual(['partner', 'org']);
    expect(at({ is_private: true, ...shared }), JSON.stringify(shared)).toEqual(['partner', 'team']);
  }
  expect(at({ is_private: false, is_org_shared: true, is_shared: true, shared_team_ids: ['T1', 'T2'] })).toEqual(['org', 'org']);
  expect(at({ is_private: false, shared_team_ids: ['T1'] })).toEqual(['org', 'org']);
});

test('what was read in a channel shared with one partner may go back there, and not to another partner', () => {
  const label = labelOf(channel({ is_private: false, is_ext_shared: true }), 'T1');
  expect(leaksTo(label, { kind: 'partner', summary: '', count: null, externals: null, joinable: false, space: 'slack:T1/C0000001' })).toBe(
    false,
  );
  expect(leaksTo(label, { kind: 'partner', summary: '', count: null, externals: null, joinable: false, space: 'slack:T1/C0000002' })).toBe(
    true,
  );
  expect(leaksTo(label, { kind: 'org', summary: '', count: null, externals: 0, joinable: false })).toBe(false);
});

test('labels join to the narrowest, with a space only if it is the same', () => {
  const label = (readers: Label['readers'], space?: string): Label => ({
    readers,
    integrity: 'untrusted',
    ...(space === undefined ? {} : { space }),
  });
  expect(joinLabels([])).toEqual(label('org'));
  expect(joinLabels([label('org'), label('team', 'a')])).toEqual(label('team'));
  expect(joinLabels([label('team', 'a'), label('team', 'a')])).toEqual(label('team', 'a'));
  expect(joinLabels([label('team', 'a'), label('team', 'b')])).toEqual(label('team'));
  expect(joinLabels([label('org'), label('named', 'a'), label('team')])).toEqual(label('named'));
  expect(joinLabels([label('org'), label('unknown')])).toEqual(label('unknown'));
});

test('a row is foreign if any of its team fields says so', () => {
  for (const field of ['team', 'team_id', 'context_team_id', 'user_team', 'source_team']) {
    expect(isForeign({ [field]: 'T9' }, 'T1'), field).toBe(true);
    expect(isForeign({ [field]: 'T1' }, 'T1'), field).toBe(false);
    expect(isForeign({ [field]: ['T1'] }, 'T1'), field).toBe(true);
  }
  expect(isForeign({ user_profile: { team: 'T9' } }, 'T1')).toBe(true);
  expect(isForeign({ bot_profile: { team_id: 'T9' } }, 'T1')).toBe(true);
  expect(isForeign({ ts: '1.1', team: null }, 'T1')).toBe(false);
  expect(isForeign('text', 'T1')).toBe(true);
});

test('scopes are sorted into those that look and those that do', () => {
  for (const scope of ['channels:read', 'groups:history', 'search:read.public', 'users:read.email', 'users.profile:read', 'identify'])
    expect(onlyReads(scope), scope).toBe(true);
  for (const scope of [
    'chat:write',
    'chat:write.public',
    'channels:manage',
    'channels:join',
    'admin',
    'admin.users:read',
    'commands',
    'incoming-webhook',
    'bot',
    'post',
    '',
  ])
    expect(onlyReads(scope), scope).toBe(false);
  for (const scope of ['admin', 'admin.users:read', 'chat:write.customize']) expect(tooMuchForAWriter(scope), scope).toBe(true);
  for (const scope of ['chat:write', 'im:write', 'channels:read']) expect(tooMuchForAWriter(scope), scope).toBe(false);
});
