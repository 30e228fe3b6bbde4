import { limits } from '../limits.ts';

/** The bounds before anything is proved: how many deliveries are at work, of one sender and of all, and how much of them is in memory. */
export interface Gate {
  /** A place for a delivery of this address; null if there is none now. */
  enter(address: string): Place | null;
}

/** A place in the door. It is left once, whatever becomes of the delivery. */
export interface Place {
  /** Asks for room for more bytes of the body; false if there is none. */
  grow(bytes: number): boolean;
  leave(): void;
}

/** Opens the gate. One sender cannot take all places, and slow or large bodies cannot take all memory. */
export function openGate(): Gate {
  const at = new Map<string, number>();
  let total = 0;
  let buffered = 0;
  return {
    enter: (address) => {
      const mine = at.get(address) ?? 0;
      if (total >= limits.hooksInFlightMax || mine >= limits.hooksInFlightPerSourceMax) return null;
      total++;
      at.set(address, mine + 1);
      let held = 0;
      let left = false;
      return {
        grow: (bytes) => {
          if (buffered + bytes > limits.hooksBufferedBytesMax) return false;
          buffered += bytes;
          held += bytes;
          return true;
        },
        leave: () => {
          if (left) return;
          left = true;
          total--;
          buffered -= held;
          const others = (at.get(address) ?? 1) - 1;
          if (others === 0) at.delete(address);
          else at.set(address, others);
        },
      };
    },
  };
}
