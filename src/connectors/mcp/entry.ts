import type { Class } from '../../action/class.ts';
import { cutWith } from '../../action/cut.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { schemaProblem } from '../../action/schema.ts';
import { limits } from '../../limits.ts';
import { argumentNames } from './catalog.ts';
import type { McpEntry } from './catalog.ts';
import { proposeClass } from './classify.ts';
import { flagsOf, servedProblems } from './flags.ts';
import type { Foreign } from './flags.ts';
import { closeSchema, pinRecord } from './pin.ts';
import type { LiveTool } from './pin.ts';
import { confirmations, strippedNowhere } from './strip.ts';
import { plainLine, shownPath, visible } from './texts.ts';

/** An entry for a person to review, and what to look at. Null if the tool cannot be pinned, and so never be used. */
export interface ProposedEntry {
  readonly entry: McpEntry | null;
  readonly notes: readonly string[];
}

const carried = /^(?:content|contents|body|text|message|comment|title|subject|description|summary|markdown|html|note|observations?)$/i;
const heavy: ReadonlySet<Class> = new Set(['share', 'execute', 'destructive', 'admin', 'tunnel']);

/** `getUserById`, `API-get-user` → `get_user_by_id`, `api_get_user`. Unique among those taken. */
function operationName(tool: string, taken: ReadonlySet<string>): string {
  const snake = tool
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 50);
  const base = /^[a-z]/.test(snake) ? snake : `tool_${snake}`;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
  return name;
}

function property(input: JsonObject, name: string): JsonObject {
  const all = input['properties'];
  const one = isObject(all) ? all[name] : undefined;
  return isObject(one) ? one : {};
}

/** What a call is done to: the required argument that most looks like a name of something, or the whole server. */
function targetOf(input: JsonObject): McpEntry['target'] {
  const required = Array.isArray(input['required']) ? input['required'].filter((name: Json) => typeof name === 'string') : [];
  const nameable = required.filter((name) => ['string', 'integer', 'number'].some((type) => property(input, name)['type'] === type));
  if (nameable.includes('owner') && nameable.includes('repo')) return { type: 'repository', from: '{owner}/{repo}' };
  const patterns: readonly RegExp[] = [
    /^path$/i,
    /^(?:uri|url)$/i,
    /^(?:.+_)?(?:id|key|number|iid)$|[a-z]Id$/,
    /^(?:channel|project|repo|namespace|name|file|page|database)$/i,
    /path$/i,
    /name$/i,
  ];
  for (const pattern of patterns) {
    const name = nameable.find((one) => pattern.test(one));
    if (name === undefined) continue;
    const kind = plainLine(name.replace(/(?:[_-]?(?:id|iid|key|number|name)|Id|Key|Name)$/, ''))
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_');
    return { type: /^[a-z][a-z0-9_]{0,59}$/.test(kind) ? kind : 'object', from: name };
  }
  return { type: 'server', fixed: 'all' };
}

function choicesOf(input: JsonObject): Record<string, string[]> {
  const listed = argumentNames(input).map((name): [string, string[]] => {
    const values = property(input, name)['enum'];
    return [name, Array.isArray(values) ? values.filter((value: Json) => typeof value === 'string') : []];
  });
  return Object.fromEntries(listed.filter(([, values]) => values.length > 0));
}

function stripNotes(input: JsonObject, strip: McpEntry['strip']): string[] {
  const required = Array.isArray(input['required']) ? (input['required'] as readonly Json[]) : [];
  return Object.entries(strip).map(([key, value]) => {
    const shown = shownPath(key);
    if (value !== null) return `${shown} is hidden from the model and filled in when the call is sent`;
    const wanted = required.includes(key) ? ': the server requires it, so give it a value' : '';
    return `${shown} is hidden from the model and never sent${wanted}`;
  });
}

/** What is ours to say of a tool until a reviewer has written better words. */
function wordsOf(tool: LiveTool): { readonly title: string; readonly description: string; readonly notes: readonly string[] } {
  const title = (plainLine(tool.title ?? '') || plainLine(tool.name.replaceAll(/[_-]+/g, ' ')))
    .slice(0, limits.nameCharsMax)
    .toWellFormed();
  const line = plainLine(tool.description);
  const long = line.length > limits.mcpProposedCharsMax;
  return {
    title: title || 'Untitled',
    description: cutWith(line, limits.mcpProposedCharsMax) || title || 'Untitled',
    notes: long ? [`its description has ${line.length} characters: cut to ${limits.mcpProposedCharsMax}; write a shorter one`] : [],
  };
}

/** What a reviewer must look at: each line begins with the same word, so that a search finds them all. */
function alertsOf(tool: string, entry: McpEntry, foreign: Foreign | undefined): readonly string[] {
  const flags = flagsOf(entry, foreign).map(
    (flag) => `FLAG: ${flag}; it cannot be enabled before you have said in \`accepted\` why it may`,
  );
  return [...flags, ...servedProblems(tool, entry).map((problem) => `FLAG: ${problem}`)].slice(0, limits.mcpFlagsMax);
}

/**
 * Proposes an entry for a tool. Enabled only if it is surely a read, nothing about it is flagged, and `mayEnable`; a tunnel
 * never is. `foreign` are the names that belong to other systems of the house.
 */
export function proposeEntry(tool: LiveTool, taken: ReadonlySet<string>, mayEnable: boolean, foreign?: Foreign): ProposedEntry {
  const pin = pinRecord(tool);
  if (pin === null) return { entry: null, notes: ['left out: its description cannot be put into canonical form, so it cannot be pinned'] };
  const { schema: input, notes } = closeSchema(tool.inputSchema);
  const problem = schemaProblem(input);
  const hint = (name: string): boolean | null => (typeof tool.annotations?.[name] === 'boolean' ? tool.annotations[name] : null);
  const guess = proposeClass({
    name: tool.name,
    description: tool.description,
    arguments: argumentNames(input),
    choices: choicesOf(input),
    readOnlyHint: hint('readOnlyHint'),
    destructiveHint: hint('destructiveHint'),
  });
  const strip = confirmations(input);
  const { title, description, notes: cuts } = wordsOf(tool);
  const base: McpEntry = {
    enabled: false,
    operation: operationName(tool.name, taken),
    class: guess.class,
    fourEyes: heavy.has(guess.class),
    reversible: false,
    title,
    description,
    target: targetOf(input),
    content: guess.class === 'read' || guess.class === 'read-secret' ? [] : argumentNames(input).filter((name) => carried.test(name)),
    label: { readers: 'unknown' },
    binds: [],
    records: [],
    paths:
      guess.class === 'read' || guess.class === 'read-secret'
        ? []
        : argumentNames(input).filter((name) => /^(?:file_?)?path$|^file_?name$/i.test(name)),
    form: 'prose',
    scopes: [],
    strip,
    raise: [],
    handle: 'none',
    errorMeans: 'unknown',
    input,
    pin,
  };
  const alerts = alertsOf(tool.name, base, foreign);
  const enabled = mayEnable && guess.sure && problem === null && Object.keys(strip).length === 0 && alerts.length === 0;
  return {
    entry: { ...base, enabled },
    notes: [
      ...alerts,
      enabled
        ? 'enabled as a read: check it all the same'
        : guess.class === 'tunnel'
          ? 'a tunnel: it cannot be enabled'
          : 'review, then enable',
      `class: ${guess.why.join('; ')}`,
      ...(problem === null ? [] : [`input: ${problem}; it cannot be enabled like this`]),
      ...notes.map((note) => `input ${visible(note)}`),
      ...cuts,
      ...stripNotes(input, strip),
    ],
  };
}

/**
 * The entry of a reviewed tool, taken over as the server has it now. What the reviewer wrote stays; a confirmation that is
 * new is stripped, and if anything is flagged that was not flagged before, the tool waits, disabled, for another review.
 */
export function acceptEntry(old: McpEntry, tool: LiveTool, foreign?: Foreign): ProposedEntry {
  const pin = pinRecord(tool);
  if (pin === null) return { entry: null, notes: ['it cannot be put into canonical form, so it cannot be pinned'] };
  const { schema: input } = closeSchema(tool.inputSchema);
  const { accepted, ...kept } = old;
  const strip = { ...confirmations(input), ...old.strip };
  const gone = new Set(strippedNowhere(input, strip));
  const entry: McpEntry = { ...kept, input, pin, strip: Object.fromEntries(Object.entries(strip).filter(([key]) => !gone.has(key))) };
  const before = new Set(alertsOf(tool.name, old, foreign));
  const fresh = alertsOf(tool.name, entry, foreign).filter((alert) => !before.has(alert));
  if (fresh.length > 0) return { entry: { ...entry, enabled: false }, notes: fresh };
  return { entry: { ...entry, ...(accepted === undefined ? {} : { accepted }) }, notes: [] };
}
