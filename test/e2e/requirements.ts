import { test } from 'vitest';
import { accountRows } from './requirements-accounts.ts';
import { flowRows } from './requirements-flow.ts';
import { hooksRows } from './requirements-hooks.ts';

/*
 * What the product must do, one row each, with the point of the specification that asks for it. A test cites a row with
 * `verifies` or, where a whole file is about it, with a comment `// verifies: <id>, <id>`. `coverage.test.ts` fails on a
 * row that nobody cites and on a citation that names no row.
 */

/** One thing that the product must do. */
export interface Requirement {
  readonly id: string;
  readonly source: string;
  readonly behaviour: string;
}

const rows = [
  ...accountRows,
  ...flowRows,
  ...hooksRows,

  // the house
  { id: 'house.zones', source: 'point 1', behaviour: 'No process can reach, by imports, code or credentials that its zone forbids.' },
  { id: 'house.zones-go-red', source: 'point 1', behaviour: 'The check of the source tree saw the tree and fails on planted faults.' },
  { id: 'house.pure-folders', source: 'point 1', behaviour: 'Nothing pure can name the clock, the network, the disk or chance.' },
  { id: 'house.documents', source: 'point 1', behaviour: 'The documents are there and name only what exists.' },
  { id: 'house.alone', source: 'point 1', behaviour: 'Each process can be started by itself, with its own environment only.' },

  // actions and digests
  {
    id: 'action.canonical-bytes',
    source: 'point 2',
    behaviour: 'An action has strict RFC 8785 bytes, as the RFC and another implementation write them.',
  },
  {
    id: 'action.digest',
    source: 'point 2',
    behaviour: 'One byte changed anywhere changes the digest; the same action always has the same one.',
  },

  // deciding
  {
    id: 'decide.cells',
    source: 'point 3',
    behaviour: 'Both presets decide every cell of class, binding, flow and signatures as their table says.',
  },
  {
    id: 'decide.one-semantics',
    source: 'point 3',
    behaviour: 'The verdict is the smallest set of signatures that the policy would allow, asked of the policy itself.',
  },
  { id: 'decide.fails-closed', source: 'point 3', behaviour: 'A policy that throws, fails or reports an error denies.' },
  {
    id: 'decide.typed-policies',
    source: 'point 3',
    behaviour: 'A policy with a typing error is refused at load, with file, line and hint.',
  },
  { id: 'decide.hostile-policies', source: 'point 3', behaviour: 'Hostile policy text cannot hurt a process that is deciding.' },
  {
    id: 'decide.explain',
    source: 'point 3',
    behaviour: 'Explain says why, by which policies, and what would be legal, for a proposal or a call that nobody made.',
  },
  {
    id: 'decide.policy-test',
    source: 'point 3',
    behaviour: 'A user’s own cases are run against the policy and one that is decided otherwise fails.',
  },
  { id: 'decide.simulate', source: 'point 3', behaviour: 'Simulate shows what another policy would have decided otherwise.' },
  { id: 'decide.reload', source: 'point 3', behaviour: 'A changed policy file decides from then on, for what already waits too.' },

  // the gateway
  { id: 'gateway.stateless-clients', source: 'point 4', behaviour: 'Clients of MCP 2026-07-28 are served without sessions.' },
  {
    id: 'gateway.session-clients',
    source: 'point 4',
    behaviour: 'Clients of MCP 2025-11-25 are served in a session that belongs to their token.',
  },
  { id: 'gateway.legacy-sessions', source: 'point 4', behaviour: 'Clients of MCP 2025-06-18 are served in a session.' },
  { id: 'gateway.rebinding', source: 'point 4', behaviour: 'A request for another host or from a foreign page is refused at every door.' },
  { id: 'gateway.stdio-bridge', source: 'point 4', behaviour: '`countersign mcp` serves clients that speak only stdio.' },
  { id: 'gateway.tokens', source: 'point 4', behaviour: 'Tokens are stored as digests only, expire, and can be revoked.' },
  {
    id: 'gateway.host-runs',
    source: 'point 4',
    behaviour: 'A host application opens a run with the user’s words, and gets a token and an address for that run only.',
  },
  { id: 'gateway.plain-runs', source: 'point 4', behaviour: 'A client without a run has one run per token, with an idle limit.' },
  {
    id: 'gateway.tools',
    source: 'point 4',
    behaviour: 'Tools are named `<system>_<operation>` and carry our own words and true annotations.',
  },
  { id: 'gateway.reads', source: 'point 4', behaviour: 'A read answers with its result.' },
  {
    id: 'gateway.proposals',
    source: 'point 4',
    behaviour: 'A write answers at once with the proposal, where a person can sign it and how to wait; nothing has happened yet.',
  },
  { id: 'gateway.status', source: 'point 4', behaviour: '`countersign_status` waits for a change and tells the outcome.' },
  {
    id: 'gateway.same-call',
    source: 'point 4',
    behaviour: 'The same call id is the same call: it returns what became of it and has no second effect.',
  },
  { id: 'gateway.refusals', source: 'point 4', behaviour: 'A refusal says why and what would be legal.' },
  { id: 'gateway.http-api', source: 'point 4', behaviour: 'The HTTP API means the same as MCP.' },
  {
    id: 'gateway.openapi',
    source: 'point 4',
    behaviour: 'The HTTP API is described by an OpenAPI document made of the shapes that it parses with.',
  },

  // the hands
  { id: 'hands.typed-words', source: 'point 5', behaviour: 'A process answers only the messages of its row, in their shape.' },
  {
    id: 'hands.rederive',
    source: 'point 5',
    behaviour: 'Each hand derives the action from its own catalogue and takes nobody’s word for a class, a target or a verdict.',
  },
  { id: 'hands.proposal-expiry', source: 'point 5', behaviour: 'A proposal that nobody signed in time is not executed.' },
  { id: 'hands.signature-expiry', source: 'point 5', behaviour: 'A signature is good for a limited time only.' },
  { id: 'hands.self-approval', source: 'point 5', behaviour: 'The requester is never the second person or the owner.' },
  { id: 'hands.two-people', source: 'point 5', behaviour: 'What needs two people is not executed before two people have signed.' },
  { id: 'hands.hard-rules', source: 'point 5', behaviour: 'A few rules in plain code hold whatever the policy permits.' },
  { id: 'hands.once', source: 'point 5', behaviour: 'A signed proposal has exactly one effect in the third party.' },
  {
    id: 'hands.unknown',
    source: 'point 5',
    behaviour: 'An outcome that is not proven is unknown, is never retried, and is settled by looking or by a person.',
  },
  {
    id: 'hands.preconditions',
    source: 'point 5',
    behaviour: 'A precondition that changed after the proposal cancels it with a clear reason.',
  },

  // people
  {
    id: 'people.first-administrator',
    source: 'point 6',
    behaviour: 'The first approver is pinned in the configuration; every later one is enrolled by an administrator.',
  },
  { id: 'people.keys', source: 'point 6', behaviour: 'An approver’s key is encrypted with a passphrase and never overwritten.' },
  {
    id: 'people.card',
    source: 'point 6',
    behaviour: 'The card says everything that is signed, with hidden characters made visible, and a code that is repeated after signing.',
  },
  { id: 'people.envelope', source: 'point 6', behaviour: 'A signature covers every field of the approval envelope.' },
  { id: 'people.commands', source: 'point 6', behaviour: 'People list, look at, sign and refuse proposals at the command line.' },
  { id: 'people.refusals', source: 'point 6', behaviour: 'A refusal is signed, recorded, ends the proposal and is told to the agent.' },

  // systems
  {
    id: 'systems.mcp-hands',
    source: 'point 7',
    behaviour: 'Reader and executor each have their own connection to an MCP server, with their own environment.',
  },
  {
    id: 'systems.mcp-review',
    source: 'point 7',
    behaviour: 'A tool of an MCP server cannot be used before its catalogue entry has been reviewed, whatever it says of itself.',
  },
  {
    id: 'systems.mcp-classes',
    source: 'point 7',
    behaviour: '`catalog add` proposes a class for each tool, never from annotations alone.',
  },
  { id: 'systems.mcp-pins', source: 'point 7', behaviour: 'A tool that changes is disabled, with an alarm and a diff.' },
  {
    id: 'systems.mcp-outcomes',
    source: 'point 7',
    behaviour: 'Errors, broken answers, large results, time-outs and crashes of an MCP server are clear outcomes.',
  },
  {
    id: 'systems.github',
    source: 'point 7',
    behaviour: 'GitHub is read and written through its own SDK, with its own state as the witness.',
  },
  {
    id: 'systems.github-running-files',
    source: 'point 7',
    behaviour: 'A commit to a workflow or to code owners needs two people, and none goes to the default branch.',
  },
  {
    id: 'systems.slack',
    source: 'point 7',
    behaviour: 'Slack is read and written through its own SDK, with safe defaults, and its own state as the witness.',
  },
  { id: 'systems.tenants', source: 'point 7', behaviour: 'The tenant is pinned by configuration and checked on what comes back.' },
  {
    id: 'systems.credentials',
    source: 'point 7',
    behaviour: 'Each zone uses its own credential only, and one that is given the other’s refuses to start.',
  },

  // store and log
  { id: 'store.contract', source: 'point 8', behaviour: 'A store keeps the one contract: durable, grouped, unique where it must be.' },
  { id: 'log.statements', source: 'point 8', behaviour: 'Every step of a call is a statement signed by the process that made it.' },
  { id: 'log.tree', source: 'point 8', behaviour: 'The ledger seals statements into an RFC 6962 tree in tiles with signed checkpoints.' },
  { id: 'log.verify', source: 'point 8', behaviour: '`log verify` checks everything offline, from the files alone.' },
  { id: 'log.attacks', source: 'point 8', behaviour: 'A byte flipped, an entry dropped, swapped or signed again is found.' },
  { id: 'log.commands', source: 'point 8', behaviour: 'The log can be shown, proved and exported.' },

  // the demo
  { id: 'demo.once', source: 'point 9', behaviour: 'The demo ends well only if the third parties’ own state shows that it did.' },

  // configuration and command line
  { id: 'config.schema', source: 'point 10', behaviour: 'The configuration has a published JSON Schema.' },
  { id: 'config.init', source: 'point 10', behaviour: '`init` writes a commented configuration and never overwrites anything.' },
  { id: 'config.check', source: 'point 10', behaviour: '`config check` says what is wrong and where.' },
  { id: 'house.status', source: 'point 10', behaviour: '`up` brings every process up and `status` says how each is.' },
  { id: 'cli.manners', source: 'point 10', behaviour: 'Every command has --help, --json and useful exit codes.' },

  // what must never happen; each with the third party's state as the witness
  { id: 'never.other-action', source: 'how it must hold', behaviour: 'A signature for one action executes no other.' },
  { id: 'never.changed-argument', source: 'how it must hold', behaviour: 'An argument that was changed after signing is not executed.' },
  {
    id: 'never.expired-signature',
    source: 'how it must hold',
    behaviour: 'An expired signature executes nothing, even if the console was taken over.',
  },
  { id: 'never.replayed-signature', source: 'how it must hold', behaviour: 'A signature executes once, however often it is brought.' },
  { id: 'never.self-signed', source: 'how it must hold', behaviour: 'Nobody can enrol themselves, nor sign as their own second person.' },
  {
    id: 'never.foreign-signature',
    source: 'how it must hold',
    behaviour: 'A signature of another installation, or with a key of nobody here, executes nothing.',
  },
  { id: 'never.forged-rows', source: 'how it must hold', behaviour: 'A row forged in the store executes, enrols and admits nothing.' },
  {
    id: 'never.executor-asked',
    source: 'how it must hold',
    behaviour: 'Whoever reaches the executor’s socket can make it execute nothing.',
  },
  {
    id: 'never.reader-asked',
    source: 'how it must hold',
    behaviour: 'Whoever reaches the reader’s socket can make it read nothing without the gateway’s fresh signature.',
  },
  { id: 'never.write-as-read', source: 'how it must hold', behaviour: 'What is called a read but writes changes nothing.' },
  {
    id: 'never.broken-policy',
    source: 'how it must hold',
    behaviour: 'While the policy file is broken the last good policy decides, loudly.',
  },
  {
    id: 'never.second-signature',
    source: 'how it must hold',
    behaviour: 'A second signature for an executed proposal is refused and executes nothing.',
  },
  { id: 'never.approved-by-link', source: 'how it must hold', behaviour: 'No HTTP request to the console signs or changes anything.' },
  {
    id: 'never.gateway-alone',
    source: 'how it must hold',
    behaviour: 'A gateway that was taken over cannot execute, nor hide what a run has read.',
  },

  // faults
  {
    id: 'faults.kill',
    source: 'how it must hold',
    behaviour: 'Whichever process is killed at whichever step: nothing happens twice or unrecorded, and the house comes back.',
  },
] as const satisfies readonly Requirement[];

/** Every requirement. */
export const requirements: readonly Requirement[] = rows;

/** The name of a requirement. */
export type RequirementId = (typeof rows)[number]['id'];

/** A test that shows that a requirement holds; the requirement is named in its title. */
export function verifies(
  ids: RequirementId | readonly RequirementId[],
  title: string,
  body: () => Promise<void> | void,
  timeoutMs?: number,
): void {
  test(`${title} [${[ids].flat().join(', ')}]`, body, timeoutMs);
}
