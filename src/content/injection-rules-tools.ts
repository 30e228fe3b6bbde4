import { gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* English: what changes how tools are used, and what waits for later. */

/** About tools and tasks. */
export const tools: readonly InjectionRule[] = [
  rule(
    ['replaces-tool', 'says that another tool must not be used any more', 2],
    'this tool replaces|this tool supersedes|use this tool instead of|use this instead of|note on the tool|note about the tool',
    ' [^ \\n]{2,40}',
  ),
  rule(
    ['tools-deprecated', 'says that tools of others must not be used any more', 2],
    'tool|tools|server|function',
    ` ${gap(5)}(?:is|are|was|were|has been|have been|has|have) (?:now )?(?:deprecated|moved|replaced|unsafe|insecure|disabled|compromised|obsolete)\\b[^ \\n]{0,1} ?${gap(3)}(?:use|write|send|call|all|every)\\b`,
  ),
  rule(
    ['all-through', 'sends everything through one place', 2],
    'all|every',
    ` (?:e-?mails?|messages?|payments?|files?|requests?|transfers?|invoices?|documents?|orders?|notifications?) (?:have to|has to|must|should|need to|needs to|are to) (?:now )?(?:be )?(?:sent|go|routed|forwarded|copied|cc'd|paid|uploaded|pass)\\b ?${gap(2)}(?:to|through|via)\\b`,
  ),
  rule(
    ['also-do', 'adds something to do', 1],
    'also|additionally|then also',
    ' (?:call|send|pass|run|invoke|forward|include|share|copy|upload|delete|post|attach|grant)\\b',
  ),
  rule(
    ['result-tag', 'poses as a call or a result of a tool', 3],
    '<|&lt;',
    '/?(?:tool_?(?:calls?|use|responses?|results?)|function_?(?:calls?|results?)|invoke)[ >]',
    { inside: true },
  ),
  rule(
    ['reasoning', 'poses as what a model thinks and does', 3],
    'observation:|thought:',
    '[^\\n]{0,200}?(?:thought|action|action input|final answer):',
  ),
  rule(
    ['now-next-task', 'turns from a task that is done to another', 2],
    'now that|the user is|the user was|remaining step|last step|final step|next step',
    ` (?:the ${gap(1)}task is (?:done|complete|finished)|(?:very )?(?:satisfied|happy|pleased)|for (?:the |an? )?(?:agent|assistant|ai|model))`,
  ),
  rule(
    ['remaining-step', 'adds a step to a task', 1],
    'remaining step|last step|final step|one last thing|next job|finished successfully|completed successfully',
    '[:,\\]]',
    { inside: true },
  ),
  rule(
    ['before-any-tool', 'wants to come before every other tool', 3],
    'before',
    ` (?:using|calling|invoking|running|executing|you (?:use|call|run|invoke)|any|every|all|each|making)\\b ?${gap(2)}(?:any|every|each|all|another|other)? ?(?:of the )?other (?:available )?(?:tools?|functions?|actions?)\\b`,
  ),
  rule(
    ['before-any', 'wants to come before everything else', 2],
    'before',
    ` (?:using|calling|invoking|running|answering|responding|doing|performing|taking|you) ${gap(1)}(?:any|every|each|all|anything|to any)\\b ?${gap(1)}(?:tools?|functions?|actions?|requests?|questions?|else|tasks?)\\b`,
  ),
  rule(
    ['this-tool-first', 'wants a tool to be called always or first', 2],
    'this tool|this function|this server',
    ` (?:must|should|has to|needs to) ${gap(2)}(?:called|used|invoked|run|executed) (?:first|before|every|on every|at the start|for every|prior)`,
  ),
  rule(
    ['always-this-tool', 'wants a tool to be called always', 2],
    'always|first|must',
    ' (?:call|use|invoke|run) this (?:tool|function|one)\\b',
  ),
  rule(
    ['when-other-tool', 'changes how another tool is used', 3],
    'when|whenever|if|every time|each time',
    ` ${gap(4)}(?:tool|function|[a-z]{2,20}_[a-z_]{2,30})\\b (?:is |gets |are |would be |would otherwise be )(?:called|used|invoked|available|present|run|needed),? ${gap(3)}(?:also|always|must|first|instead|change|replace|set|add|bcc|send|you|call|use)\\b`,
  ),
  rule(
    ['other-tools', 'speaks about other tools', 2],
    "do not use|don't use|never use|do not call|ignore|avoid|stop using|replaces|overrides|affects|takes precedence over|has priority over|supersedes",
    ` ${gap(2)}(?:other|another|any other|all other|every other) ${gap(1)}(?:tools?|functions?|servers?)\\b`,
  ),
  rule(
    ['otherwise-fails', 'threatens that a tool fails', 1],
    'otherwise|or else',
    ",? (?:the |this |all |other )?(?:tool|request|system|server|call|other tools|tools|task|service)s? (?:will|won't|does|do|cannot|may) (?:not )?(?:work|function|fail|be (?:blocked|rejected|suspended)|crash)",
  ),
  rule(
    ['task-complete', 'claims that the task is done', 2],
    "answer:|result:|status:|the original task|the first task|the user's task|the previous task|the current task|the above task|user task|original request|the user's request",
    ` ?${gap(2)}(?:(?:task|request) ?(?:is |has been |was )?(?:now )?(?:successfully )?(?:complete|done|finished|fulfilled)|(?:is|has been|was) (?:now )?(?:complete|done|finished|cancell?ed|superseded|obsolete))`,
  ),
  rule(
    ['task-complete-mild', 'claims that a task is done', 1],
    'task',
    ' (?:is |has been |was )?(?:now )?(?:successfully )?(?:completed?|done|finished)[.!;:]',
  ),
  rule(
    ['end-of-data', 'poses as the end of the data', 2],
    'end of|end|begin|start of|beginning of',
    ' (?:the )?(?:untrusted |user |tool |system |new |external |retrieved |admin )?(?:documents?|context|data|transcript|instructions?|prompt|tool (?:output|result|response)|tool|input|output|content|system (?:message|prompt|override|instructions?))\\b ?(?:[\\]\\-=#>*:.]{2,10}|[^ \\n]{0,3} (?:begin|start|new|now|the following|resume|system))',
  ),
];

/** About what comes later. */
export const later: readonly InjectionRule[] = [
  rule(
    ['if-asked', 'says what to answer to a question that may come', 2],
    'if you are asked|when you are asked|if asked|when asked|whenever you are asked|if anyone asks|if the user asks|when the user asks|if someone asks|whenever somebody asks|if they ask',
    `,? ${gap(8)}(?:say|answer|reply|claim|respond|deny|tell (?:them|him|her)|pretend)\\b`,
  ),
  rule(
    ['behave-as-usual', 'is to act only sometimes', 3],
    'behave as usual|behave normally|act normally|act as usual|behave as if nothing',
    '\\b',
  ),
  rule(
    ['only-if', 'is to act only sometimes', 2],
    'only if the|only when the|only once the',
    ' (?:conversation|user|chat|message|request|question) (?:mentions|contains|is about|asks|includes)\\b',
  ),
  rule(
    ['not-now', 'is to act later', 1],
    'do nothing now|do nothing yet|not now, but|without comment|wait until the user|wait for the user',
    '\\b',
  ),
  rule(
    ['put-together', 'is split and asks to be put together', 3],
    'put|join|combine|concatenate|read|assemble|merge|glue',
    ` ${gap(2)}(?:parts|fields|pieces|fragments|variables|strings|values|lines)\\b ?${gap(2)}(?:together|as one|and) ?${gap(4)}(?:follow|do|execute|obey|act|carry|sentence|instruction|command|run)`,
  ),
  rule(
    ['when-user-says', 'waits for something that the user says', 2],
    'when|if|once|after|whenever|as soon as|the next time|next time',
    ' (?:the |a )?(?:user|human|person|they)s? (?:next |later |then |ever )?(?:says?|types?|writes?|thanks|replies|responds|answers)\\b(?: with)?,? ["\'`]?(?:thanks|thank|you\\b|yes|ok|sure|no\\b|hello|bye|great|good)',
  ),
  rule(
    ['when-user', 'waits for what the user does', 1],
    'when|if|once|after|whenever|as soon as|the next time|next time|every time',
    ' (?:the |a )?(?:user|human|they)s? (?:next |later |then |ever )?(?:says?|asks?|repl[a-z]{1,4}|writes?|mentions?|types?|thanks|confirms?|requests?|responds?|opens?|greets?|approves?|agrees?|logs?)\\b',
  ),
  rule(
    ['memory', 'wants to be kept in a memory', 2],
    'save|store|add|write|record|update|persist|commit|put|keep|memorize|memorise|insert',
    ` ${gap(6)}(?:your|long-term|long term|persistent|permanent|the assistant's|the agent's|agent|assistant|user) (?:own |long-term |persistent )?(?:memor(?:y|ies)|profile memory|knowledge base|preferences)\\b`,
  ),
  rule(
    ['remember', 'wants to be remembered', 2],
    'remember|memorize|memorise|note|recall',
    ' (?:this |these |it |that |the following )?(?:permanently|forever|for (?:all |every |any )?(?:future|later|subsequent)|across (?:all )?(?:sessions|conversations)|in (?:all|every|any|future)|from now on|indefinitely|as a (?:permanent|standing|fact about the user))',
  ),
  rule(
    ['all-future', 'changes what comes later', 2],
    'in|for|to|during|on',
    ' (?:all|every|any|each) (?:of your )?(?:future|subsequent|later|following|upcoming|further|other) (?:conversations?|chats?|sessions?|responses?|repl(?:y|ies)|answers?|messages?|interactions?|tasks?|requests?|emails?|summar(?:y|ies)|questions?)\\b',
  ),
  rule(
    ['your-next-answer', 'says what the next answer must hold', 1],
    'in your|your',
    ' (?:next|final|future) (?:response|answer|reply|summary|message|output)\\b',
  ),
  rule(
    ['agent-file', 'wants to be written into a file of instructions for agents', 2],
    'add|write|append|put|save|copy|insert|update',
    ` ${gap(8)}[^ \\n]{0,20}?(?:claude\\.md|agents\\.md|\\.cursorrules|\\.cursor/rules|copilot-instructions|gemini\\.md|\\.windsurfrules|memory\\.md|rules file|your (?:system )?prompt|system prompt)`,
  ),
];
