import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, Node } from 'yaml';

/**
 * The line of a value in the text of a configuration, from 1 on: the line where its name stands. What is not written there, because
 * it is lacking or a default, has the line of what it would stand in. A path is a list of names, or names with dots between.
 */
export type LineAt = (path: readonly PropertyKey[] | string) => number;

interface Step {
  readonly begin: number;
  readonly value: unknown;
}

const beginOf = (node: unknown): number | null => (node as Partial<Node> | null | undefined)?.range?.[0] ?? null;

/** One name further in: where that name stands, and what it names. Null: it is not written there. */
function into(node: unknown, name: string): Step | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === name);
    const begin = beginOf(pair?.key);
    return pair === undefined || begin === null ? null : { begin, value: pair.value };
  }
  const item: unknown = isSeq(node) ? node.items[Number(name)] : undefined;
  const begin = beginOf(item);
  return begin === null ? null : { begin, value: item };
}

/** Finds lines in a document that was parsed with this counter. */
export function linesOf(doc: Document, lines: LineCounter): LineAt {
  return (path) => {
    let node: unknown = doc.contents;
    let begin = beginOf(node) ?? 0;
    for (const name of typeof path === 'string' ? path.split('.') : path) {
      // What stands behind an alias is written where its anchor is.
      const step = into(isAlias(node) ? node.resolve(doc) : node, String(name));
      if (step === null) break;
      ({ begin, value: node } = step);
    }
    return Math.max(1, lines.linePos(begin).line);
  };
}
