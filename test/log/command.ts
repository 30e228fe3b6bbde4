import { Command } from 'commander';
import { registerLog } from '../../src/processes/cli/log.ts';

// The command line with nothing but `log` on it.
const program = new Command('countersign');
registerLog(program);
await program.parseAsync();
