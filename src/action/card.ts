import { utf8ToBytes } from '@noble/hashes/utils.js';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { sealedDigest } from './action.ts';
import { parseCanonical } from './canonical.ts';
import { digestText } from './digest.ts';
import type { Digest } from './digest.ts';
import { behind, piecesOf, rows, spread } from './gutter.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Role } from './principal.ts';
import type { Binding, Body } from './statement.ts';
import { isoUtc } from './time.ts';
import { hiddenCount, lookalike, rightToLeft } from './visible.ts';
import { gradeWords } from './vocabulary.ts';

/*
 * The card is the text that a person approves. It is made by code from the statements that are hashed, and from nothing
 * else: no clock, no locale, no setting. Whoever holds the same statements gets the same card, byte for byte.
 * Everything that others control stands behind the gutter.
 */

/** What a card is made from: three signed statements that fit together, and the arguments that they name by digest. */
export interface CardInput {
  readonly proposed: Body<'proposed'>;
  readonly resolved: Body<'resolved'>;
  readonly decided: Body<'decided'>;
  readonly arguments: JsonObject;
}

/** The statements of one proposal and the text of the arguments body. Each statement is opened already; the body may be anybody's. */
export type CardParts = Omit<CardInput, 'arguments'> & { readonly arguments: string };

const differ = (what: string): Result<never> => refuse('inconsistent', `the statements of this proposal do not fit together: ${what}`);

/** Puts the parts together, and refuses them if they are not about one and the same action. */
export function cardInput(parts: CardParts): Result<CardInput> {
  const { proposed, resolved, decided } = parts;
  const { action } = resolved;
  if (proposed.proposal !== resolved.proposal || proposed.proposal !== decided.proposal) return differ('they name different proposals');
  if (proposed.run !== resolved.run || proposed.run !== decided.run) return differ('they name different runs');
  if (proposed.system !== action.system || proposed.operation !== action.operation)
    return differ('another operation was resolved than was asked for');
  if (sealedDigest(action) !== resolved.digest) return differ('the digest is not that of the action');
  if (decided.bindings.length !== resolved.binds.length) return differ('not everything that it names was decided about');
  if (decided.digest !== resolved.digest || decided.class !== action.class) return differ('another action was decided than was resolved');
  if (decided.policy === null) return differ('it was decided without a policy');
  if (digestText('arguments', parts.arguments) !== action.arguments) return differ('the arguments are not those that were decided');
  try {
    const value: Json = parseCanonical(parts.arguments);
    return isObject(value) ? ok({ proposed, resolved, decided, arguments: value }) : differ('the arguments are not an object');
  } catch (error) {
    if (error instanceof CountersignError) return differ('the arguments are not canonical JSON');
    throw error;
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** An argument's value, with a word on what it is: the text `5` is not the number 5. */
function valueOf(json: Json): { readonly kind: string; readonly lines: readonly string[] } {
  if (json === '') return { kind: 'empty text', lines: [] };
  if (typeof json === 'string') {
    const size = `${plural(Array.from(json).length, 'character')}, ${plural(utf8ToBytes(json).length, 'byte')}`;
    return { kind: `text, ${size}`, lines: rows(piecesOf(json, 'kept')) };
  }
  const kind = Array.isArray(json) ? `list of ${plural(json.length, 'item')}` : json === null ? 'null' : typeof json;
  return { kind, lines: rows(spread(json)) };
}

function argumentsOf(args: JsonObject): string[] {
  const names = Object.keys(args);
  if (names.length === 0) return ['ARGUMENTS: none', ''];
  return names.flatMap((name, i) => {
    const { kind, lines } = valueOf(args[name] ?? null);
    const place = `ARGUMENT ${i + 1} OF ${names.length}`;
    // A usual name cannot say anything; any other stands behind the gutter like all that is foreign.
    const heading = /^[A-Za-z_][A-Za-z0-9_.-]{0,39}$/.test(name)
      ? [`${place}: ${name} (${kind})`]
      : [`${place}, ITS NAME`, ...behind(name), `${place}, ITS VALUE (${kind})`];
    return [...heading, ...lines, ''];
  });
}

const roleWords: Readonly<Record<Role, string>> = {
  requester: 'requester: the person who asked',
  second: 'second: another person',
  owner: 'owner: another person, who owns the system or the target',
};

const bindingWords: Readonly<Record<Binding, string>> = {
  request: "the user's own words name it",
  run: 'it was made in this run',
  configured: 'the configuration names it',
  record: 'the system itself named it, in a record that the run has read',
  none: 'nobody but the agent chose it',
};

/** Every text that somebody else controls, with the name under which the card shows it. */
function foreign({ resolved, decided, proposed, arguments: args }: CardInput): readonly (readonly [string, string])[] {
  const inside = (json: Json): string[] =>
    typeof json === 'string'
      ? [json]
      : typeof json !== 'object' || json === null
        ? []
        : Object.entries(json).flatMap(([key, item]: [string, Json]) => [key, ...inside(item)]);
  const keyed = Object.entries(args).map(([name, json], i) => [`argument ${i + 1}`, [name, ...inside(json)].join('\n')] as const);
  return [
    ['the target', [resolved.action.target.type, resolved.action.target.id, resolved.action.target.name].join('\n')],
    ['the tenant', resolved.action.tenant],
    ['who will see it', resolved.audience.summary],
    ['what changes', resolved.effect.join('\n')],
    ['what it names', resolved.binds.flatMap(({ type, id }) => [type, id]).join('\n')],
    ['what was found in it', resolved.egress.flatMap(({ what, where }) => [what, where]).join('\n')],
    ['what would leak', decided.leak ?? ''],
    ['the precondition', inside(resolved.action.precondition).join('\n')],
    ['who asked', [proposed.principal.user, proposed.principal.agent].join('\n')],
    ['the sources', decided.sources.map((source) => source.target).join('\n')],
    ...keyed,
  ];
}

function warnings(input: CardInput): string[] {
  const found = foreign(input).flatMap(([name, text]) => {
    const hidden = hiddenCount(text);
    return [
      ...(hidden > 0 ? [`${name}: characters that cannot be seen, at ${plural(hidden, 'place')}; they are shown as \\u{...}`] : []),
      ...(lookalike(text) ? [`${name}: letters of different alphabets in one word, which can imitate another name`] : []),
      ...(rightToLeft(text) ? [`${name}: text that runs from right to left; a screen may show its parts in another order`] : []),
    ];
  });
  const { resolved, decided } = input;
  if (decided.leaks)
    found.push(
      decided.outsidersNamed && !decided.restricted
        ? 'what the run has read goes to outsiders, all of whom the user named'
        : 'the run has read things that not everybody who will see the result may read',
    );
  if (decided.scope === 'outside') found.push('the task of this run was not declared to need this operation');
  if (decided.content === 'suspicious' || decided.content === 'hostile')
    found.push(`the run has read content that is ${decided.content}: somebody may be steering the agent`);
  if (decided.origin !== null)
    found.push(
      decided.origin.bodyIntegrity === 'none'
        ? 'the run was opened by an event from outside that nothing proves, and no person asked for anything'
        : 'the run was opened by an event from outside, and no person asked for anything',
    );
  if (resolved.audience.kind === 'unknown') found.push('it could not be found out who will see the result');
  if (decided.binding === 'none') found.push('nobody but the agent chose the target');
  return found;
}

const closed = (kind: string, space: string | undefined): string => (space === undefined ? kind : `${kind} of ${space}`);

function sourcesOf({ sources, sourcesTotal }: Body<'decided'>): string[] {
  const listed = sources.flatMap(({ system, tenant, operation, target, label }, i) => [
    ...behind(
      `${i + 1}. ${system}.${operation} in ${tenant}; ${label.integrity === 'untrusted' ? 'not to be trusted' : 'set by the system'}`,
    ),
    ...behind(`readers: ${closed(label.readers, label.space)}`),
    ...(label.author === undefined ? [] : behind(`written by: ${label.author}`)),
    ...behind(`what: ${target}`),
  ]);
  const more = sourcesTotal - sources.length;
  return [
    `WHAT THE RUN HAS READ: ${plural(sourcesTotal, 'source')}`,
    ...listed,
    ...(more > 0 ? [`(and ${more} more, not listed here)`] : []),
    '',
  ];
}

const section = (title: string, lines: readonly string[]): string[] => [
  lines.length === 0 ? `${title}: nothing` : title,
  ...lines.flatMap(behind),
  '',
];

/** Everything else that the call names, and where each comes from. */
function namedOf({ resolved, decided }: CardInput): string[] {
  const others = resolved.binds.flatMap(({ type, id }, i) => {
    const isTarget = type === resolved.action.target.type && id === resolved.action.target.id;
    return isTarget ? [] : [`${type}: ${id}`, `chosen: ${bindingWords[decided.bindings[i] ?? 'none']}`];
  });
  return others.length === 0 ? [] : section('WHAT ELSE IT NAMES', others);
}

/** Renders the card: plain text, lines separated by `\n`, with one at the end. The same input always gives the same text. */
export function renderCard(input: CardInput): string {
  const { proposed, resolved, decided } = input;
  const { action, audience } = resolved;
  const alarms = warnings(input);
  const always = Object.keys(action.precondition).length === 0;
  return [
    'COUNTERSIGN: an action waits for a signature',
    'Lines behind "|" are data, "|+" continues the line above, and \\u{...} is a',
    'character that cannot be seen. Only lines without a bar are said by us.',
    '',
    `CODE: ${shortCode(resolved.digest)}`,
    '',
    ...(alarms.length === 0
      ? ['WARNINGS: none', '']
      : [`WARNINGS: ${alarms.length}`, ...alarms.flatMap((line) => rows(Array.from(line), '!')), '']),
    ...section('WHAT WILL BE DONE', [
      `system: ${action.system}`,
      `tenant: ${action.tenant}`,
      `operation: ${action.operation}`,
      `class: ${action.class}`,
    ]),
    ...section('ON EXACTLY THIS TARGET', [
      `type: ${action.target.type}`,
      `name: ${action.target.name}`,
      `id: ${action.target.id}`,
      `chosen: ${bindingWords[decided.bindings[0] ?? decided.binding]}`,
    ]),
    ...namedOf(input),
    ...section('WHO WILL SEE THE RESULT', [
      `kind: ${closed(audience.kind, audience.space)}`,
      `people: ${audience.count ?? 'not known'}`,
      `from outside: ${audience.externals ?? 'not known'}`,
      ...(audience.joinable ? ['others can join by themselves and see it'] : []),
      `which: ${audience.summary}`,
    ]),
    ...section('WHAT CHANGES', resolved.effect),
    ...(resolved.egress.length === 0
      ? []
      : section(
          'WHAT WAS FOUND IN IT',
          resolved.egress.map(({ what, where }) => `${what} (in ${where})`),
        )),
    ...argumentsOf(input.arguments),
    ...(always ? ['ONLY IF THIS STILL HOLDS: nothing in particular'] : ['ONLY IF THIS STILL HOLDS', ...rows(spread(action.precondition))]),
    '',
    ...section('WHO ASKED', [
      `user: ${proposed.principal.user}`,
      `agent: ${proposed.principal.agent}`,
      `run: ${proposed.run}`,
      ...(decided.origin === null ? [] : [`opened by: an event at ${decided.origin.endpoint}, ${gradeWords(decided.origin)}`]),
    ]),
    ...section(
      'WHO MUST SIGN',
      decided.verdict.countersignatures.map((role) => roleWords[role]),
    ),
    ...section('WHY', [...decided.verdict.reasons, ...decided.verdict.policies.map((id) => `policy: ${id}`)]),
    ...(decided.leak === null ? [] : section('WHAT WOULD LEAK', [decided.leak])),
    ...sourcesOf(decided),
    ...section('WHAT EXACTLY IS SIGNED', [
      `proposal: ${proposed.proposal}`,
      `waits until: ${isoUtc(decided.expiresAtMs)}`,
      'action, by its digest:',
      resolved.digest,
      'policy that decided, by its digest:',
      decided.policy ?? 'none',
    ]),
    `CODE: ${shortCode(resolved.digest)}`,
    '',
  ].join('\n');
}

/** The digest of the exact text that was shown. */
export function displayDigest(card: string): Digest {
  return digestText('display', card);
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A digest as two groups of four characters (Crockford's base 32, the first 40 bits): for people to compare, never for machines. */
export function shortCode(digest: Digest): string {
  const bits = BigInt(`0x${digest.slice('sha256:'.length, 'sha256:'.length + 10)}`);
  const chars = Array.from({ length: 8 }, (_, i) => crockford[Number((bits >> BigInt(35 - 5 * i)) & 31n)]).join('');
  return `${chars.slice(0, 4)}-${chars.slice(4)}`;
}
