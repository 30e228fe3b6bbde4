import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { digestText } from '../../action/digest.ts';
import type { Json } from '../../action/json.ts';
import type { Catalogue } from '../../action/operation.ts';
import { parseCanonical } from '../../action/canonical.ts';
import { parseJson } from '../../action/parse-json.ts';
import type { Statement, StatementKind, Verdict } from '../../action/statement.ts';
import type { Catalogues } from '../../decide/call.ts';
import { createEngine } from '../../decide/engine.ts';
import type { Engine } from '../../decide/engine.ts';
import { persons } from '../../decide/explain.ts';
import { caseShape, expectedWord, hypotheticalRequest, hypotheticalShape, verdictWord } from '../../decide/hypothetical.ts';
import type { PolicySet } from '../../decide/policy-set.ts';
import { recordedRequest, replay, tally } from '../../decide/replay.ts';
import type { Recorded, Replayed } from '../../decide/replay.ts';
import type { DecisionRequest } from '../../decide/request.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { openAs, trustOf } from '../../record/identity.ts';
import type { Trust } from '../../record/identity.ts';
import type { Entry, Store } from '../../store/store.ts';
import type { Config } from '../config.ts';
import { loadPolicy } from '../policy.ts';
import { durationMs } from './arguments.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

/** What the policy commands are given. */
export interface PolicyDeps {
  catalogues(config: Config): Promise<readonly Catalogue[]>;
  openStore(config: Config): Promise<Store>;
}

/** A policy that is ready to decide, and what it was made from. */
interface Deciding {
  readonly config: Config;
  readonly set: PolicySet;
  readonly engine: Engine;
  readonly catalogues: Catalogues;
}

function need<T>(result: Result<T>): T {
  if (!result.ok) throw new Exit(exits.failed, result.code, result.message);
  return result.value;
}

/** The policy of the configuration, or the one that the options name instead. Paths in options are the caller's own. */
async function deciding(deps: PolicyDeps, context: Context, other: { preset?: string; files?: readonly string[] } = {}): Promise<Deciding> {
  const config = context.config();
  const preset = z.enum(['strict', 'balanced', 'none']).safeParse(other.preset ?? config.policy.preset);
  if (!preset.success) throw new Exit(exits.usage, 'usage', 'a preset is strict, balanced or none');
  const files = other.files?.map((file) => resolve(file)) ?? config.policy.files;
  const catalogues = await deps.catalogues(config);
  const set = need(await loadPolicy({ folder: config.folder, policy: { preset: preset.data, files: [...files] } }, catalogues));
  const engine = need(createEngine(set, catalogues));
  return { config, set, engine, catalogues: new Map(catalogues.map((catalogue) => [catalogue.system, catalogue])) };
}

async function check(deps: PolicyDeps, context: Context, files: readonly string[]): Promise<void> {
  const { set } = await deciding(deps, context, files.length > 0 ? { files } : {});
  const ids = Array.from(set.policies.keys());
  context.say({ ok: true, digest: set.digest, policies: ids }, [`${ids.length} policies, ${set.digest}`, ...ids.map((id) => `  ${id}`)]);
}

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)];

function verdictLines(verdict: Verdict, set: PolicySet): string[] {
  const who = verdict.countersignatures.map((role) => persons[role]).join(' and ');
  return [
    verdict.effect === 'ask' ? `ask: ${who} must countersign` : verdict.effect,
    ...list('why', verdict.reasons),
    ...list('what would be legal', verdict.waysOut),
    ...list(
      'the policies that decided',
      verdict.policies.flatMap((id) => [id, ...(set.policies.get(id) ?? 'not in this policy').split('\n').map((line) => `  ${line}`)]),
    ),
  ];
}

/** The last statement of one kind that opens. What does not open is as if it were not there: the store is not trusted. */
function last<K extends StatementKind>(trust: Trust, entries: readonly Entry[], kind: K): Statement<K> | null {
  for (const entry of entries.toReversed()) {
    const opened = openAs(trust, entry, kind);
    if (opened.ok) return opened.value;
  }
  return null;
}

async function argumentsOf(store: Store, proposed: Statement<'proposed'>): Promise<Json> {
  const text = await store.body(proposed.body.arguments);
  if (text === null || digestText('arguments', text) !== proposed.body.arguments) return null;
  try {
    return parseCanonical(text);
  } catch {
    return null;
  }
}

/** What is on record of the decision about a proposal. */
async function openRecorded(store: Store, trust: Trust, proposal: string): Promise<Result<Recorded>> {
  const entries = await store.statementsOf(proposal);
  const proposed = last(trust, entries, 'proposed');
  const decided = last(trust, entries, 'decided');
  if (proposed === null || decided === null) return refuse('not-found', 'there is no decided proposal of this id on record');
  return ok({ proposed, decided, resolved: last(trust, entries, 'resolved'), arguments: await argumentsOf(store, proposed) });
}

/** The request of a recorded proposal, and what was decided about it then. */
async function recordedProposal(deps: PolicyDeps, on: Deciding, proposal: string): Promise<{ request: DecisionRequest; before: Verdict }> {
  const store = await deps.openStore(on.config);
  try {
    const recorded = need(await openRecorded(store, trustOf(on.config.trust), proposal));
    return { request: need(recordedRequest(recorded, on.catalogues)), before: recorded.decided.body.verdict };
  } finally {
    await store.close();
  }
}

function parsedArguments(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw new Exit(exits.usage, 'usage', '--args is one JSON object');
  }
}

async function explain(deps: PolicyDeps, context: Context, command: Command): Promise<void> {
  const on = await deciding(deps, context);
  const [proposal] = command.args;
  if (proposal !== undefined) {
    const { request, before } = await recordedProposal(deps, on, proposal);
    const now = on.engine.verdict(request);
    const changed = verdictWord(before) === verdictWord(now) ? [] : [`it was decided otherwise then: ${verdictWord(before)}`];
    context.say({ request, before, verdict: now }, [...changed, ...verdictLines(now, on.set)]);
    return;
  }
  const { args, json: _json, config: _config, ...rest } = command.opts<Record<string, string | boolean>>();
  const asked = hypotheticalShape.safeParse({ ...rest, ...(typeof args === 'string' ? { arguments: parsedArguments(args) } : {}) });
  if (!asked.success)
    throw new Exit(exits.usage, 'usage', `name a proposal, or a call with --system and --operation: ${z.prettifyError(asked.error)}`);
  const request = need(hypotheticalRequest(asked.data, on.catalogues));
  const verdict = on.engine.verdict(request);
  context.say({ request, verdict }, verdictLines(verdict, on.set));
}

async function test(deps: PolicyDeps, context: Context, file: string): Promise<void> {
  const on = await deciding(deps, context);
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Exit(exits.failed, 'bad-cases', `${file} cannot be read as YAML`);
  }
  const cases = z.array(caseShape).min(1).safeParse(value);
  if (!cases.success) throw new Exit(exits.failed, 'bad-cases', `${file} is not a list of cases:\n${z.prettifyError(cases.error)}`);
  const results = cases.data.map((one) => {
    const request = hypotheticalRequest(one.request, on.catalogues);
    const expected = expectedWord(one.expect);
    const verdict = request.ok ? on.engine.verdict(request.value) : null;
    const got = verdict === null ? (request.ok ? '' : request.message) : verdictWord(verdict);
    return { name: one.name, ok: got === expected, expected, got, policies: verdict?.policies ?? [] };
  });
  const failed = results.filter((result) => !result.ok);
  context.say({ ok: failed.length === 0, cases: results }, [
    ...results.map((result) =>
      result.ok ? `ok      ${result.name}` : `failed  ${result.name}: expected ${result.expected}, got ${result.got}`,
    ),
    `${results.length - failed.length} of ${results.length} cases as expected`,
  ]);
  if (failed.length > 0) process.exitCode = exits.failed;
}

/** `7d`, `12h`, `30m` before now, or a date. */
function sinceMs(text: string | undefined): number {
  if (text === undefined) return 0;
  const ago = durationMs(text);
  const at = ago === null ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(at)) throw new Exit(exits.usage, 'usage', '--since is a date, or a time ago such as 7d, 12h or 30m');
  return at;
}

async function simulated(deps: PolicyDeps, context: Context, command: Command): Promise<void> {
  const options = command.opts<{ preset?: string; files?: string[]; since?: string }>();
  const from = sinceMs(options.since);
  const on = await deciding(deps, context, options);
  const store = await deps.openStore(on.config);
  try {
    const trust = trustOf(on.config.trust);
    const results: (Replayed | null)[] = [];
    for (const entry of await store.statementsOfKind('decided')) {
      const decided = openAs(trust, entry, 'decided');
      if (decided.ok && decided.value.atMs < from) continue;
      const recorded = decided.ok ? await openRecorded(store, trust, decided.value.body.proposal) : decided;
      results.push(recorded.ok ? replay(recorded.value, on.engine, on.catalogues) : null);
    }
    const result = tally(results);
    context.say({ digest: on.set.digest, ...result }, [
      `${result.replayed} decisions replayed, ${result.same} the same, ${result.changes.length} otherwise; ${result.skipped} could not be replayed`,
      ...Object.entries(result.counts).map(([change, count]) => `  ${count}  ${change}`),
      ...result.changes.map(
        (one) =>
          `${one.proposal}  ${one.system}.${one.operation}: ${one.before} -> ${one.after} (${one.policies.join(', ') || 'no policy'})`,
      ),
    ]);
  } finally {
    await store.close();
  }
}

/** `policy check`, `policy explain`, `policy test` and `policy simulate`. */
export function registerPolicy(program: Command, deps: PolicyDeps): void {
  const policy = program.command('policy').description('check, explain, test and try out what decides');
  common(policy.command('check').argument('[files...]', 'your own Cedar files, instead of those of the configuration'))
    .description('say whether the policy is good, or which file and line is wrong')
    .action(action((context, _command, files) => check(deps, context, files)));
  common(policy.command('explain').argument('[proposal]', 'a proposal on record'))
    .description('say what is decided about a proposal or a call, by which policies, and what would be legal')
    .option('--system <system>', 'the system of a call that nobody has made')
    .option('--operation <operation>', 'its operation')
    .option('--args <json>', 'its arguments, as one JSON object')
    .option('--binding <binding>', 'where its target comes from: request, run, configured, record or none')
    .option('--reach <reach>', 'how far its result is seen: self, named, team, org, partner, customer, internet or unknown')
    .option('--leaks', 'the run has read what not everybody there may read')
    .option('--tainted', "the run has read a third party's content")
    .option('--user <user>', 'who asks')
    .option('--agent <agent>', 'through which agent')
    .action(action((context, command) => explain(deps, context, command)));
  common(policy.command('test').argument('<cases>', 'a YAML list of {name, request, expect: allow | deny | {ask: [roles]}}'))
    .description('run cases of your own against the policy; exits with 1 if one is decided otherwise')
    .action(action((context, _command, [file = '']) => test(deps, context, file)));
  common(policy.command('simulate').description('decide what is on record again, with another policy, and show what would change'))
    .option('--preset <preset>', 'strict, balanced or none, instead of that of the configuration')
    .option('--files <files...>', 'Cedar files, instead of those of the configuration')
    .option('--since <when>', 'only decisions since then: a date, or 7d, 12h, 30m')
    .action(action((context, command) => simulated(deps, context, command)));
}
