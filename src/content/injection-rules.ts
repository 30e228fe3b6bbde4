import { ending, gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

import { authority, exfiltrate } from './injection-rules-leaks.ts';
import { addressed } from './injection-rules-models.ts';
import { conceal, override } from './injection-rules-orders.ts';
import { later, tools } from './injection-rules-tools.ts';

/* English: what asks a model to drop its rules; and marks, of any language, that mean something to a model only. */

const jailbreak: readonly InjectionRule[] = [
  rule(
    ['do-anything', 'asks a model to drop its rules', 3],
    'do anything now|stay in character|jailbroken|you can never refuse|never refuse|you must not refuse|you cannot refuse',
    '\\b',
  ),
  rule(
    ['no-limits', 'says that a model has no rules', 2],
    'without|no|no longer bound by|not bound by|free from|free of|ignore your|unbound by|drop your|not subject to',
    ` ${gap(2)}(?:restrictions|limitations|filters|guardrails|censorship|moral|ethics|ethical|safety (?:rules|guidelines|filters|measures))\\b`,
  ),
  rule(
    ['pretend', 'asks a model to play a role', 1],
    'pretend|role-play|roleplay|act as|behave as|simulate',
    " (?:to be|you are|you're|that you|as if|as an?|if you|an? (?:unrestricted|evil|uncensored|hacker|terminal|shell|different))\\b",
  ),
  rule(
    ['reply-exactly', 'says exactly what a model must answer', 1],
    'respond|reply|answer|output|print|say',
    ' (?:only |exclusively )?(?:with |exactly |nothing but |only |the exact )(?:the |exactly |only |words? |phrase |following )?',
  ),
  rule(
    ['verdict', 'asks for a verdict', 2],
    'rate|recommend|mark|classify|approve|rank|score|evaluate|label|treat|judge',
    ' (?:this|the|my|him|her|me) ?(?:[a-z-]{1,20} )?(?:paper|candidate|applicant|product|review|resume|cv|transaction|invoice|pull request|submission|vendor|application|message|file|commit|package|profile|lead) ?(?:as|with|highly|positively|above|first|at|to be)\\b',
  ),
  rule(
    ['run-this', 'asks to run something', 1],
    'run|execute|invoke|launch',
    ' (?:the |this |these )?(?:following |below )?(?:commands?|script|code|shell|snippet|query)\\b',
  ),
  rule(['pipe-to-shell', 'fetches a program and runs it', 1], 'curl|wget', ' [^|\\n]{1,120}\\| ?(?:sudo )?(?:ba|z|da)?sh\\b'),
];

const marker =
  '(?:system|assistant|human|developer|tool_?(?:calls?|use|responses?|results?)|function_?(?:calls?|results?)|invoke|instructions?|system-reminder|system_prompt|important|critical|admin|secret|untrusted[a-z_-]{0,10}|start_of_turn|end_of_turn)';
const structure: readonly InjectionRule[] = [
  rule(
    ['written-escape', 'holds a written sequence that hides text on a terminal', 3],
    '\\u001b[8m|\\x1b[8m|\\033[8m|\\e[8m|\\u001b[0;8m|\\x1b[38;5;231m',
    '',
    { inside: true },
  ),
  rule(['role-tag', 'holds tags that mark turns, tools or results for a model', 2], '<|&lt;', `/?${marker}[ >]`, { inside: true }),
  rule(
    ['role-line', 'holds a line that looks like a turn of a conversation', 1],
    [
      '| system',
      '| assistant',
      '| developer',
      '| tool',
      '| function',
      '| **system',
      '| **assistant',
      '| # instruction',
      '| ### instruction',
      '| ### response',
    ],
    `${ending}[*_\`]{0,4} ?:`,
    { inside: true },
  ),
];

/** Marks that only a tokeniser has a use for: in a text for people they have none. */
export const templateRules: readonly InjectionRule[] = [
  rule(['template-token', 'holds the marks by which a model tells turns apart', 2], ['<|'], '[^ <>|\\n]{1,40}\\|>', { inside: true }),
  rule(['template-token', 'holds the marks by which a model tells turns apart', 2], '<｜', '[^ <>｜\\n]{1,40}｜>', { inside: true }),
  rule(['template-token', 'holds the marks by which a model tells turns apart', 2], ['&lt;|'], '[^ <>|\\n]{1,40}\\|(?:>|&gt;)', {
    inside: true,
  }),
  rule(
    ['template-token', 'holds the marks by which a model tells turns apart', 2],
    '<<sys>>|<</sys>>|&lt;<sys>>|&lt;</sys>>|[inst]|[/inst]|⟦inst⟧|⟦/inst⟧|[system_prompt]|⟦system_prompt⟧|[tool_results]|⟦tool_results⟧|[available_tools]|⟦available_tools⟧|[tool_calls]|⟦tool_calls⟧|start_of_turn>|end_of_turn>',
    '',
    { inside: true },
  ),
];

/** The rules for English, and for marks of any language. */
export const englishRules: readonly InjectionRule[] = [
  ...override,
  ...conceal,
  ...exfiltrate,
  ...addressed,
  ...authority,
  ...tools,
  ...later,
  ...jailbreak,
  ...structure,
  ...templateRules,
];
