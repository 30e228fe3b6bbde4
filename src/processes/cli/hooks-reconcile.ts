import { z } from 'zod';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { limits } from '../../limits.ts';
import { missedShape } from '../../wire/messages.ts';
import { providerAt } from '../hooks-endpoints.ts';
import { answered } from './hooks-answers.ts';
import type { HooksDeps } from './hooks-answers.ts';
import { nameOf } from './hooks-events.ts';
import { Exit, exits } from './context.ts';
import type { Context } from './context.ts';

const lookedAtShape = z.object({ missed: z.array(missedShape), attempts: z.int(), whole: z.boolean(), more: z.boolean() });
const recoveredShape = z.object({ taken: z.int(), known: z.int() });
const cursorShape = z.object({ cursor: z.string().nullable(), atMs: z.int().nullable() });
const seenShape = z.object({
  missed: z.array(missedShape),
  cursor: z.string(),
  passed: z.int(),
  state: z.enum(['started', 'starting', 'more', 'whole']),
});
const movedShape = recoveredShape.extend({ moved: z.boolean() });

/** What a person may say about a look. */
export interface ReconcileWish {
  readonly since?: string;
  readonly all?: boolean;
  readonly restart?: boolean;
}

function sinceOf(text: string | undefined): number {
  if (text === undefined) return Date.now() - limits.reconcileSinceMs;
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  if (!time.success) throw new Exit(exits.usage, 'usage', '--since is a time such as 2026-11-26T09:00:00Z');
  return Date.parse(time.data);
}

const lineOf = (one: z.infer<typeof missedShape>): string => `  ${visible(`${isoUtc(one.atMs)}  ${one.name}  ${one.providerId}`)}`;

/** What a look along a list of changes came to, in words. `lookedAtMs`: when the look before it ended; null if there is none. */
function saidOf(
  seen: z.infer<typeof seenShape>,
  became: z.infer<typeof movedShape>,
  at: { readonly lookedAtMs: number | null; readonly restarted: boolean },
): readonly string[] {
  const { state, missed, passed } = seen;
  const overtaken = became.moved ? [] : ['another look has moved on meanwhile, and this one changed nothing there: run it once more'];
  const over = passed === 0 ? '' : ` (${passed} entries of what there was before were passed over)`;
  if (state === 'starting')
    return [`this list can only be read from its beginning, and the start is not reached yet${over}: run it once more`, ...overtaken];
  if (state === 'started')
    return [
      `changes are looked at from now on${over}; what changed before is not known`,
      ...(at.restarted ? ['what changed between the last look and now is not known either: read again what has to be right'] : []),
      ...overtaken,
    ];
  return [
    `since ${at.lookedAtMs === null ? 'the start' : isoUtc(at.lookedAtMs)} the provider lists ${missed.length} ${missed.length === 1 ? 'change' : 'changes'}`,
    ...missed.map(lineOf),
    `${became.taken} became hints, ${became.known} were known already`,
    ...(state === 'more' ? ['there are more: run it once more'] : []),
    ...overtaken,
  ];
}

/** A look along a list of changes: from where the last one ended, or from now on. */
async function reconcileChanges(context: Context, deps: HooksDeps, endpoint: string, wish: ReconcileWish): Promise<void> {
  const config = context.config();
  if (wish.since !== undefined || wish.all === true)
    throw new Exit(
      exits.usage,
      'usage',
      'this endpoint has a list of changes, which is gone along from where the last look ended: leave --since and --all out, or begin anew with --restart',
    );
  const restart = wish.restart === true;
  const { cursor: from, atMs } = await answered(deps, [config, 'hooks'], ['cursor', { endpoint }], cursorShape);
  const seen = await answered(deps, [config, 'reader'], ['changes', { endpoint, cursor: restart ? null : from }], seenShape);
  const found = { endpoint, deliveries: seen.missed, cursor: { from, to: seen.cursor } };
  const became = await answered(deps, [config, 'hooks'], ['recovered', found], movedShape);
  const { cursor: _, ...shown } = seen;
  context.say(
    { endpoint, lookedAtMs: atMs, ...shown, ...became },
    saidOf(seen, became, { lookedAtMs: atMs, restarted: restart && from !== null }),
  );
}

/**
 * `hooks reconcile`: the reader asks the sender what it did not get through; the door takes each as a hint, once. So a second run
 * finds nothing new.
 */
export async function reconcileEndpoint(context: Context, deps: HooksDeps, name: string, wish: ReconcileWish): Promise<void> {
  const config = context.config();
  const endpoint = nameOf('the endpoint', name);
  providerAt(config, endpoint);
  const reconcile = config.hooks.endpoints[endpoint]?.reconcile;
  if (reconcile !== undefined && reconcile.github === undefined) return reconcileChanges(context, deps, endpoint, wish);
  if (wish.restart === true)
    throw new Exit(
      exits.usage,
      'usage',
      '--restart is for endpoints with a list of changes (drive, graph): here, --since says how far back',
    );
  const sinceMs = sinceOf(wish.since);
  const looked = await answered(deps, [config, 'reader'], ['missed', { endpoint, sinceMs, all: wish.all === true }], lookedAtShape);
  const { taken, known } = await answered(deps, [config, 'hooks'], ['recovered', { endpoint, deliveries: looked.missed }], recoveredShape);
  const last = looked.missed.at(-1)?.atMs;
  context.say({ endpoint, sinceMs, ...looked, taken, known }, [
    `since ${isoUtc(sinceMs)} the sender lists ${looked.attempts} attempts; ${looked.missed.length} deliveries ${wish.all === true ? 'are taken over' : 'never got through'}`,
    ...looked.missed.map(lineOf),
    `${taken} became hints, ${known} were known already`,
    ...(looked.more && last !== undefined ? [`there are more: run it once more with --since ${isoUtc(last)}`] : []),
    ...(looked.whole ? [] : [`the sender lists more attempts than are looked at in one go: run it once more with a later --since`]),
  ]);
}
