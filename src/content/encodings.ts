import { pointAt, unseen } from '../action/characters.ts';

/*
 * The same text as other readers would see it. Whoever writes a text chooses how it is written down, and knows what is
 * looked for; so every way of writing is undone, and what is found is led back to where it stands.
 */

/** A text made of another one. `origin` is where its unit number `at` stands in the text that everything began with. */
export interface View {
  readonly text: string;
  /** What was undone, outermost first, in words for a person: `base64-encoded`. */
  readonly how: readonly string[];
  readonly origin: (at: number) => number;
}

/** A text as it is. */
export function plainView(text: string): View {
  return { text, how: [], origin: (at) => at };
}

const isUnseen = new Uint8Array(0x1_0000);
for (let code = 0; code < isUnseen.length; code++)
  isUnseen[code] = (code >= 0xd800 && code <= 0xdfff) || !unseen.test(String.fromCharCode(code)) ? 0 : 1;
for (const space of ' \n\t\r') isUnseen[space.charCodeAt(0)] = 0;

/** Letters and digits of other widths and styles (full-width, circled, mathematical) that are only another look of one in ASCII. */
function asciiOf(point: string): string | null {
  const plain = point.normalize('NFKC');
  return plain.length === 1 && plain < '\u{7f}' ? plain : null;
}

const asciiLook = new Uint8Array(0x1_0000);
for (let code = 0x80; code < asciiLook.length; code++)
  if (code < 0xd800 || code > 0xdfff) asciiLook[code] = asciiOf(String.fromCharCode(code))?.charCodeAt(0) ?? 0;

// oxlint-disable-next-line no-control-regex -- controls are what is left out
const ordinary = /^[\t\n\r\x20-\x7e]*$/;

/** Keeps the units for which `keep` gives a code. 0: the unit is left out. */
function filtered(view: View, how: readonly string[], keep: (code: number, at: number) => number): View {
  const { text, origin } = view;
  const units = new Uint16Array(text.length);
  const places = new Uint32Array(text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const code = keep(text.charCodeAt(at), at);
    if (code === 0) continue;
    units[size] = code;
    places[size++] = at;
  }
  return { text: unitsToText(units.subarray(0, size)), how, origin: (at) => origin(places[at] ?? text.length) };
}

/** Units as a string, in slices that fit into the arguments of one call. */
export function unitsToText(units: Uint16Array | Uint8Array): string {
  let out = '';
  for (let at = 0; at < units.length; at += 4096) out += Reflect.apply(String.fromCharCode, null, units.subarray(at, at + 4096)) as string;
  return out;
}

/** Without what has no look, and with letters of other looks as ASCII. The view itself if it has neither. */
export function bareView(view: View): View {
  const { text } = view;
  if (ordinary.test(text)) return view;
  const bare = filtered(view, view.how, (code, at) => {
    if (code >= 0xd800 && code <= 0xdbff) {
      const point = String.fromCodePoint(pointAt(text, at));
      return asciiOf(point)?.charCodeAt(0) ?? (unseen.test(point) ? 0 : code);
    }
    if (code >= 0xdc00 && code <= 0xdfff) return 0; // its pair is written by the unit before, or says nothing
    const look = asciiLook[code] ?? 0;
    return look === 0 ? (isUnseen[code] === 1 ? 0 : code) : look;
  });
  return bare.text === text ? view : { ...bare, how: [...view.how, 'with characters that cannot be seen or look otherwise'] };
}

/** From its end to its beginning. */
export function reversedView(view: View): View {
  const { text, origin } = view;
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[text.length - 1 - at] = text.charCodeAt(at);
  return { text: unitsToText(units), how: [...view.how, 'reversed'], origin: (at) => origin(text.length - 1 - at) };
}

const tokenUnits = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+/=%~:@!-') tokenUnits[char.charCodeAt(0)] = 1;

/** Only what credentials are made of: whatever was put between its characters is gone, and so are the ends of words. */
export function squeezedView(view: View): View {
  return filtered(view, view.how, (code) => (code < 128 && tokenUnits[code] === 1 ? code : 0));
}

const between = new Uint8Array(128);
for (const char of ' \t\n\r,;.:|/\\-_+*~\'"`') between[char.charCodeAt(0)] = 1;
const separates = (code: number): boolean => code < 128 && between[code] === 1;
const spacedMin = 12;

/** Where the run of single characters that starts at `at` ends, each behind the same separator (`g h p`, `g-h-p`); `at` if it is none. */
function spacedEnd(text: string, at: number): number {
  const separator = text.charCodeAt(at + 1);
  if (!separates(separator) || (at > 0 && !separates(text.charCodeAt(at - 1)))) return at;
  let end = at + 1;
  while (text.charCodeAt(end) === separator && end + 1 < text.length && text.charCodeAt(end + 1) > 0x20) end += 2;
  if (end < text.length && !separates(text.charCodeAt(end))) end -= 2; // the last one begins a word
  return end - at >= 2 * spacedMin - 1 ? end : at;
}

/** With every run of separated characters written together, as a word of its own. Null: there is no such run. */
export function spacedView(view: View): View | null {
  const { text, origin } = view;
  const out: string[] = [];
  const starts: number[] = [];
  const sources: number[] = [];
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const end = spacedEnd(text, at);
    if (end === at) continue;
    let joined = '';
    for (let i = at; i < end; i += 2) joined += text[i] ?? '';
    starts.push(size);
    sources.push(at);
    out.push(joined);
    size += joined.length + 1;
    at = end - 1;
  }
  if (out.length === 0) return null;
  const place = segments({ starts, sources, per: 2 });
  return { text: out.join('\n'), how: [...view.how, 'spaced out'], origin: (at) => origin(place(at)) };
}

/** Stretches of a view: where each begins in it and in its source, and how many units of the source one unit of it stands for. */
export interface Segments {
  readonly starts: readonly number[];
  readonly sources: readonly number[];
  readonly per: number;
}

/** The place in the source of each place in the view. */
export function segments({ starts, sources, per }: Segments): (at: number) => number {
  return (at) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return (sources[low] ?? 0) + Math.floor((at - (starts[low] ?? 0)) * per);
  };
}
