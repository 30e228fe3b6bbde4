import type { Readable } from 'node:stream';
import { limits } from '../limits.ts';
import type { Place } from './gate.ts';

/** Why the body was not read to its end. */
export type Unread = 'body-size' | 'busy' | 'gone';

/** The body as it came, or why it was not read. Its bound holds while it streams, whatever length was declared. */
export function readBody(request: Readable, bytesMax: number, place: Place): Promise<Buffer | Unread> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (why: Unread): void => {
      request.removeAllListeners('data');
      resolve(why);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bytesMax) return stop('body-size');
      // A piece takes more memory than its bytes: a body that comes byte by byte is a large one.
      if (!place.grow(chunk.length + limits.hooksPieceBytes)) return stop('busy');
      chunks.push(chunk);
    });
    // Whichever comes first says what became of the body; `close` comes after every `end`, too.
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, length)));
    request.on('error', () => resolve('gone'));
    request.on('close', () => resolve('gone'));
  });
}
