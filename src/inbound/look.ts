import type { Json } from '../action/json.ts';
import type { Body } from '../action/statement.ts';
import { originalDigest, takeIn } from '../content/take-in.ts';
import { ok } from '../errors.ts';
import type { Result } from '../errors.ts';
import { openEvent } from './give.ts';
import type { GiveParts } from './give.ts';

/** What an event holds, as a person may look at it. */
export interface Looked {
  /** Sanitised like everything that a third party wrote; a notice if it is withheld. */
  readonly shown: Json;
  readonly level: Body<'event-given'>['content']['level'];
  readonly findings: readonly { readonly what: string; readonly count: number }[];
  readonly withheld: boolean;
}

/**
 * Shows the operator what an event holds. Nothing is handed over and nobody has read it: no statement is made. The text is
 * the one whose digest the door signed when it came in; another one in its place is refused.
 */
export async function lookInto(
  parts: Pick<GiveParts, 'store' | 'trust' | 'opened' | 'personal' | 'classifier'>,
  event: string,
): Promise<Result<Looked>> {
  const opened = await openEvent(parts, event);
  if (!opened.ok) return opened;
  const { content } = opened.value;
  const taken = takeIn(
    { content },
    {
      form: 'prose',
      firstReference: 1,
      personal: parts.personal,
      openHostile: await parts.opened(originalDigest(content)),
      ...(parts.classifier === undefined ? {} : { classifier: parts.classifier }),
    },
  );
  return ok({
    shown: taken.shown,
    level: taken.content.level,
    findings: taken.content.findings.map(({ what, count }) => ({ what, count })),
    withheld: taken.content.withheld !== null,
  });
}
