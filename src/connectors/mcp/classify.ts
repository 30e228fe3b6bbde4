import { heavier } from '../../action/class.ts';
import type { Class } from '../../action/class.ts';

/*
 * A first guess at what a tool can do, for a person to correct. It errs upwards: a tool is called a read only if its name says so,
 * nothing else about it says otherwise, and its annotations do not disagree. What is not understood is destructive.
 */

/** What a guess is made from. All of it is the server's word. */
export interface ToolFacts {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly string[];
  /** The values that an argument may take, for those that list them. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly readOnlyHint: boolean | null;
  readonly destructiveHint: boolean | null;
}

/** A guess. `sure` is only ever true of reads. */
export interface Guess {
  readonly class: Class;
  readonly sure: boolean;
  readonly why: readonly string[];
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

const reads = set('get list read search find describe retrieve query lookup fetch view whoami return show');
// Reads by their verb, but with more to them than looking: a file written, a cursor moved, a link made.
const unsureReads = set('download export fetch query view lookup');
const secretNouns = set(
  'secret secrets variable variables webhook webhooks token tokens key keys credential credentials password passwords configuration config kubeconfig env environ output certificate certificates private',
);

// Heaviest first: the first table that knows a word of the name decides.
const verbs: readonly (readonly [Class, ReadonlySet<string>])[] = [
  ['tunnel', set('graphql sql soql cypher rpc passthrough tunnel')],
  ['admin', set('grant revoke impersonate activate deactivate protect unprotect fork provision migrate promote upsert migration')],
  [
    'destructive',
    set(
      'delete deletes remove removes destroy drop purge erase wipe truncate uninstall terminate kill prune unlink trash reset discard overwrite replace pause archive unpublish',
    ),
  ],
  [
    'execute',
    set(
      'run exec execute trigger start stop restart retry rerun play deploy install invoke launch dispatch schedule cancel eval call resume assign lifecycle scale ownership',
    ),
  ],
  ['code-write', set('commit push merge approve unapprove rebase checkout')],
  ['share', set('share invite permission permissions access subscribe subscription')],
  ['publish', set('send post reply forward comment publish notify announce tweet submit upload bulk')],
  [
    'write',
    set(
      'create update add set unset edit modify patch put insert write append move rename copy clone import make mark star unstar pin unpin draft convert dismiss confirm resolve unresolve manage generate format sort clear save close reopen lock unlock accept decline snooze label enable disable change restore stop tentatively reauthorize extract request open sync register attach detach link unlink link react reactions reprioritize transition enrich store log',
    ),
  ],
];

// After a leading read verb these are things, not deeds: `get_label`, `list_pipeline_trigger_jobs`.
const things = set(
  'label comment post forward request open schedule trigger call run start play share access permission permissions subscription migration migrations reply draft pin star link mark format change upload log store deploy install lifecycle ownership bulk batch react submit lock cancel stop resume invite conversion attach merge commit push checkout protect protected',
);

// What is written to makes a write heavier.
const nouns: readonly (readonly [Class, ReadonlySet<string>])[] = [
  [
    'admin',
    set(
      'repository repositories group groups user users member members role roles policy policies variable variables webhook webhooks domain domains brand application applications settings environment environments organization org team teams owner owners account accounts migration project usergroups usergroup',
    ),
  ],
  ['execute', set('pipeline pipelines workflow workflows job jobs deployment copilot agent')],
  ['code-write', set('branch branches file files tag tags script code')],
  ['share', set('permission permissions access rule rules filter filters invitation')],
  [
    'publish',
    set(
      'issue issues comment comments note notes message messages discussion discussions reply review reviews release releases gist wiki page pages event email mail',
    ),
  ],
];

// Words that are verbs in a name, but nouns beside these.
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\b(merge|pull) requests?\b/g, 'changerequest'],
  [/\b(work|status|pipeline|workflow|test) runs?\b/g, '$1'],
  [/\bcommit (status|statuses|diff)\b/g, 'commits'],
];

const ruledBy = set('method action operation op verb command mode');
const confirming = set('confirm confirmed confirmation force yes autoconfirm approve dryrun sure');
const writing = set(
  'content body text message comment html markdown savepath outputpath destination localpath savedir outputfile outfile data patch',
);
const fetched = set('url urls weburl pageurl link href');
const running: readonly (readonly [Class, ReadonlySet<string>])[] = [
  ['tunnel', set('sql graphql soql cypher statement mutation requests operations calls')],
  ['execute', set('command cmd script code shell')],
];

function words(text: string): string[] {
  let plain = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .toLowerCase()
    .trim();
  for (const [phrase, noun] of phrases) plain = plain.replaceAll(phrase, noun);
  return plain.split(' ').filter((word) => word !== '');
}

const joined = (name: string): string => name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();

/** `Deletes` is `delete`, if that is a word that we know. */
function stem(word: string): string {
  const forms = [word, word.replace(/s$/, ''), word.replace(/es$/, '')];
  return forms.find((form) => reads.has(form) || verbs.some(([, known]) => known.has(form))) ?? word;
}

/** The class that a table gives to the first of its rows that knows one of the words. */
function first(table: readonly (readonly [Class, ReadonlySet<string>])[], of: readonly string[]): readonly [Class, string] | undefined {
  for (const [klass, known] of table) {
    const word = of.find((one) => known.has(one));
    if (word !== undefined) return [klass, word];
  }
  return undefined;
}

/** What words say; undefined if they say nothing. In a name that joins two deeds (`get_or_create`) nothing is taken for a thing. */
function byWords(of: readonly string[], sentence = false): { readonly class: Class; readonly word: string } | undefined {
  const at = of.findIndex((word) => reads.has(word) || unsureReads.has(word));
  const read = of[at];
  const twoDeeds = !sentence && of.some((word) => ['and', 'or', 'then'].includes(word));
  const verb = first(
    verbs,
    of.filter((word, i) => at < 0 || at > 1 || i < at || twoDeeds || !things.has(word)),
  );
  if (verb === undefined) {
    if (read === undefined) return undefined;
    return { class: of.some((word) => secretNouns.has(word)) ? 'read-secret' : 'read', word: read };
  }
  const noun = first(nouns, of);
  return { class: noun === undefined || verb[0] === 'tunnel' ? verb[0] : heavier(verb[0], noun[0]), word: verb[1] };
}

/** What the arguments say: that the call is ruled by one of them, runs something, asks to be confirmed, or carries text. */
function byArguments(facts: ToolFacts): (readonly [Class, string])[] {
  return facts.arguments.flatMap((name): (readonly [Class, string])[] => {
    const flat = joined(name);
    const choices = facts.choices[name];
    if (ruledBy.has(flat)) {
      if (choices === undefined) return [['destructive', `its argument ${name} can be anything`]];
      return choices.map((choice) => [byWords(words(choice))?.class ?? 'destructive', `${name} can be one of several things`] as const);
    }
    const runs = first(running, [flat]);
    if (runs !== undefined) return [[runs[0], `its argument ${name} is something to be run`]];
    // Whoever runs the address learns what stands in it: a fetch is a write to the outside.
    if (fetched.has(flat)) return [['publish', `its argument ${name} is an address that is fetched`]];
    if (confirming.has(flat)) return [['destructive', `its argument ${name} asks for a confirmation`]];
    return writing.has(flat) ? [['write', `its argument ${name} carries something to be written`]] : [];
  });
}

/** A tool that sends what it is given to wherever it is told: its inner calls would have to be understood first. */
function isTunnel(facts: ToolFacts, name: readonly string[], said: Class | undefined): boolean {
  const flat = facts.arguments.map(joined);
  const anywhere = flat.some((arg) => ['url', 'path', 'endpoint', 'uri'].includes(arg));
  const anything = flat.some((arg) => ['method', 'body', 'headers', 'queryparams', 'params'].includes(arg));
  return (
    (anywhere && anything) ||
    (said === undefined && name.some((word) => ['batch', 'bulk', 'api', 'http', 'proxy', 'request'].includes(word)))
  );
}

/** Proposes a class. Never from annotations alone: they only ever turn a read into something heavier. */
export function proposeClass(facts: ToolFacts): Guess {
  const name = words(facts.name);
  const named = byWords(name);
  if (isTunnel(facts, name, named?.class)) return { class: 'tunnel', sure: false, why: ['it passes on whatever it is given'] };
  const why: string[] = [];
  let guess: Class = named?.class ?? 'destructive';
  why.push(named === undefined ? 'nothing in its name says what it does' : `its name says ${named.word}`);
  for (const [klass, reason] of byArguments(facts)) {
    if (heavier(klass, guess) === guess) continue;
    guess = klass;
    why.push(reason);
  }
  if (guess !== 'read' && guess !== 'read-secret') return { class: guess, sure: false, why };
  const opening = words(facts.description.split(/[.!?\n]/)[0] ?? '')
    .slice(0, 12)
    .map(stem);
  const contrary = byWords(opening, true);
  if (contrary !== undefined && contrary.class !== 'read' && contrary.class !== 'read-secret')
    return {
      class: heavier(contrary.class, 'destructive'),
      sure: false,
      why: [...why, `but its description says ${contrary.word}`],
    };
  if (facts.readOnlyHint === false || facts.destructiveHint === true)
    return { class: 'destructive', sure: false, why: [...why, 'but its annotations say that it changes something'] };
  const leads = name.slice(0, 2).some((word) => reads.has(word) && !unsureReads.has(word));
  return { class: guess, sure: leads && guess === 'read' && !name.some((word) => unsureReads.has(word)), why };
}
