import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A small Slack of our own, for what `emulate` lacks: channels shared with other organisations, guests, rows of other
 * workspaces, the scopes header, search, and servers that break. It keeps messages and metadata, like the real one.
 */

/** One call as it came. */
interface Knock {
  readonly method: string;
  readonly args: Readonly<Record<string, string>>;
}

/** What the server does with a call instead of answering as usual. */
export type Fault = 'reset-before' | 'reset-after' | 'hang' | '500' | '429' | 'html' | 'huge' | { readonly error: string };

interface Row {
  [field: string]: unknown;
}

/** A pretend workspace. */
export interface Double {
  readonly url: string;
  readonly seen: Knock[];
  readonly channels: Map<string, Row>;
  readonly users: Map<string, Row>;
  /** By channel, oldest first. */
  readonly messages: Map<string, Row[]>;
  readonly faults: Map<string, Fault>;
  readonly auth: Row;
  hits: Row[];
  scopes: string | null;
  close(): Promise<void>;
}

/** The workspace, if no other is asked for. */
export const team = 'T0PINNED01';

/** Who is asked for a workspace of his own, and which tokens it knows. Without tokens, everybody is let in. */
export interface DoubleOptions {
  readonly team?: string;
  readonly tokens?: { readonly read: string; readonly write: string };
}

/** The refusal of a call that its token does not allow, or null. */
function barred(tokens: DoubleOptions['tokens'], method: string, authorization: string | undefined): Row | null {
  if (tokens === undefined) return null;
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (token !== tokens.read && token !== tokens.write) return { ok: false, error: 'invalid_auth' };
  return method.startsWith('chat.') && token !== tokens.write ? { ok: false, error: 'missing_scope' } : null;
}

function page(rows: readonly Row[], args: Knock['args'], key: string): Row {
  const start = Number((args['cursor'] ?? 'at:0').slice(3));
  const end = start + Number(args['limit'] ?? 100);
  return {
    ok: true,
    [key]: rows.slice(start, end),
    has_more: end < rows.length,
    response_metadata: { next_cursor: end < rows.length ? `at:${end}` : '' },
  };
}

const no = (error: string): Row => ({ ok: false, error });

function post(double: Double, args: Knock['args']): Row {
  const channel = double.channels.get(args['channel'] ?? '');
  if (channel === undefined) return no('channel_not_found');
  const rows = double.messages.get(String(channel['id'])) ?? [];
  const ts = `1700000${String(100 + rows.length)}.000100`;
  const metadata: unknown = args['metadata'] === undefined ? undefined : JSON.parse(args['metadata']);
  rows.push({ ...args, ts, user: double.auth['user_id'], metadata });
  double.messages.set(String(channel['id']), rows);
  return { ok: true, channel: channel['id'], ts };
}

function history(double: Double, args: Knock['args']): Row {
  const rows = (double.messages.get(args['channel'] ?? '') ?? []).filter(
    (row) => row['thread_ts'] === undefined && Number(row['ts']) > Number(args['oldest'] ?? 0),
  );
  const shown = args['include_all_metadata'] === 'true' ? rows : rows.map(({ metadata: _metadata, ...row }) => row);
  return page(shown.toReversed(), args, 'messages');
}

function answer(double: Double, { method, args }: Knock): Row {
  const channel = double.channels.get(args['channel'] ?? '');
  switch (method) {
    case 'auth.test':
      return { ok: true, ...double.auth };
    case 'conversations.info':
      return channel === undefined ? no('channel_not_found') : { ok: true, channel };
    case 'conversations.list':
      return page([...double.channels.values()], args, 'channels');
    case 'conversations.members':
      return page((channel?.['members'] as Row[] | undefined) ?? [], args, 'members');
    case 'conversations.history':
      return history(double, args);
    case 'conversations.replies':
      return page(
        (double.messages.get(args['channel'] ?? '') ?? []).filter((row) => row['ts'] === args['ts'] || row['thread_ts'] === args['ts']),
        args,
        'messages',
      );
    case 'conversations.open': {
      const open = [...double.channels.values()].find((each) => each['user'] === args['users']);
      return open === undefined ? no('channel_not_found') : { ok: true, channel: { id: open['id'] } };
    }
    case 'users.info':
      return double.users.has(args['user'] ?? '') ? { ok: true, user: double.users.get(args['user'] ?? '') } : no('user_not_found');
    case 'users.list':
      return page([...double.users.values()], args, 'members');
    case 'assistant.search.context':
      return { ok: true, results: { messages: double.hits } };
    case 'chat.postMessage':
      return post(double, args);
    default:
      return no('unknown_method');
  }
}

/** Starts it with one public, one private and one direct conversation. */
export async function startDouble(options: DoubleOptions = {}): Promise<Double> {
  const own = options.team ?? team;
  const faults = new Map<string, Fault>();
  const state: Omit<Double, 'url' | 'close'> = {
    seen: [],
    channels: new Map([
      [
        'C0GENERAL1',
        {
          id: 'C0GENERAL1',
          name: 'general',
          is_channel: true,
          is_private: false,
          is_member: true,
          num_members: 212,
          context_team_id: own,
          shared_team_ids: [own],
        },
      ],
      ['C0SECRET01', { id: 'C0SECRET01', name: 'secret', is_private: true, is_member: true, num_members: 5, context_team_id: own }],
      ['D0ALICE001', { id: 'D0ALICE001', is_im: true, user: 'U0ALICE001' }],
    ]),
    users: new Map([
      ['U0ALICE001', { id: 'U0ALICE001', name: 'alice', team_id: own, is_restricted: false, profile: { display_name: 'Alice' } }],
      ['U0GUEST001', { id: 'U0GUEST001', name: 'gus', team_id: own, is_restricted: true }],
      ['U0OTHER001', { id: 'U0OTHER001', name: 'olga', team_id: 'T0OTHER001' }],
    ]),
    messages: new Map(),
    faults,
    auth: { team_id: own, user_id: 'U0BOT00001', bot_id: 'B0BOT00001', url: 'https://acme.slack.com/' },
    hits: [],
    scopes: null,
  };
  const server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const method = String(req.url).replace('/api/', '');
      const knock = { method, args: Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString())) };
      double.seen.push(knock);
      const fault = faults.get(method);
      if (fault === 'hang') return;
      if (fault === 'reset-before') return void req.socket.destroy();
      if (fault === '500') return void res.writeHead(500).end('upstream error');
      if (fault === '429') return void res.writeHead(429).end('');
      if (fault === 'html') return void res.end('channel_not_found');
      if (fault === 'huge') return void res.end(`{"ok":true,"x":"${'x'.repeat(5_000_000)}"}`);
      const body =
        typeof fault === 'object' ? no(fault.error) : (barred(options.tokens, method, req.headers.authorization) ?? answer(double, knock));
      if (fault === 'reset-after') return void req.socket.destroy();
      res
        .writeHead(200, { 'content-type': 'application/json', ...(double.scopes === null ? {} : { 'x-oauth-scopes': double.scopes }) })
        .end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const double: Double = { ...state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`, close };
  return double;
}
