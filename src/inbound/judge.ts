import type { Grades } from '../action/vocabulary.ts';
import { gradesOf } from './consumers.ts';
import type { Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import type { Answer, Doubt, RefusalReason, ReplayKeys } from './verdict.ts';
import { verifyDelivery } from './verify.ts';

/** What would be said of a delivery, without what it holds. Nothing secret is in it. */
export type Judged =
  | { readonly outcome: 'refused'; readonly provider: string; readonly reason: RefusalReason }
  | { readonly outcome: 'handshake'; readonly provider: string; readonly secret: string | null; readonly answer: Answer }
  | {
      readonly outcome: 'accepted';
      readonly provider: string;
      readonly names: readonly string[];
      readonly tenant: Readonly<Record<string, string>>;
      readonly secret: string;
      readonly grades: Grades;
      readonly doubts: readonly Doubt[];
      readonly schema: string;
      readonly claim: ReplayKeys;
    };

/** Judges a delivery as the door would at this time. Nothing is claimed, stored or counted. */
export function judgeDelivery(endpoint: Endpoint, delivery: Delivery, atMs: number, crypto: WebhookCrypto): Judged {
  const verdict = verifyDelivery(endpoint, delivery, atMs, crypto);
  const { provider } = verdict;
  switch (verdict.outcome) {
    case 'refused':
      return { outcome: 'refused', provider, reason: verdict.reason };
    case 'handshake':
      return { outcome: 'handshake', provider, secret: verdict.secretId, answer: verdict.answer };
    case 'accepted': {
      const { events: names, tenant, secretId: secret, doubts, schemaId: schema, replay: claim } = verdict;
      return { outcome: 'accepted', provider, names, tenant, secret, grades: gradesOf(verdict), doubts, schema, claim };
    }
  }
}
