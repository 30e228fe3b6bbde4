import { z } from 'zod';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { doubtWord, gradeLines, tenantWord } from '../../inbound/explain.ts';
import { limits } from '../../limits.ts';
import { gradeWords } from '../../action/vocabulary.ts';
import { answered, eventShape, lookedShape, replayedShape } from './hooks-answers.ts';
import type { Config } from '../config.ts';
import type { HooksDeps, ShownEvent } from './hooks-answers.ts';
import { Exit, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * Events that came in: what they are, where they stand with their consumers, and letting one wait once more.
 */

/** What `hooks list` is asked for. */
export interface ListWish {
  readonly endpoint?: string;
  readonly state?: string;
  readonly limit: number;
}

const states = ['waiting', 'leased', 'dead'] as const;

function stateOf(text: string | undefined): (typeof states)[number] | null {
  const state = states.find((one) => one === text) ?? null;
  if (text !== undefined && state === null) throw new Exit(exits.usage, 'usage', `--state is one of ${states.join(', ')}`);
  return state;
}

const nameShape = /^[a-z][a-z0-9-]{0,30}$/;

/** A name of an endpoint or a consumer, as the configuration writes it. */
export function nameOf(what: string, text: string): string {
  if (!nameShape.test(text))
    throw new Exit(exits.usage, 'usage', `${what} is a name of the configuration: lower-case letters, digits and hyphens`);
  return text;
}

/** An id of an event, as `hooks list` shows it. */
export function eventIdOf(text: string): string {
  if (!/^e_[A-Za-z0-9_-]{22}$/.test(text)) throw new Exit(exits.usage, 'usage', 'an event id looks like e_ and 22 characters');
  return text;
}

const queueWord = ({ consumer, state, attempts }: ShownEvent['queue'][number]): string =>
  `${consumer} ${state}${attempts === 0 || state === 'done' ? '' : ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`}`;

function line({ event, receivedAtMs, endpoint, forged, about, queue }: ShownEvent): string {
  const head = `${event}  ${isoUtc(receivedAtMs)}  ${endpoint}`;
  if (forged || about === null) return visible(`${head}  FORGED: no statement of the hooks door proves it`);
  const whom = queue.length === 0 ? 'for nobody' : queue.map(queueWord).join(', ');
  return visible(`${head}  ${about.names.join(', ') || 'no name'}  ${gradeWords(about.grades)}  ${whom}`);
}

/** That there is nothing to list; and if the endpoint asked for is none of the configuration, that it is none: events outlive their endpoints. */
function noneOf(config: Config, endpoint: string | undefined): string {
  const unknown = endpoint !== undefined && !Object.hasOwn(config.hooks.endpoints, endpoint);
  return unknown ? `no event, and the configuration has no endpoint ${endpoint}: \`countersign hooks endpoints\` shows them` : 'no event';
}

/** `hooks list`. */
export async function listEvents(context: Context, deps: HooksDeps, wish: ListWish): Promise<void> {
  const question = {
    endpoint: wish.endpoint === undefined ? null : nameOf('--endpoint', wish.endpoint),
    state: stateOf(wish.state),
    limit: wish.limit,
  };
  const config = context.config();
  const rows = await answered(deps, [config, 'hooks'], ['events', question], z.array(eventShape));
  context.say(rows, rows.length === 0 ? [noneOf(config, wish.endpoint)] : rows.map(line));
}

function aboutLines(shown: ShownEvent): string[] {
  const { about } = shown;
  if (about === null) return ['FORGED: no statement of the hooks door proves this event. It goes to nobody.'];
  return [
    `events        ${about.names.join(', ') || 'the sender named none'}`,
    `sender        ${about.provider}, ${about.bodyBytes} bytes, schema ${about.schema}`,
    `tenant        ${tenantWord(about.tenant, about.doubts, about.secret)}`,
    `secret        ${about.secret ?? 'none: we asked the sender what we had missed'}`,
    ...gradeLines(about.grades),
    ...about.doubts.map((doubt) => `doubt         ${doubtWord(doubt)}`),
    ...(about.provider.startsWith('aws-sns') && about.names.includes('SubscriptionConfirmation')
      ? [`next          it asks whether deliveries are wanted: \`countersign hooks confirm ${shown.event}\` says yes`]
      : []),
    `signed bytes  sha256 ${about.signed}`,
    `body          sha256 ${about.body}`,
  ];
}

const queueLine = (row: ShownEvent['queue'][number]): string =>
  `consumer      ${queueWord(row)}${row.state === 'waiting' || row.state === 'leased' ? `, ${row.state === 'leased' ? 'its lease ends' : 'due'} ${isoUtc(row.dueAtMs)}` : ''}`;

/** `hooks show`. With `content` also what it holds: sanitised, with every character that cannot be seen written out. */
export async function showEvent(context: Context, deps: HooksDeps, id: string, content: boolean): Promise<void> {
  const shown = await answered(
    deps,
    [context.config(), 'hooks'],
    ['event', { event: eventIdOf(id), content }],
    eventShape.extend({ content: lookedShape.nullable() }),
  );
  const held = shown.content;
  const rule = '-'.repeat(78);
  const text =
    held === null
      ? ['content       not shown: add --content']
      : [
          ...(held.findings.length === 0
            ? []
            : held.findings.map(({ what, count }) => `found         ${visible(what)}${count > 1 ? ` (${count} times)` : ''}`)),
          `content       level ${held.level}. Between the two lines is what a third party wrote, as it is handed over.`,
          rule,
          ...visible(JSON.stringify(held.shown, null, 2), 'kept').split('\n'),
          rule,
          ...(held.withheld
            ? [
                `withheld: once it was handed over, \`countersign content show ${shown.event}\` shows it, and \`content open\` lets it through`,
              ]
            : []),
        ];
  context.say(shown, [
    ...[
      `event         ${shown.event}, received ${isoUtc(shown.receivedAtMs)} at ${shown.endpoint}`,
      ...aboutLines(shown),
      ...(shown.queue.length === 0 ? ['consumer      none'] : shown.queue.map(queueLine)),
    ].map((one) => visible(one)),
    ...text,
  ]);
}

/** `hooks replay`: one event, or with `dead` every one that is dead. */
export async function replayEvents(
  context: Context,
  deps: HooksDeps,
  wish: { readonly event: string | undefined; readonly dead: boolean; readonly consumer: string | undefined },
): Promise<void> {
  if ((wish.event === undefined) !== wish.dead) throw new Exit(exits.usage, 'usage', 'name an event, or add --dead for all dead ones');
  const config = context.config();
  const consumer = wish.consumer === undefined ? null : nameOf('--consumer', wish.consumer);
  const replay = async (event: string, to: string | null) =>
    answered(deps, [config, 'hooks'], ['event-replay', { event, consumer: to }], replayedShape);
  if (wish.event !== undefined) {
    const done = await replay(eventIdOf(wish.event), consumer);
    return context.say(done, [visible(`${done.event} waits again for ${done.consumers.join(', ')}`)]);
  }
  const rows = await answered(
    deps,
    [config, 'hooks'],
    ['events', { endpoint: null, state: 'dead', ...(consumer === null ? {} : { consumer }), limit: limits.eventsListedMax }],
    z.array(eventShape),
  );
  const dead = rows.flatMap(({ event, queue }) =>
    queue.flatMap((row) =>
      row.state === 'dead' && (consumer === null || row.consumer === consumer) ? [{ event, consumer: row.consumer }] : [],
    ),
  );
  const results: { event: string; consumer: string; waits: boolean; message: string }[] = [];
  for (const one of dead) {
    const answer = await deps.ask(config, 'hooks', 'event-replay', one);
    results.push({ ...one, waits: answer.ok, message: answer.ok ? '' : answer.message });
  }
  const failed = results.filter(({ waits }) => !waits);
  context.say(results, [
    ...failed.map((one) => visible(`${one.event} does not wait for ${one.consumer}: ${one.message}`)),
    `${results.length - failed.length} of ${results.length} dead ones wait again`,
    ...(rows.length === limits.eventsListedMax ? ['there may be more: run it once more'] : []),
  ]);
  if (failed.length > 0) process.exitCode = exits.failed;
}
