import { limits } from '../limits.ts';

/*
 * Messages are lines of JSON. A line that grows beyond the bound ends the connection: the peer is broken or hostile.
 */

/** Collects chunks into lines. Returns null from `push` once a line is too long; nothing more may be pushed then. */
export function lineReader(): { push(chunk: Buffer): string[] | null } {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    push: (chunk) => {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(10, start); end !== -1; end = chunk.indexOf(10, start)) {
        parts.push(chunk.subarray(start, end));
        lines.push(Buffer.concat(parts).toString('utf8'));
        parts = [];
        bytes = 0;
        start = end + 1;
      }
      const rest = chunk.subarray(start);
      bytes += rest.length;
      if (bytes > limits.wireMessageBytesMax) return null;
      if (rest.length > 0) parts.push(rest);
      return lines;
    },
  };
}
