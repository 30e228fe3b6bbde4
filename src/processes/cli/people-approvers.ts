import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseJson } from '../../action/parse-json.ts';
import { visible } from '../../action/visible.ts';
import { approverShape } from '../../action/statement.ts';
import type { Approver } from '../../action/statement.ts';
import { checkPassphrase, createApproverKey, readApproverKey } from '../../approve/key-file.ts';
import { limits } from '../../limits.ts';
import { approverDirectory, checkEnrolment, signEnrolment } from '../../record/approvers.ts';
import type { Directory } from '../../record/approvers.ts';
import { trustOf } from '../../record/identity.ts';
import type { Config } from '../config.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';
import type { Book, PeopleDeps } from './people-deps.ts';
import { pinAdministrator } from './people-pin.ts';
import { askLine, passphrase } from './people-prompt.ts';

const usage = (message: string): Exit => new Exit(exits.usage, 'usage', message);

/** Where an approver's key lies, unless --key-file says otherwise: `approvers/<name>.key.json` beside the configuration. */
export function keyFileOf(config: Pick<Config, 'folder'>, approver: string, given: string | undefined): string {
  return given === undefined ? resolve(config.folder, 'approvers', `${nameOf(approver)}.key.json`) : resolve(given);
}

function nameOf(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw usage('an approver is named in lower-case letters, digits and hyphens, beginning with a letter');
  return name;
}

/** The options of `approver create`. */
export interface CreateOptions {
  readonly user: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly owns?: string;
  readonly admin?: boolean;
}

/** Makes a key. The very first approver is pinned in the configuration; every later one has to be enrolled by an administrator. */
export async function createApprover(context: Context, name: string, options: CreateOptions): Promise<void> {
  const config = context.config();
  const first = config.administrators.length === 0;
  const file = keyFileOf(config, nameOf(name), options.keyFile);
  const owns = (options.owns ?? '').split(',').filter((scope) => scope !== '');
  if (config.administrators.some((administrator) => administrator.approver === name)) throw usage(`${name} is an administrator already`);
  const draft: Approver = {
    v: 1,
    purpose: 'countersign/approver',
    installation: config.installation,
    approver: name,
    user: options.user,
    key: `ed25519:${'A'.repeat(43)}`,
    administrator: first || options.admin === true,
    owns,
    withdrawn: false,
    issuedAtMs: Date.now(),
  };
  if (!approverShape.safeParse(draft).success)
    throw usage(`a user has at most ${limits.nameCharsMax} characters, and owns at most 100 things`);
  const secret = checkPassphrase(await passphrase(options.passphraseFile, `the key of ${name}`, true));
  if (!secret.ok) throw usage(secret.message);
  const record = { ...draft, key: createApproverKey(file, name, secret.value) };
  if (first) {
    // A crash before this leaves a key file that nothing refers to: the command says so when it is run again.
    pinAdministrator(config.file, { approver: name, user: options.user, key: record.key, owns });
    context.say({ record, keyFile: file, pinned: true }, [
      `made the key of ${name} in ${file}; keep the file and its passphrase to yourself`,
      `${name} is the first approver: pinned as administrator in ${config.file}`,
      'next: restart the house if it is up, so that it knows the administrator',
    ]);
    return;
  }
  context.say({ record, keyFile: file, pinned: false }, [
    `made the key of ${name} in ${file}; keep the file and its passphrase to yourself`,
    'give this public record to an administrator, over a way on which nobody can change it:',
    JSON.stringify(record),
    'the administrator enrols it with:',
    `countersign approver enrol '<the record, or a file with it>' --as <administrator>${record.administrator ? ' --admin' : ''}`,
  ]);
}

function parseRecord(text: string): Approver {
  let value: unknown;
  try {
    value = parseJson(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8'));
  } catch {
    throw usage('the record is neither JSON nor the name of a file with JSON in it');
  }
  const parsed = approverShape.safeParse(value);
  if (!parsed.success) throw usage('this is not the record of an approver, as `countersign approver create` prints it');
  return parsed.data;
}

/** The directory as the store and the configuration give it now, with what had to be ignored. */
async function directoryOf(config: Config, book: Book): Promise<Directory> {
  const { administrators, installation } = config;
  return approverDirectory({
    administrators,
    installation,
    trust: trustOf(config.trust),
    statements: await book.store.statementsOfKind('enrolled'),
  });
}

/** The options of `approver enrol` and `approver withdraw`. */
export interface VouchOptions {
  readonly as: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly admin?: boolean;
  readonly yes?: boolean;
}

function lines(record: Approver): string[] {
  return [
    `name:  ${visible(record.approver)}`,
    `user:  ${visible(record.user)}`,
    `key:   ${record.key}`,
    `owns:  ${record.owns.map((scope) => visible(scope)).join(', ') || 'nothing'}`,
    `administrator: ${record.administrator ? 'YES: may enrol and withdraw others' : 'no'}`,
    ...(record.withdrawn ? ['withdrawn: YES'] : []),
  ];
}

async function confirm(context: Context, record: Approver, options: VouchOptions): Promise<void> {
  if (!context.json) process.stdout.write(`${lines(record).join('\n')}\n`);
  if (options.yes === true) return;
  const typed = await askLine(`Type the name (${record.approver}) to vouch for this: `, 'look at the record, then add --yes');
  if (typed.trim() !== record.approver) throw new Exit(exits.failed, 'given-up', 'given up: nothing was signed');
}

/** An administrator signs a record, and it is written down. Whoever reads it later checks the signature again. */
async function vouch(context: Context, deps: PeopleDeps, make: (directory: Directory) => Approver, options: VouchOptions): Promise<void> {
  const config = context.config();
  const book = await deps.openBook(config);
  try {
    const directory = await directoryOf(config, book);
    const wanted = make(directory);
    const before = directory.approvers.get(wanted.approver)?.issuedAtMs ?? 0;
    // The time is that of the vouching, and later than that of the record it replaces: otherwise it would count for nothing.
    const record = { ...wanted, issuedAtMs: Math.max(Date.now(), before + 1) };
    await confirm(context, record, options);
    const locked = readApproverKey(keyFileOf(config, options.as, options.keyFile));
    const key = locked.unlock(await passphrase(options.passphraseFile, `the key of ${options.as}`));
    if (!key.ok) throw exitRefused(key);
    const body = { record, by: options.as, signature: signEnrolment(key.value, record) };
    const pinned = new Set(config.administrators.map((administrator) => administrator.approver));
    const checked = checkEnrolment(directory.approvers, pinned, config.installation, body);
    if (!checked.ok) throw exitRefused(checked);
    const written = await book.recorder.record({ statements: [{ kind: 'enrolled', body }] });
    if (!written.ok) throw new Exit(exits.failed, 'store-failed', 'the enrolment could not be recorded: try again');
    context.say({ record, by: options.as }, [
      record.withdrawn
        ? `${record.approver} is withdrawn: their signatures count for nothing from now on`
        : `${record.approver} is enrolled`,
    ]);
  } finally {
    await book.close();
  }
}

/** Enrols an approver, or replaces what is said of one. */
export async function enrolApprover(context: Context, deps: PeopleDeps, text: string, options: VouchOptions): Promise<void> {
  const record = parseRecord(text);
  nameOf(record.approver);
  // The record was made by the person whom it is about: what it claims is granted only by the administrator's own words.
  if (record.administrator && options.admin !== true)
    throw usage('the record asks for the rights of an administrator: add --admin if you mean to give them');
  if (record.withdrawn) throw usage('the record is of a withdrawn approver: use `countersign approver withdraw`');
  await vouch(context, deps, () => record, options);
}

/** Withdraws an approver. */
export async function withdrawApprover(context: Context, deps: PeopleDeps, name: string, options: VouchOptions): Promise<void> {
  const make = ({ approvers }: Directory): Approver => {
    const known = approvers.get(name);
    if (known === undefined)
      throw new Exit(exits.refused, 'unknown-approver', 'there is no such approver: `countersign approver list` shows them');
    return { ...known, withdrawn: true };
  };
  await vouch(context, deps, make, options);
}

/** Lists the approvers, and what was ignored in the store. */
export async function listApprovers(context: Context, deps: PeopleDeps): Promise<void> {
  const config = context.config();
  const book = await deps.openBook(config);
  try {
    const { approvers, problems } = await directoryOf(config, book);
    const pinned = new Set(config.administrators.map((administrator) => administrator.approver));
    const all = [...approvers.values()].map((record) => ({ ...record, pinned: pinned.has(record.approver) }));
    const line = (record: (typeof all)[number]): string =>
      [
        visible(record.approver).padEnd(16),
        `user ${visible(record.user)}`,
        ...(record.withdrawn ? ['WITHDRAWN'] : []),
        ...(record.administrator ? [record.pinned ? 'administrator (pinned)' : 'administrator'] : []),
        ...(record.owns.length > 0 ? [`owns ${record.owns.map((scope) => visible(scope)).join(', ')}`] : []),
        record.key,
      ].join('  ');
    context.say({ approvers: all, problems }, [
      ...(all.length === 0 ? ['there are no approvers yet: `countersign approver create <name> --user <user>`'] : all.map(line)),
      ...problems.map((problem) => `WARNING: ${problem}`),
    ]);
  } finally {
    await book.close();
  }
}
