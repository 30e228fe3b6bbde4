import { limits } from '../limits.ts';
import type { ContentFinding, Level } from './inspected.ts';

/** From harmless-looking to hostile. */
const levels: readonly Level[] = ['none', 'noted', 'suspicious', 'hostile'];

/** What is gathered of one item. Whatever is added can only raise the level. */
export interface Gathered {
  readonly found: Map<string, ContentFinding>;
  level: Level;
}

/** Nothing found. */
export function gather(): Gathered {
  return { found: new Map(), level: 'none' };
}

/** Raises the level to at least this one. */
export function raise(gathered: Gathered, level: Level): void {
  if (levels.indexOf(level) > levels.indexOf(gathered.level)) gathered.level = level;
}

/** Adds a finding, or counts it again. */
export function tell(gathered: Gathered, finding: Omit<ContentFinding, 'count'>, count = 1): void {
  const key = `${finding.kind} ${finding.rule} ${finding.view}`;
  gathered.found.set(key, { ...finding, count: (gathered.found.get(key)?.count ?? 0) + count });
}

/** True if a rule of this kind was met in any reading. */
export function told(gathered: Gathered, kind: ContentFinding['kind'], rule: string): boolean {
  return (['visible', 'skeleton', 'decoded', 'hidden'] as const).some((view) => gathered.found.has(`${kind} ${rule} ${view}`));
}

/** The findings. If there are more kinds of them than are listed, the last one says so. */
export function findingsOf({ found }: Gathered): readonly ContentFinding[] {
  const all = [...found.values()];
  if (all.length <= limits.contentFindingsMax) return all;
  const left = all.length - limits.contentFindingsMax + 1;
  return [
    ...all.slice(0, limits.contentFindingsMax - 1),
    { kind: 'injection', rule: 'more', what: 'meets more rules than are listed', view: 'visible', count: left },
  ];
}

/** The level that a score of phrases alone gives. */
export function levelOfScore(score: number): Level {
  return score >= 3 ? 'suspicious' : score >= 2 ? 'noted' : 'none';
}
