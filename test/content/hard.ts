/*
 * Texts that are hard to scan: each is a beginning that is never finished, or an end that was never begun, which is what
 * makes scanners look at text again.
 */

const many =
  (unit: string) =>
  (chars: number): string =>
    unit.repeat(Math.ceil(chars / unit.length)).slice(0, chars);
const once =
  (head: string, unit: string) =>
  (chars: number): string =>
    head + many(unit)(chars);

/** For each part of the scanner: texts that are hard for it, of any length. */
export const hard: Readonly<Record<string, readonly ((chars: number) => string)[]>> = {
  characters: [
    '\u{e0041}', '\u200b', 'a\u200b', '\ufe0f', '\u{e0100}', '\u202e', '\u{1f3f4}\u{e0067}', '👩\u200d', 'क\u200d', '\u0301', 'a\u0301\u0301\u0301\u0301\u0301',
    '\ud83d', '\udc4d', '\u3000', '\u3164', '\ue000', '\u180b', '\r', '\u2028', '❤\ufe0f\ufe0f',
  ].map(many),
  escapes: [
    '\u001b', '\u001b[', '\u001b[0', '\u001b[0;', '\u001b]', '\u001b]8;;', '\u009b', '\u009d', '\u0090a', '\u001bP', '\u001b ', '\u001b[ ', '\u001b[31m', '\u001b]x\u0007', '\u001bX\u001b',
    '\u009b1\u009b', '\u001b[?', '\u001b(', '\u001b[!', '\u001b_\u009c',
  ].map(many),
  entities: ['&', '&#', '&#8', '&#x', '&#8203', '&#8203;', '&zwnj', '&zwnj;', '&amp;', '&#x200b;', '&#0', '&#00000000', '&&#', '&;', '&#;', '&#x;', '&sh', '&lt;!--', '&#60;', '&NoBreak'].map(many),
  comments: ['<!--', '<!-- ', '-->', '<!-- -->', '<!-- --', '<!--->', '<!-', '<!', '<!>', '<!a', '<?', '<?x', '<!--<!', '--!>', '<!--!', '<!----', '<!-- --!', '<![CDATA[', '<!DOCTYPE ', '<!--\n'].map(many),
  tags: ['<', '<b', '<b ', '<b/', '<b x', '<b x=', '<b x="', "<b x='", '<b x=y ', '<b x="y"', '<b\n', '</', '</b', '<b =', '<b x = ', '<a:', '<b  ', '<b x="<b y=\'', '<b<', '<b ">'].map(many),
  elements: [
    ...['<script>', '<style>', '<title>', '<svg>', '</script', '<script></script', '<b hidden>', '<b hidden></b>', '<p style="display:none">', '</p>', '<p style="color:#fff">x</p>', '<br hidden>', '<img src=x>', '<a href=//x>'].map(many),
    once('<script>', '</script '), once('<b hidden>', '<b>'), once('<b hidden>', '</b '), once('<p style="', '/* '), once('<p style="', '\\6'), once('<p title="', 'a '),
  ],
  slack: ['<@U12', '<@U12|', '<#C12|a', '<!here', '<!here>', '<!date^1^', '<!date^1^a|', '<http://a|', '<http://a', '<http://a|b>', '<a:', '<mailto:', '<mailto:a>', '<@', '<#', '<@U12>', '<!subteam^S12|', '<https://|', '<a+b:', '<data:a|'].map(many),
  markdown: ['[', ']', '![', '](', ']:', '[](', '![](', '[a](//b', '[a](//b)', '![a](b)', '](<', '](//', '](\\', '](&a', '[a](b "', ']((', '](a](', '\n[a]: //b', '](   ', '](\n'].map(many),
  references: ['[link', '[link 1', '[link 1:', '[link 1: a', '[link 1: a]', '[image 2: ', '[link 1: a.', '[link_1', '![link 1', '[INST]', '[INST', '[/INST', '[SYSTEM_PROMPT', '[link 999999999', '[link1', '[link-1]', '[[link 1: a]', '](link 1', '⟦link 1', '[link 1: a](//b)'].map(many),
  urls: ['://', 'a://', 'ab://c', 'http://', 'http://a ', 'http://a.', 'http://(', 'http://)', 'www.a', 'www.', 'mailto:', 'data:', 'data:text/', 'javascript:a ', ':', 'http://[', 'http://[::', 'a:', 'http:/', 'http://a.,;:!?'].map(many),
  turns: ['system', 'system:', '\nsystem:', '\n  system', '\n**user**', '\n######', '> > > ', '\nuser \n', '\n### Instruction', 'assistant：\n', '\n', ' \n', '\n\t\t\t', '\n*_~', '\nai', '\ntool :', '#', '\n#instruction:', '- - -', '\n```\nuser:'].map(many),
  templates: ['<|', '<|a', '<|a|', '<|a|>', '<<', '<<SYS', '<<SYS>>', '<<<', '<｜', '<|||', '|>', '<|im_start|>', '<| ', '<s>', '</s>', '<system>', '<system x="', '<tool_call', '<</SYS', '<|>'].map(many),
  decoding: ['A', 'QUFB', 'QUFBQUFBQUFBQUFBQUFBQUFBQUFB ', '41', '4141414141414141414141414141 ', '=', 'AAAA=', '_-', '/+', 'aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8= ', '0', 'f', '//', 'A ', 'ZZZZ\n', '++++', '----', 'SGVsbG8', '68656c6c6f', '%41'].map(many),
}; // prettier-ignore
