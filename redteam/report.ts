import type { Attack } from './run.ts';

/** The result of everything, as it is written. `version` changes with the shape. */
export interface Report {
  readonly version: 1;
  readonly kind: 'incidents' | 'configuration';
  /** The configuration that was attacked; null for the built-in one. */
  readonly configuration: string | null;
  readonly preset: string;
  readonly startedAt: string;
  readonly counts: Readonly<
    Record<'stopped' | 'gotThrough' | 'outside' | 'unexpected' | 'held' | 'denied' | 'executed' | 'untried', number>
  >;
  readonly repinned: readonly string[];
  readonly attacks: readonly Attack[];
}

/** True for an attack that never said anything about the policy, because no call of it got that far. */
export function isUntried(attack: Attack): boolean {
  return attack.limits.startsWith('not tried');
}

/** True if it ended in another way than is expected; without an expectation, if it got through. */
export function isUnexpected(attack: Attack): boolean {
  return attack.expected === null ? attack.result === 'got-through' : attack.result !== attack.expected;
}

/** Makes the report of a list of attacks. */
export function reportOf(
  attacks: readonly Attack[],
  about: Pick<Report, 'kind' | 'configuration' | 'preset' | 'startedAt' | 'repinned'>,
): Report {
  const calls = attacks.flatMap((attack) => attack.calls);
  const ended = (outcome: string): number => calls.filter((call) => call.outcome === outcome).length;
  return {
    version: 1,
    ...about,
    counts: {
      stopped: attacks.filter((attack) => attack.result === 'stopped' && !isUntried(attack)).length,
      gotThrough: attacks.filter((attack) => attack.result === 'got-through').length,
      outside: attacks.filter((attack) => attack.result === 'outside').length,
      unexpected: attacks.filter(isUnexpected).length,
      held: ended('held'),
      denied: ended('denied'),
      executed: ended('executed'),
      untried: attacks.filter(isUntried).length,
    },
    attacks,
  };
}

/** How an attack ended, in a word or two. */
export function wordOf(attack: Attack): string {
  if (isUntried(attack)) return 'not tried';
  switch (attack.result) {
    case 'stopped':
      return 'stopped';
    case 'outside':
      return 'outside';
    case 'got-through':
      return 'GOT THROUGH';
  }
}

/** What a person at the terminal sees: what got through, what was held and who would have been asked. */
export function reportLines(report: Report): readonly string[] {
  const { counts } = report;
  const lines = report.attacks.flatMap((attack) => [
    `${wordOf(attack).padEnd(12)} ${attack.id}  ${attack.title}`,
    ...attack.evidence.map((one) => `               ${one}`),
    ...(attack.known === null ? [] : [`               known: ${attack.known}`]),
    ...(isUnexpected(attack) && attack.expected !== null ? [`               EXPECTED: ${attack.expected}`] : []),
    ...attack.calls
      .filter((call) => call.outcome !== 'executed')
      .map(
        (call) => `               ${call.outcome} ${call.tool}: ${call.outcome === 'held' ? `asks ${call.needs.join(', ')}` : call.code}`,
      ),
  ]);
  return [
    ...lines,
    '',
    `${counts.stopped} stopped, ${counts.gotThrough} got through, ${counts.outside} outside, ${counts.untried} not tried; ${counts.unexpected} not as expected`,
    `calls: ${counts.executed} executed, ${counts.held} held for a person, ${counts.denied} refused`,
    ...(report.repinned.length === 0 ? [] : [`pinned again for the pretend servers: ${report.repinned.length} tools`]),
  ];
}
