import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { ReadHand, WriteHand } from '../connectors/connector.ts';

/*
 * A hand whose credential a person links in a browser. It may not be there yet when the process starts, and may be replaced
 * while the process runs: a call that has begun ends with the credential with which it began.
 */

/** Something with a lifetime of its own. */
interface Closable {
  close(): Promise<void>;
}

/** The place of a hand. */
export interface Slot<H extends Closable> {
  /** Calls the hand that is there now, or says why there is none. */
  use<T>(call: (hand: H) => Promise<T>, none: (why: string) => T): Promise<T>;
  /** Opens the hand anew with what its credential is now. A refusal says why it cannot be used; then there is none. */
  reopen(): Result<null>;
  /** Waits until every call is over that began with an earlier credential. */
  atRest(): Promise<void>;
  close(): Promise<void>;
}

interface Generation<H> {
  readonly hand: H;
  calls: number;
  retired: boolean;
  /** Once it is retired and its last call is over. */
  readonly idle: PromiseWithResolvers<void>;
}

/** Opens a place. `open` returns what to say if the credential is not there yet; a credential that cannot be used leaves the place empty. */
export function openSlot<H extends Closable>(open: () => H | string): Slot<H> {
  let current: Generation<H> | string = '';
  const closings: Promise<void>[] = [];
  const retired: Promise<void>[] = [];
  const closeIdle = ({ hand, calls, retired: isRetired, idle }: Generation<H>): void => {
    if (!isRetired || calls > 0) return;
    closings.push(hand.close());
    idle.resolve();
  };
  const retire = (generation: Generation<H>): void => {
    generation.retired = true;
    retired.push(generation.idle.promise);
    closeIdle(generation);
  };
  const reopen = (): Result<null> => {
    if (typeof current !== 'string') retire(current);
    try {
      const opened = open();
      current = typeof opened === 'string' ? opened : { hand: opened, calls: 0, retired: false, idle: Promise.withResolvers() };
    } catch (error) {
      if (!(error instanceof CountersignError) || error.code !== 'bad-credential') throw error;
      current = error.message;
    }
    return typeof current === 'string' ? refuse('bad-credential', current) : ok(null);
  };
  reopen();
  return {
    use: async (call, none) => {
      const generation = current;
      if (typeof generation === 'string') return none(generation);
      generation.calls += 1;
      try {
        return await call(generation.hand);
      } finally {
        generation.calls -= 1;
        closeIdle(generation);
      }
    },
    reopen,
    atRest: async () => void (await Promise.all(retired)),
    close: async () => {
      if (typeof current !== 'string') retire(current);
      await Promise.all(closings);
    },
  };
}

/** A reading hand in its place. */
export function linkedReadHand(slot: Slot<ReadHand>): ReadHand {
  const none = (why: string): Result<never> => refuse('bad-credential', why);
  return {
    resolve: (operation, derived) => slot.use((hand) => hand.resolve(operation, derived), none),
    read: (operation, derived) => slot.use((hand) => hand.read(operation, derived), none),
    close: () => slot.close(),
  };
}

/** A writing hand in its place. Without a credential nothing is sent, so nothing has happened. */
export function linkedWriteHand(slot: Slot<WriteHand>): WriteHand {
  return {
    check: (operation, action, audience) =>
      slot.use(
        (hand) => hand.check(operation, action, audience),
        (why) => refuse('bad-credential', why),
      ),
    perform: (operation, action, marker, signal) =>
      slot.use(
        (hand) => hand.perform(operation, action, marker, signal),
        (message) => ({ outcome: 'failed', code: 'bad-credential', message }),
      ),
    find: (operation, action, marker, sinceMs) =>
      slot.use(
        (hand) => hand.find(operation, action, marker, sinceMs),
        () => ({ found: 'cannot-tell' }),
      ),
    close: () => slot.close(),
  };
}
