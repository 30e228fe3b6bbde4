import { isoUtc } from '../action/time.ts';
import { visible } from '../action/visible.ts';
import type { Body, Statement } from '../action/statement.ts';
import { gradeWords } from '../action/vocabulary.ts';

/*
 * One readable line for each statement. Names, titles, targets and notes in it come from third parties, agents and
 * approvers: every line passes `visible` once, as a whole, at the end.
 */

const short = (digest: string | null): string => (digest === null ? '-' : digest.slice(0, 'sha256:'.length + 12));
const scopeWords = (scopes: readonly string[]): string => (scopes.length === 0 ? 'no scope' : scopes.join(' '));

function received({ event, endpoint, names, grades, tenant }: Body<'event-received'>): string {
  const whose = Object.entries(tenant).map(([name, value]) => `${name} ${value}`);
  return `${event} at ${endpoint}: ${names.join(', ') || 'no name'}${whose.length === 0 ? '' : ` of ${whose.join(', ')}`}; ${gradeWords(grades)}`;
}

type AccountStatement = {
  readonly [K in 'account-begun' | 'account-linked' | 'account-refused' | 'account-revoked']: Statement<K>;
};

function accountDetail(statement: AccountStatement[keyof AccountStatement]): string {
  switch (statement.kind) {
    case 'account-begun':
      return `${statement.body.account} at ${statement.body.issuer} for ${statement.body.user}, asking for ${scopeWords(statement.body.asked)}`;
    case 'account-linked': {
      const { account, id, name, issuer, user, granted, credential } = statement.body;
      return `${account} to ${id} (${name}) at ${issuer} by ${user}, with ${scopeWords(granted)}, credential ${short(credential)}`;
    }
    case 'account-refused':
      return `${statement.body.account} at ${statement.body.issuer} for ${statement.body.user}: ${statement.body.code}: ${statement.body.message}`;
    case 'account-revoked': {
      const { account, issuer, why, credential, revoked } = statement.body;
      return `${account} at ${issuer}: the token of ${why === 'replaced' ? 'an earlier link' : 'an attempt without a link'}, ${short(credential)}: ${revoked}`;
    }
  }
}

function detail(statement: Statement): string {
  switch (statement.kind) {
    case 'started':
      return `${Object.keys(statement.body.catalogues).length} catalogues, policy ${short(statement.body.policy)}`;
    case 'token-created':
      return `${statement.body.token} for ${statement.body.principal.user} through ${statement.body.principal.agent} (${statement.body.scope})`;
    case 'token-revoked':
      return statement.body.token;
    case 'run-opened':
      return `${statement.body.run} of ${statement.body.principal.user} through ${statement.body.principal.agent}`;
    case 'words':
      return `more of the user's words in ${statement.body.run}, ${short(statement.body.request)}`;
    case 'content-opened':
      return `content ${short(statement.body.original)} may be read${statement.body.note === '' ? '' : `, note: ${statement.body.note}`}`;
    case 'proposed':
      return `${statement.body.principal.user} through ${statement.body.principal.agent}: ${statement.body.system} ${statement.body.operation}`;
    case 'resolved': {
      const { action, audience, digest } = statement.body;
      return `${action.system} ${action.operation} on ${action.target.type} ${action.target.id} (${action.target.name}), seen by ${audience.summary}, ${short(digest)}`;
    }
    case 'decided': {
      const { verdict, binding, leaks, leak } = statement.body;
      const needs = verdict.countersignatures.length === 0 ? '' : ` ${verdict.countersignatures.join(' and ')}`;
      return `${verdict.effect}${needs} (bound by ${binding}${leaks ? `, leaks: ${leak ?? ''}` : ''})${verdict.reasons.length === 0 ? '' : `: ${verdict.reasons.join('; ')}`}`;
    }
    case 'read':
      return `${statement.body.source.system} ${statement.body.source.target}, readers ${statement.body.source.label.readers}, ${statement.body.resultBytes} bytes, content ${statement.body.content.level}${statement.body.content.withheld === null ? '' : ', withheld'}`;
    case 'read-failed':
    case 'cancelled':
      return `${statement.body.code}: ${statement.body.message}`;
    case 'signed':
    case 'refused': {
      const { approver, envelope } = statement.body.countersignature;
      return `by ${approver}, ${envelope.system} ${envelope.operation}, ${short(envelope.action)}${envelope.note === '' ? '' : `, note: ${envelope.note}`}`;
    }
    case 'intent':
      return `${short(statement.body.action)}, effect ${short(statement.body.effect)}, signed by ${statement.body.signers.join(', ') || 'nobody (allowed)'}`;
    case 'outcome':
      return `${statement.body.outcome} (${statement.body.basis}), ${statement.body.code}: ${statement.body.message}`;
    case 'enrolled':
      return `${statement.body.record.approver} (${statement.body.record.user}) ${statement.body.record.withdrawn ? 'withdrawn' : 'enrolled'} by ${statement.body.by}`;
    case 'event-received':
      return received(statement.body);
    case 'deliveries-refused':
      return `${statement.body.count} at ${statement.body.endpoint || 'no endpoint'}: ${statement.body.reason}`;
    case 'handshake':
      return `${statement.body.step} at ${statement.body.endpoint}`;
    case 'event-given': {
      const { event, consumer, run, shownBytes, content } = statement.body;
      return `${event} to ${consumer}${run === null ? '' : ` for ${run}`}, ${shownBytes} bytes, content ${content.level}${content.withheld === null ? '' : ', withheld'}`;
    }
    case 'event-settled':
      return `${statement.body.event} with ${statement.body.consumer}: ${statement.body.state} after ${statement.body.attempts}${statement.body.note === '' ? '' : `, ${statement.body.note}`}`;
    case 'event-confirmed':
      return `${statement.body.event} at ${statement.body.endpoint}: ${statement.body.state} ${statement.body.topic}${statement.body.note === '' ? '' : `, ${statement.body.note}`}`;
    case 'hook-secret':
      return `${statement.body.secret} of ${statement.body.endpoint} ${statement.body.change}`;
    case 'account-begun':
    case 'account-linked':
    case 'account-refused':
    case 'account-revoked':
      return accountDetail(statement);
    case 'alarm':
      return `${statement.body.code}: ${statement.body.message} (${statement.body.about})`;
  }
}

/** The proposal that a statement is about, or null. */
function proposalIn(statement: Statement): string | null {
  return 'proposal' in statement.body ? statement.body.proposal : null;
}

/** One line for a statement. `seq` is its place in the log; null if it has none yet. */
export function statementLine(statement: Statement, seq: number | null): string {
  const proposal = proposalIn(statement);
  const place = seq === null ? '       -' : String(seq).padStart(8);
  const line = `${isoUtc(statement.atMs)} ${statement.by} ${statement.kind}${proposal === null ? '' : ` ${proposal}`} ${detail(statement)}`;
  return `${place} ${visible(line)}`;
}
