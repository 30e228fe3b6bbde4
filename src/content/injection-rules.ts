import { ending, forbidden, gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* English. The kinds are those of attacks that were published; the words are those that carry the meaning. */

const orders =
  '(?:instructions?|prompts?|directives?|guidelines?|commands?|rules?|polic(?:y|ies)|constraints?|restrictions?|safeguards?|guardrails?|training|programming|context|orders?|directions?|system messages?|safety)\\b';
const earlier =
  '(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|former|existing|original|system|initial|current|built-in|safety|default)';
const setAside =
  "ignor|disregard|forget|overrid|overrul|bypass|neglect|discard|do not follow|don't follow|stop following|do not obey|set aside|pay no attention to|no longer follow|circumvent|dismiss";

const override: readonly InjectionRule[] = [
  rule(
    ['override', 'tells a model to ignore its instructions', 3],
    setAside,
    `[a-z]{0,4} (?!(?:my|our|his|her|their) )${gap(3)}(?:(?:all|any|every|your) ${gap(3)}${earlier}?[a-z]{0,2} ?${gap(1)}${orders}|${earlier} ${gap(2)}${orders}(?! (?:about|regarding|concerning|on|for|in|from|i|we|that|sent)\\b))`,
    { unless: forbidden },
  ),
  rule(
    ['override-everything', 'tells a model to forget what it was told', 3],
    setAside,
    "[a-z]{0,4} (?:about )?(?:everything|anything|all|whatever|what)(?: of it| that)? (?:above|before this|prior to this|previous(?:ly)?|you (?:were|have been|know|have ever|'ve been)|that (?:came|went|was) before|up to (?:this|now)|said before this)",
  ),
  rule(['override-mild', 'asks to ignore earlier instructions', 2], setAside, `[a-z]{0,4} ${gap(4)}${earlier} ${gap(2)}${orders}`),
  rule(
    ['orders-void', 'says that earlier instructions no longer hold', 2],
    'instructions|directives|guidelines|rules|prompt|restrictions|safeguards',
    ` ${gap(6)}(?:are|is|were|was|have been|has been) (?:now |hereby )?(?:void|cancell?ed|revoked|obsolete|superseded|invalid|no longer (?:valid|appl|in force|relevant|in effect|bind)|overridden|suspended|lifted|replaced|outdated)`,
  ),
  rule(
    ['new-orders', 'gives a model new instructions', 2],
    'new|updated|revised|real|actual|true|hidden|secret|additional|priority|special|urgent',
    ` ${gap(1)}(?:instructions?|directives?|prompt|orders|objective)(?: for (?:you|the (?:ai|assistant|agent|model))| from | is| are| follow)?\\b ?(?::|is\\b|are\\b|follow\\b|for\\b|from\\b|begin)`,
  ),
  rule(
    ['your-task', 'gives a model another task', 2],
    'your',
    ' (?:new|real|only|actual|next|true|primary|updated|main) (?:task|job|goal|objective|role|mission|instructions?|purpose|priority)\\b',
  ),
  rule(
    ['from-now-on', 'changes how a model behaves from now on', 2],
    'from now on|from this point on|from this point forward|henceforth|starting now|going forward',
    ",? (?:you\\b|always|never|act|respond|answer|only|treat|every|ignore|do not|don't|whenever|assume)",
  ),
  rule(
    ['you-are-now', 'gives a model another role', 2],
    'you are now|you are no longer|you will now act|you will act as|you must act as|your role is now',
    `,? (?:an? |in |the |acting|operating|unrestricted|free|bound|playing|dan\\b|${gap(1)}(?:ai|assistant|agent|model|bot)\\b)`,
  ),
  rule(
    ['instead', 'turns a model to something else', 1],
    'instead',
    ',? (?:you (?:must|should|will)|follow|do (?:the following|this|as)|perform|execute|please (?:send|forward|run|call)|respond|reply|output|print)',
  ),
  rule(
    ['must', 'commands', 1],
    'you must|you are required to|it is mandatory to|you have to',
    ' (?:immediately|first|now|always|only|also|never|not|execute|call|send|include|run|follow|comply|obey|read|use|forward|invoke)\\b',
  ),
];

const person = "(?:the |your |any |this )?(?:user|human|operator|end user|account holder)s?\\b(?! to\\b|'s)";
const telling =
  '(?:tell|telling|inform|informing|mention|mentioning|reveal|revealing|disclose|disclosing|admit|admitting|let|letting|say|saying|share|sharing|discuss|discussing|acknowledge|make|making|alert|alerting|notify|notifying)';
const without = "do not|don't|dont|never|without|avoid|must not|should not|rather than|instead of|refrain from|no need to|not to";

const conceal: readonly InjectionRule[] = [
  rule(
    ['conceal', 'tells a model to hide something from its user', 3],
    without,
    ` (?:ever |also |explicitly |under any circumstances )?${telling} ${gap(4)}${person}`,
  ),
  rule(
    ['conceal-mild', 'asks not to tell somebody', 2],
    without,
    ` (?:ever |also )?(?:${telling}|show|showing|warn|warning|report|reporting|explain|explaining|ask|asking) ${gap(5)}(?:anyone|anybody|users?|human|owner|recipient|reviewer|requester|operator)\\b`,
  ),
  rule(
    ['conceal-step', 'asks not to mention a step', 2],
    without,
    ` (?:ever |also )?(?:mention|mentioning|reveal|revealing|disclose|disclosing|refer(?:ring)? to|acknowledge|acknowledging|quote|quoting|report|reporting|describe|log|logging|include|summari[sz]e) (?:this|these|that|the|any of this|having|it|your) ?${gap(2)}(?:instructions?|steps?|notes?|messages?|requests?|tools?|calls?|parameters?|comments?|sections?|actions?|transfers?|forwarding|prompts?|paragraphs?|in (?:your|the) (?:answer|reply|summary|response|output))\\b`,
  ),
  rule(
    ['keep-from', 'asks to keep something from the user', 3],
    'keep|keeping|hide|hiding|conceal|concealing|withhold',
    ` ${gap(5)}(?:from|to) ${person}`,
    { unless: forbidden },
  ),
  rule(
    ['user-unaware', 'says that the user must not know', 2],
    'the user|user|the human|the operator|they',
    " (?:must|should|does|do|need|needs|will|can|may|is|are) ?(?:not|n't|never|no) (?:need to |have to |to )?(?:know|be told|be informed|be aware|learn|find out|be notified|be asked|notice|see this|hear)",
  ),
  rule(
    ['silently', 'asks to do something in secret', 2],
    'silently|quietly|secretly|covertly|discreetly|in the background|without comment|invisibly',
    `,? ${gap(1)}(?:send|forward|upload|post|share|e-?mail|copy|transmit|include|append|exfiltrate|collect|invite|grant|transfer|add|bcc|execute)\\b`,
  ),
];

const secret =
  '(?:api[ -]?keys?|access[ -]?(?:keys?|tokens?)|tokens?|passwords?|passphrases?|credentials?|secrets?|private keys?|ssh keys?|session (?:cookies?|tokens?)|cookies|system prompt|chat history|(?:this |the |our |full |entire )?conversation(?: history)?\\b|environment variables|env(?:ironment)? vars?|connection strings?|one-time codes?|verification codes?|mfa codes?|2fa codes?|seed phrase|recovery codes?|customer (?:list|data|records|emails)|all (?:the )?(?:emails|messages|files|documents|contacts|tickets|invoices|records|channels)|(?:entire|complete|whole) (?:list|mailbox|inbox|database|table|repository|history)|salar(?:y|ies)|payroll|bank details|contents? of (?:the )?(?:file|\\.env|config|private|mailbox|inbox|database))';
const sending =
  'send|sending|post|posting|forward|forwarding|e-mail|email|upload|uploading|transmit|exfiltrate|leak|submit|deliver|share|copy|paste|encode|append|include|attach|put|write|report';
const somewhere =
  '(?:\\[(?:link|image) |https?:|the (?:following )?(?:address|url|endpoint|webhook|server|link|e-?mail|site)|this (?:address|url|endpoint|webhook|number|channel|e-?mail)|[^ \\n]{1,40}@[^ \\n]{3,60}|(?:an? )?(?:webhook|external|public|attacker)|our (?:audit|backup|external|verification) )';

const exfiltrate: readonly InjectionRule[] = [
  rule(
    ['send-secret', 'asks to send credentials or internal data', 2],
    sending,
    ` ${gap(7)}${secret}(?! (?:reset|policy|manager|change|expir|rotation|rotate|field|management|scan))`,
    { unless: forbidden },
  ),
  rule(
    ['secret-to', 'names a place for credentials or internal data', 2],
    'api key|api keys|access token|access tokens|token|tokens|password|passwords|credential|credentials|secret|secrets|private key|conversation|history|environment variables|cookies|contents|customer list|customer data|customer records|all messages|all files|all emails|invoices|codes',
    `,? ${gap(5)}(?:to|at|via|into|in a comment on|as a query) ${somewhere}`,
    { unless: /(?:never|not|don't|dont|cannot|no one) [^.!?\n]{0,40}$/ },
  ),
  rule(
    ['image-leak', 'asks for an image or link that carries data away', 2],
    'render|display|include|insert|add|show|load|embed|output|append|write|fetch|open|visit|request|place',
    ` ${gap(4)}(?:image|picture|markdown|pixel|img|link|url|address)\\b,? ${gap(4)}(?:replac[a-z]{1,5}|append[a-z]{0,5}|encod[a-z]{1,5}|fill[a-z]{0,4}|substitut[a-z]{1,5}|contain[a-z]{0,4}|followed by|with the|with your|where|carrying)\\b ?${gap(5)}(?:secrets?|data|tokens?|keys?|passwords?|conversation|summary|code|placeholder|base64|contents?|history|value|answer|messages?|names?)\\b`,
  ),
  rule(
    ['credential-file', 'names a file that holds credentials', 1],
    '/.ssh/|id_rsa|id_ed25519|.aws/credentials|/etc/passwd|/etc/shadow|.npmrc|.netrc|.git-credentials|.pgpass|.kube/config|.docker/config.json|mcp.json|.env|.bash_history|.pypirc|wallet.dat|keychain|terraform.tfstate|credentials.json|secrets.yaml|id rsa|service-account.json',
    '(?![a-z0-9]|\\.pub|\\.example|\\.sample|\\.template)',
    { inside: true },
  ),
  rule(
    ['credential-read', 'asks to read a file that holds credentials', 2],
    'read|contents of|content of|include|attach|send|post|upload|paste|pass|append|print|fetch|load|open|cat',
    '(?: [^ \\n]{1,30}){0,6} [^ \\n]{0,20}?(?:\\.ssh/|id_rsa|id_ed25519|\\.aws/credentials|/etc/(?:passwd|shadow)|\\.npmrc|\\.netrc|\\.git-credentials|\\.kube/config|mcp\\.json|\\.env\\b|\\.bash_history|credentials\\.json)(?!\\.pub|\\.example|[a-z])',
    { unless: forbidden },
  ),
  rule(
    ['contents-as', 'asks to pass contents on in a field', 2],
    'pass|include|put|provide|insert|place|supply|attach',
    ` ${gap(1)}(?:its|the|their|that|those|full|entire|whole|complete|file) ?${gap(2)}(?:contents?|text|output|conversation|history|prompt|value)\\b ?${gap(5)}(?:as|in|into|to) ${gap(3)}['"\`]?(?:sidenote|side note|parameter|argument|note|metadata|feedback|header|query|notes|context)\\b`,
  ),
  rule(
    ['prompt-leak', 'asks a model for its instructions', 3],
    'reveal|print|repeat|output|disclose|leak|tell me|give me|write out|recite|dump|return|send|post|quote',
    ` ${gap(3)}(?:your|hidden|secret|initial|original|entire|full) ${gap(2)}(?:system prompt|system message|prompt|instructions|configuration|guidelines)\\b`,
    { unless: forbidden },
  ),
  rule(
    ['prompt-leak-mild', 'asks for a system prompt', 2],
    'reveal|print|repeat|output|show|display|disclose|share|return|include|translate|summarize|copy|tell',
    ` ${gap(4)}(?:system prompt|system message|hidden prompt|(?:text|words|prompt|instructions) above)\\b`,
  ),
];

const model =
  '(?:ais?|llms?|(?:large )?language models?|(?:ai |coding |virtual |automated |email |support )?(?:assistants?|agents?)|ai (?:system|model|reader|tool)s?|automated (?:system|reader|process|tool)s?|models?|chatbots?|bots?|copilot|claude|chatgpt|gpt|gemini|summari[sz]ers?)\\b';

const addressed: readonly InjectionRule[] = [
  rule(
    ['to-model', 'speaks to a model instead of a person', 2],
    'attention|note to|note for|notice to|notice for|message to|message for|instruction to|instructions to|instruction for|instructions for|reminder to|memo to|important for|addressed to|dear|directive for|directive to|guidance for|hint for',
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

const authority: readonly InjectionRule[] = [
  rule(
    ['authority', 'claims to come from whoever runs the system', 1],
    'this is|message from|notice from|on behalf of|authorised by|authorized by|approved by|signed off by|by order of|directive from|instruction from|request from|sent by',
    ' (?:an? |the |your )?(?:official |urgent |automated |important |authori[sz]ed )?(?:message |notice |instruction |directive |order |request |announcement )?(?:from |by )?(?:the |your )?(?:system administrators?|system admin|sysadmin|developers?|openai|anthropic|google|microsoft|security team|it security|compliance|platform|ai safety|system|administrators?|admin|operators?|root|ceo|cfo|management)\\b',
  ),
  rule(
    ['system-note', 'poses as a message of the system', 2],
    'system',
    ' (?:override|note|notice|instruction|directive|alert|command|message|prompt|reminder|update)s?\\b[^a-z\\n]{0,3}:',
  ),
  rule(
    ['bracket-system', 'poses as a message of the system', 2],
    '[system|[assistant|[admin|[developer|(system|{system|[ai|[internal',
    ' ?(?:message|note|notice|prompt|override|update|alert|instruction|directive|command|only|mode)?s?[\\])}:]',
    { inside: true },
  ),
  rule(
    ['no-approval', 'says that no approval is needed', 2],
    'no',
    ' (?:further |additional |user |human |manual |explicit |prior )?(?:confirmation|approval|permission|authori[sz]ation|review|consent|sign-?off)s?,? ?(?:is |are |will be )?(?:needed|required|necessary|asked)',
  ),
  rule(
    ['without-approval', 'asks to act without approval', 2],
    'without',
    ` ${gap(4)}(?:confirmation|approval|permission|consent|authori[sz]ation|confirming|verifying|approving)\\b`,
  ),
  rule(
    ['do-not-ask', 'asks not to ask', 2],
    "do not|don't|dont|never|no need to|skip|bypass|there is no need to",
    ` (?:ask|asking|wait|waiting|request|seek|pause|stop|prompt|check|the|any) ${gap(4)}(?:confirmation|approval|permission|consent|clarification|authori[sz]ation)\\b`,
  ),
  rule(
    ['already-approved', 'claims that somebody has approved', 2],
    'the user|user|the owner|the admin|the customer|the human|the operator|they|management|i',
    ' (?:has|have|had|already) (?:already |explicitly |previously |pre-?)?(?:approved|authori[sz]ed|consented|agreed to|given (?:you )?(?:full )?(?:permission|consent|approval)|granted|confirmed|signed off) (?:this|these|all|it|the|every|you|any|sending|sharing)\\b',
  ),
  rule(
    ['pre-approved', 'claims an approval', 1],
    'pre-approved|preapproved|pre-authorized|pre-authorised|already approved|already authorized|already authorised',
    '\\b',
  ),
  rule(
    ['you-may', 'grants a model rights', 1],
    'you have been|you are|you now have|you have',
    ' (?:granted|authori[sz]ed|cleared|permitted|instructed|ordered|programmed|full|unlimited|root|admin) ?(?:to|access|rights|privileges|permission|by)?\\b',
  ),
  rule(
    ['mode', 'names a mode without rules', 1],
    'developer mode|debug mode|maintenance mode|admin mode|god mode|sudo mode|dan mode|jailbreak mode|unrestricted mode|diagnostic mode|override mode',
    '\\b',
  ),
  rule(
    ['mode-on', 'puts a model into a mode without rules', 2],
    'you are in|you are now in|you are operating in|enter|switch to|activate|entering',
    ' (?:an? |the )?(?:developer|debug|admin|god|sudo|dan|jailbreak|unrestricted|diagnostic|override|privileged|maintenance) mode',
  ),
];

const tools: readonly InjectionRule[] = [
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
    ` ${gap(4)}(?:tool|function|[a-z]{2,20}_[a-z_]{2,30})\\b (?:is |gets |are )(?:called|used|invoked|available|present|run),? ${gap(3)}(?:also|always|must|first|instead|change|replace|set|add|bcc|send|you)\\b`,
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
    "answer:|result:|status:|the original task|the user's task|the previous task|the current task|the above task|user task|original request|the user's request",
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

const later: readonly InjectionRule[] = [
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
  rule(['template-token', 'holds the marks by which a model tells turns apart', 3], ['<|'], '[^ <>|\\n]{1,40}\\|>', { inside: true }),
  rule(['template-token', 'holds the marks by which a model tells turns apart', 3], '<｜', '[^ <>｜\\n]{1,40}｜>', { inside: true }),
  rule(['template-token', 'holds the marks by which a model tells turns apart', 3], ['&lt;|'], '[^ <>|\\n]{1,40}\\|(?:>|&gt;)', {
    inside: true,
  }),
  rule(
    ['template-token', 'holds the marks by which a model tells turns apart', 3],
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
