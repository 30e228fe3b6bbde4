import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openShell } from './shell.ts';

const program = `
const [how] = process.argv.slice(2);
console.log(JSON.stringify([process.argv.slice(2), process.env.WHO ?? null, process.cwd()]));
if (how === 'set') process.exitCode = 3;
if (how === 'exit') { setTimeout(() => console.log('never said'), 0); process.exit(2); }
if (how === 'throw') throw new Error('in the program');
if (how === 'later') { setTimeout(() => { throw new Error('later'); }, 0); await new Promise((done) => setTimeout(done, 5000)); }
`;

test('each command has its own words, environment, folder, output and end, as a process of its own would', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-shell-')));
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  const shell = openShell();
  onTestFinished(async () => {
    await shell.close();
    rmSync(folder, { recursive: true });
  });
  const run = (env: Record<string, string>, ...args: string[]) => shell.run(file, args, { cwd: folder, env });
  const said = (args: string[], who: string | null): string => `${JSON.stringify([args, who, folder])}\n`;
  // Asked for at once, answered in order.
  const [first, second, third] = await Promise.all([run({ WHO: 'alice' }, 'set'), run({}, 'fine'), run({}, 'exit')]);
  expect(first).toEqual({ code: 3, stdout: said(['set'], 'alice'), stderr: '' });
  expect(second).toEqual({ code: 0, stdout: said(['fine'], null), stderr: '' });
  expect(third).toEqual({ code: 2, stdout: said(['exit'], null), stderr: '' });
  for (const [how, why] of [
    ['throw', 'in the program'],
    ['later', 'later'],
  ] as const)
    expect(await run({}, how)).toMatchObject({ code: 1, stderr: expect.stringContaining(`Error: ${why}`) as string });
  await shell.close();
  await expect(run({}, 'fine')).rejects.toThrow('closed');
});
