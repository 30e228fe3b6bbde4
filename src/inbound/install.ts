import type { Draft } from '../action/statement.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Endpoint } from './delivery.ts';
import { begun, endedBy, installedId, replacedBy, settled, uninstalled } from './installed.ts';
import type { Brought, Installed } from './installed.ts';
import type { Accepted, Answer, Installation } from './verdict.ts';

/*
 * Installations: the secret that a verified callback brings is on disk before the callback is committed and answered, because
 * the sender does not repeat what was answered; what it replaces gets its end after that, because a sender that was not
 * answered goes on with the old one. Only then is it answered. A crash in between leaves both good, and the retry does the rest.
 */

/** Where the secrets of installations are kept. */
export interface InstallKeeper {
  /** @throws CountersignError `store-failed`: the file cannot be understood. */
  read(endpoint: string): Installed;
  /** Returns when they are on disk and count. @throws CountersignError `store-failed`: what was there before is still there. */
  write(endpoint: string, installed: Installed): void;
  /** Whether a secret is one that the endpoint's sender could have made: as at start. */
  check(endpoint: string, secret: { readonly id: string; readonly value: string }): Result<unknown>;
  /** Whether a live secret of this client proves deliveries of the endpoint. */
  holds(endpoint: string, client: string): boolean;
}

/** What installing works with. */
export interface InstallParts {
  readonly keeper: InstallKeeper;
  readonly alarm: (code: string, message: string, about: string) => void;
  readonly now: () => number;
}

/** What is to be done with a callback that was accepted. Each of the functions is what is done with every delivery. */
export interface Callback {
  readonly endpoint: Endpoint;
  readonly verdict: Accepted;
  readonly installation: Installation;
  /** Whether these bytes, or their token, came before. */
  readonly seen: () => Promise<'never' | 'same' | 'other'>;
  /** Claims and stores the delivery with these statements; true once that is durable. */
  readonly commit: (statements: readonly Draft[]) => Promise<{ readonly taken: boolean; readonly answer: Answer }>;
  /** Answers what came before. */
  readonly repeat: () => Promise<Answer>;
}

const said = (secret: string, endpoint: string, change: 'added' | 'ends', atMs: number): Draft<'hook-secret'> => ({
  kind: 'hook-secret',
  body: { endpoint, secret, change, atMs },
});

/** Why the secret of an installation is not kept, whatever it is; null if it is to be kept for the endpoints that have room for it. */
function unwanted({ endpoint, verdict }: Callback, client: string, keeper: InstallKeeper): string | null {
  const { installs = [], expects, pending, provider } = endpoint;
  if (installs.length === 0) return 'no endpoint is named under `installs`';
  if (verdict.trust === 'quarantine') return 'its event is not among those that are taken';
  const known = expects[provider.installs?.client ?? ''] === client || installs.some((target) => keeper.holds(target, client));
  return known || pending ? null : 'its client is not expected: name it under expects.client, or set pending while it installs';
}

/** What became of a secret: the endpoints that keep it, and what is to be recorded. */
interface Kept {
  readonly id: string;
  readonly targets: readonly string[];
  readonly statements: readonly Draft[];
}

/** Puts the secret beside those that are there, and says what it will replace. @throws as the keeper does. */
function keep(parts: InstallParts, { endpoint, verdict }: Callback, brought: Omit<Brought, 'id'>): Kept {
  const id = installedId(verdict.replay.signedDigest);
  const statements: Draft[] = [];
  const targets: string[] = [];
  const drop = (target: string, why: string): void =>
    parts.alarm(
      'install-dropped',
      `the secret of an installation is not kept: ${why}. \`countersign hooks list\` shows its client`,
      target,
    );
  for (const target of endpoint.installs ?? []) {
    const good = parts.keeper.check(target, { id, value: brought.value });
    if (!good.ok) {
      drop(target, good.message);
      continue;
    }
    const before = parts.keeper.read(target);
    const nowMs = parts.now();
    const after = begun(before, { ...brought, id }, nowMs);
    if (!after.ok) {
      drop(target, after.message);
      continue;
    }
    if (after.value !== before) parts.keeper.write(target, after.value);
    targets.push(target);
    const over = replacedBy(after.value, brought.client, id).map((old) => said(old, target, 'ends', nowMs + limits.hooksClientOverlapMs));
    statements.push(said(id, target, 'added', nowMs), ...over);
  }
  return { id, targets, statements };
}

/**
 * Changes what is installed for some endpoints, where there is anything to change. If that fails, the sender is not answered
 * with success although its event is there: it comes again, and the copy makes the change.
 */
function change(parts: InstallParts, targets: readonly string[], make: (installed: Installed, nowMs: number) => Installed): void {
  for (const target of targets) {
    const before = parts.keeper.read(target);
    const after = make(before, parts.now());
    if (after !== before) parts.keeper.write(target, after);
  }
}

async function begin(parts: InstallParts, callback: Callback, installation: Installation & { change: 'begins' }): Promise<Answer> {
  const { endpoint, commit } = callback;
  const { client, saidMs } = installation;
  const value = installation.secret();
  const why = value === null ? 'it brings none' : unwanted(callback, client, parts.keeper);
  if (value === null || why !== null) {
    parts.alarm('install-dropped', `the secret of an installation is not kept: ${why}`, endpoint.id);
    return (await commit([])).answer;
  }
  const kept = keep(parts, callback, { client, saidMs, value });
  const { taken, answer } = await commit(kept.statements);
  if (taken) change(parts, kept.targets, (installed, nowMs) => settled(installed, client, kept.id, nowMs));
  return answer;
}

async function end(parts: InstallParts, { endpoint, commit }: Callback, { client, saidMs }: Installation): Promise<Answer> {
  const { installs = [] } = endpoint;
  const statements = installs.flatMap((target) =>
    endedBy(parts.keeper.read(target), client, saidMs).map((id) => said(id, target, 'ends', parts.now())),
  );
  const { taken, answer } = await commit(statements);
  if (taken) change(parts, installs, (installed, nowMs) => uninstalled(installed, client, saidMs, nowMs));
  return answer;
}

/** What was left undone after the commit. It writes no secret, and undoes nothing that was said later. */
function repair(parts: InstallParts, { endpoint, verdict, installation }: Callback): void {
  const { client, saidMs } = installation;
  const id = installedId(verdict.replay.signedDigest);
  change(parts, endpoint.installs ?? [], (installed, nowMs) =>
    installation.change === 'begins' ? settled(installed, client, id, nowMs) : uninstalled(installed, client, saidMs, nowMs),
  );
}

/** Follows installations, one after the other. */
export interface Installs {
  /** The answer to a callback. @throws CountersignError `store-failed`: not everything is durable, and the sender is to come again. */
  take(callback: Callback): Promise<Answer>;
}

/**
 * Opens it. Between the look for an earlier copy and the commit no other callback is followed: so a copy that comes at the
 * same time, or later than a newer one, never writes its secret again.
 */
export function openInstalls(parts: InstallParts): Installs {
  let turn: Promise<unknown> = Promise.resolve();
  const follow = async (callback: Callback): Promise<Answer> => {
    const seen = await callback.seen();
    if (seen !== 'never') {
      if (seen === 'same') repair(parts, callback);
      return callback.repeat();
    }
    const { installation } = callback;
    return installation.change === 'begins' ? begin(parts, callback, installation) : end(parts, callback, installation);
  };
  return {
    take: (one) => {
      const mine = turn.then(() => follow(one));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
