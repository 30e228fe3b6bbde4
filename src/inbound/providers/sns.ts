import type { Proof, WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

const subscription = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

const proof: Proof & { readonly kind: 'field-list' } = {
  kind: 'field-list',
  by: 'Type',
  lists: {
    Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
    SubscriptionConfirmation: subscription,
  },
  optional: ['Subject'],
  multiline: ['Message'],
  signature: 'Signature',
  version: 'SignatureVersion',
  algorithms: { 2: 'rs256' },
  fixed: {
    SigningCertURL: /^https:\/\/sns\.[a-z0-9-]{1,32}\.amazonaws\.com(?:\.cn)?\/SimpleNotificationService-[0-9a-f]{32}\.pem$/,
  },
};

/**
 * Amazon SNS over HTTPS (docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages"), signature version 2: SHA-256.
 * A topic signs with version 1, SHA-1, until its `SignatureVersion` is set to 2, and those are refused: see `snsSha1`. The certificate's
 * address must be Amazon's, but the door fetches nothing: its public key is a secret of the endpoint, or in its file of keys. A
 * confirmation waits for a person, whose `countersign hooks confirm` calls ConfirmSubscription with the topic and the token;
 * `SubscribeURL` is never called.
 *
 * Only the listed fields are signed: `UnsubscribeURL`, `MessageAttributes` and whatever else stands beside them is anybody's,
 * and is not kept.
 */
export const sns: WebhookProvider = {
  id: 'aws-sns',
  proof,
  freshness: { kind: 'identical', windowMs: limits.webhookIdenticalMs, path: 'Timestamp', form: 'rfc3339-ms' },
  messageIds: [{ in: 'body', path: 'MessageId' }],
  event: { kind: 'fields', paths: [['Type']] },
  binds: { topic: { at: [{ in: 'body', path: 'TopicArn' }], needed: true, pinned: true } },
  handshake: { kind: 'kept', event: 'SubscriptionConfirmation', when: 'pending' },
  form: null,
  twins: {},
  plainJson: true,
  omits: ['SubscribeURL'],
  bodyBytesMax: 512 * 1024,
  secrets: [{ kind: 'rsa-public', form: 'pem', bytesMin: 256 }],
};

/** The same for a topic whose `SignatureVersion` cannot be set to 2: SHA-1 counts as well. Only for who asks for it by this name. */
export const snsSha1: WebhookProvider = { ...sns, id: 'aws-sns-sha1', proof: { ...proof, algorithms: { 1: 'rsa-sha1', 2: 'rs256' } } };
