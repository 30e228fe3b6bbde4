import type { SecretKind, SignatureAlgorithm } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64Bytes, headerNeeded } from './grammar.ts';
import type { Proven } from './prove.ts';
import { liveSecrets, toHex } from './secrets.ts';
import { addressOf, pathOf } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * HTTP Message Signatures (RFC 9421), as far as a webhook needs them and no further: components without parameters, keys that
 * were configured, algorithms that the key decides. What a signature must cover is ours to say: method, address and digest of
 * the body. The grammar is that of the canonical serialisation (RFC 8941), so what was sent is what is signed.
 */

/** One signature as its header describes it. */
export interface SignatureInput {
  readonly label: string;
  readonly components: readonly string[];
  readonly created: number | null;
  readonly expires: number | null;
  readonly keyid: string | null;
  readonly alg: string | null;
  readonly nonce: string | null;
  /** The inner list with its parameters, as it came: the last line of what is signed. */
  readonly text: string;
}

const described =
  /([a-z*][a-z0-9_.*-]{0,63})=(\(((?:"[a-z0-9@-]{1,64}"(?: "[a-z0-9@-]{1,64}"){0,31})?)\)((?:;[a-z]{1,16}=(?:\d{1,15}|"[\x20\x21\x23-\x5b\x5d-\x7e]{0,256}"))*))/y;
const bytes = /([a-z*][a-z0-9_.*-]{0,63})=:([A-Za-z0-9+/=]{4,1400}):/y;
const comma = /[ \t]*,[ \t]*/y;

/** The members of a dictionary (RFC 8941 section 3.2), each of which is what the expression says. Null: something else is in it. */
function members(value: string, member: RegExp): readonly RegExpExecArray[] | null {
  const found: RegExpExecArray[] = [];
  for (let at = 0; ; at = comma.lastIndex) {
    member.lastIndex = at;
    const match = member.exec(value);
    if (match === null || found.length >= limits.webhookSignaturesMax) return null;
    found.push(match);
    if (member.lastIndex === value.length) return found;
    comma.lastIndex = member.lastIndex;
    if (comma.exec(value) === null) return null;
  }
}

/** The parameters that mean something (RFC 9421 section 2.3), and whether they are numbers; the others are texts. */
const numeric: Readonly<Record<string, boolean>> = { created: true, expires: true, keyid: false, alg: false, nonce: false, tag: false };

/** Reads `Signature-Input`. Null: it is not in the grammar, names a label or a parameter twice, or holds too many. */
export function readInputs(value: string): readonly SignatureInput[] | null {
  const inputs: SignatureInput[] = [];
  for (const match of members(value, described) ?? []) {
    const [, label = '', text = '', list = '', tail = ''] = match;
    const components = list === '' ? [] : list.split(' ').map((item) => item.slice(1, -1));
    const found = new Map<string, string>();
    for (const parameter of tail.match(/;[a-z]+=(?:\d+|"[^"]*")/g) ?? []) {
      const [name, given] = [parameter.slice(1, parameter.indexOf('=')), parameter.slice(parameter.indexOf('=') + 1)];
      if (found.has(name)) return null;
      found.set(name, given);
    }
    // A parameter of the other kind would count as one that is not there: an end in quotes is no signature without an end.
    if ([...found].some(([name, given]) => Object.hasOwn(numeric, name) && numeric[name] === given.startsWith('"'))) return null;
    const number = (name: string): number | null => (found.has(name) ? Number(found.get(name)) : null);
    const textOf = (name: string): string | null => found.get(name)?.slice(1, -1) ?? null;
    if (inputs.some((other) => other.label === label) || new Set(components).size !== components.length) return null;
    inputs.push({
      label,
      components,
      created: number('created'),
      expires: number('expires'),
      keyid: textOf('keyid'),
      alg: textOf('alg'),
      nonce: textOf('nonce'),
      text,
    });
  }
  return inputs.length === 0 ? null : inputs;
}

/** Reads `Signature`, or another dictionary of byte sequences: by label. Null: it is not in the grammar. */
function readBytes(value: string): ReadonlyMap<string, Uint8Array> | null {
  const found = new Map<string, Uint8Array>();
  for (const [, label = '', text = ''] of members(value, bytes) ?? []) {
    const decoded = base64Bytes(text);
    if (decoded === null || found.has(label)) return null;
    found.set(label, decoded);
  }
  return found.size === 0 ? null : found;
}

/** The value of a component: of the request as it came and of the address that was configured, never of the `Host` header. */
function componentOf(name: string, delivery: Delivery, publicUrl: string): Step<string> {
  const address = addressOf(publicUrl);
  if (address === null) return stop('configuration');
  const path = pathOf(delivery.target);
  switch (name) {
    case '@method':
      return go(delivery.method);
    case '@target-uri':
      return go(address.origin + delivery.target);
    case '@authority':
      return go(address.origin.replace(/^https?:\/\//, '').replace(address.origin.startsWith('https') ? /:443$/ : /:80$/, ''));
    case '@scheme':
      return go(address.origin.startsWith('https') ? 'https' : 'http');
    case '@path':
      return go(path);
    case '@query':
      return go(`?${delivery.target.slice(path.length + 1)}`);
    case '@request-target':
      return go(delivery.target);
    default:
      return name.startsWith('@') ? stop('signature-grammar') : headerNeeded(delivery, name);
  }
}

/** The signature base of RFC 9421 section 2.5. */
export function signatureBase(input: SignatureInput, delivery: Delivery, publicUrl: string): Step<string> {
  const lines: string[] = [];
  for (const name of input.components) {
    const value = componentOf(name, delivery, publicUrl);
    if (!value.ok) return value;
    lines.push(`"${name}": ${value.value}`);
  }
  return go([...lines, `"@signature-params": ${input.text}`].join('\n'));
}

/** Whether a signature covers what ours must: the method, the whole address, and the digest of the body. */
function coversEnough({ components }: SignatureInput, delivery: Delivery): boolean {
  const has = (name: string): boolean => components.includes(name);
  const apart = has('@authority') && has('@path') && (has('@query') || !delivery.target.includes('?'));
  return has('@method') && has('content-digest') && (has('@target-uri') || apart);
}

/** `Content-Digest` (RFC 9530): SHA-256 or SHA-512 must be there, and each of the two that is there must be that of the body. */
function digestHolds(delivery: Delivery, crypto: WebhookCrypto): Step<null> {
  const header = headerNeeded(delivery, 'content-digest');
  if (!header.ok) return header;
  const digests = readBytes(header.value);
  const [short, long] = [digests?.get('sha-256'), digests?.get('sha-512')];
  if (short === undefined && long === undefined) return stop('body-hash');
  if (short !== undefined && toHex(short) !== crypto.sha256([delivery.body])) return stop('body-hash');
  return long === undefined || toHex(long) === crypto.sha512([delivery.body]) ? go(null) : stop('body-hash');
}

/** DER of an ECDSA signature that came as r and s, 32 bytes each (RFC 9421 section 3.3.4). Null: it has another length. */
function derOf(raw: Uint8Array): Uint8Array | null {
  if (raw.length !== 64) return null;
  const integer = (bytes: Uint8Array): number[] => {
    let at = 0;
    while (at < 31 && bytes[at] === 0) at++;
    const body = [...bytes.subarray(at)];
    const padded = (body[0] ?? 0) > 0x7f ? [0, ...body] : body;
    return [0x02, padded.length, ...padded];
  };
  const inner = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return Uint8Array.from([0x30, inner.length, ...inner]);
}

const named: Readonly<Record<Exclude<SecretKind, 'token' | 'rsa-private'>, string>> = {
  hmac: 'hmac-sha256',
  'ed25519-public': 'ed25519',
  'ecdsa-public': 'ecdsa-p256-sha256',
  'rsa-public': 'rsa-pss-sha512',
};

function holds(secret: WebhookSecret, signature: Uint8Array, base: string, crypto: WebhookCrypto): boolean {
  if (secret.kind === 'hmac') return crypto.equal(crypto.hmac('hmac-sha256', secret.key, [base]), signature);
  const algorithms: Readonly<Partial<Record<SecretKind, SignatureAlgorithm>>> = {
    'ed25519-public': 'ed25519',
    'ecdsa-public': 'ecdsa-p256-sha256',
    'rsa-public': 'rsa-pss-sha512',
  };
  const algorithm = algorithms[secret.kind];
  const bytes = algorithm === 'ecdsa-p256-sha256' ? derOf(signature) : signature;
  return algorithm !== undefined && bytes !== null && crypto.verify(algorithm, secret.key, bytes, [base]);
}

/** The secret that made one signature of a delivery, and what was signed. Null: none did. */
function proveOne(
  endpoint: Endpoint,
  delivery: Delivery,
  one: { readonly input: SignatureInput; readonly signature: Uint8Array },
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<Proven> {
  const { input, signature } = one;
  if (!coversEnough(input, delivery)) return stop('signature-grammar');
  if (input.created === null || input.created < 1e9 || input.created >= 1e10) return stop('time-grammar');
  if (input.nonce !== null && !/^[\x21-\x7e]{1,256}$/.test(input.nonce)) return stop('id-grammar');
  if (input.expires !== null && input.expires * 1000 <= at.nowMs) return stop('time-past');
  const base = signatureBase(input, delivery, endpoint.publicUrl);
  if (!base.ok) return base;
  let found: WebhookSecret | null = null;
  for (const kind of ['hmac', 'ed25519-public', 'ecdsa-public', 'rsa-public'] as const) {
    if (input.alg !== null && input.alg !== named[kind]) continue;
    for (const secret of liveSecrets(endpoint.secrets, kind, at.nowMs)) {
      if (input.keyid !== null && input.keyid !== secret.id) continue;
      if (holds(secret, signature, base.value, at.crypto)) found ??= secret;
    }
  }
  if (found === null) return stop('signature-wrong');
  const integrity = found.kind === 'hmac' ? 'mac' : 'signature';
  // What makes it the same delivery is what every signature must cover, not how one of them covers it: of a delivery that is
  // signed twice, either signature can be taken away. `@query` does not tell an empty query from none, so neither does this.
  const signed = [
    `${input.created}\n${delivery.method}\n${endpoint.publicUrl}\n${delivery.target.replace(/^([^?]*)\?$/, '$1')}\n`,
    delivery.body,
  ];
  return go({ secret: found, integrity, timeMs: input.created * 1000, signed, messageId: input.nonce });
}

/** Proves a delivery by its message signatures, one of which must hold. The digest of the body is computed again before any is looked at. */
export function proveMessage(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const [described, given] = [headerNeeded(delivery, 'signature-input'), headerNeeded(delivery, 'signature')];
  if (!described.ok) return described;
  if (!given.ok) return given;
  const [inputs, signatures] = [readInputs(described.value), readBytes(given.value)];
  if (inputs === null || signatures === null) return stop('signature-grammar');
  if (inputs.length > limits.webhookPublicSignaturesMax) return stop('signature-count');
  const digest = digestHolds(delivery, crypto);
  if (!digest.ok) return digest;
  let refusal: Step<Proven> = stop('signature-version');
  const good: Proven[] = [];
  for (const input of inputs) {
    const signature = signatures.get(input.label);
    if (signature === undefined) return stop('signature-grammar');
    const proven = proveOne(endpoint, delivery, { input, signature }, { nowMs, crypto });
    if (proven.ok) good.push(proven.value);
    else refusal = proven;
  }
  const [first, ...others] = good;
  if (first === undefined) return refusal;
  // They differ in their times alone. Whoever takes one away and sends the rest again must find that taken, too.
  const alsoSigned = others.flatMap(({ timeMs, signed }) =>
    timeMs === null || timeMs === first.timeMs || signed === null ? [] : [{ timeMs, signed }],
  );
  return go({ ...first, alsoSigned });
}
