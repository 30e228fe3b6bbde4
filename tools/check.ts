import { spawn } from 'node:child_process';

/*
 * `npm run check`: everything that can be told without running the code, two at a time, the longest first. The types are
 * checked with one thread each: more of them check the same things more than once.
 */

const steps = [
  'oxlint --type-aware',
  'tsc --singleThreaded',
  'knip',
  'tsc -p tsconfig.pure.json --singleThreaded',
  'oxfmt --check',
] as const;

/** Runs one step, prints what it said when it has ended, and tells whether it is content. */
function run(step: string): Promise<boolean> {
  return new Promise((done) => {
    const [program = '', ...args] = step.split(' ');
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', (error) => (said += `${error.message}\n`));
    child.once('close', (code) => {
      process.stdout.write(`${step}: ${code === 0 ? 'good' : `ended with ${code}`}\n${said}`);
      done(code === 0);
    });
  });
}

async function lane(queue: string[]): Promise<boolean> {
  let good = true;
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) good = (await run(step)) && good;
  return good;
}

const queue: string[] = [...steps];
const lanes = await Promise.all([lane(queue), lane(queue)]);
process.exitCode = lanes.every(Boolean) ? 0 : 1;
