import { z } from 'zod';
import type { JsonObject } from '../../src/action/json.ts';
import type { Step } from './data.ts';
import type { House } from './house.ts';
import { runBody } from './product.ts';
import type { Done, Place, Session, Told } from './trace.ts';
import { callKey } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/*
 * Replaying through a whole house: the host application opens a run with the user's words, and the agent calls over the
 * HTTP API with the token of that run.
 */

const answerShape = z.object({
  kind: z.enum(['read', 'waiting', 'outcome', 'refused']),
  proposal: z.string().nullable(),
  state: z.string().optional(),
  needs: z.array(z.string()).optional(),
  outcome: z.string().optional(),
  code: z.string().optional(),
  reasons: z.array(z.string()).optional(),
});
type Answer = z.infer<typeof answerShape>;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function ask(house: House, token: string, path: string, body?: unknown): Promise<Reply> {
  const reply = await fetch(`${house.gatewayUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: await reply.json() };
}

async function openRun(house: House, body: unknown): Promise<string> {
  const reply = await ask(house, house.hostToken, '/v1/runs', body);
  if (reply.status !== 201) throw new Error(`the gateway opened no run (${reply.status}): ${JSON.stringify(reply.body).slice(0, 300)}`);
  return z.object({ token: z.string() }).parse(reply.body).token;
}

/** What is not answered with a kind was never judged: a fault of the harness or of the house, never a result. */
function parsed(reply: Reply): Answer {
  const answer = answerShape.safeParse(reply.body);
  if (!answer.success) throw new Error(`unexpected answer ${reply.status}: ${JSON.stringify(reply.body).slice(0, 300)}`);
  return answer.data;
}

function toldBy(answer: Answer): Told {
  switch (answer.kind) {
    case 'read':
      return 'executed';
    case 'outcome':
      return answer.outcome === 'done' ? 'executed' : 'failed';
    case 'waiting':
      return answer.state === 'open' ? 'held' : 'executed';
    case 'refused':
      return 'denied';
  }
}

/** An upstream's word against a refusal: a read that the system itself answered with an error was not refused by us. */
function judged(answer: Answer, reached: boolean): Pick<Done, 'told' | 'reached' | 'code'> {
  const told = toldBy(answer);
  const code = [answer.code ?? '', ...(answer.reasons ?? [])].filter((part) => part !== '').join('; ');
  return { told: told === 'denied' && reached ? 'failed' : told, reached, code: told === 'executed' ? '' : code };
}

interface Run {
  readonly house: House;
  readonly upstream: Upstream;
  readonly token: string;
  readonly system: string;
  readonly approve: boolean;
}

/** Waits until what needs nobody's signature any more has ended. */
async function settled(run: Run, answer: Answer): Promise<Answer> {
  let now = answer;
  for (let round = 0; round < 10 && now.kind === 'waiting' && now.state !== 'open'; round++)
    now = parsed(await ask(run.house, run.token, `/v1/proposals/${now.proposal ?? ''}?wait=25`));
  return now;
}

async function call(run: Run, n: number, step: Step, args: JsonObject): Promise<Omit<Done, 'step'>> {
  const before = run.upstream.journal().length;
  const begun = performance.now();
  const question = { system: run.system, operation: step.tool, arguments: args, call_id: `call-${n}` };
  let answer = parsed(await ask(run.house, run.token, '/v1/actions', question));
  const ms = performance.now() - begun;
  answer = await settled(run, answer);
  if (run.approve && answer.kind === 'waiting' && answer.state === 'open') {
    await run.house.approvers.grant(answer.proposal ?? '', answer.needs?.length ?? 0);
    answer = await settled(run, parsed(await ask(run.house, run.token, `/v1/proposals/${answer.proposal ?? ''}?wait=25`)));
  }
  const key = callKey(step.tool, args);
  const reached = run.upstream
    .journal()
    .slice(before)
    .some((one) => one.key === key);
  return { ...judged(answer, reached), ms };
}

/** A house as a place where traces are replayed. One trace at a time for each suite. */
export function onlinePlace(house: House): Place {
  return {
    open: async (trace, { text, scope, approve }): Promise<Session> => {
      const upstream = house.upstreams.get(trace.suite);
      if (upstream === undefined) throw new Error(`there is no system for the suite ${trace.suite}`);
      upstream.begin(trace.steps);
      const token = await openRun(house, runBody({ text, scope }));
      const run: Run = { house, upstream, token, system: trace.suite, approve };
      let n = 0;
      return { call: (step, args) => call(run, n++, step, args), close: () => Promise.resolve() };
    },
    close: () => house.close(),
  };
}
