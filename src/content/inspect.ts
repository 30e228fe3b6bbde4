import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import { budgetFor } from './budget.ts';
import type { Budget } from './budget.ts';
import { findingsOf, gather, raise, tell, told } from './findings.ts';
import type { Gathered } from './findings.ts';
import { tellHidden } from './hidden-findings.ts';
import type { Inspected, InspectOptions } from './inspected.ts';
import { personalData } from './personal.ts';
import { readDecoded, readHidden, readTogether, readVisible } from './readings.ts';
import { redacted, tellSecrets } from './redact.ts';
import { sanitiseJson } from './sanitise-json.ts';
import { withheld } from './sanitise.ts';
import type { Aside, Reference } from './sanitised.ts';
import { sentencesOf } from './sentences.ts';
import { textsOf } from './texts.ts';
import type { Texts } from './texts.ts';

const notice =
  '[withheld: this content is not shown because it holds instructions to a model, or text that is hidden from people. A person can open it.]';
const overrides = /[\u202d\u202e]/;
/** A URL with a place for something to be filled in, in what is sent to its host. */
const placeholder = /[?&#][^\s]{0,300}?(?:(?:[{<[]|%7b|%3c|%5b|\$\()[A-Za-z_ .-]{2,40})/i;
/** The same, as people write it: in capitals, or left empty. */
const capitals = /[?&#][^\s=]{0,40}=(?:[A-Z][A-Z_]{3,40}(?=$|[&#])|$)/;
/** Rules for text that is meant for a model: together with such a URL, that is a way out for data. */
const addressed = [
  'vocative',
  'vocative-mild',
  'to-model',
  'to-model-mild',
  'reading-this',
  'agent-reading',
  'model-does',
  'model-must',
  'send-secret',
  'image-leak',
  'for-the-model',
];
const longValue = /[?&][^=&\s]{1,40}=[^&\s]{60}/;

/** Only what stands behind one of these is sent to the host. */
const sends = /[?&#]/;
const referenceRules: Readonly<Record<string, string>> = {
  'image-placeholder': 'an image whose address has a place for something to be filled in',
  'link-placeholder': 'a link whose address has a place for something to be filled in',
  'image-long-value': 'an image whose address sends a long value away',
};

/** An image is fetched as soon as it is drawn: what its address holds is sent away. */
function readReferences(gathered: Gathered, references: readonly Reference[]): void {
  const counts = new Map<string, number>();
  const meant = addressed.some((rule) => told(gathered, 'injection', rule));
  for (const { kind, url } of references) {
    if (url === null || !sends.test(url)) continue;
    const place = placeholder.test(url);
    const fills = place || capitals.test(url);
    if (!fills && (kind !== 'image' || !longValue.test(url))) continue;
    const rule = fills ? `${kind}-placeholder` : 'image-long-value';
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
    raise(gathered, fills && (meant || (place && kind === 'image')) ? 'suspicious' : 'noted');
  }
  for (const [rule, count] of counts) tell(gathered, { kind: 'injection', rule, what: referenceRules[rule] ?? '', view: 'visible' }, count);
}

function classify(gathered: Gathered, texts: readonly string[], { classifier, classifierThreshold = 0.5 }: InspectOptions): void {
  if (classifier === undefined) return;
  const sentences = texts.flatMap(sentencesOf);
  const scores = sentences.length === 0 ? [] : classifier(sentences);
  // Anything but a score per sentence is a broken model: that must not read as harmless.
  const broken = scores.length !== sentences.length || scores.some((score) => !(score >= 0 && score <= 1));
  const count = broken ? 1 : scores.filter((score) => score >= classifierThreshold).length;
  if (count === 0) return;
  const what = broken ? 'could not be scored by the classifier of the operator' : 'is an injection to the classifier of the operator';
  tell(gathered, { kind: 'injection', rule: broken ? 'classifier-broken' : 'classifier', what, view: 'visible' }, count);
  raise(gathered, 'suspicious');
}

function tellPersonal(gathered: Gathered, texts: readonly string[]): void {
  for (const text of texts)
    for (const { rule, what, count } of personalData(text)) tell(gathered, { kind: 'personal', rule, what, view: 'visible' }, count);
}

/** Looks at what came out of sanitising, in all readings. Returns the value without its secrets. */
function detect(gathered: Gathered, value: Json, { aside, raw, options, budget }: Looked): Json {
  const { hidden, decoded, links, images } = aside;
  const blocks = decoded.map((block) => block.text);
  const encodedSecret = blocks.flatMap((text) => tellSecrets(gathered, text, 'decoded', budget)).length > 0;
  for (const { text } of hidden) tellSecrets(gathered, text, 'hidden', budget);
  const clean = redacted(value, gathered, encodedSecret, budget);
  const { values, keys } = textsOf(clean);
  const all = [...values, ...keys];
  const backwards = raw.values.some((text) => overrides.test(text));
  const chars = all.reduce((sum, text) => sum + text.length, 0);
  const plain = readVisible(gathered, all, budget);
  readDecoded(gathered, { plain, blocks, urls: [...links, ...images].flatMap(({ url }) => url ?? []) }, backwards, budget);
  readHidden(gathered, hidden.map(({ text }) => text), budget); // prettier-ignore
  if (chars <= limits.contentSplitCharsMax) readTogether(gathered, plain.slice(0, values.length), budget);
  readReferences(gathered, [...links, ...images]);
  tellHidden(gathered, hidden, chars);
  if (backwards) raise(gathered, 'suspicious');
  if (options.personal === true) tellPersonal(gathered, all);
  classify(gathered, values, options);
  return clean;
}

interface Looked {
  readonly aside: Aside;
  readonly raw: Texts;
  readonly options: InspectOptions;
  readonly budget: Budget;
}

/**
 * The one way of third-party content to a model: nothing hidden, nothing active, no secrets, and what was found in it. The
 * level can ask for more care and never for less: what has no findings is as untrusted as before. Pure, and bounded by
 * counted work; what costs more than its bounds is withheld, and so is what is hostile, unless a person opens it.
 */
export function inspectContent(value: Json, options: InspectOptions = {}): Inspected {
  const sanitised = sanitiseJson(value, options);
  if (sanitised.kind === 'withheld') return { ...sanitised, level: 'hostile', findings: [] };
  const gathered = gather();
  const raw = textsOf(value);
  const budget = budgetFor([...raw.values, ...raw.keys].reduce((sum, text) => sum + text.length, 0));
  budget.steps = sanitised.steps;
  const clean = detect(gathered, sanitised.value, { aside: sanitised, raw, options, budget });
  const findings = findingsOf(gathered);
  const { steps, overrun } = budget;
  if (overrun !== null) return { ...withheld(overrun, steps), level: 'hostile', findings };
  if (gathered.level === 'hostile' && options.openHostile !== true)
    return { kind: 'withheld', notice, level: 'hostile', reason: 'hostile', findings, steps };
  const references = [...sanitised.links, ...sanitised.images].toSorted((a, b) => a.number - b.number);
  const hiddenChars = sanitised.hidden.reduce((sum, segment) => sum + segment.chars, 0);
  return { kind: 'shown', value: clean, level: gathered.level, findings, references, hiddenChars, steps };
}
