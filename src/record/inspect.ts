import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { parseJson } from '../action/parse-json.ts';
import { signers } from '../action/statement.ts';
import type { Body, Statement } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { foundBy, sameWords } from '../store/found-by.ts';
import type { Entry, FiledEntry, Store } from '../store/store.ts';
import { openAs, statementOpener } from './identity.ts';
import type { Trust } from './identity.ts';
import { leafBytes } from './leaf.ts';
import { openNumbering } from './numbering.ts';
import type { Recorder } from './recorder.ts';

/** An entry that may have a place, and its bytes in the log. */
export interface Accepted {
  readonly entry: Entry;
  readonly leaf: Uint8Array;
}

/** Decides which entries get a place. */
export interface Inspector {
  /**
   * Is told a statement that has a place already.
   * @throws CountersignError `log-corrupt` if it is none, or the store does not find it where it belongs
   */
  readonly known: (entry: FiledEntry) => void;
  /**
   * Looks at entries that have no place yet, and records an alarm for each that is not as it should be. The alarms are on
   * disk when this resolves, so that a crash cannot lose one. `settle` is to be called once the accepted ones have places.
   */
  inspect(entries: readonly FiledEntry[]): Promise<{ readonly accepted: readonly Accepted[]; readonly settle: () => void }>;
}

type Alarm = Body<'alarm'>;

const about = (entry: Entry): string => `position ${entry.pos} of the store`;

/** Writes alarms, each only once, whatever was interrupted before; a flood becomes one line. */
async function raise(
  alarms: readonly Alarm[],
  { store, trust, recorder }: { store: Store; trust: Trust; recorder: Recorder },
): Promise<void> {
  const old = (await store.statementsOfKind('alarm')).map((entry) => openAs(trust, entry, 'alarm'));
  const said = new Set(
    old.flatMap((opened) => (opened.ok && opened.value.by === 'ledger' ? [`${opened.value.body.code} ${opened.value.body.about}`] : [])),
  );
  const fresh = alarms.filter((alarm) => !said.has(`${alarm.code} ${alarm.about}`));
  const some = fresh.slice(0, limits.alarmsPerSealMax);
  const last = fresh.at(-1);
  if (fresh.length > some.length && last !== undefined)
    some.push({
      code: 'many-alarms',
      message: `${fresh.length - some.length} more entries of the store are not as they should be`,
      about: `up to ${last.about}`,
    });
  if (some.length === 0) return;
  const written = await recorder.record({ statements: some.map((body) => ({ kind: 'alarm', body })) });
  if (!written.ok) throw new CountersignError('bug', 'an alarm has no condition that could fail');
}

function headOf(bytes: string): (Pick<Statement, 'by' | 'boot' | 'n'> & { readonly kind: string; readonly body: Json }) | null {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { by, boot, n, kind, body } = value;
  const maker = signers.find((name) => name === by);
  const whole = maker !== undefined && typeof boot === 'string' && typeof n === 'number' && typeof kind === 'string' && body !== undefined;
  return whole ? { by: maker, boot, n, kind, body } : null;
}

/** Opens the inspector of a ledger. */
export function openInspector(parts: { readonly store: Store; readonly trust: Trust; readonly recorder: Recorder }): Inspector {
  const numbering = openNumbering();
  const open = statementOpener(parts.trust);

  const look = (entry: FiledEntry, alarms: Alarm[]): readonly Accepted[] => {
    const refused = (code: string, message: string): readonly Accepted[] => {
      alarms.push({ code, message, about: about(entry) });
      return [];
    };
    // The row may have been written by anybody who can open the file of the store.
    const opened = open(entry);
    if (!opened.ok) return refused('forged-entry', `an entry of the store got no place in the log: ${opened.message}`);
    const leaf = leafBytes(entry);
    if (leaf.length > limits.logEntryBytesMax)
      return refused('oversized-entry', 'an entry of the store got no place in the log: it is too large');
    const numbered = numbering.see(opened.value);
    if (numbered.is === 'repeated')
      return refused(
        'repeated-entry',
        'an entry of the store got no place in the log: its maker has numbered another one so, or it is a copy',
      );
    if (numbered.is === 'after-gap')
      alarms.push({
        code: 'missing-entries',
        message: `${numbered.missing} statements of the ${opened.value.by} are not in the store where they should be, from number ${numbered.from} of its life ${opened.value.boot}`,
        about: about(entry),
      });
    // It is a fact all the same; but whoever looks for it in the store does not find it.
    if (!sameWords(entry.under, foundBy(opened.value)))
      alarms.push({ code: 'misfiled-entry', message: 'an entry of the store lies under other words than its own', about: about(entry) });
    return [{ entry, leaf }];
  };

  return {
    known: (entry) => {
      // Its signature and form were checked when it got its place, and the checkpoint covers it. What it is found by is covered by nothing.
      const head = headOf(entry.bytes);
      if (head === null) throw new CountersignError('log-corrupt', 'the log holds an entry that is not a statement');
      if (!sameWords(entry.under, foundBy(head)))
        throw new CountersignError(
          'log-corrupt',
          `${about(entry)} lies under other words than its own, so that nobody finds it: somebody has changed the store. Nothing more is sealed: restore the log and the store from the same backup`,
        );
      numbering.see(head);
      numbering.keep();
    },
    inspect: async (entries) => {
      numbering.drop();
      const alarms: Alarm[] = [];
      const accepted = entries.flatMap((entry) => look(entry, alarms));
      if (alarms.length > 0) await raise(alarms, parts);
      return { accepted, settle: () => numbering.keep() };
    },
  };
}
