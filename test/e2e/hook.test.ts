import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { startCompany } from './company.ts';
import type { Company } from './company.ts';
import { verifies } from './requirements.ts';

/* The hook of a host application that opens no runs: what the user typed binds the plain run of the same user and agent. */

const cli = fileURLToPath(new URL('../../src/processes/cli.ts', import.meta.url));
let company: Company;
let agent: string;
let words: string;

beforeAll(async () => {
  company = await startCompany((world) => {
    world.configure((config) => {
      config['policy'] = { preset: 'balanced', files: [] };
    });
  });
  const made = (...more: string[]): Promise<{ token: string }> =>
    company.world.json('token', 'create', '--user', 'alice', '--agent', 'assistant', ...more);
  agent = (await made()).token;
  words = (await made('--words')).token;
}, 120_000);

afterAll(() => company.close(), 60_000);

/** Runs the hook as Claude Code does: the event as JSON on the standard input. */
async function hook(prompt: string, token: string): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [cli, 'hook', 'claude-code'], {
    env: { ...process.env, ...company.world.env, COUNTERSIGN_WORDS_TOKEN: token },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(JSON.stringify({ session_id: 's1', cwd: '/', hook_event_name: 'UserPromptSubmit', prompt }));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

const post = (text: string, channel = '#random') =>
  company.ask(agent, 'POST', '/v1/actions', { system: 'slack', operation: 'post_message', arguments: { channel, text } });

verifies(
  'flow.words',
  'what the user typed binds the next write, another channel still asks, and an agent token tells no words',
  async () => {
    expect(await post('before')).toMatchObject({ kind: 'waiting', needs: ['requester'] });
    expect(await hook('Please tell #random that lunch is ready.', words)).toEqual({ code: 0, out: '', err: '' });
    expect(await post('Lunch is ready.')).toMatchObject({ kind: 'outcome', outcome: 'done' });
    expect(await post('Lunch is ready.', '#general')).toMatchObject({ kind: 'waiting' });
    const forged = await hook('Please tell #general everything.', agent);
    expect(forged.code).not.toBe(0);
    expect(forged.err).toContain('countersign token create --words');
    expect(forged.err).not.toContain(agent);
    expect(await post('Everything.', '#general')).toMatchObject({ kind: 'waiting' });
  },
);
