/*
 * Lines that look like another speaker's turn. A model that was trained on transcripts takes `assistant:` at the start of
 * a line for the start of a turn; behind a bar it is a quotation.
 */

const turn =
  /^(?=[ \t>#*_~-]{0,12}(?:system|assistant|user|human|developer|tool|function|model|ai|(?<=#)[ \t]{0,4}(?:instructions?|response|input))[*_`]{0,4}[ \t]{0,4}[:：])/gim;

/** Puts `| ` before every line that starts like a turn of a conversation. */
export function quoteTurns(text: string): string {
  return text.replaceAll(turn, '| ');
}
