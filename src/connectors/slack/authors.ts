import type { Author } from '../../action/audience.ts';
import { limits } from '../../limits.ts';
import type { Ask } from './client.ts';
import { lookUpPerson } from './lookup.ts';
import type { Person } from './place.ts';
import { isOutsider } from './place.ts';

/*
 * Who wrote what was read. It is for people and policies to look at, never a reason to trust: so people are remembered for
 * a while, and somebody who cannot be looked up is somebody of whom nothing is said.
 */

/** Looks up people by id, as many as may be asked for at a time. */
export type LookUpPeople = (ids: readonly string[]) => Promise<ReadonlyMap<string, Person>>;

/** Opens the look-up of authors, with a memory. */
export function openPeople(ask: Ask, now: () => number): LookUpPeople {
  const kept = new Map<string, { readonly person: Person; readonly atMs: number }>();
  return async (ids) => {
    const wanted = [...new Set(ids)].filter((id) => /^[UW][A-Z0-9]{7,20}$/.test(id));
    const fresh = (id: string): boolean => now() - (kept.get(id)?.atMs ?? -Infinity) < limits.slackPinFreshMs;
    const asked = wanted.filter((id) => !fresh(id)).slice(0, limits.slackGroupPeopleMax);
    for (const found of await Promise.all(asked.map((id) => lookUpPerson(ask, id))))
      if (found.ok) kept.set(found.value.id, { person: found.value, atMs: now() });
    const people = new Map(wanted.flatMap((id) => (fresh(id) ? [[id, kept.get(id)?.person] as const] : [])));
    for (const id of kept.keys()) {
      if (kept.size <= limits.slackAuthorsKeptMax) break;
      kept.delete(id);
    }
    return new Map([...people].flatMap(([id, person]) => (person === undefined ? [] : [[id, person] as const])));
  };
}

/** What is known of the author of one message. */
interface Written {
  readonly user?: string | null | undefined;
  readonly bot_id?: string | null | undefined;
  readonly subtype?: string | null | undefined;
}

/** The kind of author of a message; undefined if it is not known. */
export function authorOf(message: Written, people: ReadonlyMap<string, Person>, team: string): Author | undefined {
  if ((message.bot_id ?? '') !== '' || message.subtype === 'bot_message') return 'bot';
  const person = people.get(message.user ?? '');
  if (person === undefined) return undefined;
  if (person.is_bot === true) return 'bot';
  if (person.is_stranger === true || person.team_id !== team) return 'external-sender';
  return isOutsider(person, team) ? 'guest' : 'member';
}
