import { randomBytes } from 'node:crypto';
import { digestText } from '../action/digest.ts';
import { limits } from '../limits.ts';
import type { Mediator } from './answer.ts';
import type { Mediation } from './mediate-context.ts';

/** An id of ours: a letter and 128 random bits. */
export function newId(letter: string): string {
  return `${letter}_${randomBytes(16).toString('base64url')}`;
}

/** The mediator's part that opens runs and hears what the user says in them. */
export function runsOf(m: Pick<Mediation, 'recorder' | 'now'>): Pick<Mediator, 'openRun' | 'addWords'> {
  return {
    addWords: async ({ run, token, text }) => {
      const request = digestText('request', text);
      await m.recorder.record({ statements: [{ kind: 'words', body: { run, token, request } }], bodies: [{ digest: request, text }] });
    },
    openRun: async ({ principal, token, text, scope, withSecret }) => {
      const run = newId('r');
      const secret = withSecret ? `csr_${randomBytes(32).toString('base64url')}` : null;
      const expiresAtMs = m.now() + limits.runTtlMs;
      const secretDigest = secret === null ? null : digestText('token', secret);
      const request = text === null ? null : digestText('request', text);
      const written = await m.recorder.record({
        statements: [
          {
            kind: 'run-opened',
            body: { run, principal, token, request, scope: scope === null ? null : [...scope], secret: secretDigest, expiresAtMs },
          },
        ],
        changes: [{ change: 'run', id: run, secret: secretDigest, atMs: m.now() }],
        bodies: request === null || text === null ? [] : [{ digest: request, text }],
      });
      return written.ok ? { run, secret, expiresAtMs } : Promise.reject(new Error('a new run id was taken'));
    },
  };
}
