// verifies: house.documents
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { checkSettings } from '../../src/inbound/endpoint.ts';
import { parseConfig } from '../../src/processes/config.ts';
import { endpointSettings } from '../../src/processes/hooks-endpoints.ts';

/* Every example of a configuration in these documents is what the configuration takes, and its endpoints are what the hooks door takes. */

const credentials = { read: { env: 'GITHUB_READ' }, write: { env: 'GITHUB_WRITE' } };
const github = { connector: 'github', owner: 'acme', credentials };

const namesOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** The YAML blocks of a document, also those that are indented in a list. */
function examplesIn(file: string): readonly (readonly [string, { readonly hooks: object; readonly systems?: object }])[] {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```/gm)].map(([, , block = '']) => {
    const example = parseYaml(block) as { hooks: object; systems?: object };
    return [`${file}: ${Object.values(example.hooks).flatMap(namesOf).join(', ')}`, example];
  });
}

const examples = ['hooks.md', 'hooks-servicenow.md', 'accounts.md'].flatMap(examplesIn);

test('the documents have examples', () => expect(examples.length).toBeGreaterThan(8));

test.each(examples)('%s', (_, example) => {
  const systems = { github, ...example.systems };
  const whole = { version: 1, installation: 'cs_0123456789', trust: {}, ...example, systems };
  const parsed = parseConfig(JSON.stringify(whole), 'countersign.yaml');
  expect(parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([]);
  if (!parsed.ok) return;
  const { config } = parsed;
  const said = Object.keys(config.hooks.endpoints).map((id) => checkSettings(endpointSettings(config, id)));
  expect(said.flatMap((one) => (one.ok ? [] : [one.message]))).toEqual([]);
});
