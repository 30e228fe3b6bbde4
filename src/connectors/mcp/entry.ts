import type { Class } from '../../action/class.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { schemaProblem } from '../../action/schema.ts';
import { limits } from '../../limits.ts';
import { argumentNames } from './catalog.ts';
import type { McpEntry } from './catalog.ts';
import { proposeClass } from './classify.ts';
import { closeSchema, pinOf } from './pin.ts';
import type { LiveTool } from './pin.ts';

/** An entry for a person to review, and what to look at. Null if the tool cannot be pinned, and so never be used. */
export interface ProposedEntry {
  readonly entry: McpEntry | null;
  readonly notes: readonly string[];
}

const confirming = /^_?(?:auto_?)?confirm(?:ed|ation)?(?:_on_fallback)?$|^yes$/i;
const carried = /^(?:content|contents|body|text|message|comment|title|subject|description|summary|markdown|html|note|observations?)$/i;
const heavy: ReadonlySet<Class> = new Set(['share', 'execute', 'destructive', 'admin', 'tunnel']);

const clean = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim();

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
    const kind = clean(name.replace(/(?:[_-]?(?:id|iid|key|number|name)|Id|Key|Name)$/, ''))
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_');
    return { type: /^[a-z][a-z0-9_]{0,59}$/.test(kind) ? kind : 'object', from: name };
  }
  return { type: 'server', fixed: 'all' };
}

/** Arguments with which a model could confirm its own call: hidden from it, and filled when the call is sent. */
function stripped(input: JsonObject): Record<string, Json> {
  const found = argumentNames(input).filter((name) => confirming.test(name));
  return Object.fromEntries(
    found.map((name): [string, Json] => {
      const schema = property(input, name);
      const fixed = schema['const'] ?? (Array.isArray(schema['enum']) ? (schema['enum'] as readonly Json[])[0] : undefined);
      return [name, fixed ?? (schema['type'] === 'boolean' ? true : null)];
    }),
  );
}

function choicesOf(input: JsonObject): Record<string, string[]> {
  const listed = argumentNames(input).map((name): [string, string[]] => {
    const values = property(input, name)['enum'];
    return [name, Array.isArray(values) ? values.filter((value: Json) => typeof value === 'string') : []];
  });
  return Object.fromEntries(listed.filter(([, values]) => values.length > 0));
}

/** Proposes an entry for a tool. Enabled only if it is surely a read and `mayEnable`; a tunnel never is. */
export function proposeEntry(tool: LiveTool, taken: ReadonlySet<string>, mayEnable: boolean): ProposedEntry {
  const hash = pinOf(tool);
  if (hash === null) return { entry: null, notes: ['left out: its description cannot be put into canonical form, so it cannot be pinned'] };
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
  const strip = stripped(input);
  const enabled = mayEnable && guess.sure && problem === null && Object.keys(strip).length === 0;
  const title =
    (clean(tool.title ?? '') || clean(tool.name.replaceAll(/[_-]+/g, ' '))).slice(0, limits.nameCharsMax).toWellFormed() || 'Untitled';
  const entry: McpEntry = {
    enabled,
    operation: operationName(tool.name, taken),
    class: guess.class,
    fourEyes: heavy.has(guess.class),
    reversible: false,
    title,
    description: clean(tool.description).slice(0, 400).toWellFormed() || title,
    target: targetOf(input),
    content: guess.class === 'read' || guess.class === 'read-secret' ? [] : argumentNames(input).filter((name) => carried.test(name)),
    label: { readers: 'unknown' },
        binds: [],
        records: [],
        form: 'prose',
    scopes: [],
    strip,
    raise: [],
    handle: 'none',
    errorMeans: 'unknown',
    input,
    pin: { hash, description: tool.description },
  };
  return {
    entry,
    notes: [
      enabled
        ? 'enabled as a read: check it all the same'
        : guess.class === 'tunnel'
          ? 'a tunnel: it cannot be enabled'
          : 'review, then enable',
      `class: ${guess.why.join('; ')}`,
      ...(problem === null ? [] : [`input: ${problem}; it cannot be enabled like this`]),
      ...notes.map((note) => `input ${note}`),
      ...Object.keys(strip).map((name) => `${name} is hidden from the model and filled in when the call is sent`),
    ],
  };
}
