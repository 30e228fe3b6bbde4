import type { IncomingMessage } from 'node:http';
import type { Json } from '../action/json.ts';
import { endOfString, parseJson } from '../action/parse-json.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';

/** Why a body is not accepted; `statusOf` in reply.ts gives each its HTTP status. */
export type BodyCode = 'bad-content-type' | 'too-large' | 'bad-json';

const no = (code: BodyCode, message: string): Result<never> => refuse(code, message);

function isName(text: string, after: number): boolean {
  let at = after;
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at++;
  return text[at] === ':';
}

/**
 * What JSON.parse would hide of a text that is valid JSON: a name given twice (two readers could see two values,
 * RFC 8259 section 4), `__proto__`, too deep a nesting. Null if there is nothing.
 */
function hidden(text: string): string | null {
  const open: { readonly isObject: boolean; names: Set<string> | null }[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') open.push({ isObject: char === '{', names: null });
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      const within = open.at(-1);
      if (within?.isObject === true && isName(text, end + 1)) {
        const spelled = text.slice(at, end + 1);
        const name = spelled.includes('\\') ? (parseJson(spelled) as string) : spelled.slice(1, -1);
        within.names ??= new Set();
        if (within.names.has(name)) return 'the body has a name twice in one object';
        if (name === '__proto__') return 'the body has a forbidden name';
        within.names.add(name);
      }
      at = end;
    }
    if (open.length > limits.jsonDepthMax) return `the body is nested more than ${limits.jsonDepthMax} deep`;
  }
  return null;
}

/** Parses a body: strict UTF-8 without a byte order mark, JSON, no name twice in an object. */
export function parseBody(bytes: Uint8Array): Result<Json> {
  let text: string;
  let value: Json;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = parseJson(text);
  } catch {
    return no('bad-json', 'the body is not JSON in UTF-8');
  }
  const problem = hidden(text);
  return problem === null ? ok(value) : no('bad-json', problem);
}

function acceptable(req: IncomingMessage): boolean {
  if (req.headers['content-encoding'] !== undefined) return false;
  return /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(req.headers['content-type'] ?? '');
}

/**
 * Reads a JSON body of at most `bytesMax`. How long it may take is bounded by the server (`limits.httpRequestMs`), which
 * then closes the connection: the promise rejects, and there is nobody left to answer.
 */
export async function readBody(req: IncomingMessage, bytesMax: number = limits.httpBodyBytesMax): Promise<Result<Json>> {
  if (!acceptable(req)) return no('bad-content-type', 'send the body as application/json in UTF-8, not encoded in another way');
  const tooLarge = no('too-large', `a body has at most ${bytesMax} bytes`);
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  // Not `for await`: leaving such a loop early destroys the request, and with it the connection that the answer needs.
  const whole = await new Promise<boolean>((resolve, reject) => {
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
      else resolve(false);
    });
    req.on('end', () => resolve(true));
    req.on('error', reject);
    req.on('close', () => reject(new Error('the connection was closed')));
  });
  return whole ? parseBody(Buffer.concat(chunks)) : tooLarge;
}
