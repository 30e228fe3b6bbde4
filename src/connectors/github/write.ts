import type { z } from 'zod';
import type { Action } from '../../action/action.ts';
import type { JsonObject } from '../../action/json.ts';
import { CountersignError, ok, refuse } from '../../errors.ts';
import type { Refusal, Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { HandCode, Performed, WriteHand } from '../connector.ts';
import type { GithubSettings } from '../settings.ts';
import { argumentsOf } from './arguments.ts';
import type { ArgumentsOf } from './arguments.ts';
import { driftOf } from './drift.ts';
import { findEffect, markOf, trailerOf } from './find.ts';
import { inPath, openClient, refusalOf } from './http.ts';
import type { Exchange, Method } from './http.ts';
import { branchReceipt, commentReceipt, commitReceipt, issueReceipt, madeBy, mergeReceipt, pullReceipt } from './receipts.ts';
import { commentReply, gitCommitReply, issueReply, madeReply, mergedReply, pullReply, refReply } from './replies.ts';
import { lookUpRepo, repositoryIdIn } from './repository.ts';
import type { Hand, Repo } from './repository.ts';
import { isWrite, resolveWrite } from './resolve.ts';
import type { WriteName } from './resolve.ts';

/*
 * The writing hand. Each operation makes exactly one request that has an effect, and makes it last. Nothing is retried.
 * A success and a refusal of GitHub's are known; everything else (5xx, time-out, reset, a reply that cannot be read) is not,
 * and is thrown. What is made carries a marker: `<!-- countersign:… -->` at the end of a text, a trailer in a commit.
 */

/** What one step of an operation works on. */
interface Step {
  readonly hand: Hand;
  readonly repo: Repo;
  readonly action: Action;
  readonly marker: string;
}

interface Request<T> {
  readonly method: Method;
  readonly route: string;
  readonly params: JsonObject;
  readonly shape: z.ZodType<T>;
}

const failed = (code: HandCode, message: string): Performed => ({ outcome: 'failed', code, message });
/** A refusal from before anything was sent. The hands' refusals all have codes of `handCodes`. */
const refused = (refusal: Refusal): Performed => failed(refusal.code as HandCode, refusal.message);

/** Throws what makes the executor record `unknown`. */
function unknown(): never {
  throw new CountersignError('not-reachable', 'GitHub gave no answer that tells whether the request was carried out');
}

function send(step: Step, request: Request<unknown>): Promise<Exchange> {
  return step.hand.client.exchange(request.method, `/repos/{owner}/{repo}${request.route}`, { ...step.repo.place, ...request.params });
}

/** The one request of an operation that has an effect. */
async function effect<T>(step: Step, request: Request<T>, receipt: (data: T) => JsonObject): Promise<Performed> {
  const reply = await send(step, request);
  if (reply.kind === 'not-sent') return failed('not-reachable', 'GitHub could not be reached: nothing was sent');
  if (reply.kind === 'lost') return unknown();
  if (reply.status >= 300) {
    const refusal = refusalOf(reply.status, reply.limited);
    return refusal === null ? unknown() : failed(refusal.code, refusal.message);
  }
  const data = request.shape.safeParse(reply.data);
  if (!data.success) return unknown();
  const kept = receipt(data.data);
  const { operation } = step.action;
  const made = madeBy(step.repo, kept, operation === 'commit_files' || operation === 'merge_pull_request');
  return { outcome: 'done', receipt: kept, content: kept, made };
}

/** A request that nobody can see the effect of: whatever goes wrong with it, nothing has happened yet. */
async function prepare<T>(step: Step, request: Request<T>): Promise<Result<T>> {
  const reply = await send(step, request);
  if (reply.kind === 'not-sent') return refuse('not-reachable', 'GitHub could not be reached: nothing was changed');
  if (reply.kind === 'lost') return refuse(reply.code, 'GitHub did not take the files: nothing was changed');
  if (reply.status >= 300) {
    const refusal = refusalOf(reply.status, reply.limited);
    return refusal === null
      ? refuse('third-party-error', 'GitHub did not take the files: nothing was changed')
      : refuse(refusal.code, refusal.message);
  }
  const data = request.shape.safeParse(reply.data);
  return data.success ? ok(data.data) : refuse('broken-reply', 'GitHub did not take the files: nothing was changed');
}

const marked = (text: string, marker: string): string => `${text}\n\n${markOf(marker)}`;

function createIssue(step: Step, args: ArgumentsOf<'create_issue'>): Promise<Performed> {
  const params = { title: args.title, body: marked(args.body, step.marker) };
  return effect(step, { method: 'POST', route: '/issues', params, shape: issueReply }, (issue) => issueReceipt(step.repo, issue));
}

function comment(step: Step, args: ArgumentsOf<'comment'>): Promise<Performed> {
  const params = { number: args.number, body: marked(args.body, step.marker) };
  return effect(step, { method: 'POST', route: '/issues/{number}/comments', params, shape: commentReply }, (made) =>
    commentReceipt(step.repo, made),
  );
}

/** The state that was approved, as a text. */
function approved(step: Step, field: string): string {
  const value = step.action.precondition[field];
  if (typeof value !== 'string') throw new CountersignError('bug', `the action has no precondition ${field}`);
  return value;
}

function createBranch(step: Step, args: ArgumentsOf<'create_branch'>): Promise<Performed> {
  const params = { ref: `refs/heads/${args.branch}`, sha: approved(step, 'from') };
  return effect(step, { method: 'POST', route: '/git/refs', params, shape: refReply }, (made) =>
    branchReceipt(step.repo, args.branch, made.object.sha),
  );
}

/** Makes the commit, which nothing points to yet. Its objects stay behind if it goes no further; GitHub clears them away. */
async function makeCommit(step: Step, args: ArgumentsOf<'commit_files'>): Promise<Result<string>> {
  const head = approved(step, 'head');
  const before = await prepare(step, { method: 'GET', route: '/git/commits/{sha}', params: { sha: head }, shape: gitCommitReply });
  if (!before.ok) return before;
  const files = args.files.map((file) => ({
    path: file.path,
    mode: '100644',
    type: 'blob',
    ...('content' in file ? { content: file.content } : { sha: null }),
  }));
  const tree = await prepare(step, {
    method: 'POST',
    route: '/git/trees',
    params: { base_tree: before.value.tree.sha, tree: files },
    shape: madeReply,
  });
  if (!tree.ok) return tree;
  const message = `${args.message.trimEnd()}\n\n${trailerOf(step.marker)}`;
  const commit = await prepare(step, {
    method: 'POST',
    route: '/git/commits',
    params: { message, tree: tree.value.sha, parents: [head] },
    shape: madeReply,
  });
  return commit.ok ? ok(commit.value.sha) : commit;
}

async function commitFiles(step: Step, args: ArgumentsOf<'commit_files'>): Promise<Performed> {
  const late = AbortSignal.timeout(limits.githubPrepareMs);
  const commit = await makeCommit(step, args);
  if (!commit.ok) return refused(commit);
  // The executor stops waiting after `limits.performMs` and records `unknown`: the branch must not move after that.
  if (late.aborted) return failed('timed-out', 'GitHub was too slow to take the files: nothing was changed');
  // Without force, the branch moves only if its head is still the approved one: that is the parent of the commit.
  const params = { branch: inPath(args.branch), sha: commit.value, force: false };
  const done = await effect(step, { method: 'PATCH', route: '/git/refs/heads/{+branch}', params, shape: refReply }, (ref) =>
    commitReceipt(step.repo, args.branch, ref.object.sha),
  );
  return done.outcome === 'failed' && done.code === 'bad-arguments'
    ? failed('precondition-changed', 'GitHub did not move the branch: it has other commits by now, or a rule protects it')
    : done;
}

function openPull(step: Step, args: ArgumentsOf<'open_pull_request'>): Promise<Performed> {
  const { title, head, draft } = args;
  const params = { title, head, base: approved(step, 'base'), draft, body: marked(args.body, step.marker) };
  return effect(step, { method: 'POST', route: '/pulls', params, shape: pullReply }, (pull) => pullReceipt(step.repo, pull));
}

function mergePull(step: Step, args: ArgumentsOf<'merge_pull_request'>): Promise<Performed> {
  const params = { number: args.number, merge_method: args.method, sha: approved(step, 'head') };
  return effect(step, { method: 'PUT', route: '/pulls/{number}/merge', params, shape: mergedReply }, ({ sha }) =>
    mergeReceipt(step.repo, args.number, sha),
  );
}

const steps: { readonly [N in WriteName]: (step: Step, args: ArgumentsOf<N>) => Promise<Performed> } = {
  create_issue: createIssue,
  comment,
  create_branch: createBranch,
  commit_files: commitFiles,
  open_pull_request: openPull,
  merge_pull_request: mergePull,
};

async function performWith(hand: Hand, name: WriteName, about: { readonly action: Action; readonly marker: string }): Promise<Performed> {
  const args = argumentsOf<WriteName>(name, about.action.arguments);
  const repo = await lookUpRepo(hand, args.repository);
  if (!repo.ok) return refused(repo);
  if (repo.value.id !== repositoryIdIn(about.action.target.id))
    return failed('target-changed', 'the name now leads to another repository than the one that was approved: nothing was sent');
  const step = steps[name] as (step: Step, args: ArgumentsOf<WriteName>) => Promise<Performed>;
  return step({ hand, repo: repo.value, ...about }, args);
}

/**
 * Opens the writing hand of one GitHub system.
 * @throws CountersignError `bad-credential`, `bad-config`
 */
export function openGithubWriter(_system: string, settings: GithubSettings, credential: string): WriteHand {
  const hand: Hand = { client: openClient(settings, credential, { methods: ['GET', 'POST', 'PATCH', 'PUT'] }), settings };
  return {
    check: async (operation, action, audience) => {
      const now = await resolveWrite(hand, operation.name, action.arguments);
      return now.ok ? (driftOf(action, audience, now.value) ?? ok(null)) : now;
    },
    perform: async (operation, action, marker) =>
      isWrite(operation.name)
        ? performWith(hand, operation.name, { action, marker })
        : failed('not-supported', 'this operation writes nothing'),
    find: (_operation, action, marker) => findEffect(hand, action, marker),
    close: async () => {},
  };
}
