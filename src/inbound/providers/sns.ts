import type { WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

const subscription = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/**
 * Amazon SNS over HTTPS (docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages"), signature version 2: SHA-256.
 * A topic signs with version 1, SHA-1, until its `SignatureVersion` is set to 2, and those are refused. The certificate's
 * address must be Amazon's, but nothing is ever fetched: its public key is a secret of the endpoint. A confirmation waits for a
 * person, who calls ConfirmSubscription with the topic and the token; `SubscribeURL` is never called.
 *
 * Only the listed fields are signed: `UnsubscribeURL`, `MessageAttributes` and whatever else stands beside them is anybody's.
 */
export const sns: WebhookProvider = {
  id: 'aws-sns',
  proof: {
    kind: 'field-list',
    by: 'Type',
    lists: {
      Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
      SubscriptionConfirmation: subscription,
    },
    optional: ['Subject'],
    multiline: ['Message'],
    signature: 'Signature',
    fixed: {
      SignatureVersion: '2',
      SigningCertURL: /^https:\/\/sns\.[a-z0-9-]{1,32}\.amazonaws\.com(?:\.cn)?\/SimpleNotificationService-[0-9a-f]{32}\.pem$/,
    },
  },
  freshness: { kind: 'identical', windowMs: limits.webhookIdenticalMs, path: 'Timestamp', form: 'rfc3339-ms' },
  messageIds: [{ in: 'body', path: 'MessageId' }],
  event: { kind: 'fields', paths: [['Type']] },
  binds: { topic: { at: [{ in: 'body', path: 'TopicArn' }], needed: true, pinned: true } },
  handshake: { kind: 'kept', event: 'SubscriptionConfirmation', when: 'pending' },
  form: null,
  twins: {},
  plainJson: true,
  omits: ['UnsubscribeURL', 'MessageAttributes', 'SubscribeURL', 'Signature', 'SigningCertURL'],
  bodyBytesMax: 512 * 1024,
  secrets: [{ kind: 'rsa-public', form: 'pem', bytesMin: 256 }],
};
