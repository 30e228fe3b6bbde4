#!/usr/bin/env node
import { Command } from 'commander';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`countersign needs Node 22.15 or newer; this is ${process.versions.node}. Node 24 LTS is what it is tested on.\n`);
  process.exit(2);
}

const program = new Command('countersign')
  .description('The reference monitor between AI agents and the systems they act on.')
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: false });

await program.parseAsync();
