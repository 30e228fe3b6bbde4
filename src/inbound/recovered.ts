import { createHash, randomBytes } from 'node:crypto';
import { digestText } from '../action/digest.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Draft } from '../action/statement.ts';
import type { Grades } from '../action/vocabulary.ts';
import { limits } from '../limits.ts';
import type { GroupRecorder, Recorder } from '../record/recorder.ts';
import type { Change } from '../store/store.ts';
import type { MissedDelivery, Question } from '../wire/messages.ts';
import { wantsGrades } from './consumers.ts';
import type { Consumer } from './consumers.ts';

/*
 * Deliveries that never arrived, and that the sender told us of when the reader asked. Nobody signed them for us: each is a
 * hint, which starts a read with our own credential, shows nothing and authorises nothing.
 */

/** What taking them in works with. */
export interface RecoverParts {
  readonly recorder: Pick<GroupRecorder, 'recordTogether'>;
  readonly consumersOf: (endpoint: string) => readonly Consumer[];
  readonly now: () => number;
  readonly onEvent: () => void;
}

const grades: Grades = { bodyIntegrity: 'none', freshness: 'none', source: 'none', trust: 'hint' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * What makes a recovered delivery the same as another: the sender's id of it, in a domain of its own. So looking twice finds
 * nothing twice, and no claim of this kind can stand in the way of a delivery that comes after all.
 */
export function recoveredKey(endpoint: string, providerId: string): string {
  return sha256(`countersign/recovered/v1\0${endpoint}\0${providerId}`);
}

/** Ids by dotted path, as the object in which they stood. A path that runs through a value is left out. */
function nested(ids: MissedDelivery['ids']): Record<string, Json> {
  const root: Record<string, Json> = {};
  for (const [path, value] of Object.entries(ids).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at: Record<string, Json> | null = root;
    for (const name of names) {
      const next: Json | undefined = at !== null && Object.hasOwn(at, name) ? at[name] : undefined;
      if (at === null || (next !== undefined && !isObject(next))) at = null;
      else at = next === undefined ? (at[name] = {}) : next;
    }
    if (at !== null && !Object.hasOwn(at, last)) at[last] = value;
  }
  return root;
}

/** The write of one recovered delivery: claim, event and queue in one transaction, like a delivery that came by itself. */
function writeOf(
  parts: RecoverParts,
  about: { readonly endpoint: string; readonly provider: string },
  missed: MissedDelivery,
): Parameters<Recorder['record']>[0] {
  const { endpoint, provider } = about;
  const atMs = parts.now();
  const event = `e_${randomBytes(16).toString('base64url')}`;
  const text = JSON.stringify(nested(missed.ids));
  const [signed, body] = [recoveredKey(endpoint, missed.providerId), sha256(text)];
  const original = { digest: digestText('body', text), text };
  const received: Draft<'event-received'> = {
    kind: 'event-received',
    body: {
      event,
      endpoint,
      provider,
      names: [missed.name],
      tenant: {},
      secret: null,
      grades,
      doubts: ['body-unsigned', 'event-unproved', 'tenant-unproved'],
      schema: `${provider}/recovered/1`,
      signed,
      body,
      bodyBytes: Buffer.byteLength(text),
      original: original.digest,
    },
  };
  const keepUntilMs = atMs + limits.webhookKeepMs;
  const queued = parts.consumersOf(endpoint).filter((consumer) => wantsGrades(consumer, [missed.name], grades));
  return {
    statements: [received],
    changes: [
      { change: 'claim', row: { signed, endpoint, message: null, body, event, keepUntilMs } },
      { change: 'event', id: event, endpoint, atMs },
      ...queued.map(({ name }): Change => ({ change: 'enqueue', consumer: name, endpoint, event, atMs })),
    ],
    bodies: [original],
  };
}

/** What became of what was found. `moved`, of a list of changes: whether the next look begins where this one ended. */
export interface Recovered {
  readonly taken: number;
  readonly known: number;
  readonly moved?: boolean;
}

/**
 * Takes in what was missed, the oldest first, and moves the cursor behind it. All of it is one transaction: a crash before it
 * leaves the cursor where it was, and the next look finds the same again; after it, the next look begins behind. If another
 * look has moved the cursor meanwhile, what this one found is taken all the same: its claims keep out what is known.
 */
export async function takeRecovered(
  parts: RecoverParts,
  about: { readonly endpoint: string; readonly provider: string },
  found: Pick<Question<'recovered'>, 'deliveries' | 'cursor'>,
): Promise<Recovered> {
  const { deliveries, cursor } = found;
  const inOrder = deliveries.toSorted((a, b) => a.atMs - b.atMs);
  const writes: Parameters<Recorder['record']>[0][] = inOrder.map((one) => writeOf(parts, about, one));
  if (cursor !== undefined) writes.push({ changes: [{ change: 'cursor', endpoint: about.endpoint, ...cursor, atMs: parts.now() }] });
  const written = await parts.recorder.recordTogether(writes);
  const taken = written.slice(0, inOrder.length).filter((one) => one.ok).length;
  if (taken > 0) parts.onEvent();
  return { taken, known: inOrder.length - taken, ...(cursor === undefined ? {} : { moved: written.at(-1)?.ok === true }) };
}
