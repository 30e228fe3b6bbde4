import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { isoUtc } from '../../action/time.ts';
import { canMakeSecret, makeSecret } from '../../inbound/new-secret.ts';
import { mayRetire, rotatedId } from '../../inbound/rotation.ts';
import type { Rotation, UsedSecret } from '../../inbound/rotation.ts';
import { readSecret } from '../../inbound/secrets.ts';
import { limits } from '../../limits.ts';
import type { Config } from '../config.ts';
import { readOnce } from '../followed-file.ts';
import { providerAt } from '../hooks-endpoints.ts';
import { followingKeys, keysFileOf } from '../hooks-keys.ts';
import { publishesKeys } from '../published-keys.ts';
import { addSecret, endSecret, readInstalled, readRotation, secretFile } from '../hooks-rotation.ts';
import { fileText } from './arguments.ts';
import { endpointsShape, understood } from './hooks-answers.ts';
import type { HooksDeps } from './hooks-answers.ts';
import { nameOf } from './hooks-events.ts';
import { secretLine } from './hooks-senders.ts';
import { Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * Secrets that change while deliveries go on. Nothing secret is printed: the path of the file is.
 */

/** What `hooks rotate` is asked for. */
export interface RotateWish {
  readonly file?: string;
  readonly id?: string;
  readonly status?: boolean;
  readonly retire?: string;
  readonly force?: boolean;
}

function rotationOf(config: Config, endpoint: string): Rotation {
  const rotation = readRotation(config, endpoint);
  if (!rotation.ok) throw exitRefused(rotation);
  return rotation.value;
}

/** The secrets as the files say, without a look at any of them. */
function onPaper(config: Config, endpoint: string, rotation: Rotation): Omit<UsedSecret, 'uses'>[] {
  const end = (id: string, notAfterMs: number | null): number | null =>
    Object.hasOwn(rotation.ended, id) ? Math.min(notAfterMs ?? Infinity, rotation.ended[id] ?? Infinity) : notAfterMs;
  const configured = (config.hooks.endpoints[endpoint]?.secrets ?? []).map(({ id, notBefore, notAfter }) => ({
    id,
    client: null,
    notBeforeMs: notBefore === undefined ? 0 : Date.parse(notBefore),
    notAfterMs: end(id, notAfter === undefined ? null : Date.parse(notAfter)),
  }));
  // Of a file of keys that cannot be read nothing is known here: the door holds on to what it has.
  const file = keysFileOf(config, endpoint);
  const keys = file === null ? null : readOnce(file, followingKeys(providerAt(config, endpoint)));
  const followed = (keys?.ok === true ? keys.value : []).map(({ id, notBeforeMs, notAfterMs }) => ({
    id,
    client: null,
    notBeforeMs,
    notAfterMs: end(id, notAfterMs),
  }));
  const added = rotation.added.map(({ id, atMs }) => ({ id, client: null, notBeforeMs: atMs, notAfterMs: end(id, null) }));
  const installed = readInstalled(config, endpoint);
  if (!installed.ok) throw exitRefused(installed);
  const ofClients = installed.value.clients.flatMap(({ client, secrets }) =>
    secrets.map(({ id, atMs, endsMs }) => ({ id, client, notBeforeMs: atMs, notAfterMs: end(id, endsMs) })),
  );
  return [...configured, ...followed, ...added, ...ofClients];
}

/** The secrets with what they proved, from the running door; those of the files with `uses: null` if it is not running. */
async function secretsOf(
  deps: HooksDeps,
  config: Config,
  endpoint: string,
): Promise<{ readonly secrets: readonly UsedSecret[]; readonly running: boolean }> {
  const paper = onPaper(config, endpoint, rotationOf(config, endpoint));
  const answer = await deps.ask(config, 'hooks', 'endpoints', {});
  if (!answer.ok && answer.code !== 'not-reachable') throw exitRefused(answer);
  if (!answer.ok) return { secrets: paper.map((one) => ({ ...one, uses: null })), running: false };
  const found = understood('hooks', endpointsShape, answer.value).find((row) => row.endpoint === endpoint);
  if (found === undefined) return { secrets: paper.map((one) => ({ ...one, uses: null })), running: false };
  const secrets = found.secrets.map(({ id, client, notBeforeMs, notAfterMs, uses, lastUsedAtMs }) => ({
    id,
    client,
    notBeforeMs,
    // What has ended since the door last looked has ended.
    notAfterMs: paper.find((one) => one.id === id)?.notAfterMs ?? notAfterMs,
    uses: { count: uses, lastAtMs: lastUsedAtMs },
  }));
  return { secrets, running: true };
}

/** Waits until the running door has taken a change over: at most two of its looks. */
async function takenOver(
  deps: HooksDeps,
  config: Config,
  endpoint: string,
  holds: (secrets: readonly UsedSecret[]) => boolean,
): Promise<'live' | 'not-taken' | 'not-running' | 'not-known'> {
  for (const until = Date.now() + 2.2 * limits.hooksSecretsPollMs; ;) {
    const answer = await deps.ask(config, 'hooks', 'endpoints', {});
    if (!answer.ok) return 'not-running';
    const row = understood('hooks', endpointsShape, answer.value).find((one) => one.endpoint === endpoint);
    // An endpoint that was written into the configuration after the door started.
    if (row === undefined) return 'not-known';
    if (holds(row.secrets.map((one) => ({ ...one, uses: null })))) return 'live';
    if (Date.now() > until) return 'not-taken';
    await new Promise((resume) => setTimeout(resume, limits.hooksSecretsPollMs / 10));
  }
}

async function record(
  deps: HooksDeps,
  config: Config,
  body: { endpoint: string; secret: string; change: 'added' | 'ends'; atMs: number },
): Promise<void> {
  const book = await deps.openBook(config);
  try {
    await book.recorder.record({ statements: [{ kind: 'hook-secret', body }] });
  } finally {
    await book.close();
  }
}

const secretIn = (file: string): string =>
  fileText(file, limits.webhookSecretCharsMax, 'is no secret: give a file with the secret alone').trim();

const takenWords = {
  live: 'the running hooks door takes it: deliveries signed with the old or the new secret are good',
  'not-running': 'the hooks door is not running: it takes the secret when it starts',
  'not-known': 'the running hooks door does not know this endpoint yet: restart the house, and it takes the secret',
} as const;

/** Takes a secret back that the running door does not take: otherwise the door would not even start with it. */
async function takeBack(deps: HooksDeps, config: Config, endpoint: string, id: string): Promise<never> {
  const atMs = Date.now();
  await record(deps, config, { endpoint, secret: id, change: 'ends', atMs });
  endSecret(config, endpoint, { id, atMs });
  throw new Exit(
    exits.refused,
    'not-taken',
    'the running hooks door does not take this secret, so it was taken back; the former ones stay good. `countersign log show --kind alarm` says why: it may be one that the endpoint has already',
  );
}

/** What is to be done after a secret was added: of the first one there is no old one to end. */
function nextSteps(endpoint: string, { made, first }: { readonly made: boolean; readonly first: boolean }): readonly string[] {
  const steps = [
    ...(made ? ["put it into the sender's settings"] : []),
    'wait for a delivery',
    `countersign hooks rotate ${endpoint} --status${first ? '' : ', and --retire <id> of the old one'}`,
  ];
  return steps.map((step, i) => `${i === 0 ? 'next:' : '     '} ${i + 1}. ${step}`);
}

async function add(context: Context, deps: HooksDeps, endpoint: string, wish: RotateWish): Promise<void> {
  const config = context.config();
  const provider = providerAt(config, endpoint);
  const bearer = provider.proof.kind === 'bearer' && provider.proof.algorithm === 'RS256';
  if (bearer && wish.file !== undefined && wish.id === undefined)
    throw new Exit(exits.usage, 'usage', 'for this sender give --id: the `kid` of the key, by which its tokens name it');
  if (wish.file === undefined && publishesKeys(provider))
    throw new Exit(
      exits.refused,
      'senders-key',
      `${provider.id} signs with keys that it publishes: \`countersign hooks keys ${provider.id}\` brings them, and \`keys\` of the endpoint names the file`,
    );
  const made = wish.file === undefined ? makeSecret(provider) : { ok: true as const, value: secretIn(resolve(wish.file)) };
  if (!made.ok) throw exitRefused(made);
  const rotation = rotationOf(config, endpoint);
  const atMs = Date.now();
  const id = rotatedId.safeParse(wish.id ?? `s${isoUtc(atMs).slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`);
  if (!id.success) throw new Exit(exits.usage, 'usage', '--id has letters, digits, `-` and `_`');
  const there = onPaper(config, endpoint, rotation);
  if (there.some((one) => one.id === id.data)) throw new Exit(exits.usage, 'usage', `the endpoint has a secret ${id.data} already`);
  if (
    there.filter(({ client, notAfterMs }) => client === null && (notAfterMs === null || notAfterMs > atMs)).length >=
    limits.webhookSecretsMax
  )
    throw new Exit(exits.refused, 'too-many', `an endpoint has at most ${limits.webhookSecretsMax} secrets: end one with --retire first`);
  // As at start: weak, a placeholder, printed in somebody's documents, or of another kind.
  const good = readSecret(provider, { id: id.data, value: made.value, notBeforeMs: atMs, notAfterMs: null });
  if (!good.ok) throw exitRefused(good);
  await record(deps, config, { endpoint, secret: id.data, change: 'added', atMs });
  const file = addSecret(config, endpoint, { id: id.data, value: made.value, atMs });
  const state = await takenOver(deps, config, endpoint, (secrets) => secrets.some((one) => one.id === id.data));
  if (state === 'not-taken') return takeBack(deps, config, endpoint, id.data);
  context.say({ endpoint, secret: id.data, file, state }, [
    `the secret ${id.data} of ${endpoint} is in ${file}`,
    takenWords[state],
    ...nextSteps(endpoint, { made: wish.file === undefined, first: there.every(({ notAfterMs }) => notAfterMs !== null) }),
  ]);
}

async function status(context: Context, deps: HooksDeps, endpoint: string): Promise<void> {
  const config = context.config();
  const provider = providerAt(config, endpoint);
  const { secrets, running } = await secretsOf(deps, config, endpoint);
  const added = new Map(rotationOf(config, endpoint).added.map(({ id, atMs }) => [id, atMs]));
  const nowMs = Date.now();
  const rows = secrets.map(({ uses, ...one }) => ({
    ...one,
    uses: uses?.count ?? null,
    lastUsedAtMs: uses?.lastAtMs ?? null,
    file: added.has(one.id) && one.notAfterMs === null ? secretFile(config, endpoint, one.id) : null,
    mayRetire: mayRetire(one.id, secrets, nowMs, false),
  }));
  context.say({ endpoint, provider: provider.id, running, madeHere: canMakeSecret(provider), secrets: rows }, [
    `${endpoint}, sender ${provider.id}; uses are counted among its newest ${limits.eventsListedMax} events`,
    ...(rows.length === 0 ? ['  no secret: `countersign hooks rotate` makes or takes one'] : []),
    ...rows.flatMap((row) => [
      secretLine(row, nowMs),
      ...(row.file === null ? [] : [`    in ${row.file}`]),
      `    ${row.mayRetire.ok ? 'may be retired' : row.mayRetire.message}`,
    ]),
  ]);
}

async function retire(
  context: Context,
  deps: HooksDeps,
  endpoint: string,
  wish: { readonly id: string; readonly force: boolean },
): Promise<void> {
  const config = context.config();
  providerAt(config, endpoint);
  const atMs = Date.now();
  const { secrets, running } = await secretsOf(deps, config, endpoint);
  // One that only stands in the files is used by nobody: the door never took it, and would not start with it.
  const unused =
    running && !secrets.some(({ id }) => id === wish.id) && rotationOf(config, endpoint).added.some(({ id }) => id === wish.id);
  const may = mayRetire(wish.id, secrets, atMs, wish.force);
  if (!may.ok && !unused) throw exitRefused(may);
  await record(deps, config, { endpoint, secret: wish.id, change: 'ends', atMs });
  endSecret(config, endpoint, { id: wish.id, atMs });
  const state = running
    ? await takenOver(deps, config, endpoint, (now) =>
        now.every((one) => one.id !== wish.id || (one.notAfterMs !== null && one.notAfterMs <= Date.now())),
      )
    : 'not-running';
  const configured = config.hooks.endpoints[endpoint]?.secrets.some(({ id }) => id === wish.id) === true;
  context.say({ endpoint, secret: wish.id, endedAtMs: atMs, state }, [
    `the secret ${wish.id} of ${endpoint} has ended: what it signs is refused`,
    ...(state === 'not-taken' ? ['the running hooks door has not taken that over: `countersign log show --kind alarm` says why'] : []),
    ...(configured ? [`take it out of hooks.endpoints.${endpoint}.secrets as well, with the next restart`] : []),
  ]);
  if (state === 'not-taken') process.exitCode = exits.failed;
}

/** `hooks rotate`: adds a secret, tells what each one proved, or ends one. */
export async function rotateSecrets(context: Context, deps: HooksDeps, name: string, wish: RotateWish): Promise<void> {
  const endpoint = nameOf('the endpoint', name);
  if ((wish.status === true ? 1 : 0) + (wish.retire === undefined ? 0 : 1) + (wish.file === undefined ? 0 : 1) > 1)
    throw new Exit(exits.usage, 'usage', '--file, --status and --retire are three different things: give one');
  if (wish.status === true) return status(context, deps, endpoint);
  if (wish.retire !== undefined) return retire(context, deps, endpoint, { id: wish.retire, force: wish.force === true });
  return add(context, deps, endpoint, wish);
}
