import { z } from 'zod';
import { attemptId, proposalId } from '../action/ids.ts';
import { limits } from '../limits.ts';
import { countersignatureShape } from '../action/statement.ts';

/*
 * The only words that processes may say to each other, as one table. A socket accepts what its row names and nothing
 * else. No message carries authority: a read request is a statement that the gateway signed, and a wake-up only says
 * "look at this proposal", after which the executor checks everything from the store's signed statements.
 */

const signed = z.strictObject({ bytes: z.string(), key: z.string(), sig: z.string() });
const body = z.string();
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
