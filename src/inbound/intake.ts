import { randomBytes } from 'node:crypto';
import { digestDomain } from '../action/digest.ts';
import type { Draft } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import type { ClaimRow } from '../store/events.ts';
import type { Change, Store } from '../store/store.ts';
import { gradesOf, wants } from './consumers.ts';
import type { Consumer } from './consumers.ts';
import type { Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import type { Installs } from './install.ts';
import type { Refusals } from './refusals.ts';
import { gradeReplay } from './replay.ts';
import { refusedAnswer } from './verdict.ts';
import type { Accepted, Answer, Handshaken, ReplayKeys, Verdict } from './verdict.ts';
import { verifyDelivery } from './verify.ts';

/** What the intake works with. */
export interface IntakeParts {
  readonly store: Pick<Store, 'claims'>;
  readonly recorder: Recorder;
  readonly refusals: Refusals;
  readonly crypto: WebhookCrypto;
  /** Who is told of the events of an endpoint. */
  readonly consumersOf: (endpoint: string) => readonly Consumer[];
  readonly alarm: (code: string, message: string, about: string) => void;
  readonly now: () => number;
  /** Who follows installations; left out, their secrets are dropped. */
  readonly installs?: Installs;
  /** Called after an event is durable. */
  readonly onEvent: () => void;
}

/** What is sent to a sender whose delivery was taken, now or before. */
export const takenAnswer: Answer = { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };

/** What is sent when nothing can be made durable. The sender is to come again: nothing was taken, nothing was forgotten. */
export const laterAnswer: Answer = { status: 503, contentType: 'text/plain; charset=utf-8', body: 'later\n' };

const [timeBytes, chanceBytes] = [6, 10];
let drawn = Buffer.alloc(0);

/**
 * 48 bits of the time and 80 of chance, as in a UUID of version 7 (RFC 9562): events of one moment lie beside each other in
 * every index of the store. Chance is drawn for many events at once: asking the machine for it costs more than a signature.
 */
function newEventId(atMs: number): string {
  if (drawn.length < chanceBytes) drawn = randomBytes(chanceBytes * limits.eventIdsDrawn);
  const bytes = Buffer.allocUnsafe(timeBytes + chanceBytes);
  bytes.writeUIntBE(atMs, 0, timeBytes);
  drawn.copy(bytes, timeBytes, 0, chanceBytes);
  drawn = drawn.subarray(chanceBytes);
  return `e_${bytes.toString('base64url')}`;
}

/** Every digest under which the same delivery could come again. */
const digestsOf = ({ signedDigest, alsoSigned = [] }: ReplayKeys): readonly string[] => [...new Set([signedDigest, ...alsoSigned])];

/** The claims of a delivery's bytes. `event` is empty if they are none. */
function claimsOf(endpoint: string, replay: ReplayKeys, event: string): readonly Change[] {
  const { messageId, bodyDigest, keepUntilMs } = replay;
  return digestsOf(replay).map((signed, i) => {
    const message = i === 0 ? messageId : null; // it is unique: one row has it
    return { change: 'claim', row: { signed, endpoint, message, body: bodyDigest, event, keepUntilMs } };
  });
}

/** The row that these bytes were claimed with, under whichever signature, and the row that has the message id. */
async function claimedBefore(
  { store }: IntakeParts,
  endpoint: string,
  replay: ReplayKeys,
): Promise<{ readonly byBytes: ClaimRow | null; readonly byMessage: ClaimRow | null }> {
  const digests = digestsOf(replay);
  const rows = (await Promise.all(digests.map((signed) => store.claims(endpoint, signed, replay.messageId)))).flat();
  const byMessage = rows.find((row) => replay.messageId !== null && row.endpoint === endpoint && row.message === replay.messageId);
  return { byBytes: rows.find((row) => digests.includes(row.signed)) ?? null, byMessage: byMessage ?? null };
}

/** Everything that one accepted delivery makes durable, in one transaction: the claim, the event, and who waits for it. */
function writeOf(parts: IntakeParts, verdict: Accepted, bodyBytes: number): Parameters<Recorder['record']>[0] {
  const atMs = parts.now();
  const event = newEventId(atMs);
  const { endpoint, replay, text, textDigest } = verdict;
  const original = text === null || textDigest === null ? null : { digest: `sha256:${textDigest}` as const, text };
  const received: Draft<'event-received'> = {
    kind: 'event-received',
    body: {
      event,
      endpoint,
      provider: verdict.provider,
      names: verdict.events.slice(0, limits.eventNamesMax),
      tenant: verdict.tenant,
      secret: verdict.secretId,
      grades: gradesOf(verdict),
      doubts: [...verdict.doubts],
      schema: verdict.schemaId,
      signed: replay.signedDigest,
      body: replay.bodyDigest,
      bodyBytes,
      original: original?.digest ?? null,
    },
  };
  const queued = parts.consumersOf(endpoint).filter((consumer) => wants(consumer, verdict));
  return {
    statements: [received],
    changes: [
      ...claimsOf(endpoint, replay, event),
      { change: 'event', id: event, endpoint, atMs },
      ...queued.map(({ name }): Change => ({ change: 'enqueue', consumer: name, endpoint, event, atMs })),
    ],
    bodies: original === null ? [] : [original],
  };
}

/** The claim was refused: these bytes, or this message id, came before. */
async function repeated(parts: IntakeParts, { endpoint, replay }: Accepted): Promise<Answer> {
  const { byBytes, byMessage } = await claimedBefore(parts, endpoint, replay);
  const grade = gradeReplay(replay, { bySignedDigest: byBytes !== null, bodyDigestOfMessageId: byMessage?.body ?? null });
  if (grade === 'duplicate') {
    // What came before may have had some of its signatures only: the others could come alone.
    const event = (byBytes ?? byMessage)?.event ?? '';
    const rest = digestsOf(replay).length > 1 ? claimsOf(endpoint, { ...replay, messageId: null }, event) : [];
    await Promise.all(rest.map((claim) => parts.recorder.record({ changes: [claim] })));
    parts.refusals.count({ endpoint, reason: 'duplicate', body: replay.bodyDigest });
    return takenAnswer;
  }
  parts.refusals.count({ endpoint, reason: 'conflict', body: replay.bodyDigest });
  if (grade === 'first') return laterAnswer; // the row that stood in the way is gone: its time was over at this moment
  parts.alarm(
    'webhook-conflict',
    'a delivery came with the id of an earlier one and another body: its sender broke its own rule, or its secret is in other hands',
    endpoint,
  );
  return refusedAnswer;
}

async function accept(parts: IntakeParts, verdict: Accepted, bodyBytes: number, more: readonly Draft[] = []): Promise<Answer> {
  const write = writeOf(parts, verdict, bodyBytes);
  const written = await parts.recorder.record({ ...write, statements: [...(write.statements ?? []), ...more] });
  if (!written.ok) return written.change === 'claim' ? repeated(parts, verdict) : laterAnswer;
  parts.onEvent();
  return takenAnswer;
}

/** Accepts a delivery; what it says of an installation is followed around the commit. */
async function acceptFrom(parts: IntakeParts, endpoint: Endpoint, verdict: Accepted, bodyBytes: number): Promise<Answer> {
  const { installation, replay } = verdict;
  if (installation === undefined || parts.installs === undefined) return accept(parts, verdict, bodyBytes);
  return parts.installs.take({
    endpoint,
    verdict,
    installation,
    seen: async () => {
      const { byBytes, byMessage } = await claimedBefore(parts, verdict.endpoint, replay);
      return byBytes !== null ? 'same' : byMessage === null ? 'never' : 'other';
    },
    commit: async (statements) => {
      const answer = await accept(parts, verdict, bodyBytes, statements);
      return { taken: answer === takenAnswer, answer };
    },
    repeat: () => repeated(parts, verdict),
  });
}

/** Of a refused body, for whoever looks for it later. Large ones are not worth a second look at their bytes. */
function digestOf({ crypto }: IntakeParts, { body }: Delivery): string | null {
  return body.length > limits.hooksRefusedDigestBytesMax ? null : crypto.sha256([digestDomain('body'), body]);
}

/**
 * Records a step of setting up, once. Whom nothing proves must not be able to fill the log, nor may whoever has copied what was
 * proved: such steps are counted. They are answered all the same, because a sender may repeat its own.
 */
async function recordHandshake(parts: IntakeParts, { endpoint, provider, secretId, replay }: Handshaken): Promise<void> {
  const written =
    replay !== null &&
    (await parts.recorder.record({
      statements: [{ kind: 'handshake', body: { endpoint, provider, step: 'answered', secret: secretId } }],
      changes: claimsOf(endpoint, { ...replay, messageId: null }, ''),
    }));
  if (written === false || !written.ok) parts.refusals.count({ endpoint, reason: 'handshake', body: null });
}

async function settle(parts: IntakeParts, endpoint: Endpoint, verdict: Verdict, delivery: Delivery): Promise<Answer> {
  switch (verdict.outcome) {
    case 'refused':
      parts.refusals.count({ endpoint: verdict.endpoint, reason: verdict.reason, body: digestOf(parts, delivery) });
      return refusedAnswer;
    case 'handshake':
      await recordHandshake(parts, verdict);
      return verdict.answer;
    case 'accepted':
      return acceptFrom(parts, endpoint, verdict, delivery.body.length);
  }
}

/**
 * Judges a delivery and makes it durable before it is answered: verify, then in one transaction the claim of its bytes, the
 * event and its place in every queue. So a crash leaves either nothing, and the sender's retry is the first, or all of it.
 * Never throws because of a delivery; without a store the answer is `laterAnswer`.
 */
export async function takeDelivery(parts: IntakeParts, endpoint: Endpoint, delivery: Delivery): Promise<Answer> {
  const verdict = verifyDelivery(endpoint, delivery, parts.now(), parts.crypto);
  try {
    const answer = await settle(parts, endpoint, verdict, delivery);
    return answer === takenAnswer ? (endpoint.provider.acceptedAnswer ?? answer) : answer;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'store-failed') {
      parts.refusals.count({ endpoint: endpoint.id, reason: 'store', body: null });
      return laterAnswer;
    }
    throw error;
  }
}
