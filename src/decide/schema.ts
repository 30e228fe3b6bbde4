import { classes, zoneOf } from '../action/class.ts';
import type { Class } from '../action/class.ts';
import { CountersignError } from '../errors.ts';

/*
 * The Cedar schema, generated from the catalogues, so that a policy that names an operation, a system or an attribute
 * which does not exist is refused when it is loaded.
 *
 * Each operation is one Cedar action, `<system>.<operation>`, in the group of its own class. The arguments of a call can
 * make it heavier than that. Such a call must be permitted twice: as the operation, so that no `forbid` on it is dodged,
 * and as `raised:<class>`, so that it is never decided by the permit of the lighter group alone.
 */

/** What deciding needs to know of a catalogue. Every `Catalogue` is one; it can be sent to another thread. */
export interface Outline {
  readonly system: string;
  readonly tenant: string;
  readonly operations: ReadonlyMap<string, { readonly class: Class }>;
}

/** The Cedar action of an operation. No system's name holds a dot, so two operations never share one. */
export function actionId(system: string, operation: string): string {
  return `${system}.${operation}`;
}

/** The Cedar action that stands for any call which its arguments have raised to `klass`. No system's name holds a colon. */
export function raisedId(klass: Class): string {
  return `raised:${klass}`;
}

/** Every group that an action of this class is in: its class, and `write` for all that changes something. */
export function groupsOf(klass: Class): readonly string[] {
  return zoneOf(klass) === 'read' || klass === 'write' ? [klass] : [klass, 'write'];
}

/** The entity id of a target. The type is part of it: channel C1 is not user C1. */
export function targetId(system: string, type: string, id: string): string {
  return `${system}:${type.replaceAll(/[%:]/g, encodeURIComponent)}:${id}`;
}

/** A string literal of Cedar. Everything but printable ASCII is written as an escape. */
function literal(text: string): string {
  const escaped = Array.from(text, (char) => (/^[ !#-[\]-~]$/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`));
  return `"${escaped.join('')}"`;
}

// Attributes are only ever added: a policy that was accepted once must stay valid.
const vocabulary = `entity User;
entity Agent;
entity Target in [System] { "kind": String, "id": String };
type Flow = { "leaks": Bool, "outsidersNamed": Bool, "restricted": Bool };
type Audience = { "kind": String, "count": Long, "externals": Long, "joinable": Bool };
type Origin = { "endpoint": String, "bodyIntegrity": String, "freshness": String, "source": String, "trust": String };
type Request = {
  "class": String,
  "binding": String,
  "reversible": Bool,
  "fourEyes": Bool,
  "tainted": Bool,
  "flow": Flow,
  "reach": String,
  "audience": Audience,
  "scope": String,
  "content": String,
  "origin"?: Origin,
  "egress": Set<String>,
  "agent": Agent,
  "tenant": String,
  "countersignatures": Set<String>,
  "proposalAgeMinutes": Long,
  "signatureAgeMinutes": Long,
};`;

function within(groups: readonly string[]): string {
  return groups.length === 0 ? '' : ` in [${groups.map(literal).join(', ')}]`;
}

function group(klass: Class): string {
  return `action ${literal(klass)}${within(groupsOf(klass).slice(1))};`;
}

function action(id: string, klass: Class): string {
  return `action ${literal(id)}${within([klass])} appliesTo { principal: [User], resource: [Target], context: Request };`;
}

/**
 * The names of the systems, in order.
 * @throws CountersignError `bad-catalogue` if one is not a name, or stands twice.
 */
function systemsOf(catalogues: readonly Outline[]): readonly string[] {
  const systems = catalogues.map((catalogue) => catalogue.system).toSorted();
  for (const [i, system] of systems.entries()) {
    if (!/^[a-z][a-z0-9-]*$/.test(system) || system === systems[i + 1])
      throw new CountersignError('bad-catalogue', 'each catalogue needs a system name of its own: lower-case letters, digits and hyphens');
  }
  return systems;
}

/** An enumerated type: a policy about a system that is not configured is a typo, and a typo in a `forbid` forbids nothing. */
function systemType(systems: readonly string[]): string {
  return systems.length === 0 ? 'entity System;' : `entity System enum [${systems.map(literal).join(', ')}];`;
}

/** Every Cedar action that a request can be asked as, with the class whose groups it is in. */
export function cedarActions(catalogues: readonly Outline[]): readonly (readonly [string, Class])[] {
  const operations = catalogues.flatMap((catalogue) =>
    Array.from(catalogue.operations, ([name, operation]) => [actionId(catalogue.system, name), operation.class] as const),
  );
  return [...classes.map((klass) => [raisedId(klass), klass] as const), ...operations];
}

/**
 * The schema that policies are checked against. The same catalogues always give the same text, in whatever order they come.
 *
 * @throws CountersignError `bad-catalogue`
 */
export function cedarSchema(catalogues: readonly Outline[]): string {
  const actions = cedarActions(catalogues).map(([id, klass]) => action(id, klass));
  return `${[systemType(systemsOf(catalogues)), vocabulary, ...classes.map(group), ...actions.toSorted()].join('\n')}\n`;
}

/**
 * The part of the schema that requests of one action are validated with. Cedar's time for a decision grows with the number
 * of actions in the schema (measured: nine times as long with 1000 operations), and a request is about one of them.
 */
export function requestSchema(catalogues: readonly Outline[], id: string, klass: Class): string {
  const groups = classes.filter((one) => groupsOf(klass).includes(one));
  return `${[systemType(systemsOf(catalogues)), vocabulary, ...groups.map(group), action(id, klass)].join('\n')}\n`;
}
