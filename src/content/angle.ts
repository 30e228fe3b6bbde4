import { cut } from '../action/cut.ts';
import { limits } from '../limits.ts';
import { concealed } from './concealed.ts';
import type { HiddenKind } from './sanitised.ts';
import { isVoid, tagAt, unshown } from './tags.ts';
import type { Tag } from './tags.ts';
import { isLetter, asciiTableOf } from './units.ts';
import { leads, opaque, plainUrl } from './url.ts';

/** What stands at a `<`: what to write in its place, and where to go on. */
export interface Angle {
  readonly end: number;
  readonly write: string;
  /** What was taken out here. */
  readonly hides?: { readonly kind: HiddenKind; readonly text: string };
  /** A tag whose content is hidden up to its end tag. */
  readonly conceals?: string;
  readonly tag?: Tag;
  /** How far it was looked ahead, if that is farther than `end`. */
  readonly lookedTo?: number;
}

/** What is known of the whole text. */
export interface Angles {
  readonly text: string;
  /** Where its last `>` is. */
  readonly lastClose: number;
  readonly place: Place;
}

/** A place for a reference in the text of this pass. Private use characters were taken out before, so nobody can forge one. */
export type Place = (kind: 'link' | 'image', url: string) => string;

const removed = (what: string): string => `[removed: ${what}]`;
const [noComment, noDeclaration] = [removed('comment'), removed('declaration')];

/** `<|im_start|>` and its relatives: ChatML, Llama 3, Phi, Command R; DeepSeek writes them with wide bars. Llama 2's `<<SYS>>`. */
const template = /<[|｜][^\s<>|｜]{1,40}[|｜]>|<<\/?SYS>>/iy;
/** Tags by which models mark turns, tools and results. */
const role =
  /^(?:start_of_turn|end_of_turn|bos|eos|pad|unk|s|system|assistant|user|human|developer|tool|tools|tool_calls?|tool_use|tool_responses?|tool_results?|function|functions|function_calls?|function_results?|invoke|parameter|antml:[a-z_-]+|think|thinking|scratchpad|instructions?|system-reminder|system_prompt|important|context|documents?|result|results|output)$/;
const mention =
  /<(?:@([UW][A-Z0-9]{2,20})|#([CGD][A-Z0-9]{2,20})|!(here|channel|everyone|group)|!subteam\^([A-Z0-9]{2,20})|!date\^(\d{1,12})\^[^<>|\n]*)(?:\|([^<>\n]*))?>/y;
const linked = /<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>|\ue000-\uf8ff]+)(?:\|([^<>\n]*))?>/y;

function stuck(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const [bang, hash, slash, colon, less, question, sign, bar, wideBar] = [0x21, 0x23, 0x2f, 0x3a, 0x3c, 0x3f, 0x40, 0x7c, 0xff5c];

/** True if marks of a template may stand at a `<` with these two behind it: most that begin like one go on otherwise. */
const maybeTemplate = (next: number, then: number): boolean =>
  next === bar || next === wideBar ? then !== less : next === less && (then === slash || (then | 0x20) === 0x73);

/** What Slack's escapes begin with, behind the sign of each. */
const mentioned: ReadonlyMap<number, RegExp> = new Map([
  [sign, /[UW]/],
  [hash, /[CGD]/],
  [bang, /[a-z]/],
]);

/** Slack's escapes: https://docs.slack.dev/messaging/formatting-message-text. A mention that a model repeats would ring somebody. */
function slackAt(text: string, at: number): Angle | null {
  if (mentioned.get(text.charCodeAt(at + 1))?.test(text[at + 2] ?? '') !== true) return null;
  const found = stuck(mention, text, at);
  if (found === null) return null;
  const [whole, user, channel, special, group, date, shown = ''] = found;
  const name = shown === '' ? '' : `: ${shown}`;
  const end = at + whole.length;
  if (user !== undefined) return { end, write: `[user ${user}${name}]` };
  if (channel !== undefined) return { end, write: `[channel ${channel}${name}]` };
  if (group !== undefined) return { end, write: `[group ${group}${name}]` };
  if (date !== undefined) return { end, write: `[date ${date}${name}]` };
  return { end, write: `[mention: ${special ?? ''}]` };
}

const schemeUnit = asciiTableOf(/[A-Za-z0-9+.-]/);

/** True if a scheme and its colon stand at `at`. */
function schemeAt(text: string, at: number): boolean {
  let end = at;
  for (let code = text.charCodeAt(end); schemeUnit[code] === 1; code = text.charCodeAt(end)) end++;
  return text.charCodeAt(end) === colon;
}

function linkAt(text: string, at: number, place: Place): Angle | null {
  const found = schemeAt(text, at + 1) ? stuck(linked, text, at) : null;
  if (found === null) return null;
  const [whole, url = '', shown] = found;
  if (!/^[^:]+:\/\//.test(url) && !opaque.test(url)) return null;
  const link = place('link', plainUrl(url));
  return { end: at + whole.length, write: shown === undefined || shown === '' ? link : `[${shown}](${link})` };
}

/** HTML, 13.2.5.43: `<!-->` and `<!--->` are comments too, `--!>` ends one, and one without an end goes on to the end of the text. */
const commentEnd = /--!?>/g;

function commentAt(text: string, at: number): Angle {
  commentEnd.lastIndex = at + 2;
  const end = commentEnd.test(text) ? commentEnd.lastIndex : text.length;
  return { end, write: noComment, hides: { kind: 'comment', text: text.slice(at, end) } };
}

/** Where the next angle bracket is; the length of the text if there is none. */
function nextAngle(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x3c || code === 0x3e) break;
  }
  return end;
}

function declarationAt(text: string, at: number): Angle {
  const end = nextAngle(text, at + 2);
  if (text.charCodeAt(end) !== 0x3e) return { end: at + 1, write: '&lt;', lookedTo: end };
  return { end: end + 1, write: noDeclaration, hides: { kind: 'comment', text: text.slice(at, end + 1) } };
}

/** The words in attributes: nobody who reads the page sees them. Names, numbers and styles are not words. */
function attributeWords(tag: Tag): string {
  const words: string[] = [];
  for (const [key, value] of tag.attributes)
    if (key !== 'style' && key !== 'class' && value.length >= 12 && /\S\s+\S/.test(value)) words.push(value);
  return words.join('\n');
}

const bare = (tag: Tag): string => `<${tag.closing ? '/' : ''}${tag.written}${tag.selfClosing ? '/' : ''}>`;

/** The end tags of the elements that show nothing. */
const unshownEnds = new Map<string, RegExp>();

function unshownEnd(name: string): RegExp {
  const ending = unshownEnds.get(name) ?? new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  unshownEnds.set(name, ending);
  return ending;
}

function unshownAt(text: string, at: number, tag: Tag): Angle {
  const ending = unshownEnd(tag.name);
  ending.lastIndex = tag.end;
  const close = ending.test(text) ? text.indexOf('>', ending.lastIndex) : -1;
  const end = close === -1 ? text.length : close + 1;
  return { end, write: removed(tag.name), hides: { kind: 'script', text: text.slice(at, end) } };
}

const unspoken = /[^\p{L}\p{N} .,;:!?'()_-]|[\p{Default_Ignorable_Code_Point}]/gu;

function imageOf(tag: Tag, place: Place): string {
  // Its character references were written out: nothing may come out of them that the pass before has taken out.
  const alt = cut(tag.attributes.get('alt') ?? '', limits.contentAltCharsMax).replaceAll(unspoken, ' ');
  return `[image: ${alt}](${place('image', plainUrl(tag.attributes.get('src') ?? ''))})`;
}

function withValues(tag: Tag, place: Place): Angle {
  const words = attributeWords(tag);
  const hides = words === '' ? {} : { hides: { kind: 'attribute' as const, text: words } };
  if (tag.name === 'img' && !tag.closing) return { end: tag.end, write: imageOf(tag, place), ...hides };
  const url = tag.name === 'a' && !tag.closing ? plainUrl(tag.attributes.get('href') ?? '') : '';
  return { end: tag.end, write: bare(tag) + (leads(url) ? place('link', url) : ''), ...hides };
}

function tagged(text: string, at: number, tag: Tag, place: Place): Angle {
  if (!tag.closing && tag.attributes.size > 0 && concealed(tag.attributes)) {
    if (isVoid.test(tag.name))
      return { end: tag.end, write: removed('hidden element'), hides: { kind: 'css', text: text.slice(at, tag.end) } };
    return { end: tag.end, write: removed('hidden text'), conceals: tag.name, tag };
  }
  // `<s>` begins a sequence for some models, and strikes text through in HTML: without its bracket it does neither.
  if (role.test(tag.name)) return { end: tag.end, write: `&lt;${text.slice(at + 1, tag.end).replaceAll('<', '&lt;')}`, tag };
  if (!tag.closing && !tag.selfClosing && unshown.test(tag.name)) return unshownAt(text, at, tag);
  if (tag.hasValues) return { ...withValues(tag, place), tag };
  return { end: tag.end, write: text.slice(at, tag.end), tag };
}

/**
 * True if a `<` that is nothing by itself could begin a tag or a mention once what stands in brackets behind it has been
 * replaced. What ends at its own `>` (`<bob@example.com>`, `vector<int>`) cannot.
 */
function mayBecome(text: string, at: number, lastClose: number): boolean {
  if (at > lastClose) return false;
  const next = text.charCodeAt(at + 1);
  return (isLetter(next) || next === slash || next === sign || next === hash) && text.charCodeAt(nextAngle(text, at + 1)) === less;
}

/** Reads what stands at the `<` at `at`. What is no markup stays a `<`; what could become markup beside changed text is escaped. */
export function angleAt({ text, lastClose, place }: Angles, at: number): Angle {
  // Each pattern is asked only behind a character that it can begin with: a text may be nothing but `<`.
  const next = text.charCodeAt(at + 1);
  if (maybeTemplate(next, text.charCodeAt(at + 2)) && stuck(template, text, at) !== null) return { end: at + 1, write: '&lt;' };
  if (next === bang && text.startsWith('<!--', at)) return commentAt(text, at);
  const named = isLetter(next) || next === slash;
  const active = named ? linkAt(text, at, place) : slackAt(text, at);
  if (active !== null) return active;
  if (next === bang || next === question) return declarationAt(text, at);
  const tag = named ? tagAt(text, at) : null;
  if (tag === null) return { end: at + 1, write: mayBecome(text, at, lastClose) ? '&lt;' : '<' };
  // Without any `>` behind it, it can never become a tag: `x <y` stays as it is.
  if (tag.name === null) return { end: at + 1, write: at > lastClose ? '<' : '&lt;', lookedTo: tag.end };
  return tagged(text, at, tag, place);
}
