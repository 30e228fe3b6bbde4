import { z } from 'zod';
import type { Json } from '../action/json.ts';
import { attemptId, eventId, proposalId, runId } from '../action/ids.ts';
import { limits } from '../limits.ts';
import { countersignatureShape } from '../action/statement.ts';
import { grades } from '../action/vocabulary.ts';

/*
 * The only words that processes may say to each other, as one table. A socket accepts what its row names and nothing
 * else. No message carries authority: a read request is a statement that the gateway signed, and a wake-up only says
 * "look at this proposal", after which the executor checks everything from the store's signed statements.
 */

const json = z.custom<Json>((value) => value !== undefined);
const signed = z.strictObject({ bytes: z.string(), key: z.string(), sig: z.string() });
const body = z.string();
const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const lease = z.int().min(1);

/** A delivery that somebody captured, to be judged. `body` in base64. */
const capturedShape = z.strictObject({
  endpoint: name,
  method: z.string().max(20),
  target: z.string().max(limits.webhookHeaderCharsMax),
  headers: z.record(z.string().max(200), z.array(z.string()).max(10)),
  body: z.base64().max(Math.ceil(limits.hooksJudgeBytesMax / 3) * 4),
  source: grades.shape.source,
  atMs: z.int().min(0),
});

/** A delivery that was missed: the sender's id of it, the event's name, and the ids in it, by dotted path. Never a text. */
export const missedShape = z.strictObject({
  providerId: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(limits.webhookValueCharsMax),
  name: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(limits.webhookValueCharsMax),
  atMs: z.int().min(0),
  ids: z.record(
    z.string().regex(/^[A-Za-z_]{1,40}(?:\.[A-Za-z_]{1,40}){0,3}$/),
    z.union([
      z.int(),
      z.boolean(),
      z
        .string()
        .regex(/^[\x21-\x7e]+$/)
        .max(limits.webhookValueCharsMax),
    ]),
  ),
});

/** A delivery that was missed. */
export type MissedDelivery = z.infer<typeof missedShape>;

/** How far a list of changes was looked at. Only the reader that looks understands it; for everybody else it is bytes. */
const cursorShape = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(limits.changeCursorCharsMax);
const state = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const ofAttempt = z.strictObject({ attempt: attemptId, state });

/** The processes that listen on a socket. */
export const listeners = ['gateway', 'reader', 'executor', 'console', 'hooks', 'ledger'] as const;

/** One of the processes that listen. */
export type Listener = (typeof listeners)[number];

/** Every message: who answers it and the shape of the question. Answers are `Result`s made by our own code. */
export const messages = {
  /** To anybody: are you ready? Answers with the policy digest and a line of state. */
  health: { to: listeners, shape: z.strictObject({}) },
  /** Gateway to reader: what is this write really about? `proposed` is the gateway's signed statement, `arguments` its body. */
  resolve: { to: ['reader'], shape: z.strictObject({ proposed: signed, arguments: body }) },
  /** Gateway to reader: read this. */
  read: { to: ['reader'], shape: z.strictObject({ proposed: signed, arguments: body }) },
  /** Anybody to executor: look at this proposal now instead of at the next poll. Answers at once. */
  wake: { to: ['executor'], shape: z.strictObject({ proposal: proposalId }) },
  /** Command line to executor: find out what became of an unknown outcome, or take a person's signed word for it. */
  reconcile: {
    to: ['executor'],
    shape: z.strictObject({
      proposal: proposalId,
      settle: z.enum(['done', 'failed']).nullable(),
      countersignature: countersignatureShape.nullable(),
    }),
  },
  /** Command line to console: what waits? */
  proposals: { to: ['console'], shape: z.strictObject({ all: z.boolean() }) },
  /** Command line to console: one proposal, its card and everything that the card was made from. */
  show: { to: ['console'], shape: z.strictObject({ proposal: proposalId }) },
  /** Command line to console: a person's signature or refusal. */
  countersign: { to: ['console'], shape: z.strictObject({ countersignature: countersignatureShape }) },
  /** Gateway to hooks: which events may this consumer have now? Each is leased to it for `limits.eventLeaseMs`. */
  'event-take': { to: ['hooks'], shape: z.strictObject({ consumer: name, max: z.int().min(1).max(limits.eventTakeMax) }) },
  /** Gateway to hooks: hand this leased event over, to this run if one was opened for it. */
  'event-give': { to: ['hooks'], shape: z.strictObject({ consumer: name, event: eventId, lease, run: runId.nullable() }) },
  /** Gateway to hooks: the consumer says what became of it. */
  'event-settle': { to: ['hooks'], shape: z.strictObject({ consumer: name, event: eventId, lease, done: z.boolean() }) },
  /** Hooks to gateway: open the run that the configuration gives to events of this consumer. */
  'event-run': { to: ['gateway'], shape: z.strictObject({ consumer: name, event: eventId }) },
  /** Hooks to gateway: read what such a run reads first, now that it is on record what it was opened for. */
  'event-read': {
    to: ['gateway'],
    shape: z.strictObject({ consumer: name, event: eventId, run: runId, arguments: z.record(z.string(), json) }),
  },
  /** Command line to hooks: the events that came in, the newest first; of a state the oldest first, also those of one consumer alone. */
  events: {
    to: ['hooks'],
    shape: z.strictObject({
      endpoint: name.nullable(),
      state: z.enum(['waiting', 'leased', 'dead']).nullable(),
      consumer: name.optional(),
      limit: z.int().min(1).max(limits.eventsListedMax),
    }),
  },
  /** Command line to hooks: one event, what it was graded, where it stands with its consumers, and what it holds, sanitised. */
  event: { to: ['hooks'], shape: z.strictObject({ event: eventId, content: z.boolean() }) },
  /** Command line to hooks: queue this event once more, for one consumer or for all of its endpoint. */
  'event-replay': { to: ['hooks'], shape: z.strictObject({ event: eventId, consumer: name.nullable() }) },
  /** Command line to hooks: the endpoints and which of their secrets were used when. */
  endpoints: { to: ['hooks'], shape: z.strictObject({}) },
  /** Command line to hooks: what would be said of this delivery? Nothing is claimed, stored or counted. */
  judge: { to: ['hooks'], shape: capturedShape },
  /** Command line to reader: which deliveries of this endpoint did its sender not get through? Asked with the reading credential. */
  missed: { to: ['reader'], shape: z.strictObject({ endpoint: name, sinceMs: z.int().min(0), all: z.boolean() }) },
  /** Command line to hooks: how far was the list of changes of this endpoint looked at? */
  cursor: { to: ['hooks'], shape: z.strictObject({ endpoint: name }) },
  /** Command line to reader: what does that list hold behind this place? Null: begin now. Asked with the reading credential of the endpoint. */
  changes: { to: ['reader'], shape: z.strictObject({ endpoint: name, cursor: cursorShape.nullable() }) },
  /**
   * Command line to hooks: what the reader found. Each becomes a hint, once: it is the sender's word to us, and nothing signed it.
   * Of a list of changes, the place where the next look begins becomes durable with them.
   */
  recovered: {
    to: ['hooks'],
    shape: z.strictObject({
      endpoint: name,
      deliveries: z.array(missedShape).max(limits.changesMax),
      cursor: z.strictObject({ from: cursorShape.nullable(), to: cursorShape }).optional(),
    }),
  },
  /** Command line to hooks: make an address with which this user's browser can begin to link an account. */
  'account-start': {
    to: ['hooks'],
    shape: z.strictObject({ account: z.string().max(64), user: z.string().min(1).max(limits.nameCharsMax) }),
  },
  /** Hooks to the hand of the account's zone: begin this attempt. `begun` is the door's own signed statement; answers with the address to send the browser to. */
  'account-begin': { to: ['reader', 'executor'], shape: z.strictObject({ begun: signed }) },
  /** Hooks to the same hand: the issuer's answer came back in the browser that began. Answers with whose account it is, never with a token. */
  'account-exchange': {
    to: ['reader', 'executor'],
    shape: ofAttempt.extend({ code: z.string().min(1).max(limits.accountCodeCharsMax), iss: z.string().max(500).nullable() }),
  },
  /** Hooks to the same hand: the person in that browser has confirmed the account. */
  'account-confirm': { to: ['reader', 'executor'], shape: ofAttempt },
  /** Hooks to the same hand: this attempt is over. */
  'account-abandon': {
    to: ['reader', 'executor'],
    shape: ofAttempt.extend({ why: z.enum(['refused-by-person', 'refused-by-issuer', 'wrong-issuer', 'replayed']) }),
  },
} as const;

/** The name of a message. */
export type MessageName = keyof typeof messages;

/** The question of a message. */
export type Question<M extends MessageName> = z.infer<(typeof messages)[M]['shape']>;
