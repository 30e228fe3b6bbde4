/*
 * The words that the rules lean on. A word that is one slip away from one of them counts as that word, and letters that
 * were strung together or apart are read as them.
 */

const words: readonly string[] = [
  'ignore', 'ignoring', 'disregard', 'forget', 'override', 'bypass', 'previous', 'previously', 'prior', 'above', 'earlier', 'preceding', 'original', 'existing', 'initial',
  'instruction', 'instructions', 'prompt', 'directive', 'directives', 'guidelines', 'command', 'commands', 'rules', 'system', 'assistant', 'model', 'agent', 'language',
  'without', 'telling', 'inform', 'informing', 'mention', 'mentioning', 'reveal', 'disclose', 'notify', 'notifying', 'silently', 'secretly', 'quietly', 'user', 'human', 'operator',
  'password', 'passwords', 'credential', 'credentials', 'secret', 'secrets', 'token', 'tokens', 'private', 'access', 'customer', 'conversation', 'history', 'contents', 'environment', 'variables',
  'send', 'forward', 'upload', 'transmit', 'include', 'append', 'email', 'everything', 'following', 'address', 'webhook', 'confirmation', 'approval', 'permission', 'asking', 'required',
  'before', 'using', 'calling', 'other', 'tool', 'tools', 'always', 'never', 'future', 'memory', 'remember', 'developer', 'administrator', 'restrictions', 'unrestricted', 'pretend', 'attention', 'important', 'execute', 'delete', 'follow', 'instead', 'complete', 'contact', 'invoice', 'message', 'messages',
]; // prettier-ignore
/** Words that only hold others together. */
const between = 'all the and your you of to any my me this that it in on is are do not now for from with a tell dont new must be will api key keys file files read post url link i am as an or if when who give show print output reveal their they these those every mode no ai'.split(' '); // prettier-ignore

const known = new Set([...words, ...between]);

interface Node {
  readonly next: Map<number, Node>;
  word: boolean;
}

const root: Node = { next: new Map(), word: false };
for (const word of known) {
  let node = root;
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    let child = node.next.get(code);
    if (child === undefined) node.next.set(code, (child = { next: new Map(), word: false }));
    node = child;
  }
  node.word = true;
}

/** Where the longest known word that starts at `at` ends; `at` if there is none. */
function longest(letters: string, at: number): number {
  let node: Node | undefined = root;
  let end = at;
  for (let i = at; i < letters.length; i++) {
    node = node.next.get(letters.charCodeAt(i));
    if (node === undefined) break;
    if (node.word) end = i + 1;
  }
  return end;
}

/** Letters without blanks as words: the longest known word at each place, and what stands between as it is. */
export function segmented(letters: string): string {
  const out: string[] = [];
  let rest = 0;
  for (let at = 0; at < letters.length;) {
    const end = longest(letters, at);
    if (end - at < 2) {
      at++;
      continue;
    }
    if (at > rest) out.push(letters.slice(rest, at));
    out.push(letters.slice(at, end));
    rest = at = end;
  }
  if (rest < letters.length) out.push(letters.slice(rest));
  return out.join(' ');
}

const bits = (word: string): number => {
  let set = 0;
  for (let i = 0; i < word.length; i++) set |= 1 << (word.charCodeAt(i) - 97);
  return set;
};

/** Words by the length of what may be meant to be them. In short ones a slip makes another word. */
const byLength: (readonly string[])[] = [];
for (const word of words)
  if (word.length >= 5)
    for (const length of [word.length - 1, word.length, word.length + 1]) byLength[length] = [...(byLength[length] ?? []), word];
const setsByLength = byLength.map((list) => Int32Array.from(list, bits));

/** True if one letter more, one less, another one, or two that changed places make one word of the other. */
function oneSlip(word: string, other: string): boolean {
  let from = 0;
  while (from < word.length && word[from] === other[from]) from++;
  const same = (at: number, otherAt: number): boolean =>
    word.startsWith(other.slice(otherAt), at) && word.length - at === other.length - otherAt;
  if (word.length < other.length) return same(from, from + 1);
  if (word.length > other.length) return same(from + 1, from);
  return same(from + 1, from + 1) || (word[from] === other[from + 1] && word[from + 1] === other[from] && same(from + 2, from + 2));
}

/** True if at most two letters are in one of two sets and not in the other. */
function nearly(one: number, other: number): boolean {
  const differing = one ^ other;
  const fewer = differing & (differing - 1);
  return (fewer & (fewer - 1)) === 0;
}

/** What was said last of lengths and sets, one place for those that share it: the length and set themselves, and the answer. */
const [asked, answers] = [new Int32Array(4096), new Uint8Array(4096)];

/** Whether a word of so many letters, of this set, can be a slip of a known one. The set has a bit per letter, from `a` on. */
export function mayBeSlip(length: number, set: number): boolean {
  const sets = setsByLength[length];
  if (sets === undefined) return false;
  const question = (length << 26) | set; // known words are short: a length takes four bits
  const place = Math.imul(question, 0x9e3779b1) >>> 20;
  if (asked[place] !== question) {
    asked[place] = question;
    answers[place] = sets.some((one) => nearly(one, set)) ? 1 : 0;
  }
  return answers[place] === 1;
}

/** The known word that a word of small letters was meant to be; the word itself if it is known or like none. */
export function corrected(word: string): string {
  const candidates = byLength[word.length];
  const sets = setsByLength[word.length];
  if (candidates === undefined || sets === undefined || known.has(word)) return word;
  const set = bits(word);
  for (const [i, one] of candidates.entries())
    // What goes on behind a known word (`ignored`, `passwords`) is another form of it.
    if (nearly(sets[i] ?? 0, set) && !word.startsWith(one) && oneSlip(word, one)) return one;
  return word;
}

/** True if the rules know the word. */
export function isKnown(word: string): boolean {
  return known.has(word);
}
