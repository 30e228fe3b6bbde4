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

/** Which column of the table a character has: 0 for all that are in no keyword. */
function columnsOf(keywords: readonly string[]): { readonly columns: Uint16Array; readonly count: number } {
  const codes = new Set(keywords.flatMap((keyword) => Array.from({ length: keyword.length }, (_, i) => keyword.charCodeAt(i))));
  const columns = new Uint16Array(0x1_0000);
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

/** Where to go from each state for each column, by the numbers of `trie`; what is found in a state gets what is found in the state behind it. */
function followers({ children, found }: Trie, count: number): Uint16Array {
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
  return go;
}

/** The states numbered anew: those in which a keyword ends come last, so that one comparison tells them. */
interface Table {
  readonly go: Uint16Array;
  readonly count: number;
  readonly firstEnd: number;
  /** Of the states from `firstEnd` on: the keywords that end there. */
  readonly found: readonly (readonly number[])[];
}

function tableOf(trie: Trie, count: number): Table {
  const go = followers(trie, count);
  const states = [...trie.found.keys()];
  const ending = (state: number): boolean => (trie.found[state]?.length ?? 0) > 0;
  const order = [...states.filter((state) => !ending(state)), ...states.filter(ending)];
  const renamed = new Uint16Array(order.length);
  for (const [name, state] of order.entries()) renamed[state] = name;
  const table = new Uint16Array(go.length);
  for (const [name, state] of order.entries())
    for (let column = 0; column < count; column++) table[name * count + column] = renamed[go[state * count + column] ?? 0] ?? 0;
  const firstEnd = states.length - states.filter(ending).length;
  return { go: table, count, firstEnd, found: order.slice(firstEnd).map((state) => trie.found[state] ?? []) };
}

function scanner(table: Table, columns: Uint16Array): Automaton {
  const { go, count, firstEnd, found } = table;
  return {
    scan(text, onKeyword) {
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        state = go[state * count + (columns[text.charCodeAt(at)] ?? 0)] ?? 0;
        if (state >= firstEnd) for (const keyword of found[state - firstEnd] ?? []) onKeyword(keyword, at + 1);
      }
    },
    through(look) {
      const seen = new Uint16Array(columns.length);
      for (let unit = 0; unit < seen.length; unit++) seen[unit] = columns[look(unit)] ?? 0;
      return scanner(table, seen);
    },
  };
}

/** Builds the automaton. `keywords` are numbered by their place. */
export function automaton(keywords: readonly string[]): Automaton {
  const { columns, count } = columnsOf(keywords);
  return scanner(tableOf(trieOf(keywords, columns), count), columns);
}
