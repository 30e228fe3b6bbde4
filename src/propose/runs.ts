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
  /** Opens a run for a user, with the user's own words and the operations that the task needs. Only a host token may. */
  open(
    credential: Credential,
    request: { readonly principal: Principal; readonly text: string; readonly scope: readonly string[] | null },
  ): Promise<Result<OpenedRun>>;
  /** Adds to what the user has said: in a run, by the host token that opened it; or in the plain runs of its own user, by a words token. */
  addWords(credential: Credential, words: { readonly run: string | null; readonly text: string }): Promise<Result<null>>;
}

interface Plain {
  readonly opened: Promise<{ readonly run: string; readonly expiresAtMs: number }>;
  readonly principal: Principal;
  usedAtMs: number;
}

/** The runs of plain MCP clients, which bring no run. */
interface PlainRuns {
  of(id: string, principal: Principal): Promise<string>;
  /** Tells words of a user to the plain runs of the same user and agent; if there is none, to the next one that opens. */
  tell(token: string, principal: Principal, text: string): Promise<void>;
}

/**
 * One run per token, renewed after `limits.runIdleMs` without a call. Kept in memory: after a restart such a client has a
 * new run, whose proposals, sources and words begin empty. Words never open or renew a run: what has been read stays.
 */
function openPlainRuns(mediator: Mediator, now: () => number): PlainRuns {
  const plain = new Map<string, Plain>();
  const early = new Map<string, { readonly token: string; readonly text: string; readonly atMs: number }[]>();
  const nameOf = ({ user, agent }: Principal): string => JSON.stringify([user, agent]);
  const fresh = ({ usedAtMs }: { readonly usedAtMs: number }): boolean => now() - usedAtMs < limits.runIdleMs;

  const open = async (id: string, principal: Principal): Promise<{ readonly run: string; readonly expiresAtMs: number }> => {
    const opened = await mediator.openRun({ principal, token: id, text: null, scope: null, withSecret: false });
    const said = early.get(nameOf(principal)) ?? [];
    early.delete(nameOf(principal));
    for (const { token, text, atMs } of said) if (fresh({ usedAtMs: atMs })) await mediator.addWords({ run: opened.run, token, text });
    return opened;
  };

  const renew = (id: string, principal: Principal): Plain => {
    const oldest = plain.size >= limits.plainRunsMax ? plain.keys().next().value : undefined;
    if (oldest !== undefined) plain.delete(oldest);
    const entry: Plain = { opened: open(id, principal), principal, usedAtMs: now() };
    plain.delete(id);
    plain.set(id, entry);
    entry.opened.catch(() => {
      if (plain.get(id) === entry) plain.delete(id);
    });
    return entry;
  };

  return {
    of: async (id, principal) => {
      const entry = plain.get(id);
      let used = entry === undefined || !fresh(entry) ? renew(id, principal) : entry;
      let { run, expiresAtMs } = await used.opened;
      if (now() >= expiresAtMs) {
        // Two calls may find the run expired at once: only the first renews it.
        const present = plain.get(id);
        used = present === undefined || present === used ? renew(id, principal) : present;
        ({ run, expiresAtMs } = await used.opened);
      }
      used.usedAtMs = now();
      return run;
    },
    tell: async (token, principal, text) => {
      const live = [...plain.values()].filter((entry) => samePrincipal(entry.principal, principal) && fresh(entry));
      for (const entry of live) await mediator.addWords({ run: (await entry.opened).run, token, text });
      if (live.length > 0) return;
      const waiting = [...(early.get(nameOf(principal)) ?? []), { token, text, atMs: now() }];
      early.delete(nameOf(principal));
      early.set(nameOf(principal), waiting.slice(-limits.wordsTextsMax));
      if (early.size > limits.plainRunsMax) early.delete(early.keys().next().value ?? '');
    },
  };
}

const noSuchRun: Refusal = refuse('no-such-run', 'there is no such run for this token: it may have ended, or belong to somebody else');

function samePrincipal(a: Principal, b: Principal): boolean {
  return a.user === b.user && a.agent === b.agent;
}

/** Opens the table of runs of one gateway. */
export function openRuns(deps: { readonly mediator: Mediator; readonly tokens: Tokens; readonly now?: () => number }): Runs {
  const { mediator, tokens, now = Date.now } = deps;
  const plain = openPlainRuns(mediator, now);

  return {
    asker: async (credential, run) => {
      const { id, principal } = credential;
      if (credential.kind === 'run') {
        if (run !== null && run !== id) return noSuchRun;
        return ok({ key: `run ${id}`, principal, caller: async () => ({ principal, run: id }) });
      }
      if (credential.scope !== 'agent')
        return refuse('host-token', 'this token only opens runs or tells words: call with the token of the run, or with an agent token');
      if (run === null)
        return ok({ key: `token ${id}`, principal, caller: async () => ({ principal, run: await plain.of(id, principal) }) });
      const known = await tokens.run(run);
      // A run of somebody else is told apart from none by nothing.
      if (known === null || !samePrincipal(known.principal, principal)) return noSuchRun;
      return ok({ key: `token ${id} ${run}`, principal, caller: async () => ({ principal, run }) });
    },

    open: async (credential, { principal, text, scope }) => {
      if (credential.kind !== 'token' || credential.scope !== 'host')
        return refuse(
          'not-a-host-token',
          'only a host token opens runs: `countersign token create --host --user <operator> --agent <application>` makes one',
        );
      const opened = await mediator.openRun({ principal, token: credential.id, text, scope, withSecret: true });
      if (opened.secret === null) return refuse('no-secret', 'the run was opened without a secret: open another one');
      return ok({ run: opened.run, secret: opened.secret, expiresAtMs: opened.expiresAtMs });
    },

    addWords: async (credential, { run, text }) => {
      if (credential.kind !== 'token' || credential.scope === 'agent')
        return refuse(
          'not-a-host-token',
          "the user's words come from the host application or its hook, with a token of its own: never from an agent",
        );
      if (run === null) {
        if (credential.scope !== 'words') return refuse('no-run', 'name the run that you opened: POST /v1/runs/{run}/words');
        await plain.tell(credential.id, credential.principal, text);
        return ok(null);
      }
      const known = credential.scope === 'host' ? await tokens.run(run) : null;
      if (known === null || known.openedBy !== credential.id) return noSuchRun;
      await mediator.addWords({ run, token: credential.id, text });
      return ok(null);
    },
  };
}
