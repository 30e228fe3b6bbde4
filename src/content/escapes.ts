import { unseen } from '../action/characters.ts';

/*
 * Two ways to write what is not a character of its own: terminal sequences (ECMA-48, and the OSC of xterm) and HTML's
 * character references.
 */

// oxlint-disable no-control-regex -- controls are what these are about
const csi = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/y;
/** A string that a terminal takes in silently (titles, hyperlinks), ended by BEL or ST; no escape inside of it, and on one line. */
const osc = /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f\n]*(?:\u0007|\u001b\\|\u009c)/y;
const other = /\u001b(?:[ -/]{1,4}[0-~]|[78=>c])/y;

// oxlint-enable no-control-regex -- as above

/** Where the terminal sequence at `at` ends; `at` itself if none is there. Each pattern stops at the next escape, so a text is looked at once. */
export function ansiEnd(text: string, at: number): number {
  for (const pattern of [osc, csi, other]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return at;
}

const reference =
  /&(?:#(\d{1,16});?|#[xX]([0-9a-fA-F]{1,12});?|(?:zwnj|zwj|shy|lrm|rlm|ZeroWidthSpace|NoBreak|InvisibleTimes|InvisibleComma);)/g;

/**
 * Writes out the `&` of every character reference that stands for something without a look, so that it shows in any
 * reader: `&#8203;` becomes `&amp;#8203;`. Taking it out instead could join what is around it to a new reference.
 */
export function showEntities(text: string, note: (raw: string) => void): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(reference, (whole, decimal?: string, hex?: string) => {
    if (decimal !== undefined || hex !== undefined) {
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : parseInt(decimal, 10);
      if (code === 9 || code === 10 || code === 13 || code === 32 || code === 160) return whole;
      if (code <= 0x10ffff && !unseen.test(String.fromCodePoint(code))) return whole;
    }
    note(whole);
    return `&amp;${whole.slice(1)}`;
  });
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  colon: ':',
  sol: '/',
  bsol: '\\',
  period: '.',
  num: '#',
  quest: '?',
  equals: '=',
  lpar: '(',
  rpar: ')',
  commat: '@',
  percnt: '%',
  semi: ';',
  Tab: '',
  NewLine: '',
};

/** Text with character references written out, once: what a browser makes of an attribute's value. */
export function unescapeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#(\d{1,16})|#[xX]([0-9a-fA-F]{1,12})|([A-Za-z]{2,8}));?/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : parseInt(decimal, 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}
