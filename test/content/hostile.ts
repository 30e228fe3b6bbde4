import * as fc from 'fast-check';

/** Pieces from which hostile texts are put together: what one rule takes out may complete what another looks for. */
const pieces: readonly string[] = [
  'a', 'system', ': ', ':', '\n', ' ', '\t', '"', "'", '=', '>', '<', '/', '//', '(', ')', '[', ']', '![', '](', ']:', '!', '|', '&', ';', '#', '\\', '*', '-',
  'http', 'https://', 'evil.example/x?d=1', 'www.', 'mailto:', 'data:text/html,', 'javascript:', 'link 1: ', 'image 2: a.b', '[link 3: a.b]', '[link 1:', '(//e.x', ': //e.x', '[link 3: a.b](//e.x', '⟦', '⟧', '{',
  '<b', '<b ', '</b>', '<div style="display:none">', '</div>', '<script>', '</script', '<!--', '-->', '--!>', '<!', '<?', '<a href="//e.x">', '<img src=x alt="', '<p title="one two three four">',
  '<|', '|>', 'im_start', '<<SYS>>', '[INST]', '<@U123ABC', '<!here>', '<#C12345|', '|name>', 'style="display:none"', ' hidden', 'title=',
  '&#8203;', '&#', '82', '03;', '&zwnj;', '&lt;', '&amp;', '&#x3c;', '&colon;',
  '\u200b', '\u200c', '\u200d', '\ufe0f', '\ufe0e', '\u20e3', '1', '\u202e', '\u2066', '\u00ad', '\u0301', '\u{e0041}', '\u{e007f}', '\u{e0101}', '\u{1f3f4}', '\u{e0067}', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '\u{1fc00}',
  '\ud83d', '\udc4d', '👩', '💻', '👍🏽', '❤️', 'ا', 'ب', 'क', '्', 'ष', '漢', '\u3000', '\u180b', 'ᠠ', '\u17b4', '\u3164', '\u2800',
  '\x1b[', '\x1b]8;;', '\x07', '\x1b', '31m', '\x9b', '\x00', '\r', '\u2028', '\ue000', '0', '\ue001', '\ufffc',
]; // prettier-ignore

/** Hostile text, short enough that a failing one can be read. */
export const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) }),
    {
      maxLength: 24,
    },
  )
  .map((parts) => parts.join(''));

/** The text that came out, or a failure: for tests in which nothing may be withheld. */
export function textOf(result: { readonly kind: string; readonly text?: string }): string {
  if (result.text === undefined) throw new Error(`withheld: ${JSON.stringify(result)}`);
  return result.text;
}
