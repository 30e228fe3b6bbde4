import { Command } from 'commander';
import { registerMcp } from '../../src/processes/cli/mcp.ts';

const program = new Command('countersign');
registerMcp(program);
await program.parseAsync();
