import type { Json } from '../action/json.ts';
import type { Overrun } from './budget.ts';

/** Why something was taken out of a text. */
export type HiddenKind =
  | 'tags' // Unicode tag characters outside of the three flags that use them
  | 'variation' // variation selectors that select nothing
  | 'zero-width'
  | 'bidi'
  | 'ansi' // terminal escape sequences
  | 'control' // other controls, private use, unassigned, halves of surrogate pairs
  | 'marks' // combining marks piled on one letter
  | 'entity' // a character reference that stands for an invisible character
  | 'comment'
  | 'css' // an element that its style or attributes hide
  | 'script' // elements whose content is never shown: script, style, template, svg ...
  | 'attribute' // words in attributes that only a tool tip or a screen reader tells
  | 'data-uri';

/** One thing that a person who looks at the original would not have seen. `text` is third-party content: for findings, never for a model. */
export interface Hidden {
  readonly kind: HiddenKind;
  /** How many UTF-16 units were taken out. Characters of one kind that are strewn over a text make one segment. */
  readonly chars: number;
  /** What it says: the payload of a smuggling alphabet decoded, otherwise the text itself. */
  readonly text: string;
  /** Of characters: the most that stood together, in code points. */
  readonly run?: number;
  /** Of characters: how many places of them were between two letters of ASCII. */
  readonly inside?: number;
  /** Of an element: true if nothing that people see stands before it. */
  readonly leads?: boolean;
}

/** A numbered reference in the text. The table stays with us: a model sees the number and the host, never the URL. */
export interface Reference {
  readonly number: number;
  readonly kind: 'link' | 'image';
  /** The host, or what stands in its place (`relative`, `data`). */
  readonly label: string;
  /** The URL as the third party wrote it. Null: it leads nowhere (a `data:` or `javascript:` URL, or text that only looked like a reference). */
  readonly url: string | null;
}

/** Something readable inside of an encoding, as a finding: the text itself keeps the encoded form. */
export interface Decoded {
  readonly encoding: 'base64' | 'hex';
  /** 1: in the text; 2: inside of a decoded block. */
  readonly depth: number;
  readonly text: string;
}

/** What came out besides the text. */
export interface Aside {
  readonly hidden: readonly Hidden[];
  readonly links: readonly Reference[];
  readonly images: readonly Reference[];
  readonly decoded: readonly Decoded[];
  /** True if there were more readable encoded blocks than are listed. */
  readonly moreDecoded: boolean;
  /** Counted work, for tests and measurements. */
  readonly steps: number;
}

/** A text that would have cost more than its bounds allow. Nothing of it is passed on; `notice` is ours and safe to show. */
export interface Withheld {
  readonly kind: 'withheld';
  readonly reason: Overrun;
  readonly notice: string;
  readonly steps: number;
}

/** Third-party text with nothing hidden and nothing active in it. It is as untrusted as before. */
export type Sanitised = ({ readonly kind: 'text'; readonly text: string } & Aside) | Withheld;

/** A JSON value in which every string, keys included, went the same way. */
export type SanitisedJson = ({ readonly kind: 'json'; readonly value: Json } & Aside) | Withheld;
