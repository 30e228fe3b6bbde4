/**
 * The beginning of a text, of at most `charsMax` UTF-16 units. A character that the end would halve is not left as half of one,
 * which no statement may hold: nobody can then keep something out of the log by where their text is cut.
 */
export function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed();
}

/** The same for what people read: what was cut ends in `note`, within the same bound. */
export function cutWith(text: string, charsMax: number, note: string = ' … (cut)'): string {
  return text.length <= charsMax ? text.toWellFormed() : cut(text, charsMax - note.length) + note;
}
