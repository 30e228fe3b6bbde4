import { atPath } from '../action/json.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import type { Places } from './places.ts';
import type { Installation } from './verdict.ts';

/**
 * What a proved delivery says of an installation; nothing if it is not one of the events for that, names no client, or has no
 * signed time by which it could be put in order with others. Whether it is followed is not decided here.
 */
export function installationOf(
  { installs }: WebhookProvider,
  { content, claims }: Places,
  named: { readonly events: readonly string[]; readonly tenant: Readonly<Record<string, string>> },
): { readonly installation?: Installation } {
  if (installs === undefined || named.events.length !== 1) return {};
  const client = Object.hasOwn(named.tenant, installs.client) ? named.tenant[installs.client] : undefined;
  const iat = atPath(claims, 'iat');
  if (client === undefined || typeof iat !== 'number') return {};
  const saidMs = iat * 1000;
  if (named.events[0] === installs.ends) return { installation: { change: 'ends', client, saidMs } };
  if (named.events[0] !== installs.begins) return {};
  const value = atPath(content, installs.secret);
  return { installation: { change: 'begins', client, saidMs, secret: () => (typeof value === 'string' ? value : null) } };
}
