import { unseen } from '../../action/characters.ts';
import { limits } from '../../limits.ts';

/*
 * Names that a person or a model could take for each other. Upstream servers choose them, so two names are one here as soon
 * as they differ by nothing but case, separators, invisible characters, full-width forms or letters that look alike.
 */

// Each pair: a letter, and the Latin one that it is taken for. After folding case and compatibility forms.
const pairs =
  'аa вb еe гr кk мm нh оo пn рp сc тt уy хx ьb іi їi јj ѕs ԁd ԛq ԝw һh ӏl ѵv ԍg ҽe ' +
  'αa βb γy εe ηn ιi κk νv οo ρp σo ςc τt υu χx ωw ϲc ϳj ' +
  'օo ոn սu հh ցg զq եt ' +
  'ıi ȷj ɑa ɡg ɩi ʟl ɪi ʀr ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ᴊj ᴋk ᴍm ɴn ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz ' +
  'øo đd łl ħh ŧt ƅb ƙk ɓb ɗd ɛe ɋq ʋu ʍm ǀl ƽs ɾr ɯw';

const looks: ReadonlyMap<string, string> = new Map(
  pairs.split(' ').map((pair): [string, string] => {
    const [letter = '', latin = ''] = Array.from(pair);
    return [letter, latin];
  }),
);

/** Text in lower case, with look-alike letters, marks, full-width and styled forms folded into plain ones, and without what is invisible. */
export function fold(text: string): string {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text.toLowerCase(); // nearly all there is: nothing in it could be folded
  const plain = Array.from(text.normalize('NFKD')).filter(
    (char) => char === ' ' || char === '\n' || !(unseen.test(char) || /\p{M}/u.test(char)),
  );
  return Array.from(plain.join('').toLowerCase(), (char) => looks.get(char) ?? char).join('');
}

/** What is left of a name when all that could be overlooked in it is gone. Two names with one skeleton are look-alikes. */
export function skeleton(name: string): string {
  const letters = fold(name.slice(0, 2 * limits.nameCharsMax)).replaceAll(/[^\p{L}\p{N}]/gu, '');
  if (letters === '') return name;
  return letters.replaceAll('0', 'o').replaceAll(/[1i]/g, 'l').replaceAll('5', 's').replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** The names that a tool may have to be enabled: those that MCP itself recommends, all of plain letters. */
export const toolName: RegExp = /^[A-Za-z0-9_./:-]{1,128}$/;

/** The first two of each group of names that look alike. Equal names do too. */
export function lookAlikes(names: readonly string[]): readonly (readonly [string, string])[] {
  const seen = new Map<string, string>();
  return names.flatMap((name): (readonly [string, string])[] => {
    const bones = skeleton(name);
    const other = seen.get(bones);
    if (other !== undefined) return [[other, name]];
    seen.set(bones, name);
    return [];
  });
}
