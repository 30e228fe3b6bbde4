/*
 * What makes an element invisible by its own attributes. Rules in style sheets are not followed: a sheet is removed with
 * its element, and what only it would have hidden is shown.
 */

const declared = (property: string, value: string): RegExp => new RegExp(`(?:^|[;{\\s])${property}\\s*:\\s*(?:${value})`);

const nothing = '[+-]?0*(?:\\.0*)?(?:[a-z%]{1,4})?\\s*(?:;|!|$)';
const tiny =
  '[+-]?(?:0*(?:\\.\\d{1,9})?|0*[12](?:\\.\\d{1,9})?)(?:px|pt|vw|vh)?\\s*(?:;|!|$)|0*\\.[0-2]\\d{0,9}(?:em|rem|ex|ch)|[0-9](?:\\.\\d{1,9})?%';
const white =
  'white|snow|ivory|#f[a-f]f[a-f]f[a-f]\\b|#fff\\b|#ffff\\b|#ffffffff\\b|rgba?\\(\\s*2[45]\\d\\s*[, ]\\s*2[45]\\d\\s*[, ]\\s*2[45]\\d|transparent|rgba\\([^)]{1,40}[,/]\\s*0?(?:\\.0{0,9})?\\s*\\)|#[0-9a-f]{6}00\\b|#[0-9a-f]{3}0\\b|hsla?\\([^)]{1,40}\\s(?:9[5-9]|100)%';
const away = '-\\s*\\d{3,9}(?:\\.\\d{1,9})?|-\\s*\\d{2,9}(?:em|rem|vw|vh|%)|[+]?\\d{4,9}';

const hides: readonly RegExp[] = [
  declared('display', 'none'),
  declared('visibility', 'hidden|collapse'),
  declared('content-visibility', 'hidden'),
  declared('mso-hide', 'all'),
  declared('opacity', '0*(?:\\.0\\d{0,9})?\\s*%?\\s*(?:;|!|$)|0*\\.0'),
  declared('font-size', tiny),
  declared('font', '(?:[a-z0-9]{1,12}\\s{1,4})?0(?:px|pt|em|rem|%)?[\\s/]'),
  declared('(?:max-)?(?:width|height)', nothing),
  declared('line-height', nothing),
  declared('(?:text-indent|left|right|top|bottom|margin(?:-left|-top|-right)?)', away),
  declared('clip', 'rect\\(\\s*[01](?:px)?\\s*[, ]\\s*[01]'),
  declared('clip-path', 'inset\\(\\s*(?:[5-9]\\d|100)%|circle\\(\\s*0|polygon\\(\\s*0[^,)]{0,9}(?:,\\s*0|\\))'),
  declared('transform', '[^;]{0,80}(?:scale[xy]?\\(\\s*0*(?:\\.0\\d{0,9})?\\s*[,)]|translate[xy]?\\(\\s*-\\s*\\d{3})'),
  declared('filter', '[^;]{0,80}opacity\\(\\s*0'),
];
const whiteText = declared('(?:color|-webkit-text-fill-color)', white);
const background = declared('background(?:-color|-image)?', '(?!\\s*(?:white|#fff\\b|#ffffff\\b|transparent|none|inherit))');

/** CSS as its parser reads it: no comments, escapes written out, lower case. */
function plainCss(style: string): string {
  return style
    .replaceAll(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, '')
    .replaceAll(/\\([0-9a-fA-F]{1,6})\s?/g, (_, hex: string) => {
      const code = parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    })
    .replaceAll('\\', '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
}

/** True if an element with these attributes shows nothing of its content. White text counts as hidden unless a background is declared with it. */
export function concealed(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.has('hidden')) return true;
  const style = attributes.get('style');
  const colour = attributes.get('color');
  if (colour !== undefined && /^(?:white|#fff|#ffffff|transparent)$/i.test(colour.trim())) return true;
  if (style === undefined) return false;
  const css = plainCss(style);
  return hides.some((rule) => rule.test(css)) || (whiteText.test(css) && !background.test(css));
}
