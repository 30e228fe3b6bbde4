import { parseArgs } from 'node:util';
import { canonical } from '../src/action/canonical.ts';
import type { Delivery } from '../src/inbound/delivery.ts';
import type { Accepted } from '../src/inbound/verdict.ts';
import { payloads } from '../test/inbound/github-payloads.ts';
import { github, judge, signing, withHeaders } from '../test/inbound/senders.ts';
import type { Sender } from '../test/inbound/senders.ts';

/*
 * `npm run fuzz:hooks -- 60`: changes accepted deliveries for so many seconds and demands that none of them is accepted.
 * First every byte of every sender's body and every character of its headers and address, with every other value; then
 * every byte of the real payloads of GitHub, with one other value each; then several changes at once. `--seed` repeats a run.
 *
 * What may be accepted, because it says the same, is listed in `saysTheSame` and counted apart.
 */

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string', default: String(Date.now()) } } });
const seconds = Number(positionals[0] ?? '60');
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new Error('usage: npm run fuzz:hooks -- <seconds> [--seed <whole number>]');
const deadline = performance.now() + seconds * 1000;

/** Marsaglia's xorshift: chance that a seed can repeat. */
let state = (seed % 0xffffffff) + 1;
function chance(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** A changed delivery, where it was changed, and what it was. */
interface Change {
  readonly sender: Sender;
  /** `body`, `target`, or the name of a header. */
  readonly place: string;
  readonly given: Delivery;
  readonly changed: Delivery;
  readonly honest: Accepted;
}

const parameters = ({ body }: Delivery): string =>
  JSON.stringify([...new URLSearchParams(Buffer.from(body).toString())].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const beforeV0 = ({ headers }: Delivery): string => headers['stripe-signature']?.[0]?.split(',v0=', 1)[0] ?? '';

/** Changes that leave what is said as it was, and why. The verdict must be the same but for the digest of the body. */
const saysTheSame: readonly { readonly where: (change: Change) => boolean; readonly why: string }[] = [
  {
    where: ({ sender, place, given, changed }) =>
      sender.name === 'twilio form' && place === 'body' && parameters(given) === parameters(changed),
    why: 'another spelling of the same parameters, which are what Twilio signs',
  },
  {
    where: ({ place, given, changed }) =>
      place === 'stripe-signature' && beforeV0(given) === beforeV0(changed).slice(0, beforeV0(given).length),
    why: 'the item v0 of Stripe, which is never looked at',
  },
  { where: ({ place }) => place === 'content-type', why: 'letters of either case in the content type' },
  { where: ({ place }) => place === 'x-github-delivery', why: 'an id that is not signed and not used' },
];

const counts = { tried: 0, refused: 0, same: new Map<string, number>(), doubted: 0 };

/**
 * The parts of a verdict on which anything is decided; in which order an object has its names is none of them, and so neither
 * is the text that was made of the content.
 */
const meaning = (verdict: Accepted): string =>
  canonical({ ...verdict, bodyDigest: '', text: '', textDigest: '', replay: [verdict.replay.signedDigest, verdict.replay.messageId] });

function fail({ sender, place, changed }: Change): never {
  const shown = {
    sender: sender.name,
    place,
    seed,
    target: changed.target,
    headers: changed.headers,
    body: Buffer.from(changed.body).toString('base64'),
  };
  process.stderr.write(`accepted, though it was changed:\n${JSON.stringify(shown, null, 2)}\n`);
  process.exit(1);
}

/** Judges one changed delivery. An unsigned header may at most make a hint or a quarantine of the same content. */
function tried(change: Change): void {
  const { sender, place, changed, honest } = change;
  counts.tried++;
  const verdict = judge(sender.endpoint, changed);
  if (verdict.outcome === 'refused') return void counts.refused++;
  if (verdict.outcome === 'handshake') return fail(change);
  const listed = saysTheSame.find(({ where }) => where(change));
  if (listed !== undefined && meaning(verdict) === meaning(honest)) {
    counts.same.set(listed.why, (counts.same.get(listed.why) ?? 0) + 1);
    return;
  }
  const { proof } = sender.endpoint.provider;
  const covered: readonly (string | null | undefined)[] =
    proof.kind === 'signed' ? ['body', 'target', proof.signature.name, proof.time?.name, proof.id] : ['body', 'target'];
  if (covered.includes(place) || verdict.trust === 'event' || verdict.replay.signedDigest !== honest.replay.signedDigest)
    return fail(change);
  counts.doubted++;
}

const honestOf = (sender: Sender, given: Delivery): Accepted | null => {
  const verdict = judge(sender.endpoint, given);
  return verdict.outcome === 'accepted' ? verdict : null;
};

const withByte = (given: Delivery, at: number, byte: number): Delivery => {
  const body = Uint8Array.from(given.body);
  body[at] = byte;
  return { ...given, body };
};
const withChar = (text: string, at: number, code: number): string => text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
const over = (): boolean => performance.now() >= deadline;

/** Every byte and character of one delivery, with every other value. */
function exhaust(sender: Sender): void {
  const given = sender.send();
  const honest = honestOf(sender, given);
  if (honest === null) throw new Error(`an honest delivery of ${sender.name} is not accepted`);
  const change = (place: string, changed: Delivery): void => tried({ sender, place, given, changed, honest });
  for (let at = 0; at < given.body.length && !over(); at++)
    for (let byte = 0; byte < 256; byte++) if (byte !== given.body[at]) change('body', withByte(given, at, byte));
  for (const [name, [value = ''] = []] of Object.entries(given.headers))
    for (let at = 0; at < value.length && !over(); at++)
      for (let code = 0; code < 256; code++)
        if (code !== value.charCodeAt(at)) change(name, withHeaders(given, { [name]: withChar(value, at, code) }));
  for (let at = 0; at < given.target.length && !over(); at++)
    for (let code = 0; code < 256; code++)
      if (code !== given.target.charCodeAt(at)) change('target', { ...given, target: withChar(given.target, at, code) });
}

/** Cuts, doubles, moves and changes pieces of a body. */
function shuffled(body: Uint8Array): Uint8Array {
  let bytes = Buffer.from(body);
  for (let n = 1 + chance(4); n > 0; n--) {
    const [at, length] = [chance(bytes.length + 1), 1 + chance(8)];
    const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
    const made = [
      [before, after],
      [before, piece, piece, after],
      [before, Buffer.from([chance(256)]), piece, after],
      [before, Buffer.from(piece.toReversed()), after],
      [after, piece, before],
    ][chance(5)];
    bytes = Buffer.concat(made ?? []);
  }
  return bytes;
}

for (const sender of signing) exhaust(sender);
const whole = !over();
const real = payloads.map(({ event, body }) => withHeaders(github.send({ body }), { 'x-github-event': event }));
for (const given of real) {
  const honest = honestOf(github, given);
  if (honest === null) continue; // a ping is answered, not accepted
  for (let at = 0; at < given.body.length && !over(); at++)
    tried({
      sender: github,
      place: 'body',
      given,
      changed: withByte(given, at, ((given.body[at] ?? 0) + 1 + chance(255)) % 256),
      honest,
    });
}
const walked = !over();
while (!over()) {
  for (const sender of signing) {
    const given = sender.send();
    const honest = honestOf(sender, given);
    const body = shuffled(given.body);
    if (honest !== null && !Buffer.from(given.body).equals(body))
      tried({ sender, place: 'body', given, changed: { ...given, body }, honest });
  }
}

const lines = [
  `seed ${seed}: ${counts.tried} changed deliveries of ${signing.length} senders, ${counts.refused} refused, 0 accepted as something else`,
  `every value of every byte: ${whole ? 'all' : 'not all, the time was over'}; every byte of ${real.length} real payloads: ${walked ? 'all' : 'not all'}`,
  `a header that is not signed made a hint or a quarantine of the same content: ${counts.doubted}`,
  ...[...counts.same].map(([why, count]) => `said the same: ${count} (${why})`),
];
process.stdout.write(`${lines.join('\n')}\n`);
