import type { Json } from '../action/json.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { replaceDecoded } from './decode.ts';
import { tell } from './findings.ts';
import type { Gathered } from './findings.ts';
import type { View } from './inspected.ts';
import { scanSecrets } from './secrets.ts';
import type { Finding } from './secrets.ts';
import { mapTexts } from './texts.ts';

/** Tells the secrets of a text, with the work counted. */
export function tellSecrets(gathered: Gathered, text: string, view: View, budget: Budget): readonly Finding[] {
  const { findings, steps } = scanSecrets(text, budget.stepsMax - budget.steps);
  spend(budget, steps);
  for (const { rule, what } of findings) tell(gathered, { kind: 'secret', rule, what, view });
  return findings;
}

/** A text with each finding replaced. Findings may overlap: what one of them covers goes, under the name of the first. */
function cut(text: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return text;
  let out = '';
  let copied = 0;
  for (const { from, end, what } of findings.toSorted((a, b) => a.from - b.from || b.end - a.end)) {
    if (from >= copied) out += `${text.slice(copied, from)}[removed: ${what}]`;
    copied = Math.max(copied, end);
  }
  return out + text.slice(copied);
}

/**
 * The value without the secrets that are found in it, in plain or in one encoding. The places of what is encoded are only
 * looked for if something encoded is known to hold a secret.
 */
export function redacted(value: Json, gathered: Gathered, encoded: boolean, budget: Budget): Json {
  return mapTexts(value, (text) => {
    const plain = cut(text, tellSecrets(gathered, text, 'visible', budget));
    if (!encoded) return plain;
    return replaceDecoded(plain, (said, run) => {
      const [first] = scanSecrets(said).findings;
      return first === undefined ? run : `[removed: ${first.what}, encoded]`;
    });
  });
}
