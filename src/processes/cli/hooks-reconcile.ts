import { z } from 'zod';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { limits } from '../../limits.ts';
import { missedShape } from '../../wire/messages.ts';
import { answered } from './hooks-answers.ts';
import type { HooksDeps } from './hooks-answers.ts';
import { nameOf } from './hooks-events.ts';
import { Exit, exits } from './context.ts';
import type { Context } from './context.ts';

const lookedAtShape = z.object({ missed: z.array(missedShape), attempts: z.int(), whole: z.boolean(), more: z.boolean() });
const recoveredShape = z.object({ taken: z.int(), known: z.int() });

function sinceOf(text: string | undefined): number {
  if (text === undefined) return Date.now() - limits.reconcileSinceMs;
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  if (!time.success) throw new Exit(exits.usage, 'usage', '--since is a time such as 2026-11-26T09:00:00Z');
  return Date.parse(time.data);
}

/**
 * `hooks reconcile`: the reader asks the sender what it did not get through; the door takes each as a hint, once. So a second run
 * finds nothing new.
 */
export async function reconcileEndpoint(
  context: Context,
  deps: HooksDeps,
  name: string,
  wish: { readonly since?: string; readonly all?: boolean },
): Promise<void> {
  const config = context.config();
  const endpoint = nameOf('the endpoint', name);
  const sinceMs = sinceOf(wish.since);
  const looked = await answered(deps, [config, 'reader'], ['missed', { endpoint, sinceMs, all: wish.all === true }], lookedAtShape);
  const { taken, known } = await answered(deps, [config, 'hooks'], ['recovered', { endpoint, deliveries: looked.missed }], recoveredShape);
  const last = looked.missed.at(-1)?.atMs;
  context.say({ endpoint, sinceMs, ...looked, taken, known }, [
    `since ${isoUtc(sinceMs)} the sender lists ${looked.attempts} attempts; ${looked.missed.length} deliveries ${wish.all === true ? 'are taken over' : 'never got through'}`,
    ...looked.missed.map((one) => visible(`  ${isoUtc(one.atMs)}  ${one.name}  ${one.providerId}`)),
    `${taken} became hints, ${known} were known already`,
    ...(looked.more && last !== undefined ? [`there are more: run it once more with --since ${isoUtc(last)}`] : []),
    ...(looked.whole ? [] : [`the sender lists more attempts than are looked at in one go: run it once more with a later --since`]),
  ]);
}
