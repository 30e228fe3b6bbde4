import type { DeliveryLook } from '../connectors/connector.ts';
import { refuse } from '../errors.ts';
import type { Handlers } from '../wire/server.ts';

/**
 * The reader's answer to which deliveries a sender did not get through. The door that deliveries come in by calls nobody, so
 * the hand with the reading credential asks. What comes back are names and ids, and the door takes them as hints.
 */
export function missedHandlers(looks: ReadonlyMap<string, DeliveryLook>): Pick<Handlers, 'missed'> {
  return {
    missed: async ({ endpoint, sinceMs, all }) => {
      const look = looks.get(endpoint);
      if (look === undefined)
        return refuse(
          'not-supported',
          `nobody is named whom the reader could ask: give hooks.endpoints.${endpoint}.reconcile in the configuration`,
        );
      try {
        return await look.missed(sinceMs, all);
      } catch {
        return refuse('third-party-error', 'the look at the sender failed'); // its message may hold anything
      }
    },
  };
}
