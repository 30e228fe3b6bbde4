import { pathToFileURL } from 'node:url';
import type { ShellAnswer, ShellCommand } from './shell.ts';

/*
 * The process of a shell: it runs one program file after the other as Node would, and what they import is loaded once. A
 * program is evaluated anew for each command, with arguments, environment and folder of its own.
 */

/** Thrown where a program asks for the end of its process. */
const ending = Symbol('the program has ended');

const leave = process.exit.bind(process);
let said = { stdout: '', stderr: '' };
let breakOff: (error: unknown) => void = () => undefined;
let count = 0;

for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (text: string | Uint8Array) => {
    said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
process.exit = (code) => {
  process.exitCode = code ?? process.exitCode ?? 0;
  throw ending;
};
// What a program throws later, outside of what it is waited for, ends it as well.
process.on('uncaughtException', (error) => breakOff(error));

async function run({ file, args, cwd, env }: ShellCommand): Promise<ShellAnswer> {
  said = { stdout: '', stderr: '' };
  process.exitCode = 0;
  process.argv.splice(1, process.argv.length, file, ...args);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  count += 1;
  const broken = Promise.withResolvers<never>();
  breakOff = broken.reject;
  try {
    await Promise.race([import(`${pathToFileURL(file).href}?${count}`), broken.promise]);
  } catch (error) {
    if (error !== ending) {
      said.stderr += `${error instanceof Error ? error.stack : String(error)}\n`;
      process.exitCode = 1;
    }
  }
  const code: unknown = Reflect.get(process, 'exitCode'); // the program may have set it
  return { ...said, code: Number(code ?? 0) };
}

let last = Promise.resolve();
process.on('message', (command: ShellCommand) => {
  last = last.then(async () => void process.send?.(await run(command)));
});
process.on('disconnect', () => leave(0));
