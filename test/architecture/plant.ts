import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a small tree, by path. */
export type Tree = Readonly<Record<string, string>>;

const document = `A document of the tree. ${'It says what holds. '.repeat(12)}`;

/** A small tree in which every rule holds. */
export const sound: Tree = {
  'src/errors.ts': 'export const refuse = (code: string): string => code;\n',
  'src/action/digest.ts': "import { sha256 } from '@noble/hashes/sha2.js';\nexport const digest = sha256;\n",
  'src/decide/decide.ts': "import { digest } from '../action/digest.ts';\nexport const decide = (): unknown => digest;\n",
  'src/store/sqlite.ts':
    "import { DatabaseSync } from 'node:sqlite';\nexport const open = (): unknown => new DatabaseSync(':memory:').exec('SELECT a FROM b');\n",
  'src/connectors/connector.ts': 'export interface Hand { readonly close: () => void }\n',
  'src/connectors/slack/catalog.ts': "import { words } from './words.ts';\nexport const operations = [words];\n",
  'src/connectors/slack/words.ts': "export const words = 'post';\n",
  'src/connectors/slack/read.ts':
    "import type { Hand } from '../connector.ts';\nexport const read = (): Hand => ({ close: () => undefined });\n",
  'src/connectors/slack/write.ts':
    "import type { Hand } from '../connector.ts';\nexport const write = (): Hand => ({ close: () => undefined });\n",
  'src/propose/propose.ts': "import { decide } from '../decide/decide.ts';\nexport const propose = decide;\n",
  'src/read/dispatch.ts': "import type { Hand } from '../connectors/connector.ts';\nexport type Reader = Hand;\n",
  'src/execute/admit.ts': "import { decide } from '../decide/decide.ts';\nexport const admit = decide;\n",
  'src/processes/gateway.ts': "import { propose } from '../propose/propose.ts';\npropose();\n",
  'src/processes/hooks.ts': "import { refuse } from '../errors.ts';\nrefuse('x');\n",
  'src/processes/console.ts': "import { refuse } from '../errors.ts';\nrefuse('x');\n",
  'src/processes/ledger.ts': "import { open } from '../store/sqlite.ts';\nopen();\n",
  'src/processes/reader.ts':
    "import { read } from '../connectors/slack/read.ts';\nimport type { Reader } from '../read/dispatch.ts';\nexport const hand: Reader = read();\n",
  'src/processes/executor.ts':
    "import { write } from '../connectors/slack/write.ts';\nimport { admit } from '../execute/admit.ts';\nwrite();\nadmit();\n",
  'README.md': `${document}See src/errors.ts.`,
  'ARCHITECTURE.md': document,
  'SECURITY.md': document,
  'CONTRIBUTING.md': document,
  'CHANGELOG.md': document,
  LICENSE: document,
};

/** Writes a tree into a new folder, gives it to `body`, and removes it. A file whose text is null is left out. */
export function planted<T>(tree: Readonly<Record<string, string | null>>, body: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'tree-'));
  try {
    for (const [path, text] of Object.entries(tree)) {
      if (text === null) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
