import type { Command } from 'commander';
import { action, common } from './context.ts';
import { createApprover, enrolApprover, listApprovers, withdrawApprover } from './people-approvers.ts';
import type { CreateOptions, VouchOptions } from './people-approvers.ts';
import type { PeopleDeps } from './people-deps.ts';
import { decideProposal, listProposals, showProposal } from './people-proposals.ts';
import type { SignOptions } from './people-proposals.ts';

const withKey = (command: Command): Command =>
  common(command)
    .option('--key-file <file>', 'the key (default: approvers/<name>.key.json beside the configuration)')
    .option('--passphrase-file <file>', 'read the passphrase from a file (default: COUNTERSIGN_PASSPHRASE, or ask)');

function registerApprovers(program: Command, deps: PeopleDeps): void {
  const approver = program.command('approver').description('people who may countersign, and their keys');
  withKey(approver.command('create').argument('<name>').description("make an approver's key; the first one is pinned as administrator"))
    .requiredOption('--user <user>', 'whose key it is: the user as in `countersign token create`')
    .option('--owns <scopes>', 'systems, or system/target id, of which the user is an owner, with commas between')
    .option('--admin', 'may enrol and withdraw others')
    .action(action((context, command, [name = '']) => createApprover(context, name, command.opts<CreateOptions>())));
  withKey(
    approver
      .command('enrol')
      .argument('<record>', 'the public record as JSON, or a file with it')
      .description('vouch for an approver, as an administrator'),
  )
    .requiredOption('--as <administrator>', 'the administrator who signs')
    .option('--admin', 'give the rights of an administrator, if the record asks for them')
    .option('--yes', 'do not ask')
    .action(action((context, command, [record = '']) => enrolApprover(context, deps, record, command.opts<VouchOptions>())));
  withKey(approver.command('withdraw').argument('<name>').description('withdraw an approver, as an administrator'))
    .requiredOption('--as <administrator>', 'the administrator who signs')
    .option('--yes', 'do not ask')
    .action(action((context, command, [name = '']) => withdrawApprover(context, deps, name, command.opts<VouchOptions>())));
  common(approver.command('list').description('who may countersign, and what the store holds that cannot be believed')).action(
    action((context) => listApprovers(context, deps)),
  );
}

function registerDecision(program: Command, deps: PeopleDeps, decision: 'sign' | 'refuse'): void {
  const description =
    decision === 'sign' ? 'look at a proposal and countersign it with your own key' : 'refuse a proposal, with your own key';
  withKey(program.command(decision).argument('<proposal>').description(description))
    .requiredOption('--as <approver>', 'who you are')
    .option('--note <text>', 'your own words, for the log')
    .option('--yes', 'do not ask for the code of the card')
    .action(action((context, command, [id = '']) => decideProposal(context, deps, id, { ...command.opts<SignOptions>(), decision })));
}

/** `approver`, `proposals`, `show`, `sign` and `refuse`. */
export function registerPeople(program: Command, deps: PeopleDeps): void {
  registerApprovers(program, deps);
  common(program.command('proposals').description('what waits for people'))
    .option('--all', 'also what is over')
    .action(action((context, command) => listProposals(context, deps, command.opts<{ all?: boolean }>().all === true)));
  common(program.command('show').argument('<proposal>').description('show one proposal, proved from the signed records')).action(
    action((context, _command, [id = '']) => showProposal(context, deps, id)),
  );
  registerDecision(program, deps, 'sign');
  registerDecision(program, deps, 'refuse');
}
