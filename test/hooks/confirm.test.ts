// verifies: hooks.confirm
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { parseDocument } from 'yaml';
import type { Json } from '../../src/action/json.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Endpoint } from '../../src/inbound/delivery.ts';
import { takeDelivery } from '../../src/inbound/intake.ts';
import { sns } from '../../src/inbound/providers/sns.ts';
import { openRefusals } from '../../src/inbound/refusals.ts';
import { confirmAnswer, subscriptionIn } from '../../src/inbound/sns-subscription.ts';
import { openBook } from '../../src/processes/boot.ts';
import { confirmEvent } from '../../src/processes/cli/hooks-confirm.ts';
import { loadConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { initialise } from '../../src/processes/init.ts';
import { openAs } from '../../src/record/identity.ts';
import { endpointOf, secretOf, spki } from '../inbound/senders.ts';
import { runHooks } from './door.ts';

/* A subscription of Amazon SNS that a person confirms: which address is called, when, and what is on record of it. */

const topic = 'arn:aws:sns:eu-west-1:123456789012:alerts';
const token =
  '2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a747ba6f3beb71854e285d6ad02428b09ceece29417f1f02d609c582a';
const called = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=${encodeURIComponent(topic)}&Token=${token}`;
const subscription = `${topic}:8a21d249-4329-4871-acc6-7be709c6ea7f`;
const yes = `<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult><SubscriptionArn>${subscription}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>`;
const no =
  '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: Token</Message></Error></ErrorResponse>';

const asks = (change: object = {}): Json => ({ Type: 'SubscriptionConfirmation', TopicArn: topic, Token: token, ...change });

test('the address is put together out of topic and token alone, at the host of the region', () => {
  expect(subscriptionIn(asks({ SubscribeURL: 'https://evil.example/' }))).toMatchObject({
    ok: true,
    value: { url: called, region: 'eu-west-1', account: '123456789012', name: 'alerts' },
  });
  const host = (arn: string): string => {
    const read = subscriptionIn(asks({ TopicArn: arn }));
    return read.ok ? new URL(read.value.url).host : read.code;
  };
  expect(host('arn:aws-cn:sns:cn-north-1:123456789012:a')).toBe('sns.cn-north-1.amazonaws.com.cn');
  expect(host('arn:aws-us-gov:sns:us-gov-west-1:123456789012:a.fifo')).toBe('sns.us-gov-west-1.amazonaws.com');
  for (const arn of [
    'arn:aws:sns:evil.example/:123456789012:a',
    'arn:aws:sns:eu-west-1.evil.example:123456789012:a',
    'arn:aws:sns:eu-west-1@evil:123456789012:a',
    'arn:aws:sns:cn-north-1:123456789012:a',
    'arn:aws-cn:sns:eu-west-1:123456789012:a',
    'arn:aws:sqs:eu-west-1:123456789012:a',
    'arn:aws:sns:eu-west-1:1234:a',
    'arn:aws:sns:eu-west-1:123456789012:a b',
    `${topic}\n`,
    `x${topic}`,
  ])
    expect([arn, host(arn)]).toEqual([arn, 'no-confirmation']);
  for (const change of [
    { Token: `${token}&Action=DeleteTopic` },
    { Token: 'short' },
    { Token: 1 },
    { Type: 'Notification' },
    { TopicArn: null },
  ])
    expect(subscriptionIn(asks(change))).toMatchObject({ ok: false });
});

test('an answer counts only if it names one subscription of this very topic', () => {
  expect(confirmAnswer(topic, 200, yes)).toEqual({ state: 'confirmed', note: subscription });
  expect(confirmAnswer(topic, 403, no)).toEqual({ state: 'refused', note: 'InvalidParameter (status 403)' });
  for (const [status, text] of [
    [200, '<html>'],
    [200, yes + yes],
    [200, yes.replace('alerts', 'others')],
    [200, yes.replace(subscription, 'pending confirmation')],
    [302, ''],
    [500, no],
  ] as const)
    expect(confirmAnswer(topic, status, text).state).toBe('unknown');
  expect(confirmAnswer(topic, 400, '<Code>\u001b[2J</Code>').note).toBe('no reason (status 400)');
});

const folder = mkdtempSync(join(tmpdir(), 'cs-confirm-'));
const file = join(folder, 'countersign.yaml');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const settings = { provider: 'aws-sns', expects: { topic }, pending: true, secrets: [{ id: 'aws', env: 'NONE' }] };

function configure(endpoint: object): void {
  const doc = parseDocument(readFileSync(file, 'utf8'));
  doc.set('hooks', { publicUrl: 'https://hooks.example.com', endpoints: { alerts: endpoint } });
  writeFileSync(file, doc.toString());
}

let sent = 0;
/** Has a confirmation come in at the door, as Amazon signs it, and returns the event. */
async function comesIn(change: Readonly<Record<string, string>> = {}, endpoint: Partial<Endpoint> = {}): Promise<string> {
  const message = {
    Type: 'SubscriptionConfirmation',
    MessageId: `m-${sent++}`,
    Token: token,
    TopicArn: topic,
    Message: 'You have chosen to subscribe',
    SubscribeURL: 'https://evil.example/?confirm',
    Timestamp: new Date().toISOString(),
    ...change,
  };
  const names =
    message.Type === 'Notification' ? ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'] : Object.keys(message).toSorted();
  const text = names.map((name) => `${name}\n${message[name as keyof typeof message]}\n`).join('');
  const body = {
    ...message,
    SignatureVersion: '2',
    Signature: sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64'),
    SigningCertURL: `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${'a0'.repeat(16)}.pem`,
  };
  const book = await openBook(loadConfig(file), 'hooks');
  const refusals = openRefusals(book.recorder, Date.now);
  const alerts = endpointOf(sns, [secretOf('rsa-public', spki(rsa.publicKey), 'aws')], {
    id: 'alerts',
    expects: { topic },
    pending: true,
    ...endpoint,
  });
  const intake = {
    ...book,
    refusals,
    crypto: nodeCrypto,
    consumersOf: () => [],
    alarm: () => undefined,
    now: Date.now,
    onEvent: () => undefined,
  };
  const headers = { 'content-type': ['text/plain; charset=UTF-8'] };
  try {
    const answer = await takeDelivery(intake, alerts, {
      method: 'POST',
      target: '/in/one',
      headers,
      body: Buffer.from(JSON.stringify(body)),
      source: 'none',
    });
    expect(answer.status).toBe(200);
    return (await book.store.events({ endpoint: 'alerts', beforeMs: Number.MAX_SAFE_INTEGER, limit: 1 }))[0]?.id ?? '';
  } finally {
    await refusals.close();
    await book.close();
  }
}

/** What is on record about an event. */
async function recorded(event: string): Promise<readonly string[]> {
  const book = await openBook(loadConfig(file), 'operator');
  const entries = await book.store.statementsOfKind('event-confirmed');
  await book.close();
  return entries.flatMap((entry) => {
    const opened = openAs(book.trust, entry, 'event-confirmed');
    return opened.ok && opened.value.body.event === event
      ? [`${opened.value.by} ${opened.value.body.state} ${opened.value.body.note}`.trim()]
      : [];
  });
}

/** A fetch that answers so; what it was asked for is noted. */
function amazon(answer: () => Response | Promise<Response>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push(`${init.method ?? 'GET'} ${url} ${String(init.redirect)}`);
    return answer();
  });
  return asked;
}

const confirm = (event: string, ...args: string[]) => runHooks(['confirm', event, ...args, '--config', file]);

beforeAll(() => {
  initialise(file);
  configure(settings);
});
afterEach(() => {
  vi.unstubAllGlobals();
  configure(settings);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a person confirms what waits: shown first, called once at the pinned address, and on record before and after', async () => {
  const event = await comesIn();
  const asked = amazon(() => new Response(yes));
  const unasked = await confirm(event); // there is no terminal here to ask on
  expect([unasked.code, asked, await recorded(event)]).toEqual([2, [], []]);
  for (const shown of [topic, '123456789012', 'eu-west-1', 'https://hooks.example.com/hooks/alerts', 'sns.eu-west-1.amazonaws.com'])
    expect(unasked.err).toContain(shown);
  const said = await confirm(event, '--yes', '--json');
  expect([said.code, asked]).toEqual([0, [`GET ${called} manual`]]);
  expect(JSON.parse(said.out)).toEqual({ event, endpoint: 'alerts', topic, state: 'confirmed', note: subscription });
  expect(said.out + said.err + unasked.err).not.toContain(token);
  expect(await recorded(event)).toEqual(['operator asked', `operator confirmed ${subscription}`]);
  const again = await confirm(event, '--yes');
  expect([again.code, again.err, asked.length]).toEqual([3, expect.stringContaining('was confirmed at'), 1]);
});

test('a person who types another name confirms nothing', async () => {
  const event = await comesIn();
  const asked = amazon(() => new Response(yes));
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const typing = (line: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    input.write(`${line}\n`);
    return { input, output: new PassThrough() };
  };
  const context = { json: false, configFile: file, config: () => loadConfig(file), say: () => undefined };
  const deps = { ask: () => Promise.reject(new Error('no process is asked')), openBook: (config: Config) => openBook(config, 'operator') };
  const run = (line: string) => confirmEvent(context, deps, { event, yes: false }, { terminal: typing(line) });
  try {
    await expect(run('others')).rejects.toThrow('not the name of the topic');
    expect([asked.length, await recorded(event)]).toEqual([0, []]);
    await run('alerts');
    expect(asked.length).toBe(1);
  } finally {
    err.mockRestore();
  }
});

test('what Amazon refuses, and what nobody knows, is said and recorded, and can be tried again', async () => {
  const event = await comesIn();
  amazon(() => new Response(no, { status: 403 }));
  expect(await confirm(event, '--yes')).toMatchObject({ code: 1, out: expect.stringContaining('InvalidParameter') as string });
  amazon(() => Promise.reject(new Error('secret of the network')));
  expect(await confirm(event, '--yes')).toMatchObject({ code: 1, out: expect.not.stringContaining('secret') as string });
  amazon(() => new Response('', { status: 302, headers: { location: 'https://evil.example/' } }));
  expect((await confirm(event, '--yes')).code).toBe(1);
  amazon(() => new Response('x'.repeat(100_000)));
  expect((await confirm(event, '--yes')).code).toBe(1);
  const states = (await recorded(event)).map((line) => line.split(' ')[1]);
  expect(states).toEqual(['asked', 'refused', 'asked', 'unknown', 'asked', 'unknown', 'asked', 'unknown']);
  amazon(() => new Response(yes));
  expect((await confirm(event, '--yes')).code).toBe(0);
});

test('nothing else is confirmed, and nobody is called for it', async () => {
  const event = await comesIn();
  const asked = amazon(() => new Response(yes));
  const refused = async (what: string, message: string): Promise<void> => {
    const said = await confirm(what, '--yes');
    expect([said.code, said.err]).toEqual([3, expect.stringContaining(message)]);
  };
  configure({ ...settings, pending: false });
  await refused(event, 'is not being set up');
  configure({ ...settings, expects: { topic: topic.replace('alerts', 'others') } });
  await refused(event, 'expects another topic');
  configure({ ...settings, provider: 'aws-sns-sha1' });
  await refused(event, 'has no endpoint alerts of this sender');
  configure(settings);
  await refused(await comesIn({ Type: 'Notification' }), 'is no confirmation');
  await refused(await comesIn({ Token: 'a'.repeat(20) }), 'not written as Amazon writes one');
  await refused('e_AAAAAAAAAAAAAAAAAAAAAA', 'no event with this id');
  const book = await openBook(loadConfig(file), 'hooks');
  await book.recorder.record({ changes: [{ change: 'enqueue', consumer: 'triage', endpoint: 'alerts', event, atMs: 1 }] });
  await book.close();
  await refused(event, 'not in quarantine any more');
  expect([asked, await recorded(event)]).toEqual([[], []]);
});

test('a statement that somebody else made, or a text that was changed, is no confirmation', async () => {
  const event = await comesIn();
  const asked = amazon(() => new Response(yes));
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(folder, '.countersign', 'store.db'));
  db.exec(`UPDATE bodies SET text = replace(text, 'alerts', 'others') WHERE text LIKE '%SubscriptionConfirmation%'`);
  db.close();
  const said = await confirm(event, '--yes');
  expect([said.code, said.err, asked]).toEqual([3, expect.stringContaining('was changed'), []]);
});
