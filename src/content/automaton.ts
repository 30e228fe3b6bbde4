/** A keyword that ends at a place. */
export type OnKeyword = (keyword: number, end: number) => void;

/**
 * Finds many keywords in one pass (Aho and Corasick 1975), as a dense table: one step per character, whatever the text.
 * Letters of ASCII match in either case. Keywords are ours, without upper-case letters.
 */
export interface Automaton {
  scan(text: string, onKeyword: OnKeyword): void;
  /** The same keywords in a text whose units are each taken for another one, without writing that text down. */
  through(look: (unit: number) => number): Automaton;
}

/** Which column of the table a character has: 0 for all that are in no keyword. The list is as long as the characters of the keywords ask for. */
function columnsOf(keywords: readonly string[]): { readonly columns: Uint16Array; readonly count: number } {
  const codes = new Set(keywords.flatMap((keyword) => Array.from({ length: keyword.length }, (_, i) => keyword.charCodeAt(i))));
  const columns = new Uint16Array([...codes].some((code) => code > 127) ? 0x1_0000 : 128);
  let count = 1;
  for (const code of codes) columns[code] = count++;
  for (let code = 65; code <= 90; code++) columns[code] = columns[code + 32] ?? 0;
  return { columns, count };
}

interface Trie {
  readonly children: Map<number, number>[];
  readonly found: number[][];
}

function trieOf(keywords: readonly string[], columns: Uint16Array): Trie {
  const children: Map<number, number>[] = [new Map()];
  const found: number[][] = [[]];
  for (const [index, keyword] of keywords.entries()) {
    let state = 0;
    for (let i = 0; i < keyword.length; i++) {
      const column = columns[keyword.charCodeAt(i)] ?? 0;
      const next = children[state]?.get(column) ?? children.length;
      if (next === children.length) {
        children.push(new Map());
        found.push([]);
        children[state]?.set(column, next);
      }
      state = next;
    }
    found[state]?.push(index);
  }
  return { children, found };
}

/** Builds the automaton. `keywords` are numbered by their place. */
export function automaton(keywords: readonly string[]): Automaton {
  const { columns, count } = columnsOf(keywords);
  const { children, found } = trieOf(keywords, columns);
  const go = new Uint16Array(children.length * count);
  const fallback = new Uint16Array(children.length);
  const queue = [0];
  for (const state of queue) {
    const back = fallback[state] ?? 0;
    if (state !== 0) found[state]?.push(...(found[back] ?? []));
    for (let column = 0; column < count; column++) {
      const child = children[state]?.get(column);
      const around = state === 0 ? 0 : (go[back * count + column] ?? 0);
      if (child !== undefined) {
        fallback[child] = around;
        queue.push(child);
      }
      go[state * count + column] = child ?? around;
    }
  }
  return scanner({ go, count, found, ends: Uint8Array.from(found, (list) => (list.length > 0 ? 1 : 0)) }, columns);
}

/** The dense table: for each state its followers by column, which keywords end there, and whether any does. */
interface Table {
  readonly go: Uint16Array;
  readonly count: number;
  readonly found: readonly (readonly number[])[];
  readonly ends: Uint8Array;
}

function scanner(table: Table, columns: Uint16Array): Automaton {
  const { go, count, found, ends } = table;
  const known = columns.length;
  return {
    scan(text, onKeyword) {
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        state = code < known ? (go[state * count + (columns[code] ?? 0)] ?? 0) : 0;
        if (ends[state] === 1) for (const keyword of found[state] ?? []) onKeyword(keyword, at + 1);
      }
    },
    through: (look) =>
      scanner(
        table,
        Uint16Array.from({ length: 0x1_0000 }, (_, unit) => columns[look(unit)] ?? 0),
      ),
  };
}
