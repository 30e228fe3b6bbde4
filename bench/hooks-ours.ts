import { nodeCrypto } from '../src/inbound/crypto.ts';
import type { Delivery, Endpoint } from '../src/inbound/delivery.ts';
import { gradeReplay } from '../src/inbound/replay.ts';
import { verifyDelivery } from '../src/inbound/verify.ts';
import { nowMs } from '../test/inbound/senders.ts';
import type { Sender } from '../test/inbound/senders.ts';
import type { Attack } from './hooks-cases.ts';

/** Our verifier with rows in memory, under the keys under which the store claims. Quarantine is no acceptance. */
export function ours(sender: Sender, attack: Attack): 'refused' | 'accepted' {
  const endpoint: Endpoint = { ...sender.endpoint, ...attack.ours, secrets: attack.secrets ?? sender.endpoint.secrets };
  const digests = new Set<string>();
  const ids = new Map<string, string>();
  const taken = (given: Delivery): boolean => {
    const verdict = verifyDelivery(endpoint, given, attack.nowMs ?? nowMs, nodeCrypto);
    if (verdict.outcome !== 'accepted') return false;
    const { replay } = verdict;
    const grade = gradeReplay(replay, {
      bySignedDigest: digests.has(replay.signedDigest),
      bodyDigestOfMessageId: replay.messageId === null ? null : (ids.get(replay.messageId) ?? null),
    });
    digests.add(replay.signedDigest);
    if (replay.messageId !== null) ids.set(replay.messageId, replay.bodyDigest);
    return grade === 'first' && verdict.trust !== 'quarantine';
  };
  for (const given of attack.before ?? []) if (!taken(given)) throw new Error(`${sender.name}: an honest delivery is not taken`);
  return taken(attack.given) ? 'accepted' : 'refused';
}
