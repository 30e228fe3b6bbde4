import { digestText } from '../action/digest.ts';
import { canonical } from '../action/canonical.ts';
import type { Digest } from '../action/digest.ts';
import { isEmpty } from '../action/facts.ts';
import type { Facts } from '../action/facts.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { parseJson } from '../action/parse-json.ts';
import type { Body } from '../action/statement.ts';
import { visible } from '../action/visible.ts';
import { limits } from '../limits.ts';
import { inspectContent } from './inspect.ts';
import type { InspectOptions } from './inspected.ts';
import { fingerprintJson } from './overlap.ts';

/*
 * What a hand does with every answer of a third party before anybody else sees it: a read and the result of a write go the
 * same way. What comes out is what the model may see, and what the run is from now on known to have learned.
 */

/** An answer as it came, and what the connector learned from it. */
export interface Answer {
  readonly content: Json;
  readonly seen?: readonly { readonly type: string; readonly id: string; readonly names: readonly string[] }[] | undefined;
  readonly fields?: readonly { readonly type: string; readonly value: string }[] | undefined;
  readonly made?: readonly { readonly type: string; readonly id: string }[] | undefined;
  readonly foreign?: number | undefined;
}

/** An answer as it may be passed on. */
export interface TakenIn {
  /** For the model: sanitised, or a notice that it is withheld. It has a canonical form. */
  readonly shown: Json;
  /** That form. */
  readonly text: string;
  readonly content: NonNullable<Body<'read'>['content']>;
  /** The body that the statement names; null if there is nothing to keep. */
  readonly facts: { readonly digest: Digest; readonly text: string } | null;
  /** The body of what was withheld, for a person to look at; null if nothing was. */
  readonly original: { readonly digest: Digest; readonly text: string } | null;
}

const usable = (text: string, max: number): boolean => text !== '' && text.length <= max && text.isWellFormed();
const oneLine = (text: string): string => visible(text, 'escaped');

function learned(answer: Answer): Pick<Facts, 'seen' | 'fields' | 'made'> {
  const plain = (id: string): boolean => usable(id, limits.idCharsMax) && oneLine(id) === id;
  return {
    // A name that hides characters, or is too long, is no name to be found by.
    seen: (answer.seen ?? [])
      .filter(({ type, id }) => plain(type) && plain(id))
      .slice(0, limits.seenObjectsMax)
      .map(({ type, id, names }) => ({
        type,
        id,
        names: [...new Set(names)]
          .filter((name) => usable(name, limits.shownNameCharsMax) && oneLine(name) === name)
          .slice(0, limits.namesOfOneMax),
      })),
    fields: (answer.fields ?? []).filter(({ type, value }) => plain(type) && plain(value)).slice(0, limits.seenFieldsMax),
    made: (answer.made ?? []).filter(({ type, id }) => plain(type) && plain(id)).slice(0, limits.madeMax),
  };
}

/**
 * A value and its canonical form. One that has none, because of a name or a number in it, is passed on as its text: a third
 * party that chooses names must not be able to keep an answer from being recorded, above all that of a call that was made.
 */
function digestible(value: Json): Pick<TakenIn, 'shown' | 'text'> {
  try {
    return { shown: value, text: canonical(value) };
  } catch {
    const shown = JSON.stringify(value);
    return { shown, text: canonical(shown) };
  }
}

function bodyOf(text: string): { readonly digest: Digest; readonly text: string } {
  return { digest: digestText('body', text), text };
}

/** The digest under which a person lets content through that would be withheld: that of the content as it came. */
export function originalDigest(content: Json): Digest {
  return bodyOf(digestible(content).text).digest;
}

/**
 * JSON that stands in a text, as the value that it is: markup inside of it is written with escapes there, and would be
 * looked at in a form that nobody ever reads. What cannot be put into canonical form stays text.
 */
function unfolded(value: Json, depth: number): Json {
  if (typeof value === 'string') {
    if (depth <= 0 || !/^\s*[[{]/.test(value) || value.length > limits.contentCharsMax) return value;
    try {
      const inner = parseJson(value);
      canonical(inner);
      return unfolded(inner, depth - 1);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map((item: Json) => unfolded(item, depth));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unfolded(item, depth)])) : value;
}

/** Takes in an answer. `options.firstReference` is the number of the run's next reference. */
export function takeIn(answer: Answer, options: InspectOptions): TakenIn {
  const inspected = inspectContent(options.form === 'source' ? answer.content : unfolded(answer.content, limits.contentUnfoldMax), options);
  const withheld = inspected.kind === 'withheld';
  const facts: Facts = withheld
    ? { seen: [], fields: [], made: learned(answer).made, references: [], prints: [] }
    : {
        ...learned(answer),
        references: inspected.references
          .flatMap(({ number, label, url }) => (url === null || !usable(url, limits.urlCharsMax) ? [] : [{ number, label, url }]))
          .slice(0, limits.referencesMax),
        prints: [...fingerprintJson(inspected.value)],
      };
  const original = withheld ? bodyOf(digestible(answer.content).text) : null;
  return {
    ...digestible(withheld ? { notice: inspected.notice } : inspected.value),
    content: {
      level: inspected.level,
      findings: inspected.findings
        .slice(0, limits.findingsInStatementMax)
        .map(({ rule, what, view, count }) => ({ rule, what, view, count })),
      withheld: original?.digest ?? null,
      foreign: answer.foreign ?? 0,
    },
    facts: isEmpty(facts) ? null : bodyOf(canonical(facts)),
    original,
  };
}
