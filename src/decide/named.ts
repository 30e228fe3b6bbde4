import { isAddress, sameAddress } from './address.ts';
import type { Mentions } from './mentions.ts';
import { wordsOf } from './mentions.ts';

/*
 * Whether words mention a thing, by an id that speaks for itself, by a number next to the word for such things, or by a name.
 */

// Words that open a sentence, fill it, or give an order: alone they name nothing, whatever somebody called a thing.
const plainWords = new Set(
  `a about add after all also am an and any are as ask at be before best by call can cancel check could create day delete do does
   don each every find first for free from get give go have he hello her here hey hi his how i if in into invite is it
   its just last let look make may me my new next no not now of off on one open or our out over own pay please
   post put read remove reply reschedule schedule see send share she should show so some summarize summary take tell thank thanks
   that the their them then there these they this those time to today tomorrow up update us use was way we what when where which while
   who why will with work would write yes yesterday you your`.split(/\s+/),
);

// Things that people speak of without naming one: alone they are no name, beside another word they are.
const plainThings = new Set('event email file list meeting message task book page document channel user issue ticket calendar'.split(' '));

const meaningful = (word: string): boolean => word.length >= 3 && !plainWords.has(word) && /\p{L}/u.test(word);

const noTypes: ReadonlySet<string> = new Set();

/** The words for a type of thing: those of its own name (`slack.channel`: channel), and what else people say. */
export function typeWords(type: string, others: readonly string[] = []): ReadonlySet<string> {
  const own = wordsOf(type.slice(type.lastIndexOf('.') + 1).replaceAll('_', ' '));
  return new Set([...own, ...others.flatMap(wordsOf)].flatMap((word) => [word, `${word}s`]));
}

/** An id that could not stand in a sentence by chance: an address, a path, an account number, a file with its ending. */
function speaksForItself(id: string): boolean {
  if (/\s/.test(id) || id.length < 4) return false;
  if (/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(id) || /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(id) || /^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/.test(id))
    return /\p{L}/u.test(id);
  return (/\p{L}/u.test(id) && /\d/.test(id) && id.length >= 6) || (/\p{L}/u.test(id) && /[/_#]/.test(id));
}

function standsNextTo(mentions: Mentions, value: string, types: ReadonlySet<string>): boolean {
  const fillers = new Set(['no', 'nr', 'number', 'id', 'with', 'the', 'called', 'named']);
  return mentions.words.some((word, at) => {
    if (word.lower !== value) return false;
    if (types.has(mentions.words[at + 1]?.lower ?? '')) return true;
    for (let back = at - 1; back >= Math.max(0, at - 4); back--) {
      const lower = mentions.words[back]?.lower ?? '';
      if (types.has(lower)) return true;
      if (!fillers.has(lower)) return false;
    }
    return false;
  });
}

function mentionsAddress(mentions: Mentions, address: string): boolean {
  return [...mentions.written].some((atom) => sameAddress(atom, address));
}

/** True if the words name the thing by its id: as it is if it speaks for itself, otherwise next to the word for such things. */
export function mentionsId(mentions: Mentions, id: string, types: ReadonlySet<string>): boolean {
  if (types.has('date')) return mentions.dates.has(id);
  const plain = id.normalize('NFKC').trim().toLowerCase();
  if (plain === '') return false;
  if (isAddress(id, types)) return mentionsAddress(mentions, id);
  if (speaksForItself(plain)) return mentions.atoms.has(plain) || mentionsAddress(mentions, plain);
  const words = wordsOf(plain);
  return words.length === 1 && words[0] === plain && standsNextTo(mentions, plain, types);
}

/** Several words in a row. Two of them must mean something; one is enough in a longer name, or in one that is written as names are. */
function phrase(mentions: Mentions, name: string): boolean {
  const words = wordsOf(name);
  const count = words.filter(meaningful).length;
  if (words.length < 2 || count === 0) return false;
  const written = Array.from(name.matchAll(/[\p{L}\p{N}\p{M}]+/gu), ([word]) => word);
  const proper = written.every((word) => /^[\p{Lu}\p{N}]/u.test(word));
  const places = mentions.words.flatMap((word, at) =>
    word.lower === words[0] && words.every((one, i) => mentions.words[at + i]?.lower === one) ? [at] : [],
  );
  if (count >= 2 || words.length >= 3) return places.length > 0;
  return proper && places.some((at) => written.every((word, i) => mentions.words[at + i]?.text === word));
}

function oneWord(mentions: Mentions, name: string, types: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  if (mentions.quoted.has(lower) || standsNextTo(mentions, lower, types)) return true;
  if (!meaningful(lower) || plainThings.has(lower)) return false;
  // Elsewhere only a name that is written as names are, the same in both places: `Alice`, not `random`.
  const proper = /^\p{Lu}/u.test(name);
  return mentions.words.some((word) => (word.marked && word.lower === lower) || (proper && word.text === name));
}

/**
 * True if the words name the thing by a name that it has. A name of several words counts where it stands whole, with the
 * ending of a file or without; a single word only in quotes, behind `#` or `@`, next to the word for such things, or as a proper name.
 */
export function mentionsName(mentions: Mentions, name: string, types: ReadonlySet<string>): boolean {
  const text = name.normalize('NFKC').trim().replace(/^[#@]/, '');
  if (isAddress(name, noTypes)) return mentionsAddress(mentions, name);
  if (speaksForItself(text) && mentions.atoms.has(text.toLowerCase())) return true;
  const whole = wordsOf(text);
  if (whole.length === 0) return false;
  if (mentions.quoted.has(whole.join(' '))) return true;
  if (whole.length === 1) return oneWord(mentions, text, types);
  return phrase(mentions, text) || phrase(mentions, text.replace(/\.[A-Za-z][A-Za-z0-9]{0,4}$/, ''));
}
