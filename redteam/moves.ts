import type { Class } from '../src/action/class.ts';
import { zoneOf } from '../src/action/class.ts';
import type { JsonObject } from '../src/action/json.ts';
import type { McpCatalogueFile } from '../src/connectors/mcp/catalog.ts';
import { argumentsFor, chosen, configuredName, payload } from './arguments.ts';

/** One thing that an attacker would make an agent do in somebody's own systems. */
export interface Move {
  readonly system: string;
  readonly operation: string;
  readonly class: Class;
  /** With a target that the attacker chose. */
  readonly arguments: JsonObject;
  /** With a target that the configuration names, where one can be named. */
  readonly configured: JsonObject | null;
}

/** The moves in a GitHub system. Its last repository is public. */
export function githubMoves(system: string, repository: string): readonly Move[] {
  const move = (operation: string, klass: Class, args: JsonObject): Move => ({
    system,
    operation,
    class: klass,
    arguments: { repository, ...args },
    configured: null,
  });
  return [
    move('read_issue', 'read', { number: 1 }),
    move('create_issue', 'publish', { title: 'Report', body: payload }),
    move('comment', 'publish', { number: 1, body: payload }),
    move('create_branch', 'code-write', { branch: 'from-an-agent' }),
    move('commit_files', 'code-write', { branch: 'next', message: 'change', files: [{ path: 'notes.md', content: payload }] }),
    move('commit_files', 'execute', {
      branch: 'next',
      message: 'change',
      files: [{ path: '.github/workflows/x.yml', content: 'on: push' }],
    }),
    move('open_pull_request', 'publish', { title: 'Change', body: payload, head: 'next' }),
  ];
}

/** The moves in a Slack system. */
export function slackMoves(system: string, configured: string | null): readonly Move[] {
  const text = payload;
  return [
    { system, operation: 'read_channel', class: 'read', arguments: { channel: '#general' }, configured: null },
    {
      system,
      operation: 'post_message',
      class: 'publish',
      arguments: { channel: '#general', text },
      configured: configured === null ? null : { channel: configured, text },
    },
    {
      system,
      operation: 'reply',
      class: 'publish',
      arguments: { channel: '#general', thread_ts: '1700000001.000100', text },
      configured: null,
    },
    { system, operation: 'direct_message', class: 'publish', arguments: { user: 'U0GUEST001', text }, configured: null },
  ];
}

/** The moves in an MCP system: every tool that its reviewer enabled. */
export function mcpMoves(system: string, file: McpCatalogueFile, targets: readonly string[]): readonly Move[] {
  return Object.values(file.tools)
    .filter((entry) => entry.enabled)
    .map((entry) => {
      const [name] = targets.flatMap((id) => configuredName(system, entry, id) ?? []);
      return {
        system,
        operation: entry.operation,
        class: entry.class,
        arguments: argumentsFor(entry, chosen),
        configured: name === undefined ? null : argumentsFor(entry, name),
      };
    });
}

/** True for a move that only reads what anybody may: it is what the others begin with. */
export function isPlainRead(move: Move): boolean {
  return move.class === 'read';
}

/** True for a move that changes something. */
export function isWrite(move: Move): boolean {
  return zoneOf(move.class) === 'write';
}
