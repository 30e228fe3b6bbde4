import type { Named } from '../../action/binding.ts';
import type { Answered, Ask } from './client.ts';
import { handleNames, namedChannel } from './learned.ts';
import { directoryOf, ownPerson } from './lookup.ts';
import { isOutsider } from './place.ts';
import type { Person } from './place.ts';
import type { Seen } from './target.ts';
import { fit } from './workspace.ts';

/* What a message is sent to, under the names by which a user may mean it and nothing else. */

const plain = (name: string | null | undefined): string => fit(name, 300).trim().toLowerCase();

const called = (person: Person): readonly string[] => [plain(person.name), plain(person.real_name), plain(person.profile?.display_name)];

/**
 * The names by which a person, and nobody else, is called. Slack keeps handles unique but not the other names: a handle
 * counts unless somebody else is seen to call themself so, a real name only if all people were seen and nobody else does.
 * Guests and strangers may call themselves anything: of them only the handle counts.
 */
function namesOf(person: Person, directory: readonly Person[] | null, team: string): readonly string[] {
  const others = new Set((directory ?? []).filter((other) => other.id !== person.id && other.deleted !== true).flatMap(called));
  const handle = others.has(plain(person.name)) ? [] : handleNames(person);
  const real = fit(person.real_name, 300).trim();
  const unique = directory !== null && real !== '' && !isOutsider(person, team) && !others.has(plain(real));
  return [...new Set([...handle, ...(unique ? [real] : [])])];
}

async function personNames(ask: Ask, person: Person, team: string): Promise<Answered<readonly string[]>> {
  const directory = await directoryOf(ask);
  return directory.ok ? { ok: true, value: namesOf(person, directory.value, team) } : directory;
}

/** The things that a message names: its target first, and the channel of a thread. `url` is the workspace's own address. */
export async function bindsOf(
  ask: Ask,
  seen: Seen,
  about: { readonly team: string; readonly url: string | null },
): Promise<Answered<readonly Named[]>> {
  const { target, channel, person } = seen;
  const { type, id } = target;
  if (channel === null) {
    const names = person === null ? { ok: true as const, value: [] } : await personNames(ask, person, about.team);
    return names.ok ? { ok: true, value: [{ type, id, names: names.value }] } : names;
  }
  let place = namedChannel(channel);
  if (channel.is_im === true && typeof channel.user === 'string') {
    // There is one direct conversation with a person, so it goes by the names of the person.
    const other = await ownPerson(ask, channel.user, about.team);
    const names = other.ok ? await personNames(ask, other.value, about.team) : null;
    if (names !== null && !names.ok) return names;
    place = { ...place, names: names?.value ?? [] };
  }
  if (type !== 'slack.thread') return { ok: true, value: [place] };
  const ts = id.slice(id.indexOf('/') + 1);
  const link = about.url === null ? [] : [`${about.url}archives/${channel.id}/p${ts.replace('.', '')}`];
  return { ok: true, value: [{ type, id, names: link }, place] };
}
