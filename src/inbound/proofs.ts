import type { BodyKind, WebhookProvider } from '../connectors/webhook.ts';
import type { Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import { proveFields } from './field-list.ts';
import { proveBearer, proveItems, proveToken } from './hints.ts';
import { proveMessage } from './message-signature.ts';
import type { ParsedBody } from './parsed-body.ts';
import { proveSigned } from './prove.ts';
import type { Proven } from './prove.ts';
import { proveRichItems } from './rich-items.ts';
import type { Step } from './verdict.ts';

/**
 * Whether the proof itself is made of parsed parts, so that the body is parsed before anything is proved: Twilio's forms,
 * Graph's items and the fields of SNS. All go through the same strict parsers, under the same caps.
 */
export function parsedFirst({ proof }: WebhookProvider, kind: BodyKind): boolean {
  if (proof.kind === 'signed') return proof.parts[kind]?.includes('sorted-form') === true;
  return proof.kind === 'item-token' || proof.kind === 'rich-items' || proof.kind === 'field-list';
}

/** Proves a delivery in the way of its sender. `parsed` is null but where `parsedFirst` says otherwise. */
export function prove(
  endpoint: Endpoint,
  { delivery, kind, parsed }: { readonly delivery: Delivery; readonly kind: BodyKind; readonly parsed: ParsedBody | null },
  nowMs: number,
  crypto: WebhookCrypto,
): Step<Proven> {
  const content = parsed?.content ?? null;
  switch (endpoint.provider.proof.kind) {
    case 'signed':
      return proveSigned(endpoint, { delivery, kind, sortedForm: parsed?.sortedForm ?? null }, nowMs, crypto);
    case 'field-list':
      return proveFields(endpoint, content, nowMs, crypto);
    case 'message-signature':
      return proveMessage(endpoint, delivery, nowMs, crypto);
    case 'token':
    case 'query-token':
      return proveToken(endpoint, delivery, nowMs, crypto);
    case 'item-token':
      return proveItems(endpoint, content, nowMs, crypto);
    case 'rich-items':
      return proveRichItems(endpoint, content, nowMs, crypto);
    case 'bearer':
      return proveBearer(endpoint, delivery, nowMs, crypto);
  }
}
