import { gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* English: what speaks to a model instead of to a person. */

const model =
  '(?:ais?|llms?|(?:large )?language models?|(?:ai |coding |virtual |automated |email |support )?(?:assistants?|agents?)|ai [a-z]{4,12}|automated (?:system|reader|process|tool|visitor)s?|models?|chatbots?|bots?|copilot|claude|chatgpt|gpt|gemini|summari[sz]ers?)\\b';

const command =
  '(?:please |now |then |also |next )?(?:send|delete|share|move|add|open|answer|reply|respond|approve|export|overwrite|close|mute|upload|forward|press|click|do\\b|ignore|call|run|execute|write|read|publish|remove|set|give|grant|invite|transfer|pay|copy|fetch|post|create|change|merge|buy|book|order|enter|repeat|save|use|print|output|mark|cancel|disable|update|when you|once you|before you|if you|you must|you should|do not|never|always)';

/** A model is addressed. */
export const addressed: readonly InjectionRule[] = [
  rule(
    ['vocative', 'gives a model orders', 3],
    'assistant|assistants|ai|ai agent|ai agents|ai assistant|ai assistants|agents|bots|llm|llms|language models|copilot|claude|chatgpt|gemini|dear assistant',
    `[,:] ${command}\\b`,
  ),
  rule(['vocative-mild', 'gives an agent orders', 2], 'agent|bot|model', `[,:] ${command}\\b`),
  rule(
    ['for-the-model', 'is meant for a model', 2],
    'for',
    ` (?:the |any |all |every )?(?:ai(?: [a-z]{4,12})?|llms?|language models?|assistants?|agents?|bots?|crawlers?):`,
  ),
  rule(
    ['your-user', 'speaks to a model about its user', 1],
    'your user|your operator|your human|your principal',
    '(?! (?:account|name|id|profile|setting|group|role|data|preference|interface|directory|agent|story|guide|manual|error|resource)|[a-z])',
  ),
  rule(
    ['your-model', 'speaks about the model of the reader', 1],
    'your assistant|your ai|your language model|your agent|your llm|your copilot|your chatbot',
    '\\b',
  ),
  rule(
    ['model-does', 'says what a model does', 1],
    'the assistant|assistants|agents|the agent|bots|the ai',
    ' (?:answers?|repl(?:y|ies)|gives?|repeats?|sends?|opens?|shares?|adds?|has my|have my)\\b',
  ),
  rule(
    ['to-model', 'speaks to a model instead of a person', 2],
    'attention|note to|note for|notice to|notice for|message to|message for|instruction to|instructions to|instruction for|instructions for|reminder to|memo to|important for|addressed to|dear|directive for|directive to|guidance for|hint for|tip for|hints for|tips for|next job for|next task for|next step for|task for',
    `:?,? (?:the |any |all |every |this |whichever |our |your )?${gap(1)}${model}`,
  ),
  rule(
    ['to-model-mild', 'speaks to a model', 1],
    'hello|hi|hey|to the|to any|to all|for the|for any|for all',
    `,? ${model}(?:,|:| (?:reading|processing|that|who|which))`,
  ),
  rule(
    ['if-you-are', 'speaks to whoever is a model', 3],
    "if you are|if you're|if this is being|in case you are|since you are|because you are|as you are",
    ` (?:an? |the |processed by (?:an? )?|read by (?:an? )?|being )?(?:ai\\b|llm|language model|large language|automated|chatbot|copilot|claude|gpt|model\\b|ai-|bot\\b|(?:coding |virtual )?(?:assistant|agent)\\b (?:reading|processing|summari|asked))`,
  ),
  rule(
    ['reading-this', 'speaks to a model that reads it', 3],
    'ai|ais|llm|llms|language model|language models|chatbot|bot|ai assistant|ai agent|ai assistants|ai agents|copilot|claude|chatgpt',
    ' (?:that is |who is |which is |that |currently |systems? )?(?:reading|processing|summari[sz]ing|handling|analy[sz]ing|parsing|reviewing|reads|processes|summari[sz]es|handles) (?:this|the|these|it)\\b',
  ),
  rule(
    ['agent-reading', 'speaks to an agent that reads it', 2],
    'assistant|assistants|agent|agents|model|whoever',
    ' (?:that is |who is |that |who |currently )?(?:reading|processing|summari[sz]ing|parsing|reads|processes|summari[sz]es) (?:this|the|these)\\b',
  ),
  rule(
    ['as-a-model', 'reminds a model of what it is', 1],
    'as an ai|as a language model|as an llm|as the assistant|as an assistant|as the ai',
    '[, ]',
  ),
  rule(
    ['model-must', 'says what a model must do', 1],
    'the ai|the assistant|the agent|the model|the llm|ai assistants|ai agents|ai models|the chatbot|language models|assistants|agents',
    ' (?:must|should|shall|will|is required to|are required to|needs? to|has to|have to|is to)\\b',
  ),
];
