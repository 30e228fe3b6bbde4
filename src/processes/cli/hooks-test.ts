import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { nodeCrypto } from '../../inbound/crypto.ts';
import { digestDomain } from '../../action/digest.ts';
import type { Delivery, Endpoint, WebhookSecret } from '../../inbound/delivery.ts';
import { doubtWord, gradeLines, reasonWords, tenantWord } from '../../inbound/explain.ts';
import { judgeDelivery } from '../../inbound/judge.ts';
import { sampleFor } from '../../inbound/sample.ts';
import { liveSecrets } from '../../inbound/secrets.ts';
import { signDelivery } from '../../inbound/sign.ts';
import { addressOf } from '../../inbound/target.ts';
import type { RefusalReason } from '../../inbound/verdict.ts';
import { limits } from '../../limits.ts';
import type { Config } from '../config.ts';
import { openEndpoint, publicTarget } from '../hooks-endpoints.ts';
import { followKeys } from '../hooks-keys.ts';
import { withRotation } from '../hooks-rotation.ts';
import { fileBytes } from './arguments.ts';
import { answered, eventShape, judgedShape, understood } from './hooks-answers.ts';
import type { HooksDeps, ShownEvent, ShownJudgement } from './hooks-answers.ts';
import { nameOf } from './hooks-events.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * Trying an endpoint out: a captured delivery is judged without being taken; a sample is signed and sent through the door.
 */

/** What `hooks test` is asked for. */
export interface TestWish {
  readonly body?: string;
  readonly header: readonly string[];
  readonly method: string;
  readonly target?: string;
  readonly at?: string;
  readonly event?: string;
}

/** An endpoint with its secrets, from this command's own environment and files. */
function endpointHere(config: Config, id: string): Endpoint {
  const endpoint = withRotation(config, followKeys(config)(openEndpoint(config, id)));
  if (!endpoint.ok) throw exitRefused(endpoint);
  return endpoint.value;
}

/** Headers as people write them, `name: value`, each with all its values: twice the same name is what the sender sent twice. */
function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const match = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (match === null) throw new Exit(exits.usage, 'usage', "--header is written as 'name: value'");
    const name = (match[1] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), match[2] ?? '']);
  }
  return Object.fromEntries(headers);
}

function timeOf(text: string): number {
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  const ms = /^\d{10}$/.test(text) ? Number(text) * 1000 : time.success ? Date.parse(time.data) : Number.NaN;
  if (!Number.isSafeInteger(ms))
    throw new Exit(exits.usage, 'usage', '--at is a time such as 2026-11-26T09:00:00Z, or ten digits of Unix time');
  return ms;
}

/** The judgement of the running door, whose secrets are the real ones; of this command itself if the door is not running. */
async function judgement(
  deps: HooksDeps,
  config: Config,
  asked: { readonly id: string; readonly delivery: Delivery; readonly atMs: number },
): Promise<ShownJudgement> {
  const { id, delivery, atMs } = asked;
  const { method, target, source, body } = delivery;
  const headers = Object.fromEntries(Object.entries(delivery.headers).map(([name, values]) => [name, [...(values ?? [])]]));
  const question = { endpoint: id, method, target, headers, source, atMs, body: Buffer.from(body).toString('base64') };
  const answer = await deps.ask(config, 'hooks', 'judge', question);
  if (answer.ok) return understood('hooks', judgedShape, answer.value);
  if (answer.code !== 'not-reachable') throw exitRefused(answer);
  return understood('hooks', judgedShape, judgeDelivery(endpointHere(config, id), delivery, atMs, nodeCrypto));
}

/** What was wrong, and what to do next. A reason that is not known here comes from a door of another version. */
function wordsOf(reason: string): { readonly wrong: string; readonly next: string } {
  const [wrong, next] = Object.hasOwn(reasonWords, reason)
    ? reasonWords[reason as RefusalReason]
    : ['of another version of the door', 'look into its documents'];
  return { wrong, next };
}

function judgementLines(judged: ShownJudgement): string[] {
  switch (judged.outcome) {
    case 'refused': {
      const { wrong, next } = wordsOf(judged.reason);
      return [`REFUSED: ${wrong} (${judged.reason}). The sender is told 401 and nothing else.`, `what to do: ${next}`];
    }
    case 'handshake':
      return [
        `a step of setting up, answered with ${judged.answer.status}: it is recorded, and no event`,
        `secret        ${judged.secret ?? 'none: nothing proves this step'}`,
      ];
    case 'accepted':
      return [
        'ACCEPTED',
        `events        ${judged.names.join(', ') || 'the sender named none'}`,
        `tenant        ${tenantWord(judged.tenant, judged.doubts, judged.secret)}`,
        `secret        ${judged.secret}`,
        ...gradeLines(judged.grades),
        ...judged.doubts.map((doubt) => `doubt         ${doubtWord(doubt)}`),
        `claims        signed bytes ${judged.claim.signedDigest}`,
        `message id    ${judged.claim.messageId ?? 'none that is signed'}, body ${judged.claim.bodyDigest}`,
        `kept until    ${isoUtc(judged.claim.keepUntilMs)}`,
      ];
  }
}

/** Judges a captured delivery. Nothing is claimed, stored or counted. Ends with 1 if it is refused. */
async function judgeCaptured(context: Context, deps: HooksDeps, id: string, wish: TestWish & { readonly body: string }): Promise<void> {
  const config = context.config();
  const settings = config.hooks.endpoints[id];
  if (settings === undefined) throw new Exit(exits.usage, 'usage', `the configuration has no endpoint ${id}`);
  const body = fileBytes(
    wish.body,
    limits.hooksJudgeBytesMax,
    `is larger than a body that can be judged here (${limits.hooksJudgeBytesMax} bytes)`,
  );
  const delivery: Delivery = {
    method: wish.method,
    target: publicTarget(config, id, wish.target),
    headers: headersOf(wish.header),
    body,
    // Where it came from is not in a capture: what the endpoint requires is taken for granted, and said.
    source: settings.source.require,
  };
  const atMs = wish.at === undefined ? Date.now() : timeOf(wish.at);
  const judged = await judgement(deps, config, { id, delivery, atMs });
  const words = judged.outcome === 'refused' ? wordsOf(judged.reason) : {};
  context.say({ endpoint: id, atMs, source: delivery.source, ...judged, ...words }, [
    ...judgementLines(judged).map((line) => visible(line)),
    ...(delivery.source === 'none' ? [] : [`taken for granted: it came as the endpoint requires (${delivery.source})`]),
  ]);
  if (judged.outcome === 'refused') process.exitCode = exits.failed;
}

/** The newest live secret that the sender holds as well. */
function signingSecret(endpoint: Endpoint, nowMs: number): WebhookSecret {
  const secret = (['hmac', 'token'] as const)
    .flatMap((kind) => liveSecrets(endpoint.secrets, kind, nowMs))
    .toSorted((a, b) => a.notBeforeMs - b.notBeforeMs)
    .at(-1);
  if (secret === undefined)
    throw new Exit(
      exits.refused,
      'not-signable',
      `${endpoint.provider.id} signs with a key that only it has: capture a delivery, and give it with --body and --header`,
    );
  return secret;
}

async function send(config: Config, delivery: Delivery): Promise<{ status: number; body: string }> {
  if (config.hooks.port === 0) throw new Exit(exits.usage, 'usage', 'give hooks.port a number: a free port is not known here');
  try {
    const reply = await fetch(`http://127.0.0.1:${config.hooks.port}${delivery.target}`, {
      method: delivery.method,
      redirect: 'manual',
      headers: Object.entries(delivery.headers).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])),
      ...(delivery.body.length === 0 ? {} : { body: Buffer.from(delivery.body) }),
      signal: AbortSignal.timeout(limits.hooksRequestMs),
    });
    return { status: reply.status, body: (await reply.text()).slice(0, 200) };
  } catch {
    throw new Exit(
      exits.failed,
      'not-reachable',
      `the hooks door does not answer on port ${config.hooks.port}: start the house with \`countersign up\``,
    );
  }
}

const recordedLines = (found: ShownEvent | undefined): string[] =>
  found?.about == null
    ? ['recorded      no event']
    : [
        `recorded      ${found.event}: \`countersign hooks show ${found.event}\``,
        `handed to     ${found.queue.map(({ consumer }) => consumer).join(', ') || 'nobody'}`,
        ...gradeLines(found.about.grades),
        ...found.about.doubts.map((doubt) => `doubt         ${doubtWord(doubt)}`),
      ];

/** Signs a sample and sends it through the running door, as its sender would, without what stands in front of the door. */
async function sendSample(context: Context, deps: HooksDeps, id: string, event: string | null): Promise<void> {
  const config = context.config();
  const endpoint = endpointHere(config, id);
  const atMs = Date.now();
  const secret = signingSecret(endpoint, atMs);
  const sample = sampleFor(endpoint, secret, { event, atMs, id: `cstest-${randomBytes(8).toString('hex')}` });
  const signed = signDelivery(endpoint, secret, sample, nodeCrypto);
  if (!signed.ok) throw exitRefused(signed);
  const saw = await send(config, signed.value);
  const digest = nodeCrypto.sha256([digestDomain('body'), signed.value.body]);
  const listed = await answered(deps, [config, 'hooks'], ['events', { endpoint: id, state: null, limit: 20 }], z.array(eventShape));
  const found = listed.find(({ about, receivedAtMs }) => about?.body === digest && receivedAtMs >= atMs - 1000);
  // Sent from this machine, nothing on the network vouches for it.
  const judged = saw.status === 401 ? await judgement(deps, config, { id, delivery: { ...signed.value, source: 'none' }, atMs }) : null;
  const lines = [
    `sent          a sample to ${addressOf(endpoint.publicUrl)?.target ?? ''} of the door on this machine, signed with ${secret.id}`,
    `sender saw    ${saw.status}${saw.body === '' ? '' : ` ${saw.body.trimEnd()}`}`,
    ...recordedLines(found),
    ...(judged === null ? [] : judgementLines(judged)),
  ];
  context.say(
    { endpoint: id, secret: secret.id, sender: saw, event: found ?? null, judged },
    lines.map((line) => visible(line)),
  );
  if (saw.status !== 200) process.exitCode = exits.failed;
}

/** `hooks test`. */
export async function testEndpoint(context: Context, deps: HooksDeps, name: string, wish: TestWish): Promise<void> {
  const id = nameOf('the endpoint', name);
  const { body } = wish;
  if (body !== undefined) return judgeCaptured(context, deps, id, { ...wish, body });
  if (wish.header.length > 0 || wish.target !== undefined || wish.at !== undefined)
    throw new Exit(exits.usage, 'usage', '--header, --target and --at belong to a captured delivery: give its --body too');
  return sendSample(context, deps, id, wish.event ?? null);
}
