import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { FetchLike } from '@modelcontextprotocol/client';
import { limits } from '../../limits.ts';
import type { Fault } from './stdio.ts';

/** An MCP server behind a URL of the configuration. */
export interface HttpSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Fetches without following redirects (they would carry our headers elsewhere) and stops reading when a reply is larger
 * than one message may be. A stream of notifications that grows so long is cut off; the transport opens another.
 */
function boundedFetch(onFault: (fault: Fault) => void): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'error' });
    if (response.body === null) return response;
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytes += chunk.byteLength;
          if (bytes <= limits.mcpLineBytesMax) {
            controller.enqueue(chunk);
            return;
          }
          if (init?.method === 'POST') onFault('too-large');
          controller.error(new Error('the reply is too large'));
        },
      }),
    );
    return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}

/** MCP over Streamable HTTP. */
export function httpTransport(settings: HttpSettings, onFault: (fault: Fault) => void): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(settings.url), {
    requestInit: { headers: { ...settings.headers } },
    fetch: boundedFetch(onFault),
  });
}
