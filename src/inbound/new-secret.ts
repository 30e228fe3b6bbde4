import { randomBytes } from 'node:crypto';
import type { SecretRule, WebhookProvider } from '../connectors/webhook.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { readSecret } from './secrets.ts';

/*
 * Making a secret for an endpoint, in the form in which its sender takes one.
 */

/** Senders that make the secret themselves and take none of ours: what their settings show is brought in from a file. */
const sendersOwn: ReadonlySet<string> = new Set([
  'slack', // the signing secret of the app
  'stripe', // shown for each endpoint
  'svix',
  'shopify', // the client secret of the app
  'linear',
  'pagerduty', // shown once when the subscription is made
  'twilio', // the auth token of the account
  'zoom', // the secret token of the app
  'zendesk',
  'atlassian-connect', // comes with the installation
  'jira-dynamic', // the client secret of the app
]);

/** Whether a secret for this sender can be made here: it holds the same one, and its settings take one of ours. */
export function canMakeSecret(provider: WebhookProvider): boolean {
  return !sendersOwn.has(provider.id) && provider.secrets.some(isShared);
}

const isShared = ({ kind, form }: SecretRule): boolean => (kind === 'hmac' || kind === 'token') && form !== 'verify-token';

const secretBytes = 32;

function written(rule: SecretRule): string {
  const bytes = randomBytes(Math.max(secretBytes, rule.bytesMin));
  switch (rule.form) {
    case 'whsec':
      return `whsec_${bytes.toString('base64')}`;
    case 'base64':
      return bytes.toString('base64');
    case 'hex':
      return bytes.toString('hex');
    default:
      return bytes.toString('base64url');
  }
}

/** A new secret, written as the sender writes it. Refuses a sender that makes its own. */
export function makeSecret(provider: WebhookProvider): Result<string> {
  const rule = canMakeSecret(provider) ? provider.secrets.find(isShared) : undefined;
  if (rule === undefined)
    return refuse(
      'senders-secret',
      provider.id === 'atlassian-connect'
        ? 'the secret of an app comes with its installation: an endpoint of atlassian-connect-lifecycle keeps it for this one (`installs`)'
        : `${provider.id} makes its secret itself: copy the one that its settings show into a file, and name the file with --file`,
    );
  // By chance a random text can look like a placeholder (`xxxxxx`): then another one is taken.
  for (let tries = 0; tries < 5; tries++) {
    const value = written(rule);
    if (readSecret(provider, { id: 'new', value, notBeforeMs: 0, notAfterMs: null }).ok) return ok(value);
  }
  throw new CountersignError('bug', `a secret of ${provider.id} could not be made`);
}
