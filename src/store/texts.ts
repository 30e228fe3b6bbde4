import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';

/*
 * Large texts lie in a file of their own beside the store, which only grows. In the store each would be written twice, page
 * by page, first into its journal; here all texts of a commit are one write. The store says where each of them is.
 */

/** Where a text lies, in bytes. */
export interface TextPlace {
  readonly at: number;
  readonly length: number;
}

/** The file of large texts, open. */
export interface Texts {
  /**
   * Appends texts; they are on disk when this returns. Only inside of a transaction that may write: its lock makes the end of
   * the file ours. If the transaction comes to nothing, what was appended is never referred to.
   * @throws CountersignError `store-failed`
   */
  append(texts: readonly string[]): readonly TextPlace[];
  /** @throws CountersignError `store-failed` if the file has no such place. */
  read(place: TextPlace): string;
  close(): void;
}

/** The name of the file that belongs to a store. */
export const textsFile = (store: string): string => `${store}-texts`;

interface Output {
  readonly fd: number;
  readonly bytesMax: number;
}

function writeAll({ fd, bytesMax }: Output, bytes: Uint8Array, from: number): void {
  if (from + bytes.length > bytesMax) throw Object.assign(new Error('the file may not grow so far'), { code: 'EFBIG' });
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, from + done);
}

/** Where texts become bytes. One for all of them: memory that is new each time costs more than the copying. */
let buffer: Buffer | null = null;

function writeTexts(out: Output, texts: readonly string[], end: number): readonly TextPlace[] {
  buffer ??= Buffer.allocUnsafe(limits.storeTextsBufferBytes);
  const places: TextPlace[] = [];
  let [at, used] = [end, 0];
  for (const text of texts) {
    const most = 3 * text.length; // of UTF-8, for one unit of UTF-16
    if (used + most > buffer.length) {
      writeAll(out, buffer.subarray(0, used), at);
      [at, used] = [at + used, 0];
    }
    if (most > buffer.length) {
      const bytes = Buffer.from(text);
      writeAll(out, bytes, at);
      places.push({ at, length: bytes.length });
      at += bytes.length;
    } else {
      const length = buffer.write(text, used);
      places.push({ at: at + used, length });
      used += length;
    }
  }
  writeAll(out, buffer.subarray(0, used), at);
  return places;
}

function failure(error: unknown): CountersignError {
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String((error as NodeJS.ErrnoException).code));
  const why = full
    ? 'the disk is full: make room'
    : 'its file of large texts cannot be written: look at the disk and at the rights of the file';
  return new CountersignError('store-failed', `the store cannot be used: ${why}. Nothing was stored`, { cause: error });
}

const shorter = (file: string): CountersignError =>
  new CountersignError('store-failed', `${file} does not hold what the store says: restore it and the store from the same backup`);

/**
 * Opens the file of large texts, which must be there. Beyond `bytesMax` an append is refused as on a full disk.
 * @throws an error of the file system
 */
export function openTexts(file: string, bytesMax: number = Number.MAX_SAFE_INTEGER): Texts {
  // O_DSYNC: what is written is on disk. In a confined process Node switches fsync and fdatasync off.
  const fd = openSync(file, constants.O_RDWR | constants.O_DSYNC);
  return {
    append: (texts) => {
      let end: number | null = null;
      try {
        end = fstatSync(fd).size;
        return writeTexts({ fd, bytesMax }, texts, end);
      } catch (error) {
        try {
          if (end !== null) ftruncateSync(fd, end); // half a text on a full disk helps nobody
        } catch {
          // it stays, and nothing refers to it
        }
        throw failure(error);
      }
    },
    read: ({ at, length }) => {
      // Whoever can write to the store chose both. Node takes a place before the beginning for "where the last reading ended".
      if (at < 0 || length < 0 || fstatSync(fd).size < at + length) throw shorter(file);
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const got = readSync(fd, bytes, done, length - done, at + done);
        if (got === 0) throw shorter(file);
        done += got;
      }
      return bytes.toString('utf8');
    },
    close: () => closeSync(fd),
  };
}
