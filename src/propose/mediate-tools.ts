import { zoneOf } from '../action/class.ts';
import type { Catalogues } from '../decide/call.ts';
import type { Tool } from './answer.ts';

/** The tools of all systems. Annotations say what our own class says: a publish cannot be taken back, so it is destructive to a client. */
export function toolsOf(catalogues: Catalogues): readonly Tool[] {
  return [...catalogues.values()].flatMap((catalogue) =>
    [...catalogue.operations.values()].map((operation) => ({
      name: `${catalogue.system}_${operation.name}`,
      system: catalogue.system,
      operation: operation.name,
      title: operation.title,
      description: operation.description,
      input: operation.input,
      readOnly: zoneOf(operation.class) === 'read',
      destructive: zoneOf(operation.class) === 'write' && !(operation.class === 'write' && operation.reversible),
    })),
  );
}
