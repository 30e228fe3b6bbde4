import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWorld } from '../../fakes/world.ts';
import type { World } from '../../fakes/world.ts';
import { playStory } from './story.ts';
import type { Facts } from './story.ts';

/*
 * `npm start`: the whole house with pretend GitHub, Slack and tickets; the story; and then it stays up.
 * `npm run demo -- --once --json`: the same without staying, and one JSON object of what the third parties saw.
 */

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } });
const tell = (line: string): void => void (values.json ? 0 : process.stdout.write(`${line}\n`));

/** True if every fact is as the product promises. */
function asPromised(facts: Facts): boolean {
  return (
    facts.readsAnswered > 0 &&
    facts.proposalsHeld === 2 &&
    facts.executed === 1 &&
    facts.refused === 1 &&
    facts.attackerEffects === 0 &&
    facts.logVerified
  );
}

async function nextSteps(world: World): Promise<void> {
  const { token } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'assistant');
  tell('');
  tell('The house stays up. Connect any MCP client to it:');
  tell(`  address   ${world.gatewayUrl}/mcp`);
  tell(`  header    Authorization: Bearer ${token}`);
  tell('Look around in another terminal (the passphrase of the pretend approvers alice and bob is in the first line):');
  tell(`  export COUNTERSIGN_CONFIG=${world.configFile} COUNTERSIGN_PASSPHRASE='${world.env['COUNTERSIGN_PASSPHRASE'] ?? ''}'`);
  tell('  npm run -s countersign -- proposals --all');
  tell('  npm run -s countersign -- log show --last 20');
  tell('  npm run -s countersign -- log verify');
  tell('Stop with Ctrl-C; everything of the demo is then removed.');
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  tell('Starting pretend GitHub, Slack and tickets, and the six processes of the house …');
  const world = await buildWorld(folder);
  try {
    const house = await world.up();
    try {
      const facts = await playStory(world, tell);
      process.stdout.write(`${values.json ? '' : '\nwhat the third parties saw: '}${JSON.stringify(facts)}\n`);
      if (!values.once) {
        await nextSteps(world);
        await stopped;
      }
      return asPromised(facts) ? 0 : 1;
    } finally {
      await house.stop();
    }
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
