import type { Command } from 'commander';
import { limits } from '../../limits.ts';
import type { HooksDeps } from './hooks-answers.ts';
import { confirmEvent } from './hooks-confirm.ts';
import { listEvents, replayEvents, showEvent } from './hooks-events.ts';
import type { ListWish } from './hooks-events.ts';
import { writeKeys } from './hooks-keys.ts';
import type { KeysWish } from './hooks-keys.ts';
import { writeRanges } from './hooks-ranges.ts';
import type { RangesWish } from './hooks-ranges.ts';
import { reconcileEndpoint } from './hooks-reconcile.ts';
import type { ReconcileWish } from './hooks-reconcile.ts';
import { rotateSecrets } from './hooks-rotate.ts';
import type { RotateWish } from './hooks-rotate.ts';
import { listEndpoints, listProviders } from './hooks-senders.ts';
import { testEndpoint } from './hooks-test.ts';
import type { TestWish } from './hooks-test.ts';
import { action, common, Exit, exits } from './context.ts';

function count(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > limits.eventsListedMax) throw new Exit(exits.usage, 'usage', `--limit is from 1 to ${limits.eventsListedMax}`);
  return value;
}

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function registerEvents(hooks: Command, deps: HooksDeps): void {
  common(hooks.command('list').description('the events that came in, the newest first'))
    .option('--endpoint <name>', 'only of this endpoint')
    .option('--state <state>', 'only those that are waiting, leased or dead with somebody')
    .option('--limit <n>', 'how many', '20')
    .action(
      action((context, command) => {
        const { limit, ...wish } = command.opts<Omit<ListWish, 'limit'> & { limit: string }>();
        return listEvents(context, deps, { ...wish, limit: count(limit) });
      }),
    );
  common(
    hooks
      .command('show')
      .argument('<event>', 'as `hooks list` shows it')
      .description('one event: how far it can be trusted, and where it stands'),
  )
    .option('--content', 'also what it holds, sanitised')
    .action(
      action((context, command, [event = '']) => showEvent(context, deps, event, command.opts<{ content?: boolean }>().content === true)),
    );
  common(
    hooks.command('replay').argument('[event]', 'as `hooks list` shows it').description('let an event wait once more for its consumers'),
  )
    .option('--consumer <name>', 'only for this one')
    .option('--dead', 'every event that is dead, instead of one')
    .action(
      action((context, command, [event]) => {
        const { consumer, dead } = command.opts<{ consumer?: string; dead?: boolean }>();
        return replayEvents(context, deps, { event, consumer, dead: dead === true });
      }),
    );
  common(
    hooks
      .command('confirm')
      .argument('<event>', 'as `hooks list` shows it')
      .description('of Amazon SNS: confirm the subscription that this event asks for'),
  )
    .option('--yes', 'do not ask')
    .action(
      action((context, command, [event = '']) =>
        confirmEvent(context, deps, { event, yes: command.opts<{ yes?: boolean }>().yes === true }),
      ),
    );
}

function registerSetUp(hooks: Command, deps: HooksDeps): void {
  common(hooks.command('providers').description('the senders that are known, and what their deliveries prove')).action(
    action((context) => listProviders(context)),
  );
  common(hooks.command('endpoints').description('where senders deliver to, and which secrets are in use')).action(
    action((context) => listEndpoints(context, deps)),
  );
  common(
    hooks.command('test').argument('<endpoint>').description('judge a captured delivery, or send a signed sample through the running door'),
  )
    .option('--body <file>', 'the exact bytes of a captured body; without it a sample is made, signed and sent')
    .option('--header <line>', "a header of the capture, as 'name: value'; once for each", more, [])
    .option('--method <method>', 'its method', 'POST')
    .option('--target <target>', 'its path and query, as on the request line')
    .option('--at <time>', 'when it came; now, if left out')
    .option('--event <name>', 'of a sample: the event that it is; left out, it is one that nobody knows')
    .action(action((context, command, [endpoint = '']) => testEndpoint(context, deps, endpoint, command.opts<TestWish>())));
  common(hooks.command('rotate').argument('<endpoint>').description('add a secret beside those that are good, and end old ones later'))
    .option('--file <path>', "bring in the secret that the sender's settings show")
    .option('--id <id>', 'a name for it; of a public key that tokens name, its kid')
    .option('--status', 'which secret proved how many events, and when last')
    .option('--retire <id>', 'end this secret: what it signs is refused')
    .option('--force', 'with --retire: even if the sender may still use it')
    .action(action((context, command, [endpoint = '']) => rotateSecrets(context, deps, endpoint, command.opts<RotateWish>())));
  common(
    hooks
      .command('ranges')
      .argument('<provider>')
      .description('the address ranges that a sender publishes, for source.file of an endpoint'),
  )
    .option('--write <file>', 'write them there; a file that is there is replaced only by a whole good list')
    .option('--from <file>', "convert the sender's document that you downloaded, instead of fetching it")
    .action(action((context, command, [provider = '']) => writeRanges(context, provider, command.opts<RangesWish>())));
  common(hooks.command('keys').argument('<provider>').description('the public keys that a sender publishes, for keys.file of an endpoint'))
    .option('--write <file>', 'write them there; a file that is there is replaced only by a whole good list')
    .option('--check <file>', 'write nothing: end with 1 if the file does not hold just these keys')
    .option('--from <file>', 'take a document that you downloaded, instead of fetching it; once for each', more, [])
    .option('--kid <kid>', 'of Atlassian: the id of a key, as its tokens name it; once for each', more, [])
    .option('--certificate <address>', 'of Amazon SNS: where its certificate is, as SigningCertURL; once for each', more, [])
    .action(action((context, command, [provider = '']) => writeKeys(context, provider, command.opts<KeysWish>())));
  common(
    hooks.command('reconcile').argument('<endpoint>').description('ask the sender what it did not get through; each becomes a hint, once'),
  )
    .option('--since <time>', 'of GitHub: how far back; three days, if left out')
    .option('--all', 'of GitHub: also what was answered with success, after an older store was restored')
    .option('--restart', 'of a list of changes: look from now on, whatever was missed until now')
    .action(action((context, command, [endpoint = '']) => reconcileEndpoint(context, deps, endpoint, command.opts<ReconcileWish>())));
}

/** `hooks list | show | replay | confirm | providers | endpoints | test | rotate | ranges | keys | reconcile`. */
export function registerHooks(program: Command, deps: HooksDeps): void {
  const hooks = program.command('hooks').description('webhooks: what came in, from whom, and the secrets that prove it');
  registerEvents(hooks, deps);
  registerSetUp(hooks, deps);
}
