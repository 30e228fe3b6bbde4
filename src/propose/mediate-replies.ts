import { z } from 'zod';
import type { Source } from '../action/audience.ts';
import { canonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Json } from '../action/json.ts';
import type { Body, Signed } from '../action/statement.ts';
import type { Level } from '../action/vocabulary.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';

const signed = z.strictObject({ bytes: z.string(), key: z.string(), sig: z.string() });
const readShape = z.strictObject({ read: signed, content: z.custom<Json>((value) => value !== undefined) });
const resolveShape = z.strictObject({ resolved: signed });

const odd = refuse('wire-protocol', 'the reader gave an answer that cannot be proved: nothing was done');

/** The reader's answer to a read: its signed record, and content that has the recorded digest. */
export function readReply(
  trust: Trust,
  proposal: string,
  answer: Result<unknown>,
): Result<{ content: Json; source: Source; level: Level }> {
  if (!answer.ok) return answer;
  const parsed = readShape.safeParse(answer.value);
  if (!parsed.success) return odd;
  const opened = openAs(trust, parsed.data.read, 'read');
  if (!opened.ok || opened.value.body.proposal !== proposal) return odd;
  if (digestText('body', canonical(parsed.data.content)) !== opened.value.body.result) return odd;
  const { source, content } = opened.value.body;
  return ok({ content: parsed.data.content, source, level: content.level });
}

/** The reader's answer to a resolve: its signed word for the action. */
export function resolveReply(
  trust: Trust,
  proposal: string,
  answer: Result<unknown>,
): Result<{ resolved: Signed; body: Body<'resolved'>; atMs: number }> {
  if (!answer.ok) return answer;
  const parsed = resolveShape.safeParse(answer.value);
  if (!parsed.success) return odd;
  const opened = openAs(trust, parsed.data.resolved, 'resolved');
  if (!opened.ok || opened.value.body.proposal !== proposal) return odd;
  return ok({ resolved: parsed.data.resolved, body: opened.value.body, atMs: opened.value.atMs });
}
