import { githubWebhook } from '../connectors/github/webhook.ts';
import { slackWebhook } from '../connectors/slack/webhook.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { bitbucket, confluence, connect, connectLifecycle, jiraDynamic } from './providers/atlassian.ts';
import { httpSignatures } from './providers/generic.ts';
import { driveChannel, gitlabToken, graphBasic, graphRich, pubsubPush } from './providers/hints.ts';
import { salesforceOutbound } from './providers/salesforce.ts';
import { discordEvents, discordInteractions, sendgrid, zendesk, zoom } from './providers/signed-time.ts';
import { jiraAdmin, linear, pagerduty, shopify, stripe } from './providers/signed-body.ts';
import { meta, teams, xActivity } from './providers/social.ts';
import { sns, snsSha1 } from './providers/sns.ts';
import { gitlab, servicenow, standardWebhooks, svix } from './providers/standard.ts';
import { twilio } from './providers/twilio.ts';

/** Every provider by the name under which a configuration asks for it. Zendesk stands here twice: see `zendesk`. */
export const webhookProviders: ReadonlyMap<string, WebhookProvider> = new Map([
  ...[githubWebhook, slackWebhook, standardWebhooks, svix, stripe, shopify, linear, gitlab, gitlabToken, pagerduty].map(named),
  ...[twilio, sendgrid, discordInteractions, discordEvents, zoom, jiraAdmin, driveChannel, pubsubPush, graphBasic].map(named),
  ...[httpSignatures, sns, jiraDynamic, connect, connectLifecycle, confluence, bitbucket, meta, xActivity, teams].map(named),
  ...[snsSha1, servicenow, salesforceOutbound, graphRich].map(named),
  ['zendesk-time-body', zendesk('time-body')],
  ['zendesk-body-time', zendesk('body-time')],
]);

function named(provider: WebhookProvider): [string, WebhookProvider] {
  return [provider.id, provider];
}
