import type { Delivery, Endpoint, WebhookSecret } from '../src/inbound/delivery.ts';
import type { Peer } from '../test/inbound/peers.ts';
import * as at from '../test/inbound/senders.ts';
import type { Sender } from '../test/inbound/senders.ts';

/*
 * The attacks of test/inbound/adversarial-coverage.test.ts that a function which gets one delivery can be asked about.
 */

/** One attack on one package and on us. */
export interface Attack {
  /** Deliveries that came before and were honest. */
  readonly before?: readonly Delivery[];
  readonly given: Delivery;
  readonly nowMs?: number;
  /** The secrets that are configured, in place of the sender's own. */
  readonly secrets?: readonly [WebhookSecret, ...WebhookSecret[]];
  /** What our endpoint is told beyond that. */
  readonly ours?: Partial<Endpoint>;
}

/** A row. */
export interface Case {
  readonly code: string;
  readonly what: string;
  readonly wanted: 'refused' | 'accepted';
  /**
   * True if what packages do here is by design or known to the public, so that they can be named: they keep no store, take
   * one secret, know no events and no tenants. Otherwise only counts are shown.
   */
  readonly named: boolean;
  /** Null: the scheme has nothing of the kind. */
  readonly attack: (peer: Peer) => Attack | null;
}

const year = 365 * 86_400_000;
const isForm = ({ name }: Sender): boolean => name === 'twilio form';

/** The header that holds the signature, and the header that holds a time. */
function headersOf({ endpoint }: Sender): { readonly signature: string; readonly time: string | null; readonly id: string | null } {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'signed') throw new Error('these senders sign');
  return { signature: proof.signature.name, time: proof.time?.name ?? null, id: proof.id };
}

const valueOf = (given: Delivery, name: string): string => given.headers[name]?.[0] ?? '';

/** An honest delivery whose signature header is another one. */
const signature =
  (change: (value: string, text: string) => string | readonly string[] | null) =>
  (peer: Peer): Attack | null => {
    const given = peer.sender.send();
    const { signature } = headersOf(peer.sender);
    const value = valueOf(given, signature).replace(/,v0=.*$/, '');
    const text = /[0-9a-f]{64,128}|[A-Za-z0-9+/]{26,}={0,2}/.exec(value)?.[0] ?? '';
    const changed = change(value, text);
    return changed === value ? null : { given: at.withHeaders(given, { [signature]: changed }) };
  };

/** An honest delivery of a time; null where no time is signed. */
const sentAt = (peer: Peer, timeMs: number): Delivery | null => {
  const { sender } = peer;
  if (sender.endpoint.provider.freshness.kind === 'unsigned') return null;
  return sender.send(sender === at.linearSender ? { body: at.linearBody(timeMs) } : { timeMs });
};
const timed =
  (timeMs: number) =>
  (peer: Peer): Attack | null => {
    const given = sentAt(peer, timeMs);
    return given === null ? null : { given };
  };

/** The JSON body of a sender with other fields in it. */
function bodyWith({ body }: Sender, fields: Readonly<Record<string, unknown>>): string {
  const value = JSON.parse(body) as object | object[];
  return JSON.stringify(Array.isArray(value) ? value.map((item) => ({ ...item, ...fields })) : { ...value, ...fields });
}

/** A body that the sender has signed, honestly, as it is. */
const signedBody =
  (make: (sender: Sender) => string | Uint8Array | null) =>
  (peer: Peer): Attack | null => {
    const body = isForm(peer.sender) ? null : make(peer.sender);
    return body === null ? null : { given: peer.sender.send({ body }) };
  };

/** A body that is not the one which was signed. */
const swappedBody =
  (make: (sender: Sender) => { readonly signed: string; readonly sent: Uint8Array } | null) =>
  (peer: Peer): Attack | null => {
    const made = make(peer.sender);
    return made === null ? null : { given: { ...peer.sender.send({ body: made.signed }), body: made.sent } };
  };

/** Boundaries between signed parts, moved. */
function shifted({ sender }: Peer): Attack | null {
  const given = sender.send();
  const { time, id } = headersOf(sender);
  const body = Buffer.from(given.body).toString();
  if (id !== null) {
    const long = sender.send({ id: `evil.${at.nowMs / 1000}.["x`, body: '"]' });
    return { given: { ...at.withHeaders(long, { [id]: 'evil' }), body: Buffer.from(`["x.${at.nowMs / 1000}."]`) } };
  }
  if (time !== null)
    return { given: { ...at.withHeaders(given, { [time]: valueOf(given, time) + body.slice(0, 1) }), body: Buffer.from(body.slice(1)) } };
  if (!isForm(sender)) return null;
  const { Body = '', From = '', ...rest } = at.sms;
  return { given: { ...given, body: Buffer.from(at.formOf({ ...rest, Body: `${Body}From${From}` })) } };
}

const spelled = (text: string): string =>
  /^[0-9a-f]+$/.test(text) ? text.toUpperCase() : text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/** U+FFFD is signed, and a byte is sent that lenient decoders turn into it. */
function badUtf8(sender: Sender): { readonly signed: string; readonly sent: Uint8Array } | null {
  if (isForm(sender) || sender.name === 'twilio json') return null; // the digest of a JSON body stands in Twilio's address
  const signed = bodyWith(sender, { text: '\ufffd' });
  const bytes = Buffer.from(signed);
  const place = bytes.indexOf('\ufffd');
  return { signed, sent: Buffer.concat([bytes.subarray(0, place), Buffer.of(0xff), bytes.subarray(place + 3)]) };
}

const rewritten = (sender: Sender): { readonly signed: string; readonly sent: Uint8Array } | null =>
  isForm(sender) ? null : { signed: sender.body, sent: Buffer.from(JSON.stringify(JSON.parse(sender.body), null, 1)) };

const empty = at.secretOf('hmac', '');

/** By provider: where a body says whose it is. */
const tenants: Readonly<Record<string, { readonly expects: Endpoint['expects']; readonly fields: Readonly<Record<string, unknown>> }>> = {
  github: { expects: { repository: '42' }, fields: { repository: { id: 43 } } },
  slack: { expects: { team: 'T1' }, fields: { team_id: 'T2' } },
  stripe: { expects: { account: 'acct_1' }, fields: { account: 'acct_2' } },
  linear: { expects: { organization: 'o-1' }, fields: { organizationId: 'o-2' } },
  'discord-interactions': { expects: { guild: '1' }, fields: { guild_id: '2' } },
};

/** A row of which only counts are shown. */
const counted = (code: string, what: string, attack: Case['attack']): Case => ({ code, what, wanted: 'refused', named: false, attack });

/** The rows. */
export const cases: readonly Case[] = [
  {
    code: 'R1',
    what: 'the same bytes a second time',
    wanted: 'refused',
    named: true,
    attack: ({ sender }) => ({ before: [sender.send()], given: sender.send() }),
  },
  {
    code: 'R4',
    what: 'the same bytes under a new delivery id, which is not signed',
    wanted: 'refused',
    named: true,
    attack: ({ sender }) => {
      const name = { github: 'x-github-delivery', linear: 'linear-delivery', twilio: 'i-twilio-idempotency-token' }[
        sender.endpoint.provider.id
      ];
      return name === undefined ? null : { before: [sender.send()], given: at.withHeaders(sender.send(), { [name]: 'd2' }) };
    },
  },
  {
    code: 'R11',
    what: "the sender's own retry after an hour with the first bytes",
    wanted: 'accepted',
    named: true,
    attack: ({ sender }) => (sender === at.linearSender ? { given: sender.send(), nowMs: at.nowMs + 3_600_000 } : null),
  },
  {
    code: 'S9',
    what: 'while secrets rotate, a delivery under the old one',
    wanted: 'accepted',
    named: true,
    attack: ({ sender }) => {
      const [own] = sender.endpoint.secrets;
      return own === undefined ? null : { given: sender.send(), secrets: [{ ...at.foreignTo(sender.endpoint), id: 'new' }, own] };
    },
  },
  {
    code: 'E1',
    what: "a comment under another event's name, which is not signed",
    wanted: 'refused',
    named: true,
    attack: ({ sender }) =>
      sender.endpoint.provider.id === 'github' ? { given: at.withHeaders(sender.send(), { 'x-github-event': 'installation' }) } : null,
  },
  {
    code: 'E2',
    what: 'a signed body that is no event of the sender',
    wanted: 'refused',
    named: true,
    attack: signedBody((sender) => (sender === at.linearSender ? JSON.stringify({ x: 1, webhookTimestamp: at.nowMs }) : '{"x":1}')),
  },
  {
    code: 'E3',
    what: "another tenant's body, under a secret that both share",
    wanted: 'refused',
    named: true,
    attack: ({ sender }) => {
      const tenant = tenants[sender.endpoint.provider.id];
      return tenant === undefined
        ? null
        : { given: sender.send({ body: bodyWith(sender, tenant.fields) }), ours: { expects: tenant.expects } };
    },
  },
  {
    code: 'B4',
    what: 'a signed body with a name twice',
    wanted: 'refused',
    named: true,
    attack: signedBody(({ body }) => body.trimEnd().replace(/\}(\]?)$/, ',"x":1,"x":2}$1')),
  },
  {
    code: 'B5',
    what: 'a signed body 100,000 levels deep',
    wanted: 'refused',
    named: true,
    attack: signedBody((sender) => bodyWith(sender, { deep: 0 }).replace('"deep":0', `"deep":${'['.repeat(1e5)}${']'.repeat(1e5)}`)),
  },
  counted(
    'S1',
    'no signature',
    signature(() => null),
  ),
  counted(
    'S1',
    'an empty signature',
    signature(() => ''),
  ),
  counted(
    'S1',
    'a version without a signature',
    signature((value, text) => (value === text ? value : value.replace(text, ''))),
  ),
  counted(
    'S2',
    'half a signature',
    signature((value, text) => value.replace(text, text.slice(0, text.length / 2))),
  ),
  counted(
    'S2',
    'a signature and more behind it',
    signature((value, text) => value.replace(text, `${text}=junk`)),
  ),
  counted(
    'S3',
    'an unknown version only',
    signature((value, text) => (value === text ? value : value.replace(/v1|v0|sha256/, 'v9'))),
  ),
  counted(
    'S4',
    'a character beyond ASCII',
    signature((value, text) => value.replace(text, `é${text.slice(1)}`)),
  ),
  counted(
    'S5',
    'another spelling of the same signature',
    signature((value, text) => value.replace(text, spelled(text))),
  ),
  counted('S6', 'an empty secret', ({ sender }) =>
    sender.endpoint.secrets[0]?.kind === 'hmac' ? { given: sender.send({ secret: empty }), secrets: [empty] } : null,
  ),
  counted(
    'H1',
    'two signature headers, the second good',
    signature((value) => ['x', value]),
  ),
  counted(
    'H1',
    'two signature headers, the first good',
    signature((value) => [value, 'x']),
  ),
  counted('B1', 'a byte that is no UTF-8, where U+FFFD was signed', swappedBody(badUtf8)),
  counted(
    'B1',
    'a byte order mark that was not signed',
    swappedBody(({ body }) => ({ signed: body, sent: Buffer.from(`\ufeff${body}`) })),
  ),
  counted('B2', 'the body parsed and written again', swappedBody(rewritten)),
  counted('B9', 'the boundary between two signed parts moved', shifted),
  counted('R10', 'a signed time one year ago', timed(at.nowMs - year)),
  counted('R10', 'a signed time ten years ahead', timed(at.nowMs + 10 * year)),
  counted('R10', 'letters behind the time', ({ sender }) => {
    const { time } = headersOf(sender);
    const given = sender.send();
    return time === null ? null : { given: at.withHeaders(given, { [time]: `${valueOf(given, time)}abc` }) };
  }),
];
