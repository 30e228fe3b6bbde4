import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';
import type { Told } from './company.ts';

/** What these tests need of an MCP client, whatever its version. */
export interface Client {
  listTools(): Promise<{ tools: readonly ListedTool[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
}

/** A tool as a client sees it. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly annotations?: { readonly readOnlyHint?: boolean | undefined; readonly destructiveHint?: boolean | undefined } | undefined;
}

/** A tool result, as far as these tests look. */
export interface Said {
  readonly isError: boolean;
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent: Told;
}

/** Calls a tool. */
export async function say(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Said> {
  return (await client.callTool({ name, arguments: args })) as Said;
}

type Address = { readonly url: string; readonly token: string };

async function v2({ url, token }: Address, mode: 'auto' | 'legacy', expected: string): Promise<Client> {
  const client = new ClientV2({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new HttpV2(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  onTestFinished(() => client.close());
  if (client.getNegotiatedProtocolVersion() !== expected) throw new Error(`negotiated ${client.getNegotiatedProtocolVersion()}`);
  return client;
}

/** The official clients: the v1 SDK, and the v2 SDK in both eras. Each is closed when the test has finished. */
export const clients = {
  'the v1 SDK': async ({ url, token }: Address): Promise<Client> => {
    const client = new ClientV1({ name: 'e2e', version: '1' });
    await client.connect(new HttpV1(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    onTestFinished(() => client.close());
    return client;
  },
  'the v2 SDK without sessions': (address: Address): Promise<Client> => v2(address, 'auto', '2026-07-28'),
  'the v2 SDK with a session': (address: Address): Promise<Client> => v2(address, 'legacy', '2025-11-25'),
} as const;
