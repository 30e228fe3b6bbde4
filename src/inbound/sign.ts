import { isoUtc } from '../action/time.ts';
import type { Algorithm, BodyKind, MacAlgorithm, Proof, TimeForm } from '../connectors/webhook.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { parseForm, sortedForm } from './form.ts';
import { signedBytes } from './prove.ts';
import { toHex } from './secrets.ts';
import { addressOf } from './target.ts';

/*
 * The sender's side of the same data that the verifier works with: what a sender would put around a body. Only for senders
 * whose secret we hold as well; it is used by `countersign hooks test` and never by the door.
 */

/** What is to be delivered. */
export interface Unsigned {
  readonly kind: BodyKind;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly atMs: number;
  /** The id of the message, where the sender signs one. */
  readonly id: string;
}

const isMac = (algorithm: Algorithm): algorithm is MacAlgorithm => algorithm.startsWith('hmac-');

const timeText = (ms: number, form: TimeForm): string =>
  form === 'unix-s' ? String(Math.floor(ms / 1000)) : `${isoUtc(ms).slice(0, 19)}Z`;

const contentTypes: Readonly<Record<BodyKind, string | null>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  xml: 'text/xml; charset=utf-8',
  empty: null,
};

/** The value of the signature header: every tag that fits an HMAC, or the one signature behind its prefix. Null: none fits. */
function headerValue(
  { signature }: Proof & { readonly kind: 'signed' },
  time: string | null,
  mac: (algorithm: MacAlgorithm) => Uint8Array,
): string | null {
  const { layout, encoding } = signature;
  const text = (algorithm: MacAlgorithm): string =>
    encoding === 'hex' ? toHex(mac(algorithm)) : Buffer.from(mac(algorithm)).toString('base64');
  if (layout.kind === 'one') return isMac(layout.algorithm) ? layout.prefix + text(layout.algorithm) : null;
  const items = Object.entries(layout.algorithms).flatMap(([tag, algorithm]) =>
    isMac(algorithm) ? [`${tag}${layout.mark}${text(algorithm)}`] : [],
  );
  if (items.length === 0) return null;
  return [...(layout.timeTag === undefined ? [] : [`${layout.timeTag}${layout.mark}${time ?? ''}`]), ...items].join(layout.separator);
}

function signed(endpoint: Endpoint, secret: WebhookSecret, wish: Unsigned, crypto: WebhookCrypto): Result<Delivery> {
  const { proof } = endpoint.provider;
  const address = addressOf(endpoint.publicUrl);
  const no = refuse('not-signable', `what ${endpoint.provider.id} sends cannot be signed here`);
  if (proof.kind !== 'signed' || address === null || secret.kind !== 'hmac') return no;
  const parts = proof.parts[wish.kind];
  if (parts === undefined) return no;
  const hash = wish.kind === 'json' && proof.bodyHashQuery !== undefined ? `${proof.bodyHashQuery}=${crypto.sha256([wish.body])}` : null;
  const target = hash === null ? address.target : `${address.target}${address.target.includes('?') ? '&' : '?'}${hash}`;
  const inSignature = proof.signature.layout.kind === 'list' && proof.signature.layout.timeTag !== undefined;
  const time = proof.time === null && !inSignature ? null : timeText(wish.atMs, proof.time?.form ?? 'unix-s');
  const id = proof.id === null ? null : wish.id;
  const form = wish.kind === 'form' ? parseForm(Buffer.from(wish.body).toString('latin1')) : null;
  const chunks = signedBytes(parts, {
    time,
    id,
    body: wish.body,
    url: address.origin + target,
    'sorted-form': form?.ok === true ? sortedForm(form.value) : null,
  });
  const value = chunks === null ? null : headerValue(proof, time, (algorithm) => crypto.hmac(algorithm, secret.key, chunks));
  if (value === null) return no;
  const own = {
    [proof.signature.name]: value,
    ...(proof.time === null || time === null ? {} : { [proof.time.name]: time }),
    ...(proof.id === null || id === null ? {} : { [proof.id]: id }),
  };
  return ok(deliveryOf(endpoint, wish, target, own));
}

function deliveryOf(endpoint: Endpoint, wish: Unsigned, target: string, own: Readonly<Record<string, string>>): Delivery {
  const type = contentTypes[wish.kind];
  const all = { ...(type === null ? {} : { 'content-type': type }), ...wish.headers, ...own };
  return {
    method: 'POST',
    target,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    body: wish.body,
    source: endpoint.source,
  };
}

/**
 * Delivers a body as the sender would. Refuses a sender that signs with a key of its own. A token in the items of a body is
 * part of the body: whoever makes the body puts it there.
 */
export function signDelivery(endpoint: Endpoint, secret: WebhookSecret, wish: Unsigned, crypto: WebhookCrypto): Result<Delivery> {
  const { proof, id } = endpoint.provider;
  switch (proof.kind) {
    case 'signed':
      return signed(endpoint, secret, wish, crypto);
    case 'token':
      return ok(
        deliveryOf(endpoint, wish, addressOf(endpoint.publicUrl)?.target ?? '/', {
          [proof.header]: Buffer.from(secret.key).toString('latin1'),
        }),
      );
    case 'item-token':
      return ok(deliveryOf(endpoint, wish, addressOf(endpoint.publicUrl)?.target ?? '/', {}));
    case 'query-token':
    case 'bearer':
    case 'rich-items':
    case 'field-list':
    case 'message-signature':
      return refuse('not-signable', `${id} makes what only it can make: capture a delivery and give it with --body and --header`);
  }
}
