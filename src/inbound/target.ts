import type { Delivery, Endpoint } from './delivery.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** An address as it is configured: scheme and host, and the rest as it stands on a request line. */
export interface Address {
  readonly origin: string;
  readonly target: string;
}

/** Splits the configured address. Null: it is not one. Plain HTTP is for loopback only. */
export function addressOf(publicUrl: string): Address | null {
  const match =
    /^(https:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?)(\/[\x21\x22\x24-\x7e]*)?$/.exec(
      publicUrl,
    );
  return match === null ? null : { origin: match[1] ?? '', target: match[2] ?? '/' };
}

/** The path of a request line, as it was written. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

/** By endpoint: its address does not change while it lives. */
const addresses = new WeakMap<Endpoint, Address | null>();

function addressOfEndpoint(endpoint: Endpoint): Address | null {
  let address = addresses.get(endpoint);
  if (address === undefined) addresses.set(endpoint, (address = addressOf(endpoint.publicUrl)));
  return address;
}

/** True if the request line names this endpoint's path, byte for byte: no traversal, no other spelling of a letter. */
export function rightPath(endpoint: Endpoint, delivery: Delivery): boolean {
  const address = addressOfEndpoint(endpoint);
  return address !== null && pathOf(address.target) === pathOf(delivery.target);
}

/**
 * The path of the app's base address, without a slash at its end; empty if that is an origin. Null: the endpoint does not lie
 * below it, so that no sender of the app calls it.
 */
export function basePath({ publicUrl, baseUrl }: Pick<Endpoint, 'publicUrl' | 'baseUrl'>): string | null {
  const origin = addressOf(publicUrl)?.origin;
  if (origin === undefined) return null;
  const base = (baseUrl ?? origin).replace(/\/$/, '');
  return base.startsWith(origin) && publicUrl.startsWith(`${base}/`) ? base.slice(origin.length) : null;
}

/** The value of the query's only parameter, if that has this name; null otherwise. */
export function onlyParameter(target: string, name: string): string | null {
  const query = target.slice(pathOf(target).length + 1);
  return query.startsWith(`${name}=`) && !query.includes('&') ? query.slice(name.length + 1) : null;
}

/** The value of a parameter of the query, as it is written; null if there is none. Given twice: refused. */
export function parameterOf(target: string, name: string): Step<string | null> {
  const found = target
    .slice(pathOf(target).length + 1)
    .split('&')
    .filter((pair) => pair === name || pair.startsWith(`${name}=`));
  if (found.length > 1) return stop('header-duplicate');
  return go(found[0] === undefined ? null : found[0].slice(name.length + 1));
}

/**
 * The URL that a sender signs: the configured one. Of the request only the parameter with the digest of the body is taken
 * over; anything else in its query that is not configured refuses the delivery.
 */
export function signedUrl(
  endpoint: Endpoint,
  delivery: Delivery,
  hashParameter?: string,
): Step<{ readonly url: string; readonly bodyHash: string | null }> {
  const address = addressOfEndpoint(endpoint);
  if (address === null) return stop('configuration');
  if (hashParameter === undefined)
    return delivery.target === address.target ? go({ url: endpoint.publicUrl, bodyHash: null }) : stop('target');
  const start = `${address.target}${address.target.includes('?') ? '&' : '?'}${hashParameter}=`;
  const bodyHash = delivery.target.slice(start.length);
  if (!delivery.target.startsWith(start) || !/^[0-9a-f]{64}$/.test(bodyHash)) return stop('target');
  return go({ url: address.origin + delivery.target, bodyHash });
}
