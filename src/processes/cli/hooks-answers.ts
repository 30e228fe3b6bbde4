import { z } from 'zod';
import type { Json } from '../../action/json.ts';
import { eventStatements } from '../../action/statement-events.ts';
import { grades } from '../../action/vocabulary.ts';
import type { Result } from '../../errors.ts';
import type { Listener, MessageName, Question } from '../../wire/messages.ts';
import type { Config } from '../config.ts';
import type { Book } from './people-deps.ts';
import { Exit, exitRefused, exits } from './context.ts';

/*
 * What the hooks commands ask a running house, and the answers as they are understood here.
 */

/** How these commands reach the house: any process's socket, and the book with the operator's key. */
export interface HooksDeps {
  ask<M extends MessageName>(config: Config, to: Listener, message: M, question: Question<M>): Promise<Result<unknown>>;
  openBook(config: Config): Promise<Book>;
}

/** An event as the door lists it. */
export const eventShape = z.object({
  event: z.string(),
  receivedAtMs: z.int(),
  endpoint: z.string(),
  forged: z.boolean(),
  about: eventStatements['event-received'].nullable(),
  queue: z.array(
    z.object({ consumer: z.string(), state: z.enum(['waiting', 'leased', 'done', 'dead']), attempts: z.int(), dueAtMs: z.number() }),
  ),
});
/** An event as the door lists it. */
export type ShownEvent = z.infer<typeof eventShape>;

/** What an event holds. */
export const lookedShape = z.object({
  shown: z.custom<Json>((value) => value !== undefined),
  level: z.string(),
  findings: z.array(z.object({ what: z.string(), count: z.int() })),
  withheld: z.boolean(),
});

/** The endpoints and their secrets. */
export const endpointsShape = z.array(
  z.object({
    endpoint: z.string(),
    provider: z.string(),
    publicUrl: z.string(),
    pending: z.boolean(),
    consumers: z.array(z.string()),
    secrets: z.array(
      z.object({
        id: z.string(),
        client: z.string().nullable(),
        notBeforeMs: z.number(),
        notAfterMs: z.number().nullable(),
        uses: z.int(),
        lastUsedAtMs: z.int().nullable(),
      }),
    ),
  }),
);

/** What became of events that were queued again. */
export const replayedShape = z.object({ event: z.string(), consumers: z.array(z.string()) });

/** A judgement. */
export const judgedShape = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('refused'), provider: z.string(), reason: z.string() }),
  z.object({
    outcome: z.literal('handshake'),
    provider: z.string(),
    secret: z.string().nullable(),
    answer: z.object({ status: z.int(), contentType: z.string(), body: z.string() }),
  }),
  z.object({
    outcome: z.literal('accepted'),
    provider: z.string(),
    names: z.array(z.string()),
    tenant: z.record(z.string(), z.string()),
    secret: z.string(),
    grades,
    doubts: z.array(z.string()),
    schema: z.string(),
    claim: z.object({ signedDigest: z.string(), messageId: z.string().nullable(), bodyDigest: z.string(), keepUntilMs: z.number() }),
  }),
]);
/** A judgement. */
export type ShownJudgement = z.infer<typeof judgedShape>;

/** Asks, and ends the command if the answer is a no or is not understood. */
export async function answered<M extends MessageName, T>(
  deps: Pick<HooksDeps, 'ask'>,
  [config, to]: readonly [Config, Listener],
  [message, question]: readonly [M, Question<M>],
  shape: z.ZodType<T>,
): Promise<T> {
  const answer = await deps.ask(config, to, message, question);
  if (!answer.ok) throw exitRefused(answer);
  return understood(to, shape, answer.value);
}

/** Parses an answer, or ends the command. */
export function understood<T>(to: Listener, shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Exit(
    exits.failed,
    'wire-protocol',
    `the ${to} process gave an answer that this command does not understand: are they of one version?`,
  );
}
