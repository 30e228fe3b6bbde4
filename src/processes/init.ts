import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { signers } from '../action/statement.ts';
import type { SignerName } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { createIdentity } from '../record/identity.ts';
import { paths } from './paths.ts';

/** Makes the data folder and a key for each process. Returns the public keys. Never overwrites a key. */
function createKeys(data: string): Record<SignerName, string> {
  const place = paths({ data });
  for (const folder of [data, place.keys, place.run, place.log]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(place.fingerprints, randomBytes(32), { mode: 0o600, flag: 'wx' });
  return Object.fromEntries(signers.map((name) => [name, createIdentity(place.key(name))])) as Record<SignerName, string>;
}

const text = (
  installation: string,
  data: string,
  keys: Record<SignerName, string>,
): string => `# Countersign. Check this file with \`countersign config check\`; every setting is described in schema/countersign.schema.json.
version: 1

# The name of this installation. It is part of every signature, so it never changes.
installation: ${installation}

# Where the store, the log, the sockets and the process keys lie.
data: ${data}

policy:
  # strict:   every write asks a person.
  # balanced: a write whose target is bound and that leaks nothing goes ahead; everything else asks.
  preset: strict
  # Your own Cedar files, on top of the preset: see \`countersign policy check\`.
  files: []

approval:
  proposalTtlMinutes: 1440 # a proposal waits this long for signatures
  signatureTtlMinutes: 15 # a signature is good for this long

# All doors listen on 127.0.0.1.
gateway:
  port: 7421
console:
  port: 7422
hooks:
  port: 7423

# The public keys of the processes. What is not signed by one of them is not believed, whatever the store says.
trust:
${signers.map((name) => `  ${name}: ["${keys[name]}"]`).join('\n')}

# The first approvers. \`countersign approver create alice --user alice --admin\` pins the first one here.
administrators: []

# The third parties. Each has two credentials: the reader may only read, the executor may write.
systems: {}
#  github:
#    connector: github
#    owner: your-organisation
#    repositories: [app]          # leave it out for all of them
#    credentials:
#      read: { env: GITHUB_READ_TOKEN }
#      write: { env: GITHUB_WRITE_TOKEN }
#  slack:
#    connector: slack
#    team: T0123456789
#    credentials:
#      read: { env: SLACK_READ_TOKEN }
#      write: { env: SLACK_WRITE_TOKEN }
#    targets: []                  # channel ids where agents may post without being told by the user
#  files:                         # any MCP server; \`countersign catalog add files\` writes the catalogue for you to review
#    connector: mcp
#    catalogue: catalogues/files.yaml
#    tenant: shared-folder
#    read:
#      command: npx
#      args: [-y, "@modelcontextprotocol/server-filesystem", /srv/shared]
#    write:
#      command: npx
#      args: [-y, "@modelcontextprotocol/server-filesystem", /srv/shared/drafts]
`;

/**
 * Writes a commented configuration and makes the data folder with its keys.
 * @throws CountersignError `bad-config` if the file or the keys are already there: nothing is ever overwritten.
 */
export function initialise(file: string): { readonly file: string; readonly data: string; readonly installation: string } {
  const target = resolve(file);
  const data = resolve(dirname(target), '.countersign');
  if (existsSync(target))
    throw new CountersignError(
      'bad-config',
      `${target} is already there: nothing was changed. Edit it, or name another file with --config`,
    );
  if (existsSync(paths({ data }).keys))
    throw new CountersignError(
      'bad-config',
      `${data} already holds the keys of an installation: nothing was changed. Move it away first, or restore its countersign.yaml`,
    );
  const installation = `cs_${randomBytes(9).toString('base64url')}`;
  mkdirSync(dirname(target), { recursive: true });
  const keys = createKeys(data);
  writeFileSync(target, text(installation, relative(dirname(target), data), keys), { flag: 'wx' });
  return { file: target, data, installation };
}
