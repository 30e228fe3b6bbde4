/*
 * Intervals for means over pairs that share their tasks. Pairs of one user task (and of one injection task) stand or fall
 * together, so both are drawn anew, and a pair weighs as often as its two tasks were drawn (Owen's pigeonhole bootstrap).
 * Suites are strata: each is drawn within itself.
 */

/** One observation: a user's task, the injection it met (null: none), and what came of it. */
export interface Observation {
  readonly suite: string;
  readonly user: string;
  readonly injection: string | null;
  readonly value: number;
}

/** The middle 95 % of what redrawing gave. */
export type Interval = readonly [number, number];

const drawsDefault = 2000;
const seedDefault = 20_240_515;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A suite's observations, with tasks as numbers. */
interface Stratum {
  readonly users: number;
  readonly injections: number;
  readonly cells: readonly { readonly user: number; readonly injection: number; readonly value: number }[];
}

function strata(observations: readonly Observation[]): readonly Stratum[] {
  const suites = [...new Set(observations.map((one) => one.suite))];
  return suites.map((suite) => {
    const own = observations.filter((one) => one.suite === suite);
    const users = [...new Set(own.map((one) => one.user))];
    const injections = [...new Set(own.map((one) => one.injection))];
    const cells = own.map((one) => ({ user: users.indexOf(one.user), injection: injections.indexOf(one.injection), value: one.value }));
    return { users: users.length, injections: injections.length, cells };
  });
}

function weights(count: number, random: () => number): readonly number[] {
  // A single thing cannot be drawn otherwise: without injections, only users vary.
  const drawn = Array.from({ length: count }, () => 0);
  for (let i = 0; i < count; i++) {
    const at = Math.floor(random() * count);
    drawn[at] = (drawn[at] ?? 0) + 1;
  }
  return drawn;
}

function drawOnce(all: readonly Stratum[], random: () => number): number {
  let [sum, total] = [0, 0];
  for (const stratum of all) {
    const users = weights(stratum.users, random);
    const injections = weights(stratum.injections, random);
    for (const { user, injection, value } of stratum.cells) {
      const weight = (users[user] ?? 0) * (injections[injection] ?? 0);
      sum += weight * value;
      total += weight;
    }
  }
  return total === 0 ? 0 : sum / total;
}

/** The mean of the values; 0 of none. */
export function mean(observations: readonly Observation[]): number {
  return observations.length === 0 ? 0 : observations.reduce((sum, one) => sum + one.value, 0) / observations.length;
}

/** The 95 % interval of the mean, the same for the same seed. */
export function interval(
  observations: readonly Observation[],
  options: { readonly draws?: number; readonly seed?: number } = {},
): Interval {
  const { draws = drawsDefault, seed = seedDefault } = options;
  if (observations.length === 0) return [0, 0];
  const random = seeded(seed);
  const all = strata(observations);
  const drawn = Array.from({ length: draws }, () => drawOnce(all, random)).toSorted((a, b) => a - b);
  const at = (share: number): number => drawn[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))] ?? 0;
  return [at(0.025), at(0.975)];
}
