import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LinkRules } from '../decide/leaving.ts';
import { CountersignError } from '../errors.ts';
import type { Config } from './config.ts';

/** What the configuration says of third-party content and of what may leave. Both hands work by the same rules. */
export interface ContentRules {
  readonly links: LinkRules;
  readonly personal: boolean;
  /** The operator's own classifier: one score from 0 to 1 for each sentence. It can only raise what is found. */
  readonly classifier?: (sentences: readonly string[]) => readonly number[];
}

/** Whether the operator marks a source as restricted. A source without an id is, if any of its system is. */
export function isRestricted(config: Config, system: string, id: string | undefined): boolean {
  const listed = config.systems[system]?.restricted ?? [];
  return listed.includes('*') || (listed.length > 0 && (id === undefined || listed.some((one) => id === one || id.startsWith(`${one}/`))));
}

/**
 * Opens the rules of the configuration, with the operator's classifier if it names one.
 * @throws CountersignError `bad-config` if the module cannot be loaded or has no `score`.
 */
export async function openContentRules(config: Config): Promise<ContentRules> {
  const { links, content } = config;
  const rules = { links, personal: content.personal };
  if (content.classifier === undefined) return rules;
  const file = resolve(config.folder, content.classifier);
  let score: unknown;
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    score = typeof loaded === 'object' && loaded !== null && 'score' in loaded ? loaded.score : undefined;
  } catch {
    throw new CountersignError('bad-config', `content.classifier: ${file} cannot be loaded as a module`);
  }
  if (typeof score !== 'function') throw new CountersignError('bad-config', `content.classifier: ${file} exports no function \`score\``);
  const given = score as (sentences: readonly string[]) => unknown;
  return { ...rules, classifier: (sentences) => scores(given(sentences), sentences.length) };
}

/** What a classifier says, as numbers. One that does not answer as it should is taken to say the worst of every sentence. */
function scores(answer: unknown, count: number): readonly number[] {
  const numbers = Array.isArray(answer) ? answer.map((one: unknown) => (typeof one === 'number' && one >= 0 && one <= 1 ? one : 1)) : [];
  return numbers.length === count ? numbers : Array.from({ length: count }, () => 1);
}
