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

/** The states from the root outwards, and of each the one that stands for the longest end of it that begins a keyword as well: what is found there is found here. */
function linked({ children, found }: Trie): { readonly outwards: readonly number[]; readonly behind: Uint16Array } {
  const behind = new Uint16Array(children.length);
  const outwards = [0];
  for (const state of outwards)
    for (const [column, child] of children[state] ?? []) {
      outwards.push(child);
      if (state === 0) continue;
      let back = behind[state] ?? 0;
      while (back !== 0 && children[back]?.has(column) !== true) back = behind[back] ?? 0;
      behind[child] = children[back]?.get(column) ?? 0;
      found[child]?.push(...(found[behind[child] ?? 0] ?? []));
    }
  return { outwards, behind };
}

/** For each state its followers by column. The states in which a keyword ends have the highest numbers, so that one comparison tells them. */
interface Table {
  readonly go: Uint16Array;
  readonly count: number;
  readonly firstEnd: number;
  /** Of the states from `firstEnd` on: the keywords that end there. */
  readonly found: readonly (readonly number[])[];
}

function tableOf(trie: Trie, count: number): Table {
  const { outwards, behind } = linked(trie);
  const ends = (state: number): boolean => (trie.found[state]?.length ?? 0) > 0;
  const ending = outwards.filter(ends);
  const firstEnd = outwards.length - ending.length;
  const names = new Uint16Array(outwards.length);
  for (const [name, state] of [...outwards.filter((state) => !ends(state)), ...ending].entries()) names[state] = name;
  const go = new Uint16Array(outwards.length * count);
  for (const state of outwards) {
    const [row, back] = [(names[state] ?? 0) * count, (names[behind[state] ?? 0] ?? 0) * count];
    // Where no keyword goes on, the state behind it knows the way; the root's own is back to the root.
    if (state !== 0) go.copyWithin(row, back, back + count);
    for (const [column, child] of trie.children[state] ?? []) go[row + column] = names[child] ?? 0;
  }
  return { go, count, firstEnd, found: ending.map((state) => trie.found[state] ?? []) };
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
