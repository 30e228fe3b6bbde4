import { zoneOf } from '../action/class.ts';
import type { Class } from '../action/class.ts';
import { cut } from '../action/cut.ts';
import type { Role } from '../action/principal.ts';
import type { Binding, Verdict } from '../action/statement.ts';
import type { EgressKind } from '../action/vocabulary.ts';
import { limits } from '../limits.ts';
import type { Permission } from './permission.ts';
import type { DecisionRequest } from './request.ts';

/*
 * Why, in words. Every sentence is made here from our own vocabulary and the operator's names of policies: nothing that a
 * third party or the model wrote can stand in it.
 */

const bound: Readonly<Record<Binding, string>> = {
  request: "the user's own words name the target",
  run: 'the target was made in this run',
  configured: 'the configuration names the target',
  record: 'the target was taken from a record that the run has read',
  none: 'nothing but the agent itself names the target',
};

const carried: Readonly<Record<EgressKind, string>> = {
  secret: 'it carries something that looks like a credential',
  guarded: 'it carries a credential of this installation, or a canary',
  link: 'it carries a link that is not on the list of those that may go out',
  image: 'it carries an image, which tells its host that it was looked at',
  'new-host': "it carries a link to a host that neither the user's words nor the configuration name",
  overlap: 'it copies text from a source that not everybody who would see it may read',
};

/** Who fills a role, as people say it. */
export const persons: Readonly<Record<Role, string>> = {
  requester: 'the user who asked',
  second: 'a second person',
  owner: 'an owner of the target other than the user who asked',
};

/** What is known about the request and weighs in deciding, one sentence for each thing. */
export function facts(request: DecisionRequest, own: Class | null): string[] {
  if (own === null) return [];
  const lines = [request.class === own ? `it is of class ${own}` : `its arguments raise it from class ${own} to ${request.class}`];
  if (zoneOf(request.class) === 'write') lines.push(bound[request.binding]);
  if (request.leaks) lines.push('the run has read something that not everybody who would see the result may read');
  if (request.leaks && request.outsidersNamed) lines.push("the user's own words name everybody from outside who would see it");
  if (request.leaks && request.restricted) lines.push('something of it is marked as restricted');
  if (request.scope === 'outside') lines.push('it is not among the operations that the task was declared to need');
  if (request.content === 'suspicious' || request.content === 'hostile')
    lines.push(`the run has read content that is ${request.content}: somebody may be steering the agent`);
  for (const kind of request.egress) lines.push(carried[kind]);
  if (request.fourEyes) lines.push('its catalogue wants two different people');
  if (zoneOf(request.class) === 'write' && !request.reversible) lines.push('it cannot be undone');
  return lines;
}

/** What the policies made of it. */
export function policyReasons(effect: Verdict['effect'], permission: Permission): string[] {
  if (permission.errors.length > 0) return [...permission.errors];
  const names = permission.policies.slice(0, 10).join(', ');
  const more = permission.policies.length > 10 ? ` and ${permission.policies.length - 10} more` : '';
  if (effect === 'allow') return [`permitted by ${names}${more}`];
  const unless = effect === 'ask' ? ' without countersignatures' : '';
  return permission.policies.length === 0 ? [`no policy permits it${unless}`] : [`forbidden${unless} by ${names}${more}`];
}

/** Keeps a verdict within the bounds that a statement has for it, and says so where something was left out. */
export function clip(verdict: {
  readonly effect: Verdict['effect'];
  readonly countersignatures: readonly Role[];
  readonly policies: readonly string[];
  readonly reasons: readonly string[];
  readonly waysOut: readonly string[];
}): Verdict {
  const { linesMax, policiesNamedMax } = limits;
  const beyond = verdict.reasons.length - linesMax;
  const reasons = beyond <= 0 ? verdict.reasons : [...verdict.reasons.slice(0, linesMax - 1), `and ${beyond + 1} more reasons`];
  const hidden = verdict.policies.length - policiesNamedMax;
  const lines = hidden <= 0 ? reasons : [...reasons.slice(0, linesMax - 1), `${hidden} more policies took part`];
  const line = (text: string): string => cut(text, limits.lineCharsMax);
  return {
    effect: verdict.effect,
    countersignatures: [...verdict.countersignatures],
    policies: verdict.policies.slice(0, policiesNamedMax),
    reasons: lines.map(line),
    waysOut: verdict.waysOut.slice(0, linesMax).map(line),
  };
}
