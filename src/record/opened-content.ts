import type { Digest } from '../action/digest.ts';
import type { Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/** Whether a person has let content through that would be withheld: by the operator's signed statement, and by nothing else. */
export function openedContent(store: Store, trust: Trust): (original: Digest) => Promise<boolean> {
  const known = new Set<Digest>();
  let pos = -1;
  return async (original) => {
    if (known.has(original)) return true;
    for (const entry of await store.statementsOfKind('content-opened')) {
      if (entry.pos <= pos) continue;
      pos = entry.pos;
      const opened = openAs(trust, entry, 'content-opened');
      if (opened.ok) known.add(opened.value.body.original);
    }
    return known.has(original);
  };
}
