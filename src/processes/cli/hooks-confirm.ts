import { isoUtc } from '../../action/time.ts';
import { refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { openEvent } from '../../inbound/give.ts';
import { confirmAnswer, subscriptionIn } from '../../inbound/sns-subscription.ts';
import type { ConfirmAnswer, Subscription } from '../../inbound/sns-subscription.ts';
import { limits } from '../../limits.ts';
import { openAs } from '../../record/identity.ts';
import type { Config } from '../config.ts';
import { providerAt } from '../hooks-endpoints.ts';
import { askPinned } from '../pinned-fetch.ts';
import type { HooksDeps } from './hooks-answers.ts';
import { eventIdOf } from './hooks-events.ts';
import type { Book } from './people-deps.ts';
import { askLine } from './people-prompt.ts';
import type { Terminal } from './people-prompt.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * Granting what a sender asked for when its endpoint was set up. The door keeps such an event for a person and calls nobody:
 * this command calls, and only Amazon.
 */

/** A confirmation that may be granted now. */
interface Pending {
  readonly event: string;
  readonly endpoint: string;
  readonly publicUrl: string;
  readonly receivedAtMs: number;
  readonly subscription: Subscription;
}

const no = (why: string) => refuse('not-to-confirm', why);

/** When the subscription of an event was confirmed before, if it was. */
async function confirmedAt({ store, trust }: Book, event: string): Promise<number | null> {
  for (const entry of await store.statementsOfKind('event-confirmed')) {
    const opened = openAs(trust, entry, 'event-confirmed');
    if (opened.ok && opened.value.body.event === event && opened.value.body.state === 'confirmed') return opened.value.atMs;
  }
  return null;
}

/**
 * The event, if it is what may be confirmed: proved by the door's statement and Amazon's signature, in quarantine still, at an
 * endpoint of SNS that is being set up and expects this topic.
 */
async function pendingIn(config: Config, book: Book, event: string): Promise<Result<Pending>> {
  const opened = await openEvent(book, event);
  if (!opened.ok) return opened;
  const { received, content } = opened.value;
  const { endpoint, provider, names, grades, secret, tenant } = received.body;
  const settings = Object.hasOwn(config.hooks.endpoints, endpoint) ? config.hooks.endpoints[endpoint] : undefined;
  if (names.length !== 1 || names[0] !== 'SubscriptionConfirmation' || !provider.startsWith('aws-sns'))
    return no('this event is no confirmation of Amazon SNS: only those are confirmed here');
  if (grades.bodyIntegrity !== 'signature' || secret === null) return no("Amazon's signature does not cover this event");
  if (settings === undefined || providerAt(config, endpoint).id !== provider)
    return no(`the configuration has no endpoint ${endpoint} of this sender`);
  if (!settings.pending) return no(`the endpoint ${endpoint} is not being set up: say \`pending: true\` there while you do it`);
  if (grades.trust !== 'quarantine' || (await book.store.queueOf(event)).length > 0)
    return no('this event is not in quarantine any more: somebody let it go on to its consumers');
  const subscription = subscriptionIn(content);
  if (!subscription.ok) return subscription;
  const { topic } = subscription.value;
  if (settings.expects['topic'] !== topic || tenant['topic'] !== topic)
    return no(`the endpoint ${endpoint} expects another topic than ${topic}`);
  const before = await confirmedAt(book, event);
  if (before !== null) return refuse('confirmed-already', `the subscription was confirmed at ${isoUtc(before)}`);
  const publicUrl = (config.hooks.publicUrl ?? '').replace(/\/$/, '') + (settings.path ?? `/hooks/${endpoint}`);
  return { ok: true, value: { event, endpoint, publicUrl, receivedAtMs: received.atMs, subscription: subscription.value } };
}

const pendingLines = ({ event, endpoint, publicUrl, receivedAtMs, subscription }: Pending): readonly string[] => [
  `event         ${event}, received ${isoUtc(receivedAtMs)}`,
  `topic         ${subscription.topic}`,
  `account       ${subscription.account}, region ${subscription.region}`,
  `endpoint      ${endpoint}: what is published in this topic will be delivered to ${publicUrl}`,
  `called        ConfirmSubscription at ${new URL(subscription.url).host}, without a signature of yours`,
];

async function agreed(pending: Pending, yes: boolean, terminal?: Terminal): Promise<void> {
  // On standard error, so that --json stays one document.
  process.stderr.write(
    pendingLines(pending)
      .map((line) => `${line}\n`)
      .join(''),
  );
  if (yes) return;
  const typed = await askLine('To confirm, type the name of the topic: ', 'read what would be confirmed, then add --yes', terminal);
  if (typed.trim() !== pending.subscription.name)
    throw new Exit(exits.failed, 'given-up', 'that is not the name of the topic: nothing was confirmed');
}

async function granted(book: Book, pending: Pending, ask: typeof fetch): Promise<ConfirmAnswer> {
  const { event, endpoint, subscription } = pending;
  const { topic, url } = subscription;
  const record = (state: ConfirmAnswer['state'] | 'asked', note: string) =>
    book.recorder.record({ statements: [{ kind: 'event-confirmed', body: { event, endpoint, topic, state, note } }] });
  await record('asked', ''); // on disk before anything is sent
  const answered = await askPinned(url, limits.hooksConfirmReplyBytesMax, ask);
  const answer: ConfirmAnswer = answered.ok
    ? confirmAnswer(topic, answered.value.status, answered.value.text)
    : { state: 'unknown', note: answered.message };
  await record(answer.state, answer.note);
  return answer;
}

/** `hooks confirm`: confirms the subscription that an event of Amazon SNS asks for. Ends with 1 if it is not known to be confirmed. */
export async function confirmEvent(
  context: Context,
  deps: HooksDeps,
  { event, yes }: { readonly event: string; readonly yes: boolean },
  { ask = fetch, terminal }: { readonly ask?: typeof fetch; readonly terminal?: Terminal } = {},
): Promise<void> {
  const config = context.config();
  const id = eventIdOf(event);
  const book = await deps.openBook(config);
  try {
    const pending = await pendingIn(config, book, id);
    if (!pending.ok) throw exitRefused(pending);
    await agreed(pending.value, yes, terminal);
    const { state, note } = await granted(book, pending.value, ask);
    const { endpoint, subscription } = pending.value;
    const words = {
      confirmed: [`confirmed: ${note}`, `next: take \`pending: true\` out of hooks.endpoints.${endpoint}`],
      refused: [
        `Amazon refused: ${note}. A token is good for two days: subscribe the endpoint again, and confirm the event that comes then`,
      ],
      unknown: [`not known: ${note}. To run it once more does no harm`],
    } as const;
    context.say({ event: id, endpoint, topic: subscription.topic, state, note }, words[state]);
    if (state !== 'confirmed') process.exitCode = exits.failed;
  } finally {
    await book.close();
  }
}
