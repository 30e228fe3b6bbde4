import { parseConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';

/** A configuration of nothing but a hooks door. */
export function configWith(hooks: object): Config {
  const parsed = parseConfig(JSON.stringify({ version: 1, installation: 'cs_0123456789', trust: {}, hooks }), 'countersign.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return parsed.config;
}
