import { z } from 'zod';
import { limits } from '../limits.ts';
import { eventId as event, runId as run } from './ids.ts';
import { content, grades, hash, source, text, timeMs } from './vocabulary.ts';

/*
 * The statements of the hooks door: what came in from outside, and to whom it was handed over.
 */

const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** The body of each of these statements, as in `statementShapes`. */
export const eventStatements = {
  /** A delivery from outside that was proved and taken. What it holds is a third party's text, kept apart under `original`. */
  'event-received': z.strictObject({
    event,
    endpoint: text(limits.shortNameCharsMax),
    provider: text(limits.shortNameCharsMax),
    /** The names of the events in it. */
    names: z.array(text(limits.webhookValueCharsMax)).max(limits.eventNamesMax),
    /** What was proved of whose it is. */
    tenant: z.record(text(limits.shortNameCharsMax), text(limits.webhookValueCharsMax)),
    /** The id of the secret that proved it; never the secret. Null: nothing did, because we asked the sender what we had missed. */
    secret: text().nullable(),
    grades,
    doubts: z.array(text(limits.shortNameCharsMax)).max(10),
    schema: text(limits.longNameCharsMax),
    /** Lower-case hex SHA-256 of the signed bytes (under a domain and the endpoint), and of the body (as `digestText('body', …)`). */
    signed: hex,
    body: hex,
    bodyBytes: z.int().min(0),
    original: hash.nullable(),
  }),
  /** Deliveries that were not taken, counted: strangers must not be able to fill the log. */
  'deliveries-refused': z.strictObject({
    endpoint: z.string().max(limits.shortNameCharsMax),
    reason: text(limits.shortNameCharsMax),
    count: z.int().min(1),
    firstAtMs: timeMs,
    lastAtMs: timeMs,
    /** Of the last one's body. Null: it was not read. */
    body: hex.nullable(),
  }),
  /** A step of setting an endpoint up was answered. */
  handshake: z.strictObject({
    endpoint: text(limits.shortNameCharsMax),
    provider: text(limits.shortNameCharsMax),
    step: text(limits.shortNameCharsMax),
    secret: text().nullable(),
  }),
  /**
   * A person grants what a sender asked for with an event: `asked` is durable before anything is sent, and then what came of it.
   * `note`: the subscription, or why there is none.
   */
  'event-confirmed': z.strictObject({
    event,
    endpoint: text(limits.shortNameCharsMax),
    topic: text(limits.webhookValueCharsMax),
    state: z.enum(['asked', 'confirmed', 'refused', 'unknown']),
    note: z.string().max(limits.lineCharsMax),
  }),
  /** What was handed to a consumer, as it was shown; with a run, that run has read it. */
  'event-given': z.strictObject({
    event,
    consumer: text(limits.shortNameCharsMax),
    run: run.nullable(),
    grades,
    source,
    shown: hash,
    shownBytes: z.int().min(0),
    content,
    facts: hash.nullable(),
  }),
  /** What became of an event with a consumer. `waiting`: a person asked for it once more. */
  'event-settled': z.strictObject({
    event,
    consumer: text(limits.shortNameCharsMax),
    state: z.enum(['done', 'dead', 'waiting']),
    attempts: z.int().min(0),
    note: z.string().max(limits.shownNameCharsMax),
  }),
  /** A secret of an endpoint begins to count, or ends: by the operator, or by what its sender installs. Never the secret. */
  'hook-secret': z.strictObject({
    endpoint: text(limits.shortNameCharsMax),
    secret: text(),
    change: z.enum(['added', 'ends']),
    atMs: timeMs,
  }),
} as const;
