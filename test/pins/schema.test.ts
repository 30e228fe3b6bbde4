// verifies: config.schema
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/processes/config.ts';
import { schemaFile, schemaText } from '../../tools/schema.ts';

const published = readFileSync(schemaFile, 'utf8');
const validate = new Ajv2020({ allErrors: true, formats: { uri: true, 'date-time': true } }).compile(JSON.parse(published) as object);

const smallest = {
  version: 1,
  installation: 'cs_0123456789',
  trust: {},
  systems: {
    slack: { connector: 'slack', team: 'T1', credentials: { read: { env: 'SLACK_READ' }, write: { env: 'SLACK_WRITE' } } },
    github: { connector: 'github', owner: 'acme', credentials: { read: { file: 'read.txt' }, write: { file: 'write.txt' } } },
    files: { connector: 'mcp', catalogue: 'files.yaml', tenant: 'home', read: { command: 'node', args: ['server.js'] } },
  },
};

test('the published schema is current: `npm run schema` writes it', () => {
  expect(published).toBe(schemaText());
});

test('what the configuration may leave out, the schema does not ask for', () => {
  expect(validate(smallest) ? [] : validate.errors).toEqual([]);
  expect(parseConfig(JSON.stringify(smallest), 'countersign.yaml')).toMatchObject({ ok: true });
});

const { github, slack } = smallest.systems;
test.each([
  ['an unknown name', { ...smallest, polcy: {} }],
  ['an unknown name inside', { ...smallest, systems: { slack: { ...slack, owner: 'acme' } } }],
  ['another version', { ...smallest, version: 2 }],
  ['no installation', { ...smallest, installation: undefined }],
  ['a short installation', { ...smallest, installation: 'cs_1' }],
  ['an unknown preset', { ...smallest, policy: { preset: 'lenient' } }],
  ['one credential for both zones left out', { ...smallest, systems: { github: { ...github, credentials: { read: { env: 'A' } } } } }],
  ['a credential in plain text', { ...smallest, systems: { github: { ...github, credentials: { read: 'ghp_x', write: 'ghp_y' } } } }],
  ['a port that is none', { ...smallest, gateway: { port: 70_000 } }],
  ['a trusted process that there is not', { ...smallest, trust: { model: [] } }],
])('the schema and the program both refuse %s', (_, config) => {
  const value: unknown = JSON.parse(JSON.stringify(config));
  expect(validate(value)).toBe(false);
  expect(parseConfig(JSON.stringify(value), 'countersign.yaml').ok).toBe(false);
});
