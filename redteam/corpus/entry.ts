/**
 * The ways of attacking by text that the corpus covers. Two ways of the catalogue of attacks are no texts and are missing:
 * a tool that changes after its approval, and an answer that belongs to another tenant.
 */
export const techniques = [
  'tags',
  'variation-selectors',
  'zero-width',
  'bidi',
  'homoglyphs',
  'html-comment',
  'css-hidden',
  'alt-text',
  'unseen-layer',
  'image-exfiltration',
  'reference-link',
  'slack-link',
  'ansi',
  'data-uri',
  'encoded',
  'other-language',
  'override',
  'tool-description',
  'shadowing',
  'fake-role',
  'fake-tool-result',
  'chat-template',
  'task-complete',
  'split',
  'memory',
  'delayed-trigger',
  'authority',
  'quiet',
] as const;

/** How a text attacks. */
export type Technique = (typeof techniques)[number];

/** An untrusted text that tries to make an agent do what its user did not ask for. */
export interface Attack {
  readonly id: string;
  readonly technique: Technique;
  /** BCP 47, of the part that attacks. */
  readonly language: string;
  /** It reads like ordinary business: nothing in the text itself gives it away. */
  readonly quiet?: true;
  /** A text of one field, or a JSON object of several. */
  readonly text: string;
}

/** What a benign text is, and so why it is hard. */
export const kinds = [
  'office',
  'office-language',
  'security-docs',
  'prompt-docs',
  'agent-instructions',
  'runbook',
  'changelog',
  'ticket',
  'mail',
  'html-mail',
  'markdown',
  'attachment',
  'log',
  'code',
  'table',
  'identifiers',
  'tool-description',
  'characters',
] as const;

/** What a benign text is. */
export type Kind = (typeof kinds)[number];

/** A text that nobody should be warned about, though it has something that an attack has as well. */
export interface Benign {
  readonly id: string;
  readonly kind: Kind;
  /** BCP 47. */
  readonly language: string;
  readonly text: string;
}

/** Attacks of one technique in one language, by name. */
export function attacksBy(technique: Technique, language: string, texts: Readonly<Record<string, string>>): readonly Attack[] {
  return Object.entries(texts).map(([name, text]) => ({
    id: `${technique}-${name}`,
    technique,
    language,
    ...(technique === 'quiet' ? { quiet: true as const } : {}),
    text,
  }));
}

/** Benign texts of one kind in one language, by name. */
export function benignOf(kind: Kind, language: string, texts: Readonly<Record<string, string>>): readonly Benign[] {
  return Object.entries(texts).map(([name, text]) => ({ id: `${kind}-${name}`, kind, language, text }));
}
