import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { statementShapes } from '../../action/statement.ts';
import type { StatementKind } from '../../action/statement.ts';
import { limits } from '../../limits.ts';
import { openStatement, trustOf } from '../../record/identity.ts';
import type { Trust } from '../../record/identity.ts';
import { parseLeaf } from '../../record/leaf.ts';
import { openLogFiles } from '../../record/log-files.ts';
import { ledgerKeys, ledgerVkey } from '../../record/note-keys.ts';
import { proveEntry } from '../../record/prove.ts';
import { readEntries } from '../../record/read-log.ts';
import { statementLine } from '../../record/show.ts';
import { verifyLog } from '../../record/verify-log.ts';
import type { People } from '../../record/verify-people.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import type { Entry, Store } from '../../store/store.ts';
import { loadConfig } from '../config.ts';
import { paths } from '../paths.ts';
import { action, common, Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

interface Place {
  readonly folder: string;
  readonly origin: string;
  readonly trust: Trust;
  readonly vkeys: readonly string[];
  readonly people: People;
}

interface PlaceOptions {
  readonly folder?: string;
  readonly trust?: string;
}

/** Which log, and whose keys: those of this installation, or a copy of a log and the configuration that names its keys. */
function placeOf(context: Context, options: PlaceOptions): Place {
  const config = options.trust === undefined ? context.config() : loadConfig(options.trust);
  const origin = `countersign.local/${config.installation}`;
  return {
    folder: options.folder === undefined ? paths(config).log : resolve(options.folder),
    origin,
    trust: trustOf(config.trust),
    vkeys: (config.trust.ledger ?? []).map((text) => ledgerVkey(origin, text)),
    people: {
      installation: config.installation,
      administrators: config.administrators,
      owners: new Map(Object.entries(config.systems).map(([system, { owners }]) => [system, owners])),
    },
  };
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return value;
}

function atLeastOne(text: string): number {
  const value = count(text);
  if (value === 0) throw new InvalidArgumentError('It is at least 1.');
  return value;
}

function kindOf(text: string): StatementKind {
  const kind = (Object.keys(statementShapes) as StatementKind[]).find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError(`It is one of ${Object.keys(statementShapes).join(', ')}.`);
  return kind;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Exit(exits.usage, 'not-found', `${resolve(file)} cannot be read`);
  }
}

async function verify(context: Context, command: Command): Promise<void> {
  const options = command.opts<PlaceOptions & { against?: string }>();
  const place = placeOf(context, options);
  const against = options.against === undefined ? {} : { against: readText(options.against) };
  const report = await verifyLog({ ...place, vkey: place.vkeys, ...against });
  const lines = report.problems.map(({ code, at, message }) => `${at}: ${message} (${code})`);
  if (report.cut) lines.push(`There are more than ${report.problems.length} problems: the rest was not looked at.`);
  lines.push(...report.unchecked.map((what) => `Not checked: ${what}.`));
  if (report.beyond > 0)
    lines.push(
      `The files have ${report.beyond} entries beyond the checkpoint: the ledger is writing, was interrupted, or the checkpoint was put back to an earlier one.`,
    );
  lines.push(
    report.ok
      ? `The log is good: ${report.entries} entries, root ${report.root ?? '-'}`
      : `The log of ${report.entries} entries is NOT good.`,
  );
  if (!report.ok) process.exitCode = exits.failed;
  context.say({ origin: place.origin, vkeys: place.vkeys, ...report }, lines);
}

/** The last entries of the store. Positions may have gaps, so that the window grows until it holds enough. */
async function lastEntries(store: Store, last: number): Promise<readonly Entry[]> {
  const sealed = (await store.lastSequenced())?.pos ?? 0;
  for (let window = last; ; window *= 2) {
    const after = Math.max(-1, sealed - window);
    const found: Entry[] = [];
    for (let pos = after; ;) {
      const page = await store.entriesAfter(pos, limits.sealBatchMax);
      const end = page.at(-1);
      if (end === undefined) break;
      found.push(...page);
      if (found.length > 2 * limits.logShowEntriesMax) found.splice(0, found.length - limits.logShowEntriesMax);
      pos = end.pos;
    }
    if (found.length >= last || after < 0) return found.slice(-last);
  }
}

interface ShowOptions {
  readonly proposal?: string;
  readonly kind?: StatementKind;
  readonly last: number;
}

async function selected(store: Store, { proposal, kind, last }: ShowOptions): Promise<readonly Entry[]> {
  if (proposal !== undefined) return store.statementsOf(proposal);
  return kind === undefined ? lastEntries(store, Math.min(last, limits.logShowEntriesMax)) : store.statementsOfKind(kind);
}

async function show(context: Context, command: Command): Promise<void> {
  const options = command.opts<ShowOptions>();
  const config = context.config();
  const trust = trustOf(config.trust);
  const store = await openSqliteStore(paths(config).store);
  try {
    const rows = [];
    for (const entry of await selected(store, options)) {
      const opened = openStatement(trust, entry);
      if (opened.ok && options.kind !== undefined && opened.value.kind !== options.kind) continue;
      rows.push({ entry, opened, seq: await store.placeOf(entry.pos) });
    }
    const shown = rows.slice(-options.last);
    context.say(
      shown.map(({ opened, seq, entry }) =>
        opened.ok ? { seq, pos: entry.pos, statement: opened.value } : { seq, pos: entry.pos, problem: opened.code },
      ),
      shown.map(({ opened, seq, entry }) =>
        opened.ok ? statementLine(opened.value, seq) : `       ! position ${entry.pos} of the store: ${opened.message}`,
      ),
    );
  } finally {
    await store.close();
  }
}

async function prove(context: Context, command: Command): Promise<void> {
  const place = placeOf(context, command.opts<PlaceOptions>());
  const [text = ''] = command.args;
  if (!/^\d{1,15}$/.test(text))
    throw new Exit(exits.usage, 'bad-arguments', 'the number of an entry is a whole number, as `countersign log show` prints it');
  const proof = await proveEntry({ ...place, keys: ledgerKeys(place.origin, place.trust) }, Number(text));
  if (!proof.ok) throw exitRefused(proof);
  // The text ends with a newline of its own.
  if (context.json) context.say({ seq: Number(text), vkeys: place.vkeys, proof: proof.value }, []);
  else process.stdout.write(proof.value);
}

function exportLine(trust: Trust, seq: number, entry: Uint8Array): string {
  const signed = parseLeaf(entry);
  if (signed === null) return JSON.stringify({ seq, problem: 'not-a-statement' });
  const opened = openStatement(trust, signed);
  return JSON.stringify({ seq, ...(opened.ok ? { statement: opened.value } : { problem: opened.code }), ...signed });
}

async function exportLog(context: Context, command: Command): Promise<void> {
  const options = command.opts<PlaceOptions & { jsonl?: boolean; from: number }>();
  if (options.jsonl !== true) throw new Exit(exits.usage, 'bad-arguments', 'say in which format: --jsonl');
  const place = placeOf(context, options);
  const files = openLogFiles(place.folder);
  for await (const { seq, entry } of readEntries(files, { ...place, keys: ledgerKeys(place.origin, place.trust) }, options.from)) {
    if (!process.stdout.write(`${exportLine(place.trust, seq, entry)}\n`))
      await new Promise((resume) => process.stdout.once('drain', resume));
  }
}

/** Adds `log verify`, `log show`, `log proof` and `log export`. */
export function registerLog(program: Command): void {
  const log = program.command('log').description('look at the log, verify it, take proofs and exports out of it');
  const copy = (command: Command): Command =>
    common(command)
      .option('--folder <dir>', 'a copy of a log instead of the one of this installation')
      .option('--trust <config>', 'the configuration that names the keys and the installation of that log');

  copy(
    log
      .command('verify')
      .description('check everything offline, from the files and the public keys alone; ends with 1 if anything is wrong'),
  )
    .option('--against <file>', 'an older checkpoint that you kept: the log must have grown from it')
    .action(action(verify));
  common(log.command('show').description('one line for each entry, the newest last'))
    .option('--proposal <id>', 'only what happened to this proposal')
    .option('--kind <kind>', 'only entries of this kind', kindOf)
    .option('--last <n>', 'how many entries', atLeastOne, limits.logShowEntries)
    .action(action(show));
  copy(log.command('proof').description('print a proof that an entry is in the log (c2sp.org/tlog-proof)'))
    .argument('<seq>', 'the number of the entry')
    .action(action(prove));
  copy(log.command('export').description('print every sealed entry'))
    .option('--jsonl', 'one JSON document on each line')
    .option('--from <seq>', 'begin at this entry', count, 0)
    .action(action(exportLog));
}
