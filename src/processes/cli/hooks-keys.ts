import { resolve } from 'node:path';
import { isoUtc } from '../../action/time.ts';
import type { WebhookProvider } from '../../connectors/webhook.ts';
import type { Result } from '../../errors.ts';
import type { WebhookSecret } from '../../inbound/delivery.ts';
import { keyFileText, secretsOfJwks, signsPublicly } from '../../inbound/key-set.ts';
import type { PublicJwk } from '../../inbound/key-set.ts';
import { webhookProviders } from '../../inbound/provider-list.ts';
import { limits } from '../../limits.ts';
import { readOnce } from '../followed-file.ts';
import { followingKeys } from '../hooks-keys.ts';
import { writeAtomically } from '../hooks-rotation.ts';
import { fetchDocument } from '../pinned-fetch.ts';
import { keySources, mergedKeys } from '../published-keys.ts';
import type { KeySource } from '../published-keys.ts';
import { fileText } from './arguments.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

/** What `hooks keys` is asked for. */
export interface KeysWish {
  readonly write?: string;
  readonly check?: string;
  readonly from: readonly string[];
  readonly kid: readonly string[];
  readonly certificate: readonly string[];
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw result.code === 'usage' ? new Exit(exits.usage, 'usage', result.message) : exitRefused(result);
}

function senderOf(name: string): WebhookProvider {
  const provider = webhookProviders.get(name);
  if (provider !== undefined && signsPublicly(provider)) return provider;
  const all = [...webhookProviders].flatMap(([id, one]) => (signsPublicly(one) ? [id] : []));
  throw new Exit(exits.usage, 'usage', `${name} is no sender that signs with public keys: it is one of ${all.join(', ')}`);
}

const documentIn = (file: string): string => fileText(resolve(file), limits.hooksKeysDocumentBytesMax, 'is larger than a list of keys');

/** The documents that were brought, each with the source that reads it: a list is one source's, whatever the number of its files. */
function brought(sources: readonly KeySource[], files: readonly string[], listed: boolean): { source: KeySource; text: string }[] {
  if (!listed && files.length !== sources.length)
    throw new Exit(exits.usage, 'usage', 'give one --from for each --kid or --certificate, in the same order');
  return files.map((file, i) => ({ source: (listed ? sources[0] : sources[i]) as KeySource, text: documentIn(file) }));
}

async function fetched(sources: readonly KeySource[], ask: typeof fetch): Promise<{ source: KeySource; text: string }[]> {
  const found: { source: KeySource; text: string }[] = [];
  for (const source of sources) {
    if (source.url === null) continue;
    found.push({ source, text: valueOf(await fetchDocument(source.url, limits.hooksKeysDocumentBytesMax, ask)) });
  }
  return found;
}

interface Published {
  readonly keys: readonly PublicJwk[];
  readonly secrets: readonly WebhookSecret[];
  readonly from: readonly string[];
}

async function published(provider: WebhookProvider, wish: KeysWish, ask: typeof fetch): Promise<Published> {
  const named = wish.kid.length + wish.certificate.length > 0;
  const sources = valueOf(keySources(provider, { kids: wish.kid, certificates: wish.certificate }, wish.from.length > 0));
  const documents = wish.from.length > 0 ? brought(sources, wish.from, !named) : await fetched(sources, ask);
  const nowMs = Date.now();
  const keys = valueOf(mergedKeys(documents.map(({ source, text }) => valueOf(source.read(text, nowMs)))));
  // Judged here as the door judges it: what is written is what is taken.
  return { keys, secrets: valueOf(secretsOfJwks(provider, keys)), from: sources.flatMap(({ url }) => (url === null ? [] : [url])) };
}

const stamp = ({ id, key, notBeforeMs, notAfterMs }: WebhookSecret): string =>
  `${id} ${Buffer.from(key).toString('base64')} ${notBeforeMs} ${String(notAfterMs)}`;

/** Whether a file holds just these keys, in a form that the door takes. */
function holds(file: string, provider: WebhookProvider, secrets: readonly WebhookSecret[]): boolean {
  const there = readOnce(file, followingKeys(provider));
  return there.ok && there.value.map(stamp).toSorted().join('\n') === secrets.map(stamp).toSorted().join('\n');
}

function keyLine({ id, kind, notAfterMs }: WebhookSecret): string {
  return `  ${id}  ${kind}${notAfterMs === null ? '' : `, until ${isoUtc(notAfterMs)}`}`;
}

/**
 * `hooks keys`: the public keys that a sender publishes, checked, on the screen or in a file. A file that is there is replaced
 * only by a whole good list, and not at all if it says the same. With `check` nothing is written: it ends with 1 if the file
 * says something else.
 */
export async function writeKeys(context: Context, name: string, wish: KeysWish, ask: typeof fetch = fetch): Promise<void> {
  if (wish.write !== undefined && wish.check !== undefined)
    throw new Exit(exits.usage, 'usage', '--write and --check are two different things: give one');
  const provider = senderOf(name);
  const { keys, secrets, from } = await published(provider, wish, ask);
  const named = wish.write ?? wish.check;
  const file = named === undefined ? null : resolve(named);
  const same = file !== null && holds(file, provider, secrets);
  const text = keyFileText({ provider: provider.id, from: [...from], at: isoUtc(Date.now()), keys: [...keys] });
  const write = wish.write !== undefined && file !== null && !same;
  if (write) writeAtomically(file, () => text, 0o644);
  const state = file === null ? 'shown' : write ? 'written' : same ? 'unchanged' : 'differs';
  const words = {
    shown: text.trimEnd().split('\n'),
    written: [
      `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} of ${provider.id} ${keys.length === 1 ? 'is' : 'are'} in ${file}: an endpoint follows it with keys.file`,
      ...secrets.map(keyLine),
    ],
    unchanged: [`${file} holds the ${keys.length === 1 ? 'key' : `${keys.length} keys`} that ${provider.id} publishes now`],
    differs: [
      `${file} does not hold the ${keys.length === 1 ? 'key' : `${keys.length} keys`} that ${provider.id} publishes now: run it with --write`,
      ...secrets.map(keyLine),
    ],
  } as const;
  const rows = secrets.map(({ id, kind, notBeforeMs, notAfterMs }) => ({ id, kind, notBeforeMs, notAfterMs }));
  context.say({ provider: provider.id, from, keys: rows, file, state }, words[state]);
  if (state === 'differs') process.exitCode = exits.failed;
}
