import type { Body, Statement } from '../action/statement.ts';
import { limits } from '../limits.ts';

/*
 * What the order of statements must show of attempts to link an account, read from the log alone.
 */

interface Attempt {
  readonly begun: Body<'account-begun'>;
  over: 'linked' | 'refused' | null;
  /** Whether the end of its token has been told. */
  revoked: boolean;
}

type EndStatement = Statement<'account-linked'> | Statement<'account-refused'> | Statement<'account-revoked'>;
type AccountStatement = Statement<'account-begun'> | EndStatement;

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

/** What the end of an attempt says otherwise than its beginning. */
function endProblems({ by, body }: EndStatement, { begun }: Attempt): readonly string[] {
  const problems: string[] = [];
  if (
    (['account', 'system', 'zone', 'issuer', 'user'] as const).some((name) => body[name] !== begun[name]) ||
    ('asked' in body && !same(body.asked, begun.asked))
  )
    problems.push('the attempt to link an account ends as another one than was begun');
  if (by !== (begun.zone === 'read' ? 'reader' : 'executor'))
    problems.push('the attempt to link an account is ended by the hand of the other zone');
  return problems;
}

function linkProblems({ body, atMs }: Statement<'account-linked'>, { begun, over }: Attempt): readonly string[] {
  const problems: string[] = [];
  if (over !== null) problems.push('the account is linked by an attempt that was over before');
  if (atMs > begun.expiresAtMs + limits.clockSkewMs) problems.push('the account is linked after the time of its attempt');
  if (!same(body.granted, begun.asked)) problems.push('the account is linked with another scope than was asked for');
  return problems;
}

/** `last`: the attempt by which the account was linked last. */
function revokedProblems({ body }: Statement<'account-revoked'>, { over, revoked }: Attempt, last: string | undefined): readonly string[] {
  const problems: string[] = [];
  if (revoked) problems.push('the end of the token was told before');
  if (body.why === 'not-linked' && over !== 'refused')
    problems.push('the token is taken back of an attempt that did not end without a link');
  if (body.why === 'replaced' && (over !== 'linked' || last === body.attempt))
    problems.push('the token is taken back of a link that no later one has replaced');
  return problems;
}

/** Follows the attempts of a log: what is wrong with the place of each of these statements. Begins before the first entry. */
export function openAccountMeaning(): (statement: AccountStatement) => readonly string[] {
  const attempts = new Map<string, Attempt>();
  /** By account: the attempts that linked it, the last one last. */
  const links = new Map<string, readonly string[]>();
  return (statement) => {
    const attempt = attempts.get(statement.body.attempt);
    if (statement.kind === 'account-begun') {
      if (attempt !== undefined) return ['the attempt to link an account was begun before'];
      attempts.set(statement.body.attempt, { begun: statement.body, over: null, revoked: false });
      return [];
    }
    if (attempt === undefined) return ['the attempt to link an account was not begun before'];
    const problems = [...endProblems(statement, attempt)];
    const { account } = attempt.begun;
    const linked = links.get(account) ?? [];
    if (statement.kind === 'account-revoked') {
      problems.push(...revokedProblems(statement, attempt, linked.at(-1)));
      attempt.revoked = true;
      return problems;
    }
    if (statement.kind === 'account-linked') problems.push(...linkProblems(statement, attempt));
    // Only a credential that could not be stored comes after its link.
    else if (attempt.over === 'refused' || (attempt.over === 'linked' && statement.body.code !== 'not-stored'))
      problems.push('the attempt to link an account was over before');
    attempt.over = statement.kind === 'account-linked' ? 'linked' : 'refused';
    const others = linked.filter((one) => one !== statement.body.attempt);
    links.set(account, attempt.over === 'linked' ? [...others, statement.body.attempt] : others);
    return problems;
  };
}
