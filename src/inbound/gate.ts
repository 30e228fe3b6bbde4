import { limits } from '../limits.ts';

/**
 * The bounds before anything is proved: how many connections an address holds, how many deliveries are at work, of one sender
 * and of all, and how much of them is in memory.
 */
export interface Gate {
  /** Lets a connection of this address in, and returns what is called once when it has ended; null if the address holds all it may. */
  connect(peer: string): (() => void) | null;
  /** A place for a delivery of this address; null if there is none now. */
  enter(address: string): Place | null;
}

/** A place in the door. It is left once, whatever becomes of the delivery. */
export interface Place {
  /** Asks for room for more bytes of the body; false if there is none. */
  grow(bytes: number): boolean;
  leave(): void;
}

/**
 * Opens the gate. One sender cannot take all places or all room. The first bytes of every body need no room of the shared
 * kind, so that slow and large bodies of strangers leave the ordinary ones a way in.
 */
export function openGate(connectionsPerPeerMax: number = limits.hooksConnectionsPerPeerMax): Gate {
  const at = new Map<string, { places: number; shared: number }>();
  const connections = new Map<string, number>();
  let total = 0;
  let shared = 0;
  return {
    connect: (peer) => {
      const held = connections.get(peer) ?? 0;
      if (held >= connectionsPerPeerMax) return null;
      connections.set(peer, held + 1);
      return () => {
        const left = (connections.get(peer) ?? 1) - 1;
        if (left === 0) connections.delete(peer);
        else connections.set(peer, left);
      };
    },
    enter: (address) => {
      const mine = at.get(address) ?? { places: 0, shared: 0 };
      if (total >= limits.hooksInFlightMax || mine.places >= limits.hooksInFlightPerSourceMax) return null;
      total++;
      mine.places++;
      at.set(address, mine);
      let length = 0;
      let held = 0;
      let left = false;
      return {
        grow: (bytes) => {
          length += bytes;
          const more = Math.max(0, length - limits.hooksOwnBytes) - held;
          if (shared + more > limits.hooksSharedBytesMax || mine.shared + more > limits.hooksSharedPerSourceBytesMax) return false;
          shared += more;
          mine.shared += more;
          held += more;
          return true;
        },
        leave: () => {
          if (left) return;
          left = true;
          total--;
          shared -= held;
          mine.shared -= held;
          if (--mine.places === 0) at.delete(address);
        },
      };
    },
  };
}
