import { utf8ToBytes } from '@noble/hashes/utils.js';
import { limits } from '../limits.ts';

/*
 * A look at policy text before any parser sees it. Cedar's parser recurses on brackets and on `if`, and what overflows
 * there is lost for the whole thread (measured with 4.13.0: at about 125 brackets). This only has to be cheap and to count
 * too much rather than too little.
 */

/** What is wrong with the text, and on which line. */
export interface Finding {
  readonly line: number;
  readonly message: string;
}

const hidden = /[^\P{C}\t\n\r]/u; // control, format (bidirectional marks are among them), unassigned, half of a surrogate pair

/** Looks at the text of one policy file, or of one policy. Null: nothing is wrong so far. */
export function scanPolicy(text: string): Finding | null {
  if (text.length > limits.policyTextBytesMax || utf8ToBytes(text).length > limits.policyTextBytesMax)
    return { line: 1, message: `the text is larger than ${limits.policyTextBytesMax} bytes` };
  const at = text.search(hidden);
  if (at !== -1) return { line: lineAt(text, at), message: 'the text holds a character that cannot be seen' };
  let depth = 0;
  let branches = 0;
  for (let i = 0; i < text.length; i = next(text, i)) {
    const char = text[i] ?? '';
    if (char === ';') branches = 0;
    else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
    else if (char === 'i' && text[i + 1] === 'f') branches++; // also inside of a longer name: too much is fine
    if (depth > limits.policyNestingMax)
      return { line: lineAt(text, i), message: `brackets are nested more than ${limits.policyNestingMax} deep` };
    if (branches > limits.policyNestingMax)
      return { line: lineAt(text, i), message: `one policy says "if" more than ${limits.policyNestingMax} times` };
  }
  return null;
}

/** The place after what begins at `i`: a string, a comment or one character. */
function next(text: string, i: number): number {
  if (text.startsWith('//', i)) {
    const end = text.indexOf('\n', i);
    return end === -1 ? text.length : end;
  }
  if (text[i] !== '"') return i + 1;
  let end = i + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** The number of the line that holds the character at `offset`, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
