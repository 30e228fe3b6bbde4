import { BlockList, isIP } from 'node:net';
import type { SourceGrade } from './delivery.ts';

/*
 * Where a delivery comes from, as far as the network vouches for it. A header about that is only the word of whoever is at
 * the other end of the connection: it counts if that is a listed proxy, and only the hop that the proxy itself added.
 */

/** A set of address ranges. */
export interface Ranges {
  has(address: string): boolean;
}

/** An address without the spelling of an IPv4 one as IPv6 (`::ffff:192.0.2.1`); null if it is none. */
export function plainAddress(text: string): string | null {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(text)?.[1];
  const address = mapped ?? text;
  return isIP(address) === 0 ? null : address;
}

/**
 * Whom an address stands for where room is shared out. Of IPv6 that is its network of 64 bits: whoever is given one network has
 * all addresses in it (RFC 6177).
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = [], back = []] = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - front.length - back.length - (address.includes('.') ? 1 : 0); // a dotted end stands for two groups
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/**
 * Reads ranges: an address alone is that address (/32, or /128 for IPv6). Null if one of them is none: a list with an error
 * in it is not half a list.
 */
export function rangesOf(texts: readonly string[]): Ranges | null {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix, ...more] = text.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family === 0 || more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || bits > (family === 6 ? 128 : 32))
      return null;
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    has: (text) => {
      const address = plainAddress(text);
      return address !== null && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/** The door's own proxies, and what they say. */
export interface Proxies {
  readonly ranges: Ranges;
  readonly forwardedHeader: string;
  readonly certificateHeader: string | null;
}

/** What a connection shows. */
export interface Shown {
  /** The address of the sender; null if a proxy did not say it in a way that can be read. */
  readonly address: string | null;
  /** The name in its client certificate, as a listed proxy verified it. */
  readonly certificate: string | null;
}

type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * The sender behind a connection. Of the forwarding header the last hop counts that is no proxy of ours: everything in front
 * of it was written by strangers.
 */
export function shownBy(peer: string, headers: Headers, proxies: Proxies): Shown {
  const direct = plainAddress(peer);
  if (direct === null || !proxies.ranges.has(direct)) return { address: direct, certificate: null };
  const hops = (headers[proxies.forwardedHeader] ?? [])
    .join(',')
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  let address: string | null = direct;
  for (const hop of hops.toReversed()) {
    address = plainAddress(hop);
    if (address === null || !proxies.ranges.has(address)) break;
  }
  const names = proxies.certificateHeader === null ? undefined : headers[proxies.certificateHeader];
  return { address, certificate: names?.length === 1 ? (names[0] ?? null) : null };
}

/** What an endpoint knows of its sender's network. */
export interface SourceRule {
  /** The published ranges as they are now; null: there are none. */
  readonly ranges: () => Ranges | null;
  readonly certificate: string | null;
}

/** How far the network says that a delivery comes from its sender. */
export function gradeSource({ address, certificate }: Shown, rule: SourceRule): SourceGrade {
  if (rule.certificate !== null && certificate === rule.certificate) return 'mtls';
  return address !== null && rule.ranges()?.has(address) === true ? 'ip' : 'none';
}
