import { limits } from '../limits.ts';

/** A shorter sentence goes together with the next: a classifier can say nothing of two words. */
const shortest = 24;

/**
 * A text in sentences, for a classifier that reads one at a time: models of this kind find more in a sentence than in a
 * document. No character is left out, and none has more than `limits.contentSentenceCharsMax` units.
 */
export function sentencesOf(text: string): readonly string[] {
  const out: string[] = [];
  let from = 0;
  const cut = (end: number): void => {
    const sentence = text.slice(from, end).trim();
    if (sentence !== '') out.push(sentence);
    from = end;
  };
  for (let at = 0; at < text.length; at++) {
    const length = at + 1 - from;
    const char = text[at] ?? '';
    const ends = char === '\n' || '。！？'.includes(char) || ('.!?'.includes(char) && /\s/.test(text[at + 1] ?? ' '));
    if ((ends && length >= shortest) || length >= limits.contentSentenceCharsMax) cut(at + 1);
  }
  cut(text.length);
  return out;
}
