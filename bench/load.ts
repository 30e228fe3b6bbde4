import { readFileSync, readdirSync } from 'node:fs';
import type { Caller } from './mcp-client.ts';

/** What one load gave. */
export interface Measured {
  readonly callers: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of all the measured processes, per call. */
  readonly cpuMicrosPerCall: number;
}

const ticksPerSecond = 100; // USER_HZ of Linux

function statOf(pid: number): { parent: number; cpuMs: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond };
  } catch {
    return null;
  }
}

/** CPU time of a process and everything below it, in ms. */
function cpuOfTreeMs(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(Number(name));
      return stat === null ? [] : [{ pid: Number(name), ...stat }];
    });
  const below = new Set([root]);
  for (let grew = true; grew;) {
    grew = false;
    for (const one of all) {
      if (below.has(one.parent) && !below.has(one.pid)) {
        below.add(one.pid);
        grew = true;
      }
    }
  }
  return all.filter((one) => below.has(one.pid)).reduce((sum, one) => sum + one.cpuMs, 0);
}

/** The value below which a share of the sorted numbers lies. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Calls in a closed loop from `callers` callers until `calls` are done. */
export async function load(
  caller: Caller,
  options: { readonly callers: number; readonly calls: number; readonly pid: number },
): Promise<Measured> {
  const times: number[] = [];
  let left = options.calls;
  const cpuBefore = cpuOfTreeMs(options.pid);
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: options.callers }, async () => {
      while (left-- > 0) {
        const at = performance.now();
        await caller.call();
        times.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const cpuMs = cpuOfTreeMs(options.pid) - cpuBefore;
  const sorted = times.toSorted((a, b) => a - b);
  return {
    callers: options.callers,
    callsPerSecond: times.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuMicrosPerCall: (cpuMs * 1000) / times.length,
  };
}
