import { canonical } from '../action/canonical.ts';
import { zoneOf } from '../action/class.ts';
import { actionDigest, sealedDigest } from '../action/action.ts';
import { cut } from '../action/cut.ts';
import { digest, digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Body, Signed, Verdict } from '../action/statement.ts';
import { actionOf, readTarget } from '../decide/call.ts';
import type { DerivedCall } from '../decide/call.ts';
import { expandReferences } from '../decide/expand.ts';
import { distinctSources } from '../decide/flow.ts';
import { considered, readRequest } from '../decide/request.ts';
import type { Considered, DecisionRequest } from '../decide/request.ts';
import { runFacts } from '../decide/run.ts';
import { refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Answer, Call, Caller, Mediator } from './answer.ts';
import type { Mediation } from './mediate-context.ts';
import { awaitChange, lastOf, statusAnswer } from './mediate-status.ts';
import { newId, runsOf } from './mediate-runs.ts';
import { toolLists } from './mediate-tools.ts';
import { readReply, resolveReply } from './mediate-replies.ts';

/** A call on its way: its proposal, and the gateway's signed word for what was asked. */
interface Asked {
  readonly caller: Caller;
  readonly call: Call;
  readonly proposal: string;
  readonly args: string;
  readonly body: Body<'proposed'>;
}

/** The answer to a refusal: what is wrong, and what would be legal. */
function refused(proposal: string | null, refusal: Refusal, verdict?: Verdict): Answer {
  return {
    kind: 'refused',
    proposal,
    code: refusal.code,
    message: refusal.message,
    reasons: verdict?.reasons ?? [],
    waysOut: verdict?.waysOut ?? [],
  };
}

/** One proposal for one call of one run, however often it is repeated. A call id names the call; without one, what it says does. */
function callKeyOf({ caller, call, body }: Asked): Digest {
  const said = { system: call.system, operation: call.operation, arguments: body.arguments };
  return digest('effect', { run: caller.run, call: call.callId ?? said });
}

function ask(caller: Caller, call: Call): Asked {
  const args = canonical(call.arguments);
  const proposal = newId('p');
  const body = {
    proposal,
    run: caller.run,
    principal: caller.principal,
    callId: call.callId ?? '',
    system: call.system,
    operation: call.operation,
    arguments: digestText('arguments', args),
  };
  return { caller, call, proposal, args, body };
}

const denial = (refusal: Refusal): Verdict => ({
  effect: 'deny',
  countersignatures: [],
  policies: [],
  reasons: [cut(`${refusal.code}: ${refusal.message}`, limits.lineCharsMax)],
  waysOut: [],
});

/** What is written down about a decision. */
function decision(
  m: Mediation,
  asked: Asked,
  verdict: Verdict,
  { request, bindings = [], leak = null }: Partial<Considered> = {},
): Body<'decided'> {
  return {
    proposal: asked.proposal,
    run: asked.caller.run,
    digest: null,
    class: request?.class ?? null,
    binding: request?.binding ?? 'none',
    bindings: [...bindings],
    leaks: request?.leaks ?? false,
    leak,
    outsidersNamed: request?.outsidersNamed ?? false,
    restricted: request?.restricted ?? false,
    scope: request?.scope ?? 'undeclared',
    content: request?.content ?? 'none',
    origin: request?.origin ?? null,
    sources: [],
    sourcesTotal: 0,
    verdict,
    policy: m.engine().policy,
    expiresAtMs: m.now() + m.proposalTtlMs,
  };
}

/** Writes down a call that goes no further. Its arguments are kept by digest only: what nobody can carry out must not fill the disk. */
async function recordRefusal(m: Mediation, asked: Asked, refusal: Refusal, proposedAlready: boolean): Promise<Answer> {
  const decided = { kind: 'decided', body: decision(m, asked, denial(refusal)) } as const;
  const statements = proposedAlready ? [decided] : [{ kind: 'proposed', body: asked.body } as const, decided];
  await m.recorder.record({ statements });
  return refused(asked.proposal, refusal);
}

/** propose -> decide -> read: the record is durable before the reader is asked. */
async function mediateRead(m: Mediation, asked: Asked, derived: DerivedCall): Promise<Answer> {
  const { principal, run } = asked.caller;
  const request: DecisionRequest = readRequest(derived, principal, readTarget(derived), await m.runs.state(run));
  const verdict = m.engine().verdict(request);
  const written = await m.recorder.record({
    statements: [
      { kind: 'proposed', body: asked.body },
      {
        kind: 'decided',
        body: {
          ...decision(m, asked, verdict, { request }),
          digest: actionDigest(actionOf(derived, readTarget(derived), {})),
        },
      },
    ],
    bodies: [{ digest: asked.body.arguments, text: asked.args }],
  });
  if (verdict.effect !== 'allow') return refused(asked.proposal, refuse('denied', 'the policy does not allow this read'), verdict);
  const proposed = written.ok ? written.signed[0] : undefined;
  if (proposed === undefined)
    return refused(asked.proposal, refuse('store-failed', 'the call could not be recorded, so nothing was done: try again'));
  const reply = readReply(m.trust, asked.proposal, await m.reader.ask('read', { proposed, arguments: asked.args }));
  if (!reply.ok) return refused(asked.proposal, reply);
  return { kind: 'read', proposal: asked.proposal, ...reply.value };
}

/** The proposal of the same call, if there is one. A call id that was used for something else is refused: it would hide one of the two. */
async function earlier(m: Mediation, asked: Asked): Promise<Answer | null> {
  const row = await m.store.proposalByCall(callKeyOf(asked));
  if (row === null) return null;
  const before = await lastOf(m, row.id, 'proposed');
  const { system, operation, arguments: args } = asked.body;
  const same = before?.body.system === system && before.body.operation === operation && before.body.arguments === args;
  if (same) return statusAnswer(m, asked.caller, row);
  return refused(null, refuse('call-id-taken', 'this call id was used for another call of this run: give a new one'));
}

async function tooMany(m: Mediation, run: string): Promise<Refusal | null> {
  const open = await m.store.proposals({ states: ['open'], run, limit: limits.proposalsOpenPerRunMax });
  return open.length < limits.proposalsOpenPerRunMax
    ? null
    : refuse('too-many-proposals', `this run has ${open.length} proposals waiting: wait until people have answered some`);
}

/** The reader's word for what the write is really about, after the asking itself is on record. */
async function resolve(m: Mediation, asked: Asked): Promise<Result<{ resolved: Signed; body: Body<'resolved'>; atMs: number }>> {
  const written = await m.recorder.record({
    statements: [{ kind: 'proposed', body: asked.body }],
    bodies: [{ digest: asked.body.arguments, text: asked.args }],
  });
  const proposed = written.ok ? written.signed[0] : undefined;
  if (proposed === undefined) return refuse('store-failed', 'the call could not be recorded, so nothing was done: try again');
  return resolveReply(m.trust, asked.proposal, await m.reader.ask('resolve', { proposed, arguments: asked.args }));
}

/** What is decided about a write that the reader has resolved, and what is written down of it. */
async function decideWrite(
  m: Mediation,
  asked: Asked,
  derived: DerivedCall,
  { body, atMs }: { readonly body: Body<'resolved'>; readonly atMs: number },
): Promise<{ verdict: Verdict; leak: string | null; decided: Body<'decided'> }> {
  const { action, audience, binds, egress } = body;
  // The same cut as the executor makes: what the run had read and heard when the reader resolved the action.
  const run = runFacts(await m.runs.of(asked.caller.run, atMs));
  const sources = distinctSources(run.sources);
  const made = considered(derived, {
    principal: asked.caller.principal,
    target: action.target,
    audience,
    binds,
    egress: egress.map(({ kind }) => kind),
    run: { ...run, sources },
    configured: m.configuredTargets(action.system),
  });
  const verdict = m.engine().verdict(made.request);
  const decided = {
    ...decision(m, asked, verdict, made),
    digest: sealedDigest(action),
    sources: sources.slice(0, limits.sourcesOnCardMax),
    sourcesTotal: sources.length,
  };
  return { verdict, leak: made.leak, decided };
}

/** propose -> resolve -> decide -> wait, or hand over to the executor. Nothing holds a connection or a promise meanwhile. */
async function mediateWrite(m: Mediation, asked: Asked, derived: DerivedCall): Promise<Answer> {
  const { caller } = asked;
  const known = await earlier(m, asked);
  if (known !== null) return known;
  const full = await tooMany(m, caller.run);
  if (full !== null) return recordRefusal(m, asked, full, false);
  const resolution = await resolve(m, asked);
  if (!resolution.ok) return recordRefusal(m, asked, resolution, true);
  const { action } = resolution.value.body;
  const actionDigest = sealedDigest(action);
  if ((await m.store.unsettled(actionDigest)).some((row) => row.state === 'unknown')) {
    return recordRefusal(
      m,
      asked,
      refuse(
        'unsettled',
        'the same action ended before with an unknown outcome: a person must run `countersign reconcile` first, so that it does not happen twice',
      ),
      true,
    );
  }
  const { verdict, leak, decided } = await decideWrite(m, asked, derived, resolution.value);
  const state = verdict.effect === 'allow' ? 'ready' : verdict.effect === 'ask' ? 'open' : 'denied';
  const at = m.now();
  const row = {
    id: asked.proposal,
    run: caller.run,
    ...caller.principal,
    system: action.system,
    operation: action.operation,
    digest: actionDigest,
    callKey: callKeyOf(asked),
    state,
    createdAtMs: at,
    expiresAtMs: decided.expiresAtMs,
    updatedAtMs: at,
  } as const;
  const written = await m.recorder.record({
    statements: [{ kind: 'decided', body: decided }],
    changes: verdict.effect === 'deny' ? [] : [{ change: 'proposal', row }],
  });
  // A conflict means that the very same call came in twice at once: the other one is the proposal.
  if (!written.ok)
    return (await earlier(m, asked)) ?? refused(asked.proposal, refuse('store-failed', 'the proposal could not be stored: try again'));
  if (verdict.effect === 'deny')
    return refused(asked.proposal, refuse('denied', 'the policy does not allow this, whoever signs'), {
      ...verdict,
      reasons: [...verdict.reasons, ...[leak ?? []].flat()],
    });
  if (verdict.effect === 'allow') {
    void m.executor.ask('wake', { proposal: asked.proposal });
    await awaitChange(m, asked.proposal, limits.allowedOutcomeWaitMs);
  }
  const stored = await m.store.proposal(asked.proposal);
  return stored === null
    ? refused(asked.proposal, refuse('store-failed', 'the proposal is gone from the store: ask an administrator'))
    : statusAnswer(m, caller, stored);
}

async function call(m: Mediation, caller: Caller, question: Call): Promise<Answer> {
  if (Buffer.byteLength(JSON.stringify(question.arguments)) > limits.argumentsBytesMax)
    return refused(null, refuse('too-large', `the arguments are larger than ${limits.argumentsBytesMax} bytes`));
  let asked: Asked;
  try {
    asked = ask(caller, question);
  } catch {
    return refused(
      null,
      refuse('bad-arguments', 'the arguments are not plain JSON: no lone surrogates, no huge integers, at most 64 levels'),
    );
  }
  const run = runFacts(await m.runs.of(caller.run));
  const expanded = expandReferences(question.arguments, run.references);
  const derived = expanded.ok ? m.derive({ ...question, arguments: expanded.value }) : expanded;
  if (!derived.ok) return recordRefusal(m, asked, derived, false);
  return zoneOf(derived.value.derived.class) === 'read' ? mediateRead(m, asked, derived.value) : mediateWrite(m, asked, derived.value);
}

/** The gateway's part of the flow: propose, decide, and either read or wait. It holds no credential and executes nothing. */
export function openMediator(m: Mediation): Mediator {
  return {
    tools: toolLists(m),
    call: (caller, question) => call(m, caller, question),
    status: async (caller, proposal, waitMs) => {
      const row = await m.store.proposal(proposal);
      if (row === null || row.run !== caller.run) return refused(null, refuse('not-found', 'this run has no such proposal'));
      const waiting = row.state === 'open' || row.state === 'ready' || row.state === 'executing';
      if (waiting && waitMs > 0) await awaitChange(m, proposal, Math.min(waitMs, limits.statusWaitMs));
      return statusAnswer(m, caller, (await m.store.proposal(proposal)) ?? row);
    },
    ...runsOf(m),
  };
}
