import { expect, test } from 'vitest';
import { slackCatalogue } from '../connectors/slack/catalog.ts';
import { slackShape } from '../connectors/settings.ts';
import { createEngine } from '../decide/engine.ts';
import { policySet } from '../decide/policy-set.ts';
import { toolLists } from './mediate-tools.ts';

// verifies: gateway.tools
const catalogue = slackCatalogue(
  'slack',
  slackShape.parse({ connector: 'slack', team: 'T1', credentials: { read: { env: 'A' }, write: { env: 'B' } } }),
);

function namesFor(policies: Readonly<Record<string, string>>, user: string, targets: readonly string[] = []): string[] {
  const engine = createEngine(policySet(new Map(Object.entries(policies)), [catalogue]), [catalogue]);
  if (!engine.ok) throw new Error(engine.message);
  const list = toolLists({ catalogues: new Map([['slack', catalogue]]), engine: () => engine.value, configuredTargets: () => targets });
  return list({ user, agent: 'assistant' }).map((tool) => tool.name);
}

const reads = 'permit (principal, action in Action::"read", resource);';
const posts =
  'permit (principal == User::"alice", action == Action::"slack.post_message", resource) when { context.countersignatures.contains("requester") };';

test('a principal sees the tools that the policy leaves them a way to, and no others', () => {
  const alice = namesFor({ reads, posts }, 'alice');
  const bob = namesFor({ reads, posts }, 'bob');
  expect(alice).toContain('slack_post_message');
  expect(alice).not.toContain('slack_reply');
  expect(bob).not.toContain('slack_post_message');
  expect(bob).toContain('slack_read_channel');
});

test('a read that would have to be signed for is not listed, because it cannot be', () => {
  const signed = 'permit (principal, action in Action::"read", resource) when { context.countersignatures.contains("requester") };';
  expect(namesFor({ signed }, 'alice')).toEqual([]);
});

test('a policy about one target lists the tool if the configuration names the target', () => {
  const one = 'permit (principal, action == Action::"slack.post_message", resource) when { resource.id == "C1" };';
  expect(namesFor({ one }, 'alice')).toEqual([]);
  expect(namesFor({ one }, 'alice', ['C1'])).toEqual(['slack_post_message']);
});
