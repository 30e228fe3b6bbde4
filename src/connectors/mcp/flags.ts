import type { Json, JsonObject } from '../../action/json.ts';
import { limits } from '../../limits.ts';
import { fold, skeleton, toolName } from './names.ts';
import { confirmations, strippedNowhere } from './strip.ts';
import { hiddenIn, plainLine, shownPath, textsIn } from './texts.ts';

/*
 * What a reviewer is told about the texts of a tool, and what keeps it from being enabled. Text rules find clumsy attacks
 * and none that is worded like business: the pin and the review are the control, this is a pair of glasses for the reviewer.
 */

/** What is looked at of one reviewed tool. */
export interface Reviewed {
  readonly title: string;
  readonly description: string;
  readonly input: JsonObject;
  readonly strip: Readonly<Record<string, Json>>;
  readonly pin: { readonly description: string; readonly title?: string | null | undefined; readonly hidden?: number | undefined };
}

/** Names that belong to others: systems, and their tools. Own names are no foreign ones, whoever else has them. */
export interface Foreign {
  readonly systems: readonly string[];
  readonly tools: readonly string[];
  readonly own: readonly string[];
}

const nobody: Foreign = { systems: [], tools: [], own: [] };

// On folded text of one line, in lower case. Every gap is bounded: what is scanned was written by others.
// `an[y]` is `any`, spelled so that the rule that no type may be `any` does not stumble over it.
const rules: readonly (readonly [string, RegExp])[] = [
  [
    'puts itself before other tools',
    /\b(?:before|prior to|instead of|rather than)(?: (?:using|calling|invoking|running|you use|you call))? (?:(?:an[y]|all|every|each|the) )?(?:of the )?(?:other|another)(?: [\w-]{1,30}){0,2} (?:tools?|functions?|operations?|servers?)\b/,
  ],
  [
    'puts itself before other tools',
    /\b(?:always|must|first)\b[^.]{0,40}\b(?:call|use|run|invoke)\b[^.]{0,20}\bthis (?:tool|function)\b[^.]{0,30}\b(?:first|before (?:an[y]|every|all|each))\b/,
  ],
  [
    'asks for something to be kept from people',
    /\b(?:do not|don'?t|never|must not|should not|without|avoid)(?: ever)? (?:tell|mention|inform|notify|reveal|show|disclos|alert|warn|bother|let|ask|telling|mentioning|informing|notifying|revealing|showing|alerting|warning|letting|asking)\w{0,3}\b[^.]{0,40}\b(?:users?|humans?|persons?|people|operators?|anyone|anybody|them|him|her)\b/,
  ],
  [
    'sets other instructions aside',
    /\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,30}\b(?:previous|prior|above|earlier|all|an[y]|other|system)\b[^.]{0,20}\b(?:instructions?|prompts?|rules?|polic(?:y|ies)|guidelines?|restrictions?)\b/,
  ],
  [
    'speaks of the conversation or the system prompt',
    /\bsystem prompt\b|\b(?:whole|entire|full|complete) (?:conversation|chat|context)\b|\b(?:conversation|chat) history\b/,
  ],
  [
    'names files with credentials',
    /~\/\.|\.ssh\b|\bid_(?:rsa|ed25519|ecdsa)\b|\.aws\/|\.netrc\b|\.npmrc\b|\bmcp\.json\b|\/etc\/(?:passwd|shadow)\b|\.kube\/|\bprivate key\b|(?:^|[\s"'`(/])\.env\b/,
  ],
  ['tells where to send something', /\b(?:send|post|forward|upload|append|include|copy|transmit|report)\b[^.]{0,60}\bhttps?:\/\//],
  [
    'imitates markup of a prompt',
    /<\/?\s{0,3}(?:important|system|instructions?|secret|hidden|assistant|user|human|tool_(?:result|response|call)|function_(?:result|call))\s{0,3}>|<\|[\w ]{1,30}\|>|\[\/?inst\]|<<\/?sys>>|<\/?start_of_turn>|<!--/,
  ],
];

const ourselves = skeleton('countersign');
const toolWords: ReadonlySet<string> = new Set('tool tools server servers mcp connector function functions'.split(' ').map(skeleton));

/** A name of several words, that nobody writes by chance: `send_email`, `sendEmail`. */
const striking = (name: string): boolean => /[A-Za-z0-9][_./-][A-Za-z0-9]|[a-z0-9][A-Z]/.test(name);

/** A search for names of others in a text. Written by code points, so look-alikes of a name are the name. */
function mentioning(foreign: Foreign): (text: string) => string | null {
  const own = new Set(foreign.own.map(skeleton));
  const tools = new Map(foreign.tools.filter(striking).map((name) => [skeleton(name), name]));
  const systems = new Map(foreign.systems.map((name) => [skeleton(name), name]));
  return (text) => {
    const tokens = text.match(/[\p{L}\p{N}\p{M}]+(?:[_./-][\p{L}\p{N}\p{M}]+)*/gu) ?? [];
    const bones = tokens.map(skeleton);
    for (const [i, bone] of bones.entries()) {
      if (bone.startsWith(ourselves)) return 'names Countersign itself';
      if (own.has(bone)) continue;
      const tool = tools.get(bone);
      if (tool !== undefined) return `names ${tool}, a tool of another system`;
      const system = systems.get(bone);
      if (system !== undefined && (toolWords.has(bones[i + 1] ?? '') || toolWords.has(bones[i - 1] ?? '')))
        return `speaks of the tools of ${system}, another system`;
    }
    return null;
  };
}

/**
 * What a reviewer must look at before a tool may be enabled: one line for each kind of thing, with the first place where it
 * stands. Nothing of the text itself is repeated.
 */
export function flagsOf(reviewed: Reviewed, foreign: Foreign = nobody): readonly string[] {
  const { title, description, input, pin } = reviewed;
  const mentioned = mentioning(foreign);
  const flags = new Map<string, string>();
  const flag = (what: string, path: string): void => {
    if (!flags.has(what)) flags.set(what, `${shownPath(path)} ${what}`);
  };
  if ((pin.hidden ?? hiddenIn(pin.description)) > 0) flag('holds characters that cannot be seen', 'the text of the server');
  const texts = [
    ...textsIn(pin.description, 'the description of the server'),
    ...textsIn(pin.title ?? '', 'the title of the server'),
    ...textsIn(title, 'title'),
    ...textsIn(description, 'description'),
    ...textsIn(input, 'input'),
  ];
  for (const { path, text } of texts) {
    if (text.length > limits.mcpScannedCharsMax) flag('is too long to be looked through', path);
    const line = plainLine(text.slice(0, limits.mcpScannedCharsMax));
    const folded = fold(line);
    for (const [what, rule] of rules) if (rule.test(folded)) flag(what, path);
    const named = mentioned(line);
    if (named !== null) flag(named, path);
  }
  return [...flags.values()];
}

/** The confirmations of a tool that the model would be shown. */
function openConfirmations(reviewed: Pick<Reviewed, 'input' | 'strip'>): readonly string[] {
  return Object.keys(confirmations(reviewed.input)).filter((key) => !Object.hasOwn(reviewed.strip, key));
}

/** Why a tool cannot be enabled as it stands, whatever its reviewer writes about it; each is a line to correct. */
export function servedProblems(tool: string, reviewed: Reviewed): readonly string[] {
  const problems: string[] = [];
  if (!toolName.test(tool))
    problems.push('the name of the tool is not of plain letters, digits and `_ - . / :`, so another one could look like it');
  for (const [path, value] of [
    ['title', reviewed.title],
    ['description', reviewed.description],
    ['input', reviewed.input],
  ] as const) {
    const found = textsIn(value, path).find((one) => hiddenIn(one.text) > 0);
    if (found !== undefined) problems.push(`${shownPath(found.path)}: holds a character that cannot be seen; take it out`);
  }
  for (const key of strippedNowhere(reviewed.input, reviewed.strip))
    problems.push(`strip: ${JSON.stringify(shownPath(key))} is no argument of the tool`);
  return problems;
}

/** What keeps a tool from being enabled until its entry says, in `accepted`, why it may be. */
export function unaccepted(reviewed: Reviewed & { readonly accepted?: string | undefined }, foreign: Foreign = nobody): readonly string[] {
  if (reviewed.accepted !== undefined) return [];
  const open = openConfirmations(reviewed).map(
    (key) => `${shownPath(key)} would let the model confirm its own call: put it under \`strip\``,
  );
  return [...flagsOf(reviewed, foreign), ...open].map((what) => `${what}; or say in \`accepted\` why it may be used all the same`);
}
