import { forbidden, gap, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* English: what sets the instructions of a model aside, and what asks it to keep silent about it. */

const orders =
  '(?:instructions?|prompts?|directives?|guidelines?|commands?|rules?|polic(?:y|ies)|constraints?|restrictions?|safeguards?|guardrails?|training|programming|context|orders?|directions?|system messages?|safety)\\b';
const earlier =
  '(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|former|existing|original|system|initial|current|built-in|safety|default)';
const setAside =
  "ignore|ignoring|disregard|disregarding|forget|override|overriding|overrule|bypass|bypassing|neglect|discard|do not follow|don't follow|stop following|do not obey|set aside|pay no attention to|no longer follow|circumvent|dismiss";

/** Other instructions than those that a model has. */
export const override: readonly InjectionRule[] = [
  rule(
    ['override', 'tells a model to ignore its instructions', 3],
    setAside,
    ` (?!(?:my|our|his|her|their) )${gap(3)}(?:(?:all|any|every|your) ${gap(3)}${earlier}?[a-z]{0,2} ?${gap(1)}${orders}|${earlier} ${gap(2)}${orders}(?! (?:about|regarding|concerning|on|for|in|from|i|we|that|sent)\\b))`,
    { unless: forbidden },
  ),
  rule(
    ['override-everything', 'tells a model to forget what it was told', 3],
    setAside,
    "[a-z]{0,4} (?:about )?(?:everything|anything|all|whatever|what)(?: of it| that)? (?:above|before this|prior to this|previous(?:ly)?(?= ?[.,;:!\\n]| and| text| content| conversation| said|$)|you (?:were|have been|know|have ever|'ve been)|that (?:came|went|was) before|up to (?:this|now)|said before this)",
  ),
  rule(['override-mild', 'asks to ignore earlier instructions', 2], setAside, ` ${gap(4)}${earlier} ${gap(2)}${orders}`),
  rule(
    ['override-user', 'tells a model to ignore its user', 3],
    setAside,
    ` (?:${gap(1)}(?:instructions?|rules|orders|requests?|wishes|questions?) (?:of|from|given by|by) (?:the |your )?(?:user|system|developer|operator|owner)|(?:what )?(?:the |your )(?:user(?! (?:agent|name|id|input|setting|field|data|interface))\\b(?:'s (?:question|request|instructions?|task|query))?|(?:question|request|task)s? (?:that )?(?:you|the user)))`,
    { unless: forbidden },
  ),
  rule(
    ['orders-void', 'says that earlier instructions no longer hold', 2],
    'instructions|directives|guidelines|rules|prompt|restrictions|safeguards',
    ` ${gap(6)}(?:are|is|were|was|have been|has been) (?:now |hereby )?(?:void|cancell?ed|revoked|obsolete|superseded|invalid|no longer (?:valid|appl|in force|relevant|in effect|bind)|overridden|suspended|lifted|replaced|outdated|to be ignored)`,
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

/** Something is to be kept from the user. */
export const conceal: readonly InjectionRule[] = [
  rule(
    ['not-worth-telling', 'says that nobody has to be told or asked', 2],
    'need not be|not worth|no need to|need not|needs not be|no reason to',
    ' (?:mention(?:ing|ed)?|be asked|asked|told|informed|ask|confirm(?:ed)?|tell|telling|say|bother)\\b',
  ),
  rule(
    ['conceal-it', 'asks not to show what is passed on', 1],
    "never|do not|don't|but not",
    ' (?:show|display|mention|reveal|repeat|quote) (?:it|this|them|that)\\b',
  ),
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
