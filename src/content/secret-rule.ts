/*
 * How formats of credentials are written down. Each is anchored at a literal that the automaton finds; `tail` is matched
 * right behind it. All quantifiers are bounded.
 */

/** One format. */
export interface SecretRule {
  readonly id: string;
  /** What a person is told it is. */
  readonly what: string;
  /** How it begins. Matched as written, unless `anyCase`. */
  readonly starts: readonly string[];
  readonly anyCase?: boolean;
  /** A regular expression for what follows; the secret is its group 1, if it has one. */
  readonly tail: string;
  /** The most that the tail looks at, in UTF-16 units. */
  readonly reach: number;
  /** What must stand right before the start, for formats that begin with something variable; it belongs to the match. */
  readonly head?: { readonly pattern: RegExp; readonly reach: number };
  /** A last look at the whole match: a checksum, or what is inside of it. */
  readonly verify?: (match: string) => boolean;
}

/** Letters and digits. */
export const n = '[A-Za-z0-9]';
/** The alphabet of base64url. */
export const u = '[A-Za-z0-9_-]';
/** Hexadecimal, small. */
export const h = '[0-9a-f]';
/** Hexadecimal. */
export const H = '[0-9A-Fa-f]';

/** Writes a format down: what it is, how it begins, and what follows with the most that is looked at. */
export const rule = (
  [id, what]: readonly [string, string],
  starts: string | readonly string[],
  [tail, reach]: readonly [string, number],
  more: Partial<SecretRule> = {},
): SecretRule => ({
  id,
  what,
  starts: typeof starts === 'string' ? [starts] : starts,
  tail,
  reach,
  ...more,
});

/** So many characters of a class, and no more of them. */
export const run = (chars: string, min: number, max: number = min): readonly [string, number] => [
  `${chars}{${min === max ? min : `${min},${max}`}}(?!${chars})`,
  max + 1,
];

/** A value behind a name: `name = "value"`, `name: value`, `"name": "value"`. */
export const assigned = (chars: string, length: number): readonly [string, number] => [
  `["']?\\s{0,3}(?::|=>?|:=)\\s{0,3}["']?(${chars}{${length}})(?!${chars})`,
  length + 14,
];
