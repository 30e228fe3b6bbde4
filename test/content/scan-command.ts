import { Command } from 'commander';
import { registerScan } from '../../src/processes/cli/scan.ts';

/* `countersign scan` alone, for its test. */
const program = new Command('countersign');
registerScan(program);
await program.parseAsync();
