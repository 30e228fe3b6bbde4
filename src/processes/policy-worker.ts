import { parentPort, workerData } from 'node:worker_threads';
import { inspectPolicies } from '../decide/inspect.ts';
import type { PolicySource } from '../decide/inspect.ts';
import type { Outline } from '../decide/schema.ts';

/*
 * The thread that policy text is parsed in first. Its only input is what `checkPolicy` gives it, its only output one
 * message, and it is thrown away afterwards, whatever the text has done to it.
 */

/** What the thread is given. */
export interface PolicyTask {
  readonly sources: readonly PolicySource[];
  readonly catalogues: readonly Outline[];
}

const task = workerData as PolicyTask;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker_threads has no origin
parentPort?.postMessage(inspectPolicies(task.sources, task.catalogues));
