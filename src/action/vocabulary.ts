import { z } from 'zod';
import { limits } from '../limits.ts';
import { authors, reaches } from './audience.ts';
import { classes } from './class.ts';
import type { Digest } from './digest.ts';
import type { Json } from './json.ts';

/*
 * The words and the parts that statements are made of.
 */

/** How bad what was found in third-party text is. Only ever a reason to ask for more: `none` is no proof of anything. */
export const levels = ['none', 'noted', 'suspicious', 'hostile'] as const;

/** One of the levels. */
export type Level = (typeof levels)[number];

/** The worse of two levels. */
export function worse(a: Level, b: Level): Level {
  return levels.indexOf(a) >= levels.indexOf(b) ? a : b;
}

/** What can be found in a write that is about to leave. */
export const egressKinds = ['secret', 'guarded', 'link', 'image', 'new-host', 'overlap'] as const;

/** Something found in a write. */
export type EgressKind = (typeof egressKinds)[number];

/** Whether an operation is one that the task of the run was declared to need. */
export const scopes = ['inside', 'outside', 'undeclared'] as const;

/** Where an operation stands to the declared task. */
export type Scope = (typeof scopes)[number];

/** A name, or text of at most so many characters. */
export const text = (max: number = limits.nameCharsMax): z.ZodString => z.string().min(1).max(max);
/** A digest. */
export const hash = z.custom<Digest>((value) => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value), 'a digest');
/** Milliseconds since 1970. */
export const timeMs = z.int().min(0);
const json = z.custom<Json>((value) => value !== undefined);
/** A JSON object. */
export const object = z.record(z.string(), json);
/** On whose behalf, and through which agent. */
export const principal = z.strictObject({ user: text(), agent: text() });
const reach = z.enum([...reaches, 'unknown']);
const label = z.strictObject({
  readers: reach,
  integrity: z.enum(['untrusted', 'system']),
  space: z.string().max(limits.shownNameCharsMax).optional(),
  author: z.enum(authors).optional(),
  restricted: z.boolean().optional(),
});
/** Who will be able to see the result of a write. */
export const audience = z.strictObject({
  kind: reach,
  summary: z.string().max(limits.lineCharsMax),
  count: z.int().min(0).nullable(),
  externals: z.int().min(0).nullable(),
  joinable: z.boolean(),
  space: z.string().max(limits.shownNameCharsMax).optional(),
  outsiders: z.array(z.string().max(limits.shownNameCharsMax)).max(limits.outsidersMax).optional(),
  people: z.array(z.string().max(limits.shownNameCharsMax)).max(limits.outsidersMax).optional(),
});
/** One thing that a run has read. */
export const source = z.strictObject({
  system: text(),
  tenant: text(limits.longNameCharsMax),
  operation: text(),
  target: z.string().max(limits.shownNameCharsMax),
  id: z.string().max(limits.shownNameCharsMax).optional(),
  label,
});
/** Something that a call names. */
export const named = z.strictObject({
  type: text(),
  id: text(limits.idCharsMax),
  names: z.array(z.string().max(limits.shownNameCharsMax)).max(limits.namesOfOneMax),
});
/** What was found in third-party text, in our own words: never the text. */
export const content = z.strictObject({
  level: z.enum(levels),
  findings: z
    .array(z.strictObject({ rule: text(), what: z.string().max(limits.longNameCharsMax), view: text(20), count: z.int().min(1) }))
    .max(limits.findingsInStatementMax),
  /** Withheld from the model until a person opens it: the digest of what came. Null: it was shown. */
  withheld: hash.nullable(),
  /** Objects that did not prove that they are of the tenant, and were left out. */
  foreign: z.int().min(0),
});
/** Where a thing that a call names comes from: the user's words, this run, the configuration, a field that a system sets, or nothing but the agent. */
export const binding = z.enum(['request', 'run', 'configured', 'record', 'none']);

/** How far an event from outside can be trusted: what its sender proved, each thing on its own scale. */
export const grades = z.strictObject({
  /** What covers the body: a shared key, a public-key signature, or nothing. */
  bodyIntegrity: z.enum(['mac', 'signature', 'none']),
  /** Whether the time is signed, only our own record keeps a copy out, or nothing does. */
  freshness: z.enum(['signed', 'stored', 'none']),
  /** How the network says where it came from. */
  source: z.enum(['mtls', 'ip', 'none']),
  /** All together: an event; a hint, which starts a read of ours and authorises nothing; or one that nobody knows. */
  trust: z.enum(['event', 'hint', 'quarantine']),
});
/** How far an event can be trusted. */
export type Grades = z.infer<typeof grades>;
/** How far an event can be trusted, in a few words. */
export function gradeWords({ trust, bodyIntegrity, freshness, source }: Grades): string {
  return `${trust}; body ${bodyIntegrity}, time ${freshness}, source ${source}`;
}
/** The event that a run was opened for. */
export const origin = z.strictObject({ endpoint: text(limits.shortNameCharsMax), ...grades.shape });
/** The event that a run was opened for. */
export type Origin = z.infer<typeof origin>;

/** An action with the digest of its arguments in their place. */
export const action = z.strictObject({
  v: z.literal(1),
  system: text(),
  tenant: text(limits.longNameCharsMax),
  operation: text(),
  class: z.enum(classes),
  target: z.strictObject({ type: text(), id: text(limits.idCharsMax), name: z.string().max(limits.lineCharsMax) }),
  /** The digest of the normalised arguments; the bytes are a body, stored apart. */
  arguments: hash,
  precondition: object,
});
