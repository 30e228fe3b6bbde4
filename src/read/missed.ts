import type { ChangeLook, DeliveryLook } from '../connectors/connector.ts';
import { refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import type { Handlers } from '../wire/server.ts';

/** Whom the reader can ask, by endpoint: for deliveries that did not get through, or for changes. */
export interface Looks {
  readonly deliveries: ReadonlyMap<string, DeliveryLook>;
  readonly changes: ReadonlyMap<string, ChangeLook>;
}

const nobody = (endpoint: string): Refusal =>
  refuse(
    'not-supported',
    `nobody is named whom the reader could ask: give hooks.endpoints.${endpoint}.reconcile in the configuration, and restart the house`,
  );

async function quiet<T>(look: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await look;
  } catch {
    return refuse('third-party-error', 'the look at the sender failed'); // its message may hold anything
  }
}

/**
 * The reader's answers to what a sender did not get through. The door that deliveries come in by calls nobody, so the hand with
 * the reading credential asks. What comes back are names and ids, and the door takes them as hints.
 */
export function missedHandlers(looks: Looks): Pick<Handlers, 'missed' | 'changes'> {
  return {
    missed: async ({ endpoint, sinceMs, all }) => {
      const look = looks.deliveries.get(endpoint);
      return look === undefined ? nobody(endpoint) : quiet(look.missed(sinceMs, all));
    },
    changes: async ({ endpoint, cursor }) => {
      const look = looks.changes.get(endpoint);
      return look === undefined ? nobody(endpoint) : quiet(look.changes(cursor));
    },
  };
}
