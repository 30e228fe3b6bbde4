import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { parseJson } from '../action/parse-json.ts';
import { isoUtc } from '../action/time.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { rangesOf } from '../inbound/source.ts';
import { limits } from '../limits.ts';
import { fetchDocument } from './pinned-fetch.ts';

/*
 * The address ranges from which senders deliver, where they publish them as JSON at a fixed address. They are fetched only
 * when an operator runs the command: the hooks door itself calls nobody.
 */

const texts = z.array(z.string().max(64)).min(1);

interface Publisher {
  readonly url: string;
  /** The ranges in the sender's document; null if it is not the document that we know. */
  readonly read: (document: unknown) => readonly string[] | null;
}

function reading<T>(shape: z.ZodType<T>, pick: (document: T) => readonly string[]): Publisher['read'] {
  return (document) => {
    const parsed = shape.safeParse(document);
    return parsed.success ? pick(parsed.data) : null;
  };
}

const atlassian = z.object({
  items: z.array(z.object({ cidr: z.string(), product: z.array(z.string()), direction: z.array(z.string()).optional() })),
});

/** What Atlassian sends from for one of its products: `egress`, where the document says a direction at all. */
const atlassianOf = (product: string): Publisher => ({
  url: 'https://ip-ranges.atlassian.com/',
  read: reading(atlassian, ({ items }) => [
    ...new Set(
      items.filter((item) => item.product.includes(product) && item.direction?.includes('egress') !== false).map(({ cidr }) => cidr),
    ),
  ]),
});

/** One of PagerDuty's regions. */
const pagerdutyOf = (region: string): Publisher => ({
  url: `https://developer.pagerduty.com/ip-safelists/webhooks-${region}-service-region-json`,
  read: reading(texts, (all) => all),
});

/** By the name of the provider; PagerDuty's other region under a name of its own. */
export const publishers: ReadonlyMap<string, Publisher> = new Map<string, Publisher>([
  ['github', { url: 'https://api.github.com/meta', read: reading(z.object({ hooks: texts }), ({ hooks }) => hooks) }],
  [
    'stripe',
    { url: 'https://stripe.com/files/ips/ips_webhooks.json', read: reading(z.object({ WEBHOOKS: texts }), ({ WEBHOOKS }) => WEBHOOKS) },
  ],
  ['jira-admin', atlassianOf('jira')],
  ['bitbucket', atlassianOf('bitbucket')],
  ['pagerduty', pagerdutyOf('us')],
  ['pagerduty-eu', pagerdutyOf('eu')],
]);

/** IPv4 in the spelling of IPv6: Node takes the two for the same, in both directions. */
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** A range that lets half of the network in is a mistake, whoever published it. */
function tooWide(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  if (prefix === undefined) return false;
  const bits = Number(prefix);
  if (isIP(address) !== 6) return bits < limits.hooksRangeBitsMin4;
  const asIpv4 = mapped.check(address, 'ipv6') || rangesOf([text])?.has('0.0.0.0') === true;
  return asIpv4 ? bits - 96 < limits.hooksRangeBitsMin4 : bits < limits.hooksRangeBitsMin6;
}

/** The ranges in a sender's document, checked: all of them, or none. */
export function readPublished(provider: string, text: string): Result<readonly string[]> {
  const publisher = publishers.get(provider);
  if (publisher === undefined)
    return refuse(
      'not-published',
      `${provider} publishes no list that is known here: it is one of ${[...publishers.keys()].join(', ')}. Write the file by hand, one range a line`,
    );
  let document: unknown;
  try {
    document = parseJson(text);
  } catch {
    return refuse('bad-ranges', 'the document is not JSON');
  }
  const ranges = publisher.read(document);
  if (ranges === null || ranges.length === 0)
    return refuse('bad-ranges', `this is not the document that ${provider} publishes at ${publisher.url}`);
  if (ranges.length > limits.hooksRangesMax) return refuse('bad-ranges', `the document has more than ${limits.hooksRangesMax} ranges`);
  if (rangesOf(ranges) === null || ranges.some(tooWide))
    return refuse('bad-ranges', 'one of the ranges is none, or lets in far more than one sender');
  return ok([...new Set(ranges)].toSorted());
}

/** Fetches the document of a sender: no redirects, bounded in time and size. `ask` is `fetch`. */
export async function fetchPublished(provider: string, ask: typeof fetch = fetch): Promise<Result<string>> {
  const publisher = publishers.get(provider);
  if (publisher === undefined) return readPublished(provider, '') as Result<never>;
  return fetchDocument(publisher.url, limits.hooksRangesFileBytesMax, ask);
}

/** The ranges as the file that an endpoint's `source.file` names: one a line, comments behind `#`. */
export function rangesText(provider: string, ranges: readonly string[], atMs: number): string {
  const from = publishers.get(provider)?.url ?? '';
  return [`# ${provider}, from ${from}, ${isoUtc(atMs)}`, ...ranges, ''].join('\n');
}
