import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { digest } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Catalogue } from '../action/operation.ts';
import { createEngine } from '../decide/engine.ts';
import type { Engine } from '../decide/engine.ts';
import type { Inspected, PolicySource } from '../decide/inspect.ts';
import { policySet } from '../decide/policy-set.ts';
import type { PolicySet } from '../decide/policy-set.ts';
import { scanPolicy } from '../decide/scan.ts';
import { CountersignError, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { packageRoot } from './confine.ts';
import type { Config } from './config.ts';
import type { PolicyTask } from './policy-worker.ts';

/** A refused policy: which file, and the line where it is known. The message begins with both. */
export interface PolicyRefusal extends Refusal {
  readonly file: string;
  readonly line: number | null;
}

/** What was read or checked of policies, or the refusal with the file that it is about. */
type Judged<T> = { readonly ok: true; readonly value: T } | PolicyRefusal;

function refusePolicy(file: string, line: number | null, message: string): PolicyRefusal {
  return { ok: false, code: 'bad-policy', message: `${file}${line === null ? '' : ` line ${line}`}: ${message}`, file, line };
}

const inspectedShape = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), policies: z.map(z.string(), z.string()) }),
  z.object({ ok: z.literal(false), file: z.string(), line: z.int().nullable(), message: z.string() }),
]);

/** The worker lies beside this module and ends as this module does: `.ts` when sources run, `.js` when they are compiled. */
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './policy-worker.ts' : './policy-worker.js', import.meta.url);

function startWorker(task: PolicyTask): Worker {
  const cache = process.env['NODE_COMPILE_CACHE'];
  const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
  const resourceLimits = { stackSizeMb: 0.75, maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 };
  try {
    return new Worker(workerUrl, { workerData: task, env, resourceLimits });
  } catch (cause) {
    throw new CountersignError('bug', 'no thread can be started to check the policy in: this process needs --allow-worker', { cause });
  }
}

/**
 * Runs the inspection in a thread of its own. Of our environment it gets only where compiled code is kept. Its stack is
 * smaller than that of the main thread (0.98 MB by default), so that what parses there parses here.
 */
function inspectApart(task: PolicyTask): Promise<Inspected | null> {
  return new Promise((answer) => {
    const worker = startWorker(task);
    let said: Inspected | null = null;
    const timer = setTimeout(() => void worker.terminate(), limits.policyCheckMs);
    worker.once('message', (message: unknown) => {
      const parsed = inspectedShape.safeParse(message);
      said = parsed.success ? parsed.data : null;
      void worker.terminate();
    });
    worker.once('error', () => undefined); // the thread is dead and has said nothing: that is the answer
    worker.once('exit', () => {
      clearTimeout(timer);
      answer(said);
    });
  });
}

/**
 * Checks policy text and makes a policy set of it. Text that is broken, does not fit the catalogues, or does harm to the
 * thread that parses it is refused with file, line and Cedar's own hint; it is never parsed in this thread.
 */
export async function checkPolicy(sources: readonly PolicySource[], catalogues: readonly Catalogue[]): Promise<Judged<PolicySet>> {
  let size = 0;
  for (const source of sources) {
    const finding = scanPolicy(source.text);
    if (finding !== null) return refusePolicy(source.file, finding.line, finding.message);
    size += source.text.length;
    if (size > limits.policyTextBytesMax)
      return refusePolicy(source.file, null, `the policies together are larger than ${limits.policyTextBytesMax} bytes`);
  }
  // Only data: the functions of a catalogue cannot be sent to another thread.
  const outlines = catalogues.map(({ system, tenant, operations }) => ({
    system,
    tenant,
    operations: new Map(Array.from(operations, ([name, operation]) => [name, { class: operation.class }])),
  }));
  const inspected = await inspectApart({ sources, catalogues: outlines });
  if (inspected === null)
    return refusePolicy(
      sources.map((source) => source.file).join(', '),
      null,
      `checking it took more than ${limits.policyCheckMs} ms or broke the parser: write it simpler`,
    );
  if (!inspected.ok) return refusePolicy(inspected.file, inspected.line, inspected.message);
  return { ok: true, value: policySet(inspected.policies, catalogues) };
}

/** Reads a policy file: a regular file, within the bound, in UTF-8. */
function readSource(path: string, file: string): Judged<PolicySource> {
  try {
    const stat = statSync(path); // before it is opened: opening a pipe would wait for its writer
    if (!stat.isFile()) return refusePolicy(file, null, 'it is not a file');
    if (stat.size > limits.policyTextBytesMax) return refusePolicy(file, null, `it is larger than ${limits.policyTextBytesMax} bytes`);
    return { ok: true, value: { file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)) } };
  } catch {
    return refusePolicy(file, null, 'it cannot be read as UTF-8 text');
  }
}

/** The sources of a configuration: the preset that comes with the package, and the operator's own files. */
function readPolicySources(config: Pick<Config, 'folder' | 'policy'>): Judged<readonly PolicySource[]> {
  const { preset, files } = config.policy;
  const named = [
    ...(preset === 'none' ? [] : [[join(packageRoot, 'policies', `${preset}.cedar`), `${preset}.cedar`] as const]),
    ...files.map((file) => [resolve(config.folder, file), file] as const),
  ];
  const sources: PolicySource[] = [];
  for (const [path, file] of named) {
    const source = readSource(path, file);
    if (!source.ok) return source;
    sources.push(source.value);
  }
  return { ok: true, value: sources };
}

/** A policy, and the content of the files that it was made of. */
export interface LoadedPolicy extends PolicySet {
  readonly content: Digest;
}

const contentOf = (sources: readonly PolicySource[]): Digest => digest('policy', sources);

/** Loads the policy that a configuration names: its preset and its files, checked together. */
export async function loadPolicy(
  config: Pick<Config, 'folder' | 'policy'>,
  catalogues: readonly Catalogue[],
): Promise<Judged<LoadedPolicy>> {
  const sources = readPolicySources(config);
  if (!sources.ok) return sources;
  const set = await checkPolicy(sources.value, catalogues);
  return set.ok ? { ok: true, value: { ...set.value, content: contentOf(sources.value) } } : set;
}

/** What a watch needs, and whom it tells. */
export interface PolicyWatch {
  readonly config: Pick<Config, 'folder' | 'policy'>;
  readonly catalogues: readonly Catalogue[];
  /** The policy that decides already: finding the same one is no change, and the same content is not checked again. */
  readonly current?: Pick<LoadedPolicy, 'digest' | 'content'>;
  /** Another policy stands in the files, and is good; or the same one again, after the files were broken. */
  onChange(engine: Engine): void;
  /** The files hold no good policy: whoever decides goes on with the one before. Told once for each content. */
  onBroken(refusal: Refusal): void;
  readonly pollMs?: number;
}

/**
 * Looks at the policy files again and again, by content. A content counts only when two looks have found it: half of a
 * file that is being written can be a good policy that lacks its last `forbid`.
 */
export function watchPolicy(watch: PolicyWatch): { close(): void } {
  let active = watch.current?.digest;
  let seen: string | null = null;
  let judged: string | null = watch.current?.content ?? null;
  const broken = (refusal: Refusal): void => {
    active = undefined;
    watch.onBroken(refusal);
  };
  const judge = async (sources: Result<readonly PolicySource[]>): Promise<void> => {
    const set = sources.ok ? await checkPolicy(sources.value, watch.catalogues) : sources;
    if (!set.ok) return broken(set);
    if (set.value.digest === active) return;
    const engine = createEngine(set.value, watch.catalogues);
    if (!engine.ok) return broken(engine);
    active = engine.value.policy;
    watch.onChange(engine.value);
  };
  const look = async (): Promise<void> => {
    const sources = readPolicySources(watch.config);
    const content = sources.ok ? contentOf(sources.value) : sources.message;
    const still = content === seen && content !== judged;
    seen = content;
    if (!still) return;
    judged = content;
    await judge(sources);
  };
  let closed = false;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(() => {
      look()
        .catch(() => broken(refuse('bad-policy', 'the policy files could not be checked')))
        .finally(() => {
          if (!closed) wait();
        });
    }, watch.pollMs ?? limits.policyReloadPollMs);
    timer.unref();
  };
  wait();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
