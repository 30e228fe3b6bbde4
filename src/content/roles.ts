import { asciiTableOf } from './units.ts';

/*
 * Lines that look like another speaker's turn. A model that was trained on transcripts takes `assistant:` at the start of
 * a line for the start of a turn; behind a bar it is a quotation.
 */

const turn =
  /(?=[ \t>#*_~-]{0,12}(?:system|assistant|user|human|developer|tool|function|model|ai|(?<=#)[ \t]{0,4}(?:instructions?|response|input))[*_`]{0,4}[ \t]{0,4}[:：])/iy;
/** What such a line may begin with. */
const mayTurn = asciiTableOf(/[ \t>#*_~saufhdtm-]/i);
const endsLine = (code: number): boolean => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;

/** Puts `| ` before every line that starts like a turn of a conversation. */
export function quoteTurns(text: string): string {
  let out = '';
  let [copied, starts] = [0, true];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (starts && mayTurn[code] === 1) {
      turn.lastIndex = at;
      if (turn.test(text)) {
        out += `${text.slice(copied, at)}| `;
        copied = at;
      }
    }
    starts = endsLine(code);
  }
  return copied === 0 && out === '' ? text : out + text.slice(copied);
}
