import type { Principal } from '../action/principal.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Caller, Mediator } from './answer.ts';
import type { Credential, Tokens } from './tokens.ts';

/** Somebody who may call, proved. `key` names the credential and the run of its address: what a session belongs to. */
export interface Asker {
  readonly key: string;
  readonly principal: Principal;
  /** The caller with its run; opens the run if there is none yet. */
  caller(): Promise<Caller>;
}

/** A run that a host application opened. `secret` is told once. */
export interface OpenedRun {
  readonly run: string;
  readonly secret: string;
  readonly expiresAtMs: number;
}

/** Turns credentials into callers: every call belongs to a run. */
export interface Runs {
  /** `run` is the id in the address, if there is one. Refuses with `no-such-run` or `host-token`. */
  asker(credential: Credential, run: string | null): Promise<Result<Asker>>;
  /** Opens a run for a user, with the user's own words. Only a host token may. */
  open(credential: Credential, request: { readonly principal: Principal; readonly text: string }): Promise<Result<OpenedRun>>;
}

interface Plain {
  readonly opened: Promise<{ readonly run: string; readonly expiresAtMs: number }>;
  usedAtMs: number;
}

/**
 * The runs of plain MCP clients, which bring no run: one per token, renewed after `limits.runIdleMs` without a call.
 * Kept in memory: after a restart such a client has a new run, whose proposals and sources begin empty.
 */
function openPlainRuns(mediator: Mediator, now: () => number): (id: string, principal: Principal) => Promise<string> {
  const plain = new Map<string, Plain>();

  const renew = (id: string, principal: Principal): Plain => {
    const oldest = plain.size >= limits.plainRunsMax ? plain.keys().next().value : undefined;
    if (oldest !== undefined) plain.delete(oldest);
    const entry: Plain = { opened: mediator.openRun({ principal, token: id, text: null, withSecret: false }), usedAtMs: now() };
    plain.delete(id);
    plain.set(id, entry);
    entry.opened.catch(() => {
      if (plain.get(id) === entry) plain.delete(id);
    });
    return entry;
  };

  return async (id, principal) => {
    const entry = plain.get(id);
    const idle = entry === undefined || now() - entry.usedAtMs >= limits.runIdleMs;
    let used = idle ? renew(id, principal) : entry;
    let { run, expiresAtMs } = await used.opened;
    if (now() >= expiresAtMs) {
      // Two calls may find the run expired at once: only the first renews it.
      const present = plain.get(id);
      used = present === undefined || present === used ? renew(id, principal) : present;
      ({ run, expiresAtMs } = await used.opened);
    }
    used.usedAtMs = now();
    return run;
  };
}

const noSuchRun: Refusal = refuse('no-such-run', 'there is no such run for this token: it may have ended, or belong to somebody else');

function samePrincipal(a: Principal, b: Principal): boolean {
  return a.user === b.user && a.agent === b.agent;
}

/** Opens the table of runs of one gateway. */
export function openRuns(deps: { readonly mediator: Mediator; readonly tokens: Tokens; readonly now?: () => number }): Runs {
  const { mediator, tokens, now = Date.now } = deps;
  const plainRun = openPlainRuns(mediator, now);

  return {
    asker: async (credential, run) => {
      const { id, principal } = credential;
      if (credential.kind === 'run') {
        if (run !== null && run !== id) return noSuchRun;
        return ok({ key: `run ${id}`, principal, caller: async () => ({ principal, run: id }) });
      }
      if (credential.scope === 'host')
        return refuse('host-token', 'a host token only opens runs: call with the token of the run, or with an agent token');
      if (run === null)
        return ok({ key: `token ${id}`, principal, caller: async () => ({ principal, run: await plainRun(id, principal) }) });
      const known = await tokens.run(run);
      // A run of somebody else is told apart from none by nothing.
      if (known === null || !samePrincipal(known.principal, principal)) return noSuchRun;
      return ok({ key: `token ${id} ${run}`, principal, caller: async () => ({ principal, run }) });
    },

    open: async (credential, { principal, text }) => {
      if (credential.kind !== 'token' || credential.scope !== 'host')
        return refuse('not-a-host-token', 'only a host token opens runs: `countersign token create --host` makes one');
      const opened = await mediator.openRun({ principal, token: credential.id, text, withSecret: true });
      if (opened.secret === null) return refuse('no-secret', 'the run was opened without a secret: open another one');
      return ok({ run: opened.run, secret: opened.secret, expiresAtMs: opened.expiresAtMs });
    },
  };
}
