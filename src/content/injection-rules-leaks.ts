import { forbidden, gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* English: what asks for secrets, and what claims the right to ask. */

const secret =
  '(?:api[ -]?keys?|access[ -]?(?:keys?|tokens?)|tokens?|passwords?|passphrases?|credentials?|secrets?|private keys?|ssh keys?|session (?:cookies?|tokens?)|cookies|system prompt|chat history|(?:this |the |our |full |entire )?conversation(?: history)?\\b|environment variables|env(?:ironment)? vars?|connection strings?|one-time codes?|verification codes?|mfa codes?|2fa codes?|seed phrase|recovery codes?|customer (?:list|data|records|emails)|all (?:the )?(?:emails|messages|files|documents|contacts|tickets|invoices|records|channels)|(?:entire|complete|whole) (?:list|mailbox|inbox|database|table|repository|history)|salar(?:y|ies)|payroll|bank details|contents? of (?:the )?(?:file|\\.env|config|private|mailbox|inbox|database))';
const sending =
  'send|sending|post|posting|forward|forwarding|e-mail|email|upload|uploading|transmit|exfiltrate|leak|submit|deliver|share|copy|paste|encode|append|include|attach|put|write|report';
const somewhere =
  '(?:\\[(?:link|image) |https?:|the (?:following )?(?:address|url|endpoint|webhook|server|link|e-?mail|site)|this (?:address|url|endpoint|webhook|number|channel|e-?mail)|[^ \\n]{1,40}@[^ \\n]{3,60}|(?:an? )?(?:webhook|external|public|attacker)|our (?:audit|backup|external|verification) )';

/** Something is to leave. */
export const exfiltrate: readonly InjectionRule[] = [
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
    { unless: /(?:never|not|don't|dont|cannot|no one) [^.!?\\n]{0,40}$/ },
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
    ` ${gap(4)}(?:system prompt|system message|hidden prompt|(?:text|words|prompt|instructions) (?:that )?(?:stands? |comes? |is |are )?(?:above|before this))\\b`,
  ),
];

/** Somebody claims a right, or that no approval is needed. */
export const authority: readonly InjectionRule[] = [
  rule(
    ['my-permission', 'grants a model a permission', 2],
    'has my|have my|with my|you have our|has our|has full',
    ' (?:full |explicit |express )?(?:permission|approval|authori[sz]ation|consent|authority)\\b',
  ),
  rule(
    ['skip-check', 'asks to skip a check', 2],
    'skip|skipping|bypass|omit|waive',
    ` (?:the |any |all |this |your )${gap(2)}(?:signatures?|approvals?|confirmations?|verifications?|second|two-factor|sign-?off|four-eyes)\\b`,
  ),
  rule(
    ['needs-no', 'says that no approval is needed', 2],
    'need no|needs no|requires no|require no|waives|no longer needs|no longer require',
    ' (?:further |additional )?(?:confirmation|approval|permission|review|consent|authori[sz]ation|verification)\\b',
  ),
  rule(
    ['refusing', 'threatens a model that refuses', 1],
    'refusing|refusal|if you refuse|failure to comply|failing to comply|non-compliance',
    ' (?:counts|will|is|means|leads|results|or)\\b',
  ),
  rule(
    ['permissions-now', 'claims that rights have changed', 2],
    'permissions of this|permissions for this|restrictions for this|approval steps|the permissions|this session',
    ' ?(?:session|run|conversation|agent)? (?:were|was|have been|has been|is|are) (?:now )?(?:extended|lifted|removed|upgraded|disabled|elevated|granted|privileged)',
  ),
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
