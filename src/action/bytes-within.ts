/**
 * All bytes of a body that comes in parts, if they are not more than `bytesMax`; null if they are, and then nothing more of it
 * is read: leaving the loop cancels a stream of the web and destroys one of Node. Null as a body is one without bytes.
 */
export async function bytesWithin(body: AsyncIterable<Uint8Array> | null, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.byteLength;
    if (length > bytesMax) return null;
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
