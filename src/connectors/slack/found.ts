import { limits } from '../../limits.ts';
import type { Found } from '../connector.ts';
import type { Ask } from './client.ts';
import { messageShape, messagesShape } from './messages.ts';
import type { Message } from './messages.ts';
import type { Identity } from './workspace.ts';

/** The message that is looked for. */
export interface Sought {
  readonly marker: string;
  readonly text: string;
  /** Nothing older is looked at. Left out, everything is, as far as the bounds go. */
  readonly sinceMs: number | undefined;
  /** Who would have sent it, asked just now. Others can read our marker once it is posted, and could repeat it. */
  readonly identity: Identity;
}

/** How far the clocks of Slack and of this machine may differ. */
const skewMs = 10 * 60_000;

/** Slack stores these three characters escaped (https://docs.slack.dev/messaging/formatting-message-text). */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').trim();
}

/** Whether one message is the one: surely, or so much like it that nobody can say that it is not. */
function judge(message: Message, sought: Sought): 'it' | 'alike' | 'another' {
  const { identity } = sought;
  const metadata = message.metadata ?? null;
  if (metadata?.event_type === 'countersign') {
    if (metadata.event_payload?.['marker'] !== sought.marker) return 'another';
    const own = message.user === identity.user || (identity.bot !== null && message.bot_id === identity.bot);
    return own ? 'it' : 'alike'; // somebody repeats our marker, or the credential was replaced by another bot's
  }
  return metadata === null && unescaped(message.text ?? '') === unescaped(sought.text) ? 'alike' : 'another';
}

/**
 * Looks for a message by its marker. Says `absent` only if it has seen every message that could be it, each either marked
 * otherwise or clearly another; whatever stands in the way of that makes it `cannot-tell`.
 */
export async function findMarked(
  ask: Ask,
  where: { readonly channel: string; readonly thread: string | null },
  sought: Sought,
): Promise<Found> {
  const oldest = sought.sinceMs === undefined ? {} : { oldest: String(Math.max(0, (sought.sinceMs - skewMs) / 1000)) };
  const args = { channel: where.channel, limit: limits.slackPageRowsMax, include_all_metadata: true, ...oldest };
  let cursor = '';
  let alike = false;
  for (let page = 0; page < limits.slackFindPagesMax; page++) {
    const next = cursor === '' ? args : { ...args, cursor };
    const asked =
      where.thread === null
        ? await ask('conversations.history', next, messagesShape)
        : await ask('conversations.replies', { ...next, ts: where.thread }, messagesShape);
    if (!asked.ok) return { found: 'cannot-tell' };
    for (const row of asked.value.messages) {
      const parsed = messageShape.safeParse(row);
      if (!parsed.success) return { found: 'cannot-tell' };
      const verdict = judge(parsed.data, sought);
      if (verdict === 'it') return { found: 'done', receipt: { channel: where.channel, ts: parsed.data.ts } };
      if (verdict === 'alike') alike = true;
    }
    cursor = asked.value.response_metadata?.next_cursor ?? '';
    if (cursor === '') return { found: alike || asked.value.has_more === true ? 'cannot-tell' : 'absent' };
  }
  return { found: 'cannot-tell' };
}
