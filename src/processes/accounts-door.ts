import { openOauthDoor } from '../inbound/oauth-door.ts';
import type { OauthDoor } from '../inbound/oauth-door.ts';
import { peer } from '../wire/client.ts';
import type { Handlers } from '../wire/server.ts';
import { alarmTo } from './alarms.ts';
import type { Process } from './boot.ts';
import { paths } from './paths.ts';
import { publicUrlOf } from './config-accounts.ts';

/** The door's half of linking accounts: for the server of the hooks door, and for its socket. */
export function openAccountsDoor(p: Process): { readonly door: OauthDoor; readonly handlers: Handlers; close(): void } {
  const hands = { read: peer(paths(p.config).socket('reader')), write: peer(paths(p.config).socket('executor')) };
  const door = openOauthDoor({
    accounts: new Map(Object.entries(p.config.accounts).map(([name, account]) => [name, { ...account, name }])),
    publicUrl: publicUrlOf(p.config) ?? '',
    recorder: p.recorder,
    ask: (zone, message, question) => hands[zone].ask(message, question),
    alarm: alarmTo(p),
    onError: () => p.say('error', { message: 'a step of linking an account failed' }),
    now: Date.now,
  });
  return {
    door,
    handlers: { 'account-start': async ({ account, user }) => door.begin(account, user) },
    close: () => {
      hands.read.close();
      hands.write.close();
    },
  };
}
