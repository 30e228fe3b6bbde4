/*
 * The shape of the source tree, as tables. A room is a part of the tree with one purpose; a process is what its entry can
 * reach by imports. Every row is there for a reason that ARCHITECTURE.md gives; a row that matches nothing is an error too.
 */

/** Bounds of a file. */
export const sizes = { linesMax: 300, functionLinesMax: 70 } as const;

/** For each room: the rooms it may import. `errors` and `limits` are open to all, and a room to itself. */
export const mayImport: Readonly<Record<string, readonly string[] | 'anything'>> = {
  errors: [],
  limits: [],
  action: [],
  decide: ['action', 'content'],
  proof: ['action'],
  content: ['action'],
  wire: ['action'],
  'connectors/connector': ['action'],
  'connectors/settings': [],
  // what a catalogue takes from its own system's modules must be pure as well: see `pure`
  'connectors/catalog': ['action', 'connectors/settings', 'connectors/own'],
  'connectors/webhook': ['action'],
  'connectors/own': ['action', 'connectors/connector', 'connectors/settings', 'connectors/catalog'],
  'connectors/read': ['action', 'connectors/connector', 'connectors/settings', 'connectors/catalog', 'connectors/own'],
  'connectors/write': ['action', 'connectors/connector', 'connectors/settings', 'connectors/catalog', 'connectors/own'],
  store: ['action'],
  record: ['action', 'proof', 'store'],
  vault: ['action', 'store'],
  propose: ['action', 'decide', 'content', 'wire', 'record', 'store'],
  inbound: ['action', 'content', 'wire', 'record', 'store', 'connectors/webhook'],
  approve: ['action', 'decide', 'wire', 'record', 'store'],
  read: ['action', 'decide', 'content', 'wire', 'record', 'store', 'connectors/connector'],
  execute: ['action', 'decide', 'content', 'wire', 'record', 'store', 'connectors/connector'],
  processes: 'anything',
};

/** The room of a file below `src/`, and for a connector the system that it belongs to. Null: the file is in no room. */
export function roomOf(path: string): { readonly room: string; readonly system: string | null } | null {
  const parts = path
    .replace(/(?:\.test)?\.ts$/, '')
    .split('/')
    .slice(1);
  const [first = '', second = '', third] = parts;
  if (first === 'connectors') {
    if (parts.length === 2)
      return ['connector', 'settings', 'webhook'].includes(second) ? { room: `connectors/${second}`, system: null } : null;
    if (parts.length !== 3) return null;
    const hand = ['catalog', 'webhook', 'read', 'write'].includes(third ?? '') ? third : 'own';
    return { room: `connectors/${hand}`, system: second };
  }
  if (parts.length === 1 && first === 'limits-hooks') return { room: 'limits', system: null };
  if (parts.length === 1) return first === 'errors' || first === 'limits' ? { room: first, system: null } : null;
  if (!Object.hasOwn(mayImport, first) || first === 'errors' || first === 'limits') return null;
  const deeper = first === 'processes' || (first === 'inbound' && second === 'providers');
  return parts.length === 2 || (deeper && parts.length === 3) ? { room: first, system: null } : null;
}

/** What is pure: no Node, no clock, no randomness, in the file itself and in whatever it imports. */
export const pure =
  /^src\/(?:errors\.ts|limits(?:-hooks)?\.ts|action\/|decide\/|content\/|proof\/|connectors\/(?:[^/]+\/(?:catalog|webhook)|webhook)\.ts|inbound\/(?:providers\/|(?:verify|endpoint|provider-list|replay)\.ts))/;

/** Where modules of ours are loaded when they are needed and not before, their names written out so that the walk follows them. */
export const loadsLater = /^src\/processes\/cli\.ts$/;

/** Where a module of the operator's own is loaded, by the path that the configuration names: nowhere else is there another dynamic import. */
export const loadsForeign = /^src\/processes\/content-rules\.ts$/;

/** Files may not be named like drawers. */
export const drawers = /(?:^|\/|[-.])(?:utils?|helpers?|common|misc|shared|manager|types)(?:[-.]|\/|$)/;

/** npm packages and the sharper of Node's modules: who may import them. Whatever is in neither table is imported by nobody. */
export const packageRooms: readonly { readonly name: RegExp; readonly in: RegExp }[] = [
  { name: /^@cedar-policy\/cedar-wasm(?:\/|$)/, in: /^src\/decide\/cedar\.ts$/ },
  { name: /^@modelcontextprotocol\//, in: /^src\/(?:propose\/|connectors\/mcp\/|processes\/cli\/mcp\.ts$)/ },
  { name: /^@octokit\//, in: /^src\/connectors\/github\// },
  { name: /^@slack\//, in: /^src\/connectors\/slack\// },
  { name: /^@noble\/hashes\//, in: /^src\/(?:action|decide|proof)\// },
  { name: /^oauth4webapi$/, in: /^src\/vault\// },
  { name: /^ajv(?:\/|$)/, in: /^src\// },
  { name: /^commander$/, in: /^src\/processes\/cli(?:\/|\.ts$)/ },
  { name: /^yaml$/, in: /^src\/(?:processes|connectors\/mcp)\// },
  { name: /^zod$/, in: /^src\// },
  { name: /^node:sqlite$/, in: /^src\/store\// },
  { name: /^node:child_process$/, in: /^src\/(?:processes\/|connectors\/mcp\/stdio\.ts$)/ },
  { name: /^node:worker_threads$/, in: /^src\/processes\// },
  { name: /^node:net$/, in: /^src\/(?:wire|propose|inbound|approve|processes)\// },
  { name: /^node:https?$/, in: /^src\/(?:propose|inbound|approve|processes)\// },
];

/** Node's modules that every room which is not pure may import. */
export const openModules =
  /^node:(?:async_hooks|buffer|crypto|events|fs|fs\/promises|os|path|perf_hooks|process|readline|readline\/promises|stream|stream\/consumers|stream\/promises|timers\/promises|url|util)$/;

/** A process: its entry, and what it may not reach by imports of any length. */
export interface Zone {
  readonly entry: string;
  readonly never: readonly { readonly what: RegExp; readonly why: string }[];
}

const credentials = {
  what: /^src\/(?:vault\/|connectors\/[^/]+\/(?:read|write|missed)\.ts$)/,
  why: 'it hears untrusted parties or keeps the book, and holds no third-party credential',
};
const proposing = { what: /^src\/propose\//, why: 'only the gateway hears the model' };
const executing = { what: /^src\/execute\//, why: 'only the executor executes' };
const reading = { what: /^src\/read\//, why: 'only the reader reads' };

/** The zones. This table is the requirement "read and write tools in different trust zones". */
export const zones: readonly Zone[] = [
  { entry: 'src/processes/gateway.ts', never: [credentials, executing, reading] },
  { entry: 'src/processes/hooks.ts', never: [credentials, proposing, executing, reading] },
  { entry: 'src/processes/console.ts', never: [credentials, proposing, executing, reading] },
  { entry: 'src/processes/ledger.ts', never: [credentials, proposing, executing, reading] },
  {
    entry: 'src/processes/reader.ts',
    never: [
      { what: /^src\/connectors\/[^/]+\/write\.ts$/, why: 'the reader reaches no writing code' },
      { what: /^src\/(?:inbound|approve)\//, why: 'a hand hears only its socket' },
      proposing,
      executing,
    ],
  },
  {
    entry: 'src/processes/executor.ts',
    never: [
      { what: /^src\/connectors\/[^/]+\/(?:read|missed)\.ts$/, why: 'the executor holds no reading credential' },
      { what: /^src\/(?:inbound|approve)\//, why: 'the executor trusts no door' },
      proposing,
      reading,
    ],
  },
];

/** Text in code that is refused, and why. `only` are the files where it is right. */
export interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
  readonly in: RegExp;
  readonly only?: RegExp;
  readonly why: string;
}

const everywhere = /^src\//;

/** What no line of code may say. Comments are not code. */
export const bans: readonly Ban[] = [
  { name: 'Math.random', pattern: /\bMath\.random\b/, in: everywhere, why: 'it can be guessed: use node:crypto' },
  {
    name: 'console',
    pattern: /\bconsole\.(?:log|error|warn|info|debug|trace|table|dir)\b/,
    in: everywhere,
    why: 'standard output belongs to commands and to MCP over stdio',
  },
  { name: 'as unknown as', pattern: /\bas\s+unknown\s+as\b/, in: everywhere, why: 'parse instead of asserting' },
  {
    name: 'code point of a place',
    pattern: /\.codePointAt\((?!0\))/,
    in: everywhere,
    why: 'compiled, it reads behind the end of a slice: take pointAt of action/characters.ts',
  },
  { name: 'eval', pattern: /\beval\s*\(|\bnew\s+Function\b/, in: everywhere, why: 'text never becomes code' },
  { name: 'require', pattern: /\b(?:createRequire|require)\s*\(/, in: everywhere, why: 'the walk over the imports cannot follow it' },
  {
    name: 'unchecked TLS',
    pattern: /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED/,
    in: everywhere,
    why: 'a third party is known by its certificate',
  },
  {
    name: 'environment',
    pattern: /\bprocess\.env\b/,
    in: everywhere,
    only: /^src\/(?:processes\/|connectors\/mcp\/stdio\.ts$)/, // an upstream server needs PATH to be found
    why: 'only the composition of a process reads its environment',
  },
  { name: 'exit', pattern: /\bprocess\.(?:exit|abort)\b/, in: everywhere, only: /^src\/processes\//, why: 'only a process ends itself' },
  {
    name: 'kill',
    pattern: /\bprocess\.kill\b/,
    in: everywhere,
    only: /^src\/(?:processes\/|connectors\/mcp\/stdio\.ts$)/,
    why: 'who starts a process ends it',
  },
  {
    name: 'fsync',
    pattern: /\bf(?:data)?sync(?:Sync)?\b/,
    in: everywhere,
    only: /^src\/(?:processes\/hooks-rotation|vault\/credential-file|approve\/key-file)\.ts$/,
    why: 'the permission model switches it off in a confined process: open the file with O_SYNC or O_DSYNC',
  },
  {
    name: 'JSON.parse',
    pattern: /\bJSON\.parse\b|\.json\(\)/,
    in: everywhere,
    only: /^src\/action\/parse-json\.ts$/,
    why: 'V8 may read a name as an earlier text has it: call parseJson of action/parse-json.ts',
  },
  {
    name: 'timingSafeEqual',
    pattern: /\btimingSafeEqual\b/,
    in: everywhere,
    only: /^src\/inbound\/crypto\.ts$/,
    why: 'it throws for other lengths, which two texts of as many characters can have: call sameText of action/same-text.ts',
  },
  {
    name: 'half a command',
    pattern: /countersign token create (?=-)(?![^`\n]*--user[^`\n]*--agent)/,
    in: everywhere,
    why: 'a command that a message names must run as it stands: with --user and --agent',
  },
  { name: 'clock', pattern: /\b(?:Date|performance)\b/, in: pure, why: 'nothing pure knows the clock: take the time as an argument' },
  {
    name: 'the shared folder',
    pattern: /(?:\.\.|\/work)\/shared\b|\bshared\/(?:research|data|hooks|DESIGN)\b/,
    in: everywhere,
    why: 'the product depends on nothing outside of its tree',
  },
];

/** What no comment may say. */
export const commentBans: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, why: 'do it, or leave it out' },
  { pattern: /\bfor now\b/i, why: 'say what holds' },
  { pattern: /@ts-(?:ignore|expect-error|nocheck)/, why: 'it switches the compiler off' },
  { pattern: /(?:ox|es)lint-disable(?![^\n]*--)/, why: 'a rule is switched off only with a reason behind `--`' },
];

/** SQL belongs to the store. Upper-case statements anywhere in a string, lower-case ones at its beginning. */
export const sql =
  /\b(?:SELECT\b[\s\S]*\bFROM\b|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)|PRAGMA\s)|^\s*(?:select\s[\s\S]+\sfrom\s+\w+\s*(?:$|where|order|group|limit|join)|insert\s+into\s+\w+|update\s+\w+\s+set\s|delete\s+from\s+\w+\s+where|create\s+table\s|pragma\s+\w+\b)/;

/** The room of SQL. */
export const sqlRoom = /^src\/store\//;

/** The types that a result of `parseJson` may be said to have before it was checked; and where more is known of the text. */
export const parsedTypes: readonly { readonly type: RegExp; readonly in: RegExp }[] = [
  { type: /^(?:unknown|Json)$/, in: /^src\// },
  { type: /^Listed$/, in: /^src\/action\/parse-json\.ts$/ }, // what it wrote itself a moment before
  { type: /^string$/, in: /^src\/propose\/body\.ts$/ }, // the text is one string token, found by the scanner
  { type: /^Record<string, unknown>$/, in: /^src\/processes\/supervisor\.ts$/ }, // a line of our own child, only printed
];
