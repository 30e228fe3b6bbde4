import { z } from 'zod';
import { shortCode } from '../../action/card.ts';
import { proposalId } from '../../action/ids.ts';
import { roles } from '../../action/principal.ts';
import type { Countersignature, Envelope } from '../../action/statement.ts';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { readApproverKey } from '../../approve/key-file.ts';
import { openProposal } from '../../record/opened.ts';
import type { OpenedProposal } from '../../record/opened.ts';
import { makeEnvelope, signEnvelope } from '../../record/countersignature.ts';
import { trustOf } from '../../record/identity.ts';
import type { Config } from '../config.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';
import type { PeopleDeps } from './people-deps.ts';
import { keyFileOf } from './people-approvers.ts';
import { askLine, passphrase } from './people-prompt.ts';

const role = z.enum(roles);
const who = z.array(z.object({ approver: z.string(), user: z.string() }));
/** What the console says of a proposal. Only the statements prove anything; the rest is shown as the console's word. */
const shownShape = z.object({
  state: z.string(),
  statements: z.array(z.strictObject({ bytes: z.string(), key: z.string(), sig: z.string() })),
  arguments: z.string().nullable(),
  needed: z.array(role),
  filled: z.array(role),
  signers: who,
  refusers: who,
});
const listShape = z.array(
  z.object({
    id: z.string(),
    state: z.string(),
    user: z.string(),
    agent: z.string(),
    system: z.string(),
    operation: z.string(),
    createdAtMs: z.int(),
    expiresAtMs: z.int(),
  }),
);
const doneShape = z.object({ state: z.string(), needed: z.array(role), filled: z.array(role) });

function parsed<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (!result.success)
    throw new Exit(
      exits.failed,
      'wire-protocol',
      'the console gave an answer that this command does not understand: are they of one version?',
    );
  return result.data;
}

/** Asks the console for a proposal and proves it here, from the signed statements: the console's own card is not looked at. */
async function look(
  deps: PeopleDeps,
  config: Config,
  proposal: string,
): Promise<{ shown: z.infer<typeof shownShape>; opened: OpenedProposal }> {
  if (!proposalId.safeParse(proposal).success)
    throw new Exit(exits.usage, 'usage', 'a proposal id is p_ and 22 characters: `countersign proposals` lists those that wait');
  const answer = await deps.ask(config, 'console', 'show', { proposal });
  if (!answer.ok) throw exitRefused(answer);
  const shown = parsed(shownShape, answer.value);
  const opened = await openProposal(trustOf(config.trust), proposal, shown.statements, () => shown.arguments);
  if (!opened.ok) throw exitRefused(opened);
  return { shown, opened: opened.value };
}

/** Lists proposals. It is the index that is listed: `show` proves what it shows. */
export async function listProposals(context: Context, deps: PeopleDeps, all: boolean): Promise<void> {
  const answer = await deps.ask(context.config(), 'console', 'proposals', { all });
  if (!answer.ok) throw exitRefused(answer);
  const rows = parsed(listShape, answer.value);
  context.say(
    rows,
    rows.length === 0
      ? ['nothing waits']
      : rows.map((row) => {
          const [system, operation, user, agent] = [row.system, row.operation, row.user, row.agent].map((text) => visible(text));
          return `${visible(row.id)}  ${visible(row.state).padEnd(9)}  ${system}.${operation}  asked by ${user} through ${agent}  waits until ${isoUtc(row.expiresAtMs)}`;
        }),
  );
}

/** Shows one proposal: its card, rendered here, and where it stands. */
export async function showProposal(context: Context, deps: PeopleDeps, proposal: string): Promise<void> {
  const { shown, opened } = await look(deps, context.config(), proposal);
  const { facts, text } = opened;
  const names = (people: z.infer<typeof who>): string =>
    people.map(({ approver, user }) => `${visible(approver)} (${visible(user)})`).join(', ') || 'nobody';
  const value = {
    state: shown.state,
    code: shortCode(facts.action),
    ...facts,
    needed: shown.needed,
    filled: shown.filled,
    signers: shown.signers,
    refusers: shown.refusers,
    card: text,
  };
  context.say(value, [
    text,
    `state: ${visible(shown.state)}; needed: ${shown.needed.join(', ') || 'nobody'}; signed: ${names(shown.signers)}; refused: ${names(shown.refusers)}`,
  ]);
}

/** The options of `sign` and `refuse`. */
export interface SignOptions {
  readonly as: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly note?: string;
  readonly yes?: boolean;
}

/** What is to be signed. */
export interface ToSign {
  readonly proposal: string;
  readonly decision: Envelope['decision'];
  readonly purpose: Envelope['purpose'];
}

/** As Crockford reads it: case, hyphens and blanks do not matter, and letters that look like digits are digits. */
const plainCode = (typed: string): string => typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

async function confirm(context: Context, opened: OpenedProposal, { decision, purpose }: ToSign, yes: boolean): Promise<void> {
  (context.json ? process.stderr : process.stdout).write(`${opened.text}\n`);
  if (yes) return;
  const code = shortCode(opened.facts.action);
  const what = purpose === 'countersign/approval' ? `${decision} this` : 'settle the outcome of this';
  const typed = await askLine(`To ${what}, type the code of the card: `, 'read the card, then add --yes');
  if (plainCode(typed) !== plainCode(code))
    throw new Exit(exits.failed, 'given-up', 'that is not the code of this card: nothing was signed');
}

/**
 * Has a person sign: proves the proposal here, shows its card, asks for the code, opens the key and signs the envelope.
 * Nothing is sent; what is returned is for the console (an approval) or for the executor (a settlement).
 */
export async function countersignHere(
  context: Context,
  deps: PeopleDeps,
  toSign: ToSign,
  options: SignOptions,
): Promise<{ readonly countersignature: Countersignature; readonly code: string }> {
  const config = context.config();
  const file = keyFileOf(config, options.as, options.keyFile);
  const locked = readApproverKey(file);
  if (locked.approver !== options.as) throw new Exit(exits.usage, 'usage', `the key in ${file} is not the key of ${options.as}`);
  const note = options.note ?? '';
  if (note.length > 500 || !note.isWellFormed()) throw new Exit(exits.usage, 'usage', 'a note has at most 500 characters');
  const { opened } = await look(deps, config, toSign.proposal);
  await confirm(context, opened, toSign, options.yes === true);
  const key = locked.unlock(await passphrase(options.passphraseFile, `the key of ${options.as}`));
  if (!key.ok) throw exitRefused(key);
  const issuedAtMs = Date.now();
  const ttlEnds = issuedAtMs + config.approval.signatureTtlMinutes * 60_000;
  const { purpose, decision } = toSign;
  // An approval is never good for longer than the proposal waits; a settlement comes after it has ended.
  const expiresAtMs = purpose === 'countersign/approval' ? Math.min(ttlEnds, opened.card.decided.expiresAtMs) : ttlEnds;
  if (expiresAtMs <= issuedAtMs) throw new Exit(exits.refused, 'expired', 'the proposal has expired: the agent has to ask again');
  const { facts, policy } = opened;
  const { installation } = config;
  const envelope = makeEnvelope({ purpose, decision, installation, facts, policy, approver: options.as, note, issuedAtMs, expiresAtMs });
  return { countersignature: signEnvelope(key.value, envelope), code: shortCode(facts.action) };
}

function next(decision: 'sign' | 'refuse', { state, needed, filled }: z.infer<typeof doneShape>): string {
  if (decision === 'refuse') return 'it will not be executed; the agent is told that a person refused it';
  if (state === 'ready') return 'everybody who has to sign has signed: the executor checks all of it again and executes it once';
  return `still missing: ${needed.filter((one) => !filled.includes(one)).join(', ')}; until then nothing happens`;
}

/** Signs or refuses a proposal, and hands it to the console. */
export async function decideProposal(
  context: Context,
  deps: PeopleDeps,
  proposal: string,
  options: SignOptions & { readonly decision: 'sign' | 'refuse' },
): Promise<void> {
  const { decision } = options;
  const { countersignature, code } = await countersignHere(context, deps, { proposal, decision, purpose: 'countersign/approval' }, options);
  const answer = await deps.ask(context.config(), 'console', 'countersign', { countersignature });
  if (!answer.ok) throw exitRefused(answer);
  const done = parsed(doneShape, answer.value);
  context.say({ proposal, decision, code, state: done.state, needed: done.needed, filled: done.filled }, [
    `${decision === 'sign' ? 'signed' : 'refused'} by ${options.as}   CODE: ${code}`,
    next(decision, done),
  ]);
}
