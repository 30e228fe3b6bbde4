import { z } from 'zod';
import { digestText } from '../action/digest.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Question } from '../wire/messages.ts';
import { parseForm } from './form.ts';
import type { DoorAttempt, DoorAttempts } from './oauth-attempts.ts';
import { readCallback, rightIssuer } from './oauth-callback.ts';
import { confirmPage, continuePage, noticePage } from './oauth-pages.ts';
import type { About } from './oauth-pages.ts';

/*
 * The steps of linking an account, as the browser takes them: start, callback, continue, confirm or refuse. The door holds no
 * token and calls no issuer; it knows which browser an attempt belongs to, and asks the hand of the account's zone for the rest.
 */

/** An account as the door knows it. Nothing of it is secret. */
export interface DoorAccount {
  readonly name: string;
  readonly system: string;
  readonly zone: 'read' | 'write';
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly issInResponse: boolean;
  readonly scopes: readonly string[];
}

/** The messages of the door to a hand. */
export type AccountMessage = 'account-begin' | 'account-exchange' | 'account-confirm' | 'account-abandon';

/** What the steps work with. */
export interface Steps {
  readonly attempts: DoorAttempts;
  readonly recorder: Recorder;
  /** Asks the hand of a zone. */
  ask<M extends AccountMessage>(zone: 'read' | 'write', message: M, question: Question<M>): Promise<Result<unknown>>;
  readonly alarm: (code: string, message: string, about: string) => void;
}

/** What a browser gets: a page, or an address of ours or of the configured issuer to go to. */
export type Reply =
  | { readonly is: 'page'; readonly status: number; readonly html: string; readonly form: boolean; readonly forget?: boolean }
  | { readonly is: 'go'; readonly to: string; readonly session?: string };

const notice = (status: number, title: string, message: string, forget = false): Reply => ({
  is: 'page',
  status,
  html: noticePage(title, message),
  form: false,
  forget,
});
const refused = (status: number, message: string): Reply => notice(status, 'This was refused', message);
const again = 'Start again with the command line.';

/** The one answer to whoever has no attempt: it says nothing about which there are. */
const stranger = (): Reply => refused(403, `This does not belong to anything that was started in this browser, or it is over. ${again}`);

/** What a person reads who could not go on. */
const ended = (message: string): Reply =>
  notice(403, 'Nothing was linked', `${message.slice(0, 1).toUpperCase()}${message.slice(1)}. ${again}`, true);

/** What a person reads whose confirmation was not answered. */
const unknown = (): Reply =>
  notice(503, 'This failed', 'It is not known whether the account was linked: `countersign account list` shows what is.', true);

const aboutOf = (account: DoorAccount, attempt: DoorAttempt): About => ({
  account: account.name,
  issuer: account.issuer,
  system: account.system,
  zone: account.zone,
  user: attempt.user,
});

/** The address for the browser. Null: it is not that of the configured issuer, whatever the hand says. */
function addressFor(account: DoorAccount, url: string, state: string): string | null {
  const address = URL.parse(url);
  const configured = new URL(account.authorizationEndpoint);
  if (address === null || address.origin !== configured.origin || address.pathname !== configured.pathname) return null;
  address.searchParams.set('state', state);
  return address.href;
}

/** The ticket is used up, a new browser session begins, and the browser goes to the issuer. */
export async function start(steps: Steps, account: DoorAccount, query: string): Promise<Reply> {
  const form = query.length <= limits.accountQueryCharsMax ? parseForm(query) : null;
  const ticket = form?.ok === true && form.value.size === 1 ? form.value.get('ticket') : undefined;
  const begun = ticket === undefined ? null : steps.attempts.begin(account.name, ticket);
  if (begun === null) return refused(403, `This address was used already, or is too old. ${again}`);
  const { attempt, session } = begun;
  const written = await steps.recorder.record({
    statements: [
      {
        kind: 'account-begun',
        body: {
          attempt: attempt.id,
          account: account.name,
          system: account.system,
          zone: account.zone,
          issuer: account.issuer,
          user: attempt.user,
          asked: [...account.scopes],
          state: digestText('account', attempt.state),
          expiresAtMs: attempt.expiresAtMs,
        },
      },
    ],
  });
  const signed = written.ok ? written.signed[0] : undefined;
  const answer = signed === undefined ? null : await steps.ask(account.zone, 'account-begin', { begun: signed });
  const asked = z.object({ url: z.string() }).safeParse(answer?.ok === true ? answer.value : null);
  const to = asked.success ? addressFor(account, asked.data.url, attempt.state) : null;
  if (to === null) {
    steps.attempts.next(attempt, 'over');
    return ended(answer?.ok === false ? answer.message : 'The attempt could not be begun');
  }
  steps.attempts.next(attempt, 'begun');
  return { is: 'go', to, session };
}

/** Ends an attempt that cannot be trusted any more, here and in the hand. */
async function abandon(steps: Steps, account: DoorAccount, attempt: DoorAttempt, why: Question<'account-abandon'>['why']): Promise<void> {
  steps.attempts.next(attempt, 'over');
  await steps.ask(account.zone, 'account-abandon', { attempt: attempt.id, state: attempt.state, why });
}

/**
 * The issuer's answer. It is kept here and given to nobody: a browser that only guesses, or loads this address twice, uses
 * nothing up. The person goes on from a page of ours, whose address holds neither code nor state.
 */
export async function callback(steps: Steps, account: DoorAccount, query: string, session: string | null): Promise<Reply> {
  const read = readCallback(query);
  if (read === null) return refused(400, 'This is not an answer of an issuer.');
  const attempt = steps.attempts.byState(account.name, read.state);
  if (attempt === null) return stranger();
  if (!steps.attempts.isOf(attempt, session)) {
    if (!attempt.alarmed)
      steps.alarm('account-wrong-browser', 'the answer of an issuer came in another browser than the one that asked', account.name);
    attempt.alarmed = true;
    return stranger();
  }
  const { answer } = attempt;
  if (attempt.stage !== 'begun' && attempt.stage !== 'answered') return stranger();
  if (!rightIssuer(read.iss, account)) {
    await abandon(steps, account, attempt, 'wrong-issuer');
    return ended('The answer does not come from the issuer that was asked');
  }
  if (read.is === 'error') {
    await abandon(steps, account, attempt, 'refused-by-issuer');
    return ended('The issuer did not grant it');
  }
  if (answer !== null && (answer.code !== read.code || answer.iss !== read.iss)) {
    await abandon(steps, account, attempt, 'replayed');
    return ended('A second, different answer came to the same attempt');
  }
  attempt.answer = { code: read.code, iss: read.iss };
  if (answer === null) steps.attempts.next(attempt, 'answered');
  return { is: 'go', to: `/oauth/${account.name}/continue` };
}

/** The page from which the code is used. */
export function showContinue(account: DoorAccount, attempt: DoorAttempt): Reply {
  if (attempt.stage === 'shown') return { is: 'go', to: `/oauth/${account.name}/confirm` };
  if (attempt.stage !== 'answered') return stranger();
  return { is: 'page', status: 200, html: continuePage(aboutOf(account, attempt), attempt.csrf), form: true };
}

const shownShape = z.object({ id: z.string(), name: z.string(), granted: z.array(z.string()) });

/** The hand gives the code to the issuer. Whatever comes of it, the code and the state are used up. */
export async function exchange(steps: Steps, account: DoorAccount, attempt: DoorAttempt): Promise<Reply> {
  const { answer, id, state } = attempt;
  if (attempt.stage !== 'answered' || answer === null) return stranger();
  steps.attempts.next(attempt, 'busy');
  attempt.answer = null;
  const asked = await steps.ask(account.zone, 'account-exchange', { attempt: id, state, ...answer });
  const shown = shownShape.safeParse(asked.ok ? asked.value : null);
  if (!shown.success) {
    steps.attempts.next(attempt, 'over');
    return ended(asked.ok ? 'The answer could not be used' : asked.message);
  }
  attempt.shown = shown.data;
  steps.attempts.next(attempt, 'shown');
  return { is: 'go', to: `/oauth/${account.name}/confirm` };
}

/** The page on which a person sees whose account it is. */
export function showConfirm(account: DoorAccount, attempt: DoorAttempt): Reply {
  if (attempt.stage !== 'shown' || attempt.shown === null) return stranger();
  return { is: 'page', status: 200, html: confirmPage(aboutOf(account, attempt), attempt.shown, attempt.csrf), form: true };
}

/** What a hand answers once an account is linked. */
const linkedShape = z.object({
  problem: z.string().nullable(),
  earlier: z.enum(['none', 'same', 'revoking', 'not-possible', 'in-use', 'over']),
});

/** What a person reads of the token of the earlier link. */
const earlierWords: Readonly<Record<z.infer<typeof linkedShape>['earlier'], string>> = {
  none: '',
  over: '',
  same: 'The issuer gave the same token again.',
  revoking: 'The token of the earlier link is revoked now.',
  'not-possible':
    'The token of the earlier link stays good at the issuer: the configuration names no address at which it could be revoked.',
  'in-use': 'The token of the earlier link stays good at the issuer: revoking it there could end a credential that is in use.',
};

/** The person has seen the account and wants it. */
export async function confirm(steps: Steps, account: DoorAccount, attempt: DoorAttempt): Promise<Reply> {
  if (attempt.stage !== 'shown') return stranger();
  steps.attempts.next(attempt, 'over');
  const answer = await steps.ask(account.zone, 'account-confirm', { attempt: attempt.id, state: attempt.state });
  // A hand that was stopped in the middle may have put the credential in place.
  if (!answer.ok && (answer.code === 'no-answer' || answer.code === 'bug')) return unknown();
  if (!answer.ok) return ended(answer.message);
  const linked = linkedShape.safeParse(answer.value);
  if (!linked.success) return unknown();
  const { problem, earlier } = linked.data;
  const words = [
    problem === null ? '' : `Its credential cannot be used yet: ${problem}.`,
    earlierWords[earlier],
    'You can close this page.',
  ];
  return notice(200, 'The account is linked', words.filter((each) => each !== '').join(' '), true);
}

/** The person has seen the account and does not want it. */
export async function refuse(steps: Steps, account: DoorAccount, attempt: DoorAttempt): Promise<Reply> {
  if (attempt.stage !== 'shown' && attempt.stage !== 'answered') return stranger();
  await abandon(steps, account, attempt, 'refused-by-person');
  return notice(200, 'Nothing was linked', 'You can close this page.', true);
}

/** What a browser without an attempt gets. */
export const toStranger: () => Reply = stranger;
