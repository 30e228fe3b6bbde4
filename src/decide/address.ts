/*
 * Addresses: what stands for a place by itself and never for its words. `github.com.acme.app` has the words of
 * `github.com/acme/app` and is the host of somebody else, so addresses are compared whole, as the one who is asked would read them.
 */

const email = /^[^@\s/]+@[^@\s/]+$/;

/** True if an id is an address, by its looks or by the words for its type. */
export function isAddress(id: string, types: ReadonlySet<string>): boolean {
  return id.includes('://') || email.test(id) || ['url', 'domain', 'email'].some((type) => types.has(type));
}

interface Parts {
  readonly scheme: string | undefined;
  readonly host: string;
  readonly rest: string;
}

function partsOf(address: string): Parts {
  const [, scheme, host = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)(.*)$/is.exec(address) ?? [];
  return { scheme: scheme?.toLowerCase(), host: host.toLowerCase(), rest: rest.replace(/\/$/, '') };
}

/**
 * True if an address is the one that was written. The case of a host (or of a mailbox) means nothing, that of a path does
 * (RFC 3986, 6.2.2.1). Where no scheme was written, that of the web is meant; one that was written is not weakened.
 */
export function sameAddress(written: string, asked: string): boolean {
  const [a, b] = [partsOf(written), partsOf(asked)];
  if (a.host !== b.host || a.rest !== b.rest) return false;
  return a.scheme === b.scheme || b.scheme === undefined || (a.scheme === undefined && (b.scheme === 'https' || b.scheme === 'http'));
}
