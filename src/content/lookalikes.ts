/*
 * Letters that look like those of ASCII: a small table of our own, of what is met in texts that hide from a search. Wide,
 * circled and mathematical letters are told by Unicode's compatibility mapping; the rest is written down here.
 */

/** Lower case, as the plain form has it. Each letter of ASCII with what is taken for it. */
const alike: Readonly<Record<string, string>> = {
  a: 'аαɑᴀₐ∀ӑ', b: 'ьЬʙвƅβ♭', c: 'сϲᴄ¢ⅽ', d: 'ԁɗᴅⅾժ', e: 'еєҽεᴇ℮ɇ', f: 'ғƒſꜰϝ', g: 'ɡցԍɢ', h: 'һհнʜ', i: 'іїιıɪ¡ɩӏⅰ', j: 'јϳᴊ', k: 'кκᴋ', l: 'ⅼʟӀ|ǀ',
  m: 'мᴍⅿ', n: 'ոпηɴ', o: 'оοօσᴏ०௦๐໐ө', p: 'рρᴘ', q: 'ԛզ', r: 'гяʀᴦ', s: 'ѕꜱʂ', t: 'тτᴛ†', u: 'υսцᴜʋ', v: 'νѵᴠⅴ', w: 'ѡԝωшᴡ', x: 'хχⅹ×', y: 'уүγʏ', z: 'ʐᴢ',
}; // prettier-ignore

const table = new Uint16Array(0x1_0000);
for (let code = 0; code < table.length; code++) table[code] = code;
for (const [letter, others] of Object.entries(alike)) for (const other of others) table[other.charCodeAt(0)] = letter.charCodeAt(0);
for (const [from, to] of [
  [0xaa, 0xba],
  [0x2070, 0x218f],
  [0x2460, 0x24ff],
  [0xfb00, 0xfb06],
  [0xff01, 0xff5e],
  [0x1d2c, 0x1d9b],
  [0x2c7c, 0x2c7d],
] as const)
  // prettier-ignore
  for (let code = from; code <= to; code++) {
    const plain = String.fromCharCode(code).normalize('NFKC').toLowerCase();
    const unit = plain.startsWith('(') ? plain.charCodeAt(1) : plain.charCodeAt(0);
    if (table[code] === code && unit < 128) table[code] = unit;
  }

/** The first letter of each alphabet of squares, circles and flags beyond the first plane. */
const alphabets = [0x1f110, 0x1f130, 0x1f150, 0x1f170, 0x1f1e6] as const;

/** What a code point beyond the first plane looks like: a unit of ASCII, or 0. */
function astral(code: number): number {
  if (code >= 0x1d400 && code <= 0x1d7ff) {
    const unit = String.fromCodePoint(code).normalize('NFKC').toLowerCase().charCodeAt(0);
    return unit < 128 ? unit : (table[unit] ?? 0) < 128 ? (table[unit] ?? 0) : 0;
  }
  const first = alphabets.find((from) => code >= from && code < from + 26);
  return first === undefined ? 0 : code - first + 97;
}

/** The unit that a UTF-16 unit looks like; itself if it looks like no other. */
export function looksLike(unit: number): number {
  return table[unit] ?? unit;
}

/** The unit of ASCII that a surrogate pair looks like, or 0. */
export function pairLooksLike(high: number, low: number): number {
  return astral((high - 0xd800) * 0x400 + (low - 0xdc00) + 0x1_0000);
}
