import { actionDigest, sealAction } from '../action/action.ts';
import { canonical, parseCanonical } from '../action/canonical.ts';
import type { Audience } from '../action/audience.ts';
import { zoneOf } from '../action/class.ts';
import type { Zone } from '../action/class.ts';
import { cut } from '../action/cut.ts';
import { digest, digestText } from '../action/digest.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Body, Signed, Statement } from '../action/statement.ts';
import type { ReadHand, ReadResult } from '../connectors/connector.ts';
import { actionOf, readTarget } from '../decide/call.ts';
import type { DeriveCall, DerivedCall } from '../decide/call.ts';
import type { Digest } from '../action/digest.ts';
import type { Engine } from '../decide/engine.ts';
import { expandReferences } from '../decide/expand.ts';
import { leaving } from '../decide/leaving.ts';
import type { LinkRules } from '../decide/leaving.ts';
import { readRequest } from '../decide/request.ts';
import { runFacts } from '../decide/run.ts';
import type { RunFacts } from '../decide/run.ts';
import { visible } from '../action/visible.ts';
import { originalDigest, takeIn } from '../content/take-in.ts';
import type { TakenIn } from '../content/take-in.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { RunRecords } from '../record/run-facts.ts';
import type { Question } from '../wire/messages.ts';
import type { Handlers } from '../wire/server.ts';

/** What the reader works with. Its credentials are inside the hands; it has no hand that writes. */
export interface Reading {
  readonly derive: DeriveCall;
  readonly engine: () => Engine;
  readonly hands: ReadonlyMap<string, ReadHand>;
  readonly trust: Trust;
  readonly recorder: Recorder;
  readonly runs: RunRecords;
  /** Credentials of this process and canaries: what no write may carry. */
  readonly guarded: () => readonly { readonly name: string; readonly value: string }[];
  readonly links: LinkRules;
  /** Whether the operator marks a source as restricted. */
  readonly restricted: (system: string, id: string | undefined) => boolean;
  /** Whether a person has let this content through that would be withheld, by its digest. */
  readonly opened: (original: Digest) => Promise<boolean>;
  readonly personal: boolean;
  readonly classifier?: ((sentences: readonly string[]) => readonly number[]) | undefined;
  readonly alarm: (code: string, message: string, about: string) => void;
  readonly now: () => number;
}

/** A request that the gateway really signed, lately, once; derived from the reader's own catalogue. */
interface Admitted {
  readonly proposed: Statement<'proposed'>;
  readonly call: DerivedCall;
  readonly hand: ReadHand;
  readonly run: RunFacts;
}

/** Remembers the requests of the last minute, so that a signed request that was overheard is good for nothing. */
function seenOnce(now: () => number): (id: string, atMs: number) => boolean {
  const seen = new Map<string, number>();
  return (id, atMs) => {
    for (const [old, at] of seen) {
      if (at > now() - 2 * limits.requestFreshMs) break;
      seen.delete(old);
    }
    if (seen.has(id)) return false;
    seen.set(id, atMs);
    return true;
  };
}

function admitter(r: Reading): (question: Question<'read'>, zone: Zone) => Promise<Result<Admitted>> {
  const once = seenOnce(r.now);
  const beganAtMs = r.now();
  return async (question, zone) => {
    const opened = openAs(r.trust, question.proposed, 'proposed');
    if (!opened.ok) return refuse('not-authentic', 'the request is not signed by the gateway');
    const { body, atMs } = opened.value;
    // What was signed before this life began may have been answered in the one before.
    if (Math.abs(r.now() - atMs) > limits.requestFreshMs || atMs < beganAtMs) return refuse('stale', 'the request was signed too long ago');
    if (digestText('arguments', question.arguments) !== body.arguments)
      return refuse('digest-mismatch', 'the arguments are not those that were asked for');
    const args = parseCanonical(question.arguments);
    if (!isObject(args)) return refuse('bad-arguments', 'the arguments are not an object');
    const run = runFacts(await r.runs.of(body.run));
    const expanded = expandReferences(args, run.references);
    const call = expanded.ok ? r.derive({ system: body.system, operation: body.operation, arguments: expanded.value }) : expanded;
    if (!call.ok) return call;
    if (zoneOf(call.value.derived.class) !== zone)
      return refuse(
        'wrong-zone',
        zone === 'read' ? 'this is not a read: the reader has no way to carry it out' : 'this is a read: there is nothing to resolve',
      );
    const hand = r.hands.get(body.system);
    if (hand === undefined) return refuse('not-supported', 'the reader has no connection to this system');
    if (!once(body.proposal, atMs)) return refuse('replayed', 'this request was already answered');
    return ok({ proposed: opened.value, call: call.value, hand, run });
  };
}

async function fail(r: Reading, admitted: Admitted, refusal: Refusal): Promise<Refusal> {
  const { proposal, run } = admitted.proposed.body;
  await r.recorder.record({
    statements: [
      {
        kind: 'read-failed',
        body: { proposal, run, code: cut(refusal.code, limits.nameCharsMax), message: cut(refusal.message, limits.lineCharsMax) },
      },
    ],
  });
  return refusal;
}

/** A hand that throws is a bug of ours or of a library: its message may hold anything, so none of it is passed on. */
async function careful<T>(work: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work;
  } catch {
    return refuse('third-party-error', 'the third party could not be read: the connector failed');
  }
}

/** What the model may see of an answer, and what the run has learned from it. */
async function taken(r: Reading, { call, run }: Admitted, result: ReadResult): Promise<TakenIn> {
  return takeIn(result, {
    form: call.operation.form ?? 'prose',
    firstReference: 1 + run.references.reduce((most, { number }) => Math.max(most, number), 0),
    personal: r.personal,
    openHostile: await r.opened(originalDigest(result.content)),
    ...(r.classifier === undefined ? {} : { classifier: r.classifier }),
  });
}

async function recordRead(r: Reading, admitted: Admitted, result: ReadResult): Promise<Result<{ read: Signed; content: Json }>> {
  const { proposal, run } = admitted.proposed.body;
  const { call } = admitted;
  const answer = await taken(r, admitted, result);
  const { text } = answer;
  const resultBytes = Buffer.byteLength(text);
  if (resultBytes > limits.thirdPartyResultBytesMax)
    return fail(
      r,
      admitted,
      refuse('too-large', `the result is larger than ${limits.thirdPartyResultBytesMax} bytes: ask for less at a time`),
    );
  const source = {
    system: call.catalogue.system,
    tenant: call.catalogue.tenant,
    operation: call.operation.name,
    // Third parties choose names: nothing invisible goes into the log and onto cards.
    target: cut(visible(result.target, 'escaped'), limits.shownNameCharsMax),
    ...(result.id === undefined ? {} : { id: cut(visible(result.id, 'escaped'), limits.shownNameCharsMax) }),
    label: r.restricted(call.catalogue.system, result.id) ? { ...result.label, restricted: true } : result.label,
  };
  if (answer.content.foreign > 0)
    r.alarm(
      'foreign-object',
      `an answer held objects that did not prove that they are of the tenant ${call.catalogue.tenant}: they were left out`,
      call.catalogue.system,
    );
  const digestOf = actionDigest(actionOf(call, readTarget(call), {}));
  const written = await r.recorder.record({
    statements: [
      {
        kind: 'read',
        body: {
          proposal,
          run,
          digest: digestOf,
          source,
          result: digestText('body', text),
          resultBytes,
          content: answer.content,
          facts: answer.facts?.digest ?? null,
        },
      },
    ],
    bodies: [answer.facts, answer.original].filter((body) => body !== null),
  });
  const read = written.ok ? written.signed[0] : undefined;
  return read === undefined
    ? refuse('store-failed', 'the read could not be recorded, so its result is withheld: try again')
    : ok({ read, content: answer.shown });
}

async function read(r: Reading, admitted: Admitted): Promise<Result<{ read: Signed; content: Json }>> {
  const { principal, run } = admitted.proposed.body;
  const { call } = admitted;
  const verdict = r.engine().verdict(readRequest(call, principal, readTarget(call), await r.runs.state(run)));
  if (verdict.effect !== 'allow') return fail(r, admitted, refuse('denied', "the reader's own policy does not allow this read"));
  const result = await careful(admitted.hand.read(call.operation, call.derived));
  return result.ok ? recordRead(r, admitted, result.value) : fail(r, admitted, result);
}

/** An audience as it is recorded. People who can be told apart are listed all, or not at all. */
function bounded({ outsiders, people, space, ...rest }: Audience): Body<'resolved'>['audience'] {
  const few = (ids: readonly string[] | undefined): ids is readonly string[] => ids !== undefined && ids.length <= limits.outsidersMax;
  return {
    ...rest,
    ...(space === undefined ? {} : { space }),
    ...(few(outsiders) ? { outsiders: [...outsiders] } : {}),
    ...(few(people) ? { people: [...people] } : {}),
  };
}

async function resolve(r: Reading, admitted: Admitted): Promise<Result<{ resolved: Signed }>> {
  const { proposal, run } = admitted.proposed.body;
  const { call } = admitted;
  const resolution = await careful(admitted.hand.resolve(call.operation, call.derived));
  if (!resolution.ok) return fail(r, admitted, resolution);
  const { target, precondition, audience, effect, binds = [{ type: target.type, id: target.id, names: [target.name] }] } = resolution.value;
  const action = actionOf(call, target, precondition);
  const egress = leaving(call, action.arguments, {
    audience,
    run: admitted.run,
    earlier: await r.runs.writesBefore(run, action.system, r.now() + 1),
    guarded: r.guarded(),
    links: r.links,
  });
  const sealed = sealAction(action);
  const written = await r.recorder.record({
    statements: [
      {
        kind: 'resolved',
        body: {
          proposal,
          run,
          action: sealed,
          digest: actionDigest(action),
          effect: [...effect],
          egress: [...egress],
          audience: bounded(audience),
          binds: binds.map(({ type, id, names }) => ({ type, id, names: [...names] })),
        },
      },
    ],
    bodies: [{ digest: digest('arguments', action.arguments), text: canonical(action.arguments) }],
  });
  const resolved = written.ok ? written.signed[0] : undefined;
  return resolved === undefined ? refuse('store-failed', 'what the action is about could not be recorded: try again') : ok({ resolved });
}

/** The reader's answers. It re-derives the action from its own catalogue and decides again: it takes nobody's word for a class. */
export function readHandlers(r: Reading): Handlers {
  const admit = admitter(r);
  return {
    read: async (question) => {
      const admitted = await admit(question, 'read');
      return admitted.ok ? read(r, admitted.value) : admitted;
    },
    resolve: async (question) => {
      const admitted = await admit(question, 'write');
      return admitted.ok ? resolve(r, admitted.value) : admitted;
    },
  };
}
