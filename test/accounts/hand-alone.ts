import { randomBytes } from 'node:crypto';
import { digestText } from '../../src/action/digest.ts';
import type { Accounts } from '../../src/vault/accounts.ts';
import type { Rig } from './rig.ts';

/*
 * A way through the hand alone, without browser and door: what they would say is said here.
 */

/** An attempt as the hand is asked about it. */
export interface Asked {
  readonly attempt: string;
  readonly state: string;
}

type Exchanged = Awaited<ReturnType<Accounts['exchange']>>;

/** Begins an attempt, goes to the issuer and comes back with a code. */
export async function answered(rig: Rig, name = 'slack'): Promise<Asked & { readonly code: string; readonly iss: string }> {
  const { system, zone, issuer, scopes } = rig.account(name);
  const state = randomBytes(32).toString('base64url');
  const attempt = `a_${randomBytes(16).toString('base64url')}`;
  const body = {
    attempt,
    account: name,
    system,
    zone,
    issuer,
    user: 'alice',
    asked: [...scopes],
    state: digestText('account', state),
    expiresAtMs: rig.clock + 600_000,
  };
  const written = await rig.recorders.hooks.record({ statements: [{ kind: 'account-begun', body }] });
  const signed = written.ok ? written.signed[0] : undefined;
  const begun = signed === undefined ? null : await rig.hand.begin({ begun: signed });
  if (begun?.ok !== true) throw new Error(JSON.stringify(begun));
  const address = new URL(begun.value.url);
  address.searchParams.set('state', state);
  const back = await fetch(address, { redirect: 'manual' });
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return { attempt, state, code, iss: issuer };
}

/** As far as the page on which a person sees whose account it is. */
export async function held(rig: Rig, name = 'slack'): Promise<Asked & { readonly shown: Exchanged }> {
  const { attempt, state, ...answer } = await answered(rig, name);
  return { attempt, state, shown: await rig.hand.exchange({ attempt, state, ...answer }) };
}

/** The whole way. Returns what the person would be told. */
export async function linkedBy(rig: Rig, name = 'slack'): ReturnType<Accounts['confirm']> {
  const { attempt, state } = await held(rig, name);
  return rig.hand.confirm({ attempt, state });
}

/** Stops a life of the hand at a place: resolves when it is there, where it stays. */
export function stopAt(rig: Rig, place: string): Promise<void> {
  const reached = Promise.withResolvers<void>();
  rig.pause = (where) => {
    if (where !== place) return undefined;
    rig.pause = () => undefined;
    reached.resolve();
    return new Promise(() => undefined);
  };
  return reached.promise;
}
