import { z } from 'zod';
import { limits } from '../limits.ts';
import { classes } from './class.ts';
import { proposalId as proposal, runId as run } from './ids.ts';
import type { Json } from './json.ts';
import { roles } from './principal.ts';
import { accountStatements } from './statement-accounts.ts';
import { eventStatements } from './statement-events.ts';
import {
  action,
  audience,
  binding,
  content,
  egressKinds,
  hash,
  levels,
  named,
  object,
  origin,
  principal,
  scopes,
  source,
  text,
  timeMs,
} from './vocabulary.ts';

/*
 * A statement is one fact, signed by the process that made it, and is at once the entry of the log.
 * Its bytes are canonical JSON; they are never re-serialised, so that what is signed, stored, sealed and shown is the same.
 */

const line = z.string().max(limits.lineCharsMax);
const lines = z.array(line).max(limits.linesMax);
const shown = z.string().max(limits.shownNameCharsMax);
const callId = z.string().max(limits.callIdCharsMax);
const signature = z.base64url().max(limits.signatureCharsMax);

/** Who can make a statement. `operator` is the command line, on behalf of whoever may read its key. */
export const signers = ['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger', 'operator'] as const;

/** One of the signers. */
export type SignerName = (typeof signers)[number];

const role = z.enum(roles);

const verdict = z.strictObject({
  effect: z.enum(['allow', 'ask', 'deny']),
  /** The roles that must sign, empty unless `ask`. */
  countersignatures: z.array(role).max(roles.length),
  /** The ids of the policies that made it so. */
  policies: z.array(z.string().max(limits.nameCharsMax)).max(limits.policiesNamedMax),
  reasons: lines,
  waysOut: lines,
});

/** What the approver's key signs, by its digest. `decision` is part of it, so that a refusal cannot be turned into a signature. */
export const envelopeShape = z.strictObject({
  v: z.literal(1),
  /** An approval lets an action happen; a settlement is a person's word for what became of one. Neither can stand for the other. */
  purpose: z.enum(['countersign/approval', 'countersign/settlement']),
  decision: z.enum(['sign', 'refuse']),
  /** The installation, so that a signature cannot be carried to another one. */
  installation: text(limits.longNameCharsMax),
  proposal,
  tenant: text(limits.longNameCharsMax),
  system: text(),
  operation: text(),
  target: z.strictObject({ type: text(), id: text(limits.idCharsMax), name: line }),
  /** The digest of the action. */
  action: hash,
  /** The digest of the exact text that was shown. */
  display: hash,
  policy: hash,
  requester: text(),
  agent: text(),
  approver: text(),
  /** Where the approver's own words go, if any; shown in the log, never read by a machine. */
  note: line,
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  issuedAtMs: timeMs,
  expiresAtMs: timeMs,
});

/** A union with room for passkeys: `kind` says how `signature` is to be verified. */
export const countersignatureShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ed25519'), approver: text(), envelope: envelopeShape, signature }),
]);

/** An approver, as an administrator vouches for it. */
export const approverShape = z.strictObject({
  v: z.literal(1),
  purpose: z.literal('countersign/approver'),
  installation: text(limits.longNameCharsMax),
  approver: text(),
  user: text(),
  /** `ed25519:` and the raw public key in base64url. */
  key: z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/),
  administrator: z.boolean(),
  /** Systems (or `system/target id`) of which this person is an owner. */
  owns: z.array(z.string().max(limits.alarmAboutCharsMax)).max(limits.ownedMax),
  /** Later enrolments of the same name replace earlier ones; a withdrawn approver signs nothing. */
  withdrawn: z.boolean(),
  issuedAtMs: timeMs,
});

const effect = { proposal, action: hash, effect: hash };

/** The body of each kind of statement, and who may make it. The table is the vocabulary of the log. */
export const statementShapes = {
  /** A process came up. `credentials` are fingerprints, so that the two zones can see that they do not share one. */
  started: z.strictObject({ policy: hash.nullable(), catalogues: z.record(z.string(), hash), credentials: z.record(z.string(), hash) }),
  'token-created': z.strictObject({
    token: text(),
    secret: hash,
    principal,
    expiresAtMs: timeMs,
    scope: z.enum(['agent', 'host', 'words']),
  }),
  'token-revoked': z.strictObject({ token: text() }),
  /** `scope`: the operations that the task needs, as the host application declared them; null if it declared none. */
  'run-opened': z.strictObject({
    run,
    principal,
    token: text(),
    request: hash.nullable(),
    scope: z.array(text(limits.longNameCharsMax)).max(limits.scopeOperationsMax).nullable(),
    secret: hash.nullable(),
    expiresAtMs: timeMs,
  }),
  /** More of the user's own words in a run, from the host application or its hook: never from the model. */
  words: z.strictObject({ run, token: text(), request: hash }),
  /** What an agent asked for, before anything else is known. */
  proposed: z.strictObject({ proposal, run, principal, callId, system: text(), operation: text(), arguments: hash }),
  /** The reader's word for what the proposal is really about. */
  resolved: z.strictObject({
    proposal,
    run,
    action,
    digest: hash,
    audience,
    effect: lines,
    /** Everything that the call names and that must come from somewhere: its target first. */
    binds: z.array(named).max(limits.bindsMax),
    /** What the reader found in the action that may not leave, or not just like that. */
    egress: z
      .array(z.strictObject({ kind: z.enum(egressKinds), what: shown, where: z.string().max(limits.longNameCharsMax) }))
      .max(limits.egressFindingsMax),
  }),
  decided: z.strictObject({
    proposal,
    run,
    digest: hash.nullable(),
    class: z.enum(classes).nullable(),
    binding,
    /** Where each of the things comes from that the reader says the call names, in the same order. */
    bindings: z.array(binding).max(limits.bindsMax),
    leaks: z.boolean(),
    /** The source and the outsider that make it a leak, in our words. */
    leak: z.string().max(limits.leakCharsMax).nullable(),
    /** All who would see what they may not read are named by the user's own words. */
    outsidersNamed: z.boolean(),
    restricted: z.boolean(),
    scope: z.enum(scopes),
    /** The worst that was found in what the run has read. */
    content: z.enum(levels),
    /** The event that the run was opened for; null if it was none. */
    origin: origin.nullable().default(null),
    sources: z.array(source).max(limits.sourcesOnCardMax),
    sourcesTotal: z.int().min(0),
    verdict,
    policy: hash.nullable(),
    expiresAtMs: timeMs,
  }),
  /** `facts`: what was learned about things, as a body of its own; see `action/facts.ts`. */
  read: z.strictObject({ proposal, run, digest: hash, source, result: hash, resultBytes: z.int().min(0), content, facts: hash.nullable() }),
  /** A person has looked at content that was withheld, by its digest, and lets runs read it. */
  'content-opened': z.strictObject({ original: hash, note: line }),
  'read-failed': z.strictObject({ proposal, run, code: text(), message: line }),
  signed: z.strictObject({ proposal, countersignature: countersignatureShape }),
  refused: z.strictObject({ proposal, countersignature: countersignatureShape }),
  /** The executor is about to call. Durable before the call is made. */
  intent: z.strictObject({ ...effect, signers: z.array(text()).max(limits.signersMax), roles: z.array(role), policy: hash }),
  outcome: z.strictObject({
    ...effect,
    run,
    outcome: z.enum(['done', 'failed', 'unknown']),
    code: text(),
    message: line,
    /** What the third party calls the thing that was made, if it says so. */
    receipt: object,
    result: hash.nullable(),
    /** Where `result` comes from and who may read it: the run has read it. Null if there is none. */
    source: source.nullable(),
    content: content.nullable(),
    /** What was made and learned, as a body of its own. */
    facts: hash.nullable(),
    /** How it is known: by the call itself, by looking for it later, or by a person's word. */
    basis: z.enum(['call', 'found', 'person']),
  }),
  /** The executor will not execute this proposal any more. Nothing was sent. */
  cancelled: z.strictObject({ proposal, code: text(), message: line }),
  enrolled: z.strictObject({ record: approverShape, by: text(), signature }),
  ...eventStatements,
  ...accountStatements,
  /** Something that a person should look at: a forged row, a changed tool, a broken policy file. */
  alarm: z.strictObject({ code: text(), message: z.string().max(limits.alarmCharsMax), about: z.string().max(limits.alarmAboutCharsMax) }),
} as const;

/** The kinds of statement. */
export type StatementKind = keyof typeof statementShapes;

/** The body of a kind. */
export type Body<K extends StatementKind> = z.infer<(typeof statementShapes)[K]>;

/** Who may make which statement: a valid signature by anybody else is as worthless as none. */
export const madeBy: { readonly [K in StatementKind]: readonly SignerName[] } = {
  started: ['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger'],
  'token-created': ['operator'],
  'token-revoked': ['operator'],
  'run-opened': ['gateway'],
  words: ['gateway'],
  proposed: ['gateway'],
  resolved: ['reader'],
  decided: ['gateway'],
  read: ['reader'],
  'content-opened': ['operator'],
  'read-failed': ['reader'],
  signed: ['console'],
  refused: ['console'],
  intent: ['executor'],
  outcome: ['executor'],
  cancelled: ['executor'],
  enrolled: ['console', 'operator'],
  'event-received': ['hooks'],
  'deliveries-refused': ['hooks'],
  handshake: ['hooks'],
  'event-confirmed': ['operator'],
  'event-given': ['hooks'],
  'event-settled': ['hooks'],
  'hook-secret': ['operator', 'hooks'],
  'account-begun': ['hooks'],
  'account-linked': ['reader', 'executor'],
  'account-refused': ['reader', 'executor'],
  'account-revoked': ['reader', 'executor'],
  alarm: ['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger', 'operator'],
};

/** A statement, parsed. `boot` names one life of the process and `n` counts its statements from 0, so that a gap shows. */
export type Statement<K extends StatementKind = StatementKind> = {
  readonly [P in K]: {
    readonly v: 1;
    readonly kind: P;
    readonly by: SignerName;
    readonly boot: string;
    readonly n: number;
    readonly atMs: number;
    readonly body: Body<P>;
  };
}[K];

/** A statement as it is stored and sent: the exact bytes, the id of the key, the signature over them in base64url. */
export interface Signed {
  readonly bytes: string;
  readonly key: string;
  readonly sig: string;
}

/** A statement that is not yet made: the recorder adds who, when and the number, and signs. */
export type Draft<K extends StatementKind = StatementKind> = { readonly [P in K]: { readonly kind: P; readonly body: Body<P> } }[K];

/** What an approver's key signs. */
export type Envelope = z.infer<typeof envelopeShape>;
/** An approver's signature over an envelope. */
export type Countersignature = z.infer<typeof countersignatureShape>;
/** An approver as enrolled. */
export type Approver = z.infer<typeof approverShape>;
/** What was decided about a proposal. */
export type Verdict = z.infer<typeof verdict>;
/** Where an action's target comes from. */
export type Binding = Body<'decided'>['binding'];

const head = z.strictObject({
  v: z.literal(1),
  kind: z.enum(Object.keys(statementShapes) as [StatementKind, ...StatementKind[]]),
  by: z.enum(signers),
  boot: z.string().regex(/^[A-Za-z0-9_-]{16}$/),
  n: z.int().min(0),
  atMs: timeMs,
  body: z.unknown(),
});

/** Parses the value of a statement: shape, body by kind, and that its maker may make it. Null if anything is off. */
export function parseStatement(value: Json): Statement | null {
  const outer = head.safeParse(value);
  if (!outer.success || !madeBy[outer.data.kind].includes(outer.data.by)) return null;
  const body = statementShapes[outer.data.kind].safeParse(outer.data.body);
  return body.success ? ({ ...outer.data, body: body.data } as Statement) : null;
}
