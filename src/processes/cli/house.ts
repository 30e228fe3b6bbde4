import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { visible } from '../../action/visible.ts';
import { listeners } from '../../wire/messages.ts';
import type { Listener } from '../../wire/messages.ts';
import { peer } from '../../wire/client.ts';
import { paths } from '../paths.ts';
import { environmentOf, nodeArguments } from '../confine.ts';
import { initialise } from '../init.ts';
import { superviseHouse } from '../supervisor.ts';
import type { SupervisorEvent } from '../supervisor.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

/** One line for one event of the house. */
function eventLine(event: SupervisorEvent): string {
  const detail = Object.entries(event.detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) =>
      key === 'line' || key === 'state' || key === 'message'
        ? visible(String(value), 'escaped')
        : `${key}=${visible(String(value), 'escaped')}`,
    )
    .join(' ');
  return `${event.process.padEnd(9)} ${event.event}${detail === '' ? '' : `: ${detail}`}`;
}

async function up(context: Context): Promise<void> {
  const config = context.config();
  const print = (event: SupervisorEvent): void =>
    void process.stdout.write(
      `${context.json ? JSON.stringify({ process: event.process, event: event.event, ...event.detail }) : eventLine(event)}\n`,
    );
  const house = superviseHouse(config, print);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  try {
    await Promise.race([house.ready, stopped]);
  } catch (error) {
    await house.stop();
    throw new Exit(
      exits.failed,
      'not-reachable',
      `the house did not come up: ${error instanceof Error ? error.message : 'a process failed'}`,
    );
  }
  print({
    process: 'supervisor',
    event: 'ready',
    detail: { message: `agents: http://127.0.0.1:${config.gateway.port}/mcp   people: \`countersign proposals\`   stop: Ctrl-C` },
  });
  await stopped;
  print({ process: 'supervisor', event: 'stopping', detail: {} });
  await house.stop();
}

/** Runs one process in the foreground, as the supervisor would start it. */
async function run(context: Context, name: string): Promise<void> {
  if (!(listeners as readonly string[]).includes(name))
    throw new Exit(exits.usage, 'usage', `there is no process called ${name}: choose one of ${listeners.join(', ')}`);
  const config = context.config();
  const listener = name as Listener;
  const { COUNTERSIGN_SUPERVISED: _, ...env } = environmentOf(config, listener, process.env);
  const child = spawn(process.execPath, nodeArguments(config, listener, process.env), { cwd: config.folder, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? exits.failed)));
}

async function status(context: Context): Promise<void> {
  const place = paths(context.config());
  const rows = await Promise.all(
    listeners.map(async (name) => {
      const line = peer(place.socket(name));
      const answer = await line.ask('health', {});
      line.close();
      return answer.ok
        ? { process: name, up: true, ...(answer.value as { pid: number; state: string }) }
        : { process: name, up: false, state: answer.message };
    }),
  );
  context.say(
    rows,
    rows.map((row) => `${row.process.padEnd(9)} ${row.up ? 'up  ' : 'down'} ${row.state}`),
  );
  if (rows.some((row) => !row.up)) process.exitCode = exits.failed;
}

/** `init`, `up`, `run` and `status`. */
export function registerHouse(program: Command): void {
  common(program.command('init').description('write a commented configuration and make the process keys; nothing is overwritten')).action(
    action((context) => {
      const made = initialise(context.configFile);
      context.say(made, [
        `wrote ${made.file} and the keys in ${made.data}`,
        'next: 1. name your systems in it',
        '      2. countersign approver create <name> --user <you> --admin',
        '      3. countersign token create --user <you> --agent <assistant>',
        '      4. countersign up',
      ]);
    }),
  );
  common(program.command('up').description('start the whole house and keep it up')).action(action(up));
  common(
    program.command('run').argument('<process>', listeners.join(' | ')).description('start one process alone, in the foreground'),
  ).action(action((context, _command, [name = '']) => run(context, name)));
  common(program.command('status').description('which processes are up, and what each says of itself')).action(action(status));
}
