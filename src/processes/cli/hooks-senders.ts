import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { describeProvider } from '../../inbound/describe.ts';
import { webhookProviders } from '../../inbound/provider-list.ts';
import { answered, endpointsShape } from './hooks-answers.ts';
import type { HooksDeps } from './hooks-answers.ts';
import type { Context } from './context.ts';

/** `hooks providers`: every sender, and what its deliveries prove. Nothing but the verifier's own data is looked at. */
export function listProviders(context: Context): void {
  const rows = [...webhookProviders].map(([name, provider]) => describeProvider(name, provider));
  context.say(rows, [
    ...rows.flatMap((row) => [
      `${row.provider.padEnd(20)} ${row.best.padEnd(6)} ${row.because}`,
      `${' '.repeat(27)} signs   ${row.signs}`,
      `${' '.repeat(27)} time    ${row.freshness}`,
      `${' '.repeat(27)} secret  ${row.secret}${row.madeHere ? '' : '; the sender makes it'}`,
      ...(row.expects.length === 0
        ? []
        : [
            `${' '.repeat(27)} expects ${row.expects.map((name) => (row.mustExpect.includes(name) ? `${name} (must be given)` : name)).join(', ')}`,
          ]),
    ]),
    'hmac                 event  a scheme of your own: describe it under `scheme` in the configuration',
  ]);
}

const window = (notBeforeMs: number, notAfterMs: number | null): string =>
  `${notBeforeMs === 0 ? '' : `since ${isoUtc(notBeforeMs)}, `}${notAfterMs === null ? 'until it is ended' : `until ${isoUtc(notAfterMs)}`}`;

/** A secret as it is shown. */
export interface ShownSecret {
  readonly id: string;
  readonly client: string | null;
  readonly notBeforeMs: number;
  readonly notAfterMs: number | null;
  readonly uses: number | null;
  readonly lastUsedAtMs: number | null;
}

/** Of one secret, in one line: whose it is, from when to when it is good, and what it proved among the newest events of the endpoint. */
export function secretLine(secret: ShownSecret, nowMs: number): string {
  const { id, client, notBeforeMs, notAfterMs, uses, lastUsedAtMs } = secret;
  const state = notBeforeMs > nowMs ? 'later' : notAfterMs !== null && notAfterMs <= nowMs ? 'over' : 'live';
  const used =
    uses === null
      ? 'uses not known: the hooks door is not running'
      : uses === 0
        ? 'proved nothing yet'
        : `proved ${uses} ${uses === 1 ? 'event' : 'events'}, the last one ${lastUsedAtMs === null ? '' : isoUtc(lastUsedAtMs)}`;
  const whose = client === null ? '' : `installed for ${client}, `;
  return `  ${visible(`${id.padEnd(24)} ${state.padEnd(5)} ${whose}${window(notBeforeMs, notAfterMs)}; ${used}`)}`;
}

/** `hooks endpoints`: where senders deliver to, and which of their secrets are in use. */
export async function listEndpoints(context: Context, deps: HooksDeps): Promise<void> {
  const rows = await answered(deps, [context.config(), 'hooks'], ['endpoints', {}], endpointsShape);
  const nowMs = Date.now();
  context.say(
    rows,
    rows.length === 0
      ? ['no endpoint is configured: see hooks.endpoints in docs/hooks.md']
      : rows.flatMap((row) => [
          visible(`${row.endpoint}: ${row.publicUrl}`),
          `  ${visible(`sender ${row.provider}, for ${row.consumers.join(', ') || 'nobody'}${row.pending ? ', PENDING: challenges are answered' : ''}`)}`,
          ...row.secrets.map((secret) => secretLine(secret, nowMs)),
        ]),
  );
}
