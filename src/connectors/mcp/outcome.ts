import {
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { cut } from '../../action/cut.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { neverSent } from '../../action/never-sent.ts';
import { limits } from '../../limits.ts';
import type { HandCode } from '../connector.ts';
import type { Fault } from './stdio.ts';

/**
 * What is known of the effect of a call that ended without a result. `not-sent` is proven by us alone: there was no connection
 * to send it on, or its time was over before. `refused` is only the server's word that it did not run the tool: a hostile or a
 * careless server can act and then say so.
 */
export type Effect = 'not-sent' | 'refused' | 'unknown';

/** A call that ended without a result. */
export interface Failed {
  readonly ok: false;
  readonly code: HandCode;
  readonly message: string;
  readonly effect: Effect;
}

/** A result, as the server gave it. `isError` proves neither that something happened nor that nothing did. */
export interface Returned {
  readonly ok: true;
  readonly isError: boolean;
  /** Plain, canonical JSON, untrusted; null if it was larger than `limits.thirdPartyResultBytesMax`. */
  readonly content: JsonObject | null;
  readonly bytes: number;
  /** What the server says of who may read it and whether it can be trusted (`_meta.ifc`): may lower our label, never raise it. */
  readonly ifc: JsonObject;
}

/** How a call ended. */
export type CallOutcome = Failed | Returned;

/** Builds a failure. */
export function failed(code: HandCode, message: string, effect: Effect): Failed {
  return { ok: false, code, message, effect };
}

/** The call was given up before it was sent. */
export const tooLate: Failed = failed('timed-out', 'the server was not ready in time: nothing was sent', 'not-sent');

// A status is an answer, whoever gave it: the request has left us, and only the server can know what it did with it.
function httpFailure(status: number): Failed {
  switch (status) {
    case 401:
      return failed('bad-credential', 'the server does not accept the credential', 'refused');
    case 403:
      return failed('forbidden', 'the server says that the credential may not', 'refused');
    case 404:
      return failed('not-reachable', 'the server has forgotten this session: try again', 'refused');
    case 429:
      return failed('rate-limited', 'the server says that there were too many calls: try again later', 'refused');
    default:
      return failed('third-party-error', `the server answered with HTTP ${status}`, 'unknown');
  }
}

// JSON-RPC and MCP 2026-07-28: errors that say that the tool was not run at all. The server's word, and no more than that.
const [invalidParams, methodNotFound, headerMismatch] = [-32602, -32601, -32020];

function protocolFailure(code: number): Failed {
  if (code === invalidParams) return failed('bad-arguments', 'the server does not accept the arguments', 'refused');
  if (code === methodNotFound || code === headerMismatch) return failed('not-supported', 'the server does not take this call', 'refused');
  return failed('third-party-error', `the server answered with error ${Number.isSafeInteger(code) ? code : '?'}`, 'unknown');
}

/** What an exception during a call means, and what it proves. Its message may be the server's and is not passed on. */
export function failureOf(error: unknown, fault: Fault | null): Failed {
  if (fault === 'too-large')
    return failed('too-large', `the reply is larger than ${limits.thirdPartyResultBytesMax} bytes: ask for less at a time`, 'unknown');
  if (fault === 'broken-reply') return failed('broken-reply', 'the reply of the server could not be parsed', 'unknown');
  if (error instanceof ProtocolError) return protocolFailure(error.code);
  if (error instanceof SdkHttpError) return httpFailure(error.status);
  if (error instanceof UnauthorizedError) return httpFailure(401);
  if (error instanceof InsufficientScopeError) return httpFailure(403);
  if (error instanceof SdkError) {
    switch (error.code) {
      case SdkErrorCode.NotConnected:
        return failed('not-reachable', 'the server is not running', 'not-sent');
      case SdkErrorCode.RequestTimeout:
        return failed('timed-out', `the server did not answer within ${limits.thirdPartyCallMs / 1000} s`, 'unknown');
      case SdkErrorCode.ConnectionClosed:
        return failed('third-party-error', 'the server stopped during the call', 'unknown');
      case SdkErrorCode.UnsupportedResultType:
        return failed('not-supported', 'the server asks for more than a result, which is not supported', 'unknown');
      default:
        return failed('broken-reply', 'the reply of the server is not one of MCP', 'unknown');
    }
  }
  if (error instanceof SyntaxError) return failed('broken-reply', 'the reply of the server could not be parsed', 'unknown');
  if (neverSent(error)) return failed('not-reachable', 'the server cannot be reached', 'not-sent');
  return failed('third-party-error', 'the call failed on its way', 'unknown');
}

/** A foreign value as plain canonical JSON: what cannot be hashed is replaced, never passed through. */
function plain(value: unknown, depth: number): Json {
  if (depth > limits.jsonDepthMax - 8) return '(nested too deep)';
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, depth + 1));
  if (typeof value !== 'object') return null;
  const named = Object.entries(value).filter(([key]) => key !== '__proto__' && key !== 'toJSON');
  return Object.fromEntries(named.map(([key, item]) => [key.toWellFormed(), plain(item, depth + 1)]));
}

/** One part of a result: text as it is; what is no text is named by type and size and left out. */
function partOf(block: ContentBlock): { readonly text: string } | { readonly leftOut: JsonObject } {
  switch (block.type) {
    case 'text':
      return { text: block.text };
    case 'image':
    case 'audio':
      return { leftOut: { type: block.type, mimeType: cut(block.mimeType, 100), bytes: Math.floor((block.data.length * 3) / 4) } };
    case 'resource_link':
      return { text: `${block.name}: ${block.uri}` };
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return { text: resource.text };
      return {
        leftOut: {
          type: 'resource',
          mimeType: cut(resource.mimeType ?? 'unknown', 100),
          bytes: Math.floor((resource.blob.length * 3) / 4),
        },
      };
    }
    default:
      return { leftOut: { type: 'unknown', mimeType: 'unknown', bytes: 0 } };
  }
}

/** Puts a result into the one shape that we pass on: `{text, structured?, leftOut?}`. */
export function returned(result: CallToolResult): Returned {
  const parts = result.content.map(partOf);
  const texts = parts.flatMap((part) => ('text' in part ? [part.text] : []));
  const leftOut = parts.flatMap((part) => ('leftOut' in part ? [part.leftOut] : []));
  const content = plain(
    {
      text: texts.join('\n'),
      ...(result.structuredContent === undefined ? {} : { structured: result.structuredContent }),
      ...(leftOut.length === 0 ? {} : { leftOut }),
    },
    0,
  );
  const bytes = Buffer.byteLength(JSON.stringify(content));
  const ifc = plain(result._meta?.['ifc'], 0);
  return {
    ok: true,
    isError: result.isError === true,
    content: bytes <= limits.thirdPartyResultBytesMax && isObject(content) ? content : null,
    bytes,
    ifc: isObject(ifc) ? ifc : {},
  };
}
