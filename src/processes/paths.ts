import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { digestText } from '../action/digest.ts';
import type { SignerName } from '../action/statement.ts';

/** Where everything of an installation lies. */
export interface Paths {
  readonly store: string;
  readonly log: string;
  /** The folder of the sockets, for this user only. */
  readonly run: string;
  readonly keys: string;
  /** The secret under which the hands make fingerprints of credentials. */
  readonly fingerprints: string;
  /** The secrets that `countersign hooks rotate` made, by endpoint. */
  readonly hooks: string;
  /** The folder of a hand: tokens of linked accounts that are not in their place, or not any more. */
  accounts(zone: 'read' | 'write'): string;
  socket(process: string): string;
  key(name: SignerName): string;
}

/** The longest name of a Unix socket that every system takes (macOS: 104 bytes with the closing zero). */
const socketPathBytesMax = 103;

/** Where everything of an installation lies, below its data folder; the sockets lie in the temporary folder if their names would be too long there. */
export function paths(config: { readonly data: string }): Paths {
  const at = (...parts: string[]): string => resolve(config.data, ...parts);
  const fits = Buffer.byteLength(at('run', 'executor.sock')) <= socketPathBytesMax;
  const run = fits ? at('run') : join(tmpdir(), `countersign-${digestText('body', config.data).slice(-16)}`);
  return {
    store: at('store.db'),
    log: at('log'),
    run,
    keys: at('keys'),
    fingerprints: at('keys', 'fingerprints.secret'),
    hooks: at('hooks'),
    accounts: (zone) => at('accounts', zone),
    socket: (process) => join(run, `${process}.sock`),
    key: (name) => at('keys', `${name}.key`),
  };
}
