import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configShape } from '../src/processes/config.ts';

/** Where the published schema of `countersign.yaml` lies. */
export const schemaFile: string = fileURLToPath(new URL('../schema/countersign.schema.json', import.meta.url));

/** The JSON Schema of what a person writes into `countersign.yaml`: defaults may be left out. */
export function schemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(configShape, { io: 'input' });
  const head = { $schema, title: 'countersign.yaml', description: 'The configuration of a Countersign installation.' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(schemaFile), { recursive: true });
  writeFileSync(schemaFile, schemaText());
  process.stdout.write(`${schemaFile}\n`);
}
