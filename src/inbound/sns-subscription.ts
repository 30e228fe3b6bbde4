import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';

/*
 * What a confirmation of Amazon SNS asks for, and the address at which it is granted: ConfirmSubscription of the SNS API
 * (version 2010-03-31, docs.aws.amazon.com). A GET without an AWS signature is enough, as it is for SubscribeURL, unless one
 * asks for AuthenticateOnUnsubscribe. The address is put together here out of the signed topic and token; SubscribeURL is not
 * even kept.
 */

/** A subscription that waits to be confirmed. */
export interface Subscription {
  readonly topic: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  /** ConfirmSubscription with topic and token: whoever has it can confirm. */
  readonly url: string;
}

const arn = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]{1,12}){1,3}-\d{1,2}):(\d{12}):([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$/;
const tokenGrammar = /^[A-Za-z0-9]{32,1024}$/;

/** Amazon's regions of China and of the US government lie in partitions of their own: a name of one is none of another. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Reads the content of a `SubscriptionConfirmation` whose signature was verified. */
export function subscriptionIn(content: Json): Result<Subscription> {
  const { Type: type, TopicArn: topic, Token: token } = isObject(content) ? content : {};
  const match = typeof topic === 'string' ? arn.exec(topic) : null;
  if (type !== 'SubscriptionConfirmation' || match === null || typeof topic !== 'string')
    return refuse('no-confirmation', 'this is no confirmation of a topic of Amazon SNS');
  const [, partition = '', region = '', account = '', name = ''] = match;
  if (partition !== partitionOf(region)) return refuse('no-confirmation', `the topic ${topic} names a region of another partition`);
  if (typeof token !== 'string' || !tokenGrammar.test(token))
    return refuse('no-confirmation', 'the token of this confirmation is not written as Amazon writes one');
  const host = `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
  const query = { Action: 'ConfirmSubscription', Version: '2010-03-31', TopicArn: topic, Token: token };
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return ok({ topic, region, account, name, url: `https://${host}/?${pairs.join('&')}` });
}

/** What Amazon answered. */
export type ConfirmAnswer =
  | { readonly state: 'confirmed'; readonly note: string }
  | { readonly state: 'refused'; readonly note: string }
  /** Nobody knows: to ask once more does no harm. */
  | { readonly state: 'unknown'; readonly note: string };

/** The one value of an element that stands once in a document. */
function only(text: string, element: string, value: string): string | null {
  const found = [...text.matchAll(new RegExp(`<${element}>\\s*(${value})\\s*</${element}>`, 'g'))];
  return found.length === 1 ? (found[0]?.[1] ?? null) : null;
}

/** Understands the answer to ConfirmSubscription: a subscription of this very topic, or the code of an error; nothing else of it is repeated. */
export function confirmAnswer(topic: string, status: number, text: string): ConfirmAnswer {
  const subscription = only(text, 'SubscriptionArn', `${topic.replaceAll('.', String.raw`\.`)}:[0-9a-f-]{36}`);
  if (status === 200)
    return subscription === null
      ? { state: 'unknown', note: 'Amazon answered with success, and named no subscription of this topic' }
      : { state: 'confirmed', note: subscription };
  if (status < 400 || status >= 500) return { state: 'unknown', note: `Amazon answered with status ${status}` };
  return { state: 'refused', note: `${only(text, 'Code', '[A-Za-z]{1,64}') ?? 'no reason'} (status ${status})` };
}
