import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { parseForm } from '../../src/inbound/form.ts';
import { genericHmac } from '../../src/inbound/providers/generic.ts';
import type { HmacScheme } from '../../src/inbound/providers/generic.ts';
import { parseStrictJson } from '../../src/inbound/strict-json.ts';
import { drive, driveDelivery } from './hint-senders.ts';
import * as at from './senders.ts';
import { delivery, github, issueComment, says, signing, standard, withHeaders } from './senders.ts';

/** What is said of a body that is signed as it is. */
const signed = (body: string | Uint8Array) => says(standard.endpoint, standard.send({ body }));

test('B1a the bytes are verified and read as they are', () => {
  expect(signed(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from('{"type":"a"}')]))).toBe('body-syntax');
  for (const bad of [Buffer.of(0xff), Buffer.of(0xc0, 0xaf), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0xf4, 0x90, 0x80, 0x80)])
    expect(signed(Buffer.concat([Buffer.from('{"type":"a","b":"'), bad, Buffer.from('"}')]))).toBe('body-encoding');
  expect(signed('{"type":"a"}\r\n')).toBe('accepted');
  const [nfc, nfd] = ['é', 'é'.normalize('NFD')];
  expect(signed(`{"type":"a","${nfc}":1,"${nfd}":2}`)).toBe('accepted');
  expect(says(standard.endpoint, { ...standard.send({ body: `{"type":"${nfc}"}` }), body: Buffer.from(`{"type":"${nfd}"}`) })).toBe(
    'signature-wrong',
  );
  // U+FFFD stands for any bad byte to a lenient decoder: two bodies, one text.
  const given = standard.send({ body: '{"type":"a","b":"\ufffd"}' });
  const collapsed = Buffer.concat([Buffer.from('{"type":"a","b":"'), Buffer.of(0xff), Buffer.from('"}')]);
  expect(says(standard.endpoint, { ...given, body: collapsed })).toBe('signature-wrong');
});

test.each(['"\\ud800"', '"\\uDFFF"', '"x\\ud83dy"', '{"\\ud800":1}'])('B1b half of a surrogate pair is refused: %s', (value) => {
  expect(signed(`{"type":"a","b":${value}}`)).toBe('body-surrogate');
});

test.each(['1e999', '-1e999', '9007199254740993', '-9007199254740993', '12345678901234567890', '1e20'])(
  'B1c a number that a double cannot hold is refused: %s',
  (value) => {
    expect(signed(`{"type":"a","b":[${value}]}`)).toBe('body-number');
  },
);

test('B1d what is written in another way but means one thing is read', () => {
  expect(
    signed('{"type":"\\u0061","b":"\\ud83d\\ude00","c":1.5e3,"d":0.12345678901234567890,"e":9007199254740991,"f":"a:b{\\"c\\":1}\\\\"}'),
  ).toBe('accepted');
});

test('B2 a body that was parsed and written again is refused', () => {
  const pretty = JSON.stringify(JSON.parse(issueComment), null, 2);
  expect(says(github.endpoint, { ...github.send(), body: Buffer.from(pretty) })).toBe('signature-wrong');
  expect(says(github.endpoint, github.send({ body: pretty }))).toBe('accepted');
});

test.each(["$'", '$&', '$$', '$`', '$1', '$<body>', '{timestamp}', '{body}', '{id}', '${body}', '%s', '\\0'])(
  'B3 %s in a body or an id is only text',
  (text) => {
    const body = JSON.stringify({ type: 'a', text: `one ${text} two` });
    for (const sender of at.signing.filter(({ endpoint }) =>
      ['standard-webhooks', 'svix', 'slack', 'stripe', 'github'].includes(endpoint.provider.id),
    )) {
      const whole = JSON.stringify({ ...(JSON.parse(sender.body) as object), text });
      expect(says(sender.endpoint, sender.send({ body: whole }))).toBe('accepted');
      const doubled = Buffer.from(whole.replace(text, () => `${text}${text}`));
      expect(says(sender.endpoint, { ...sender.send({ body: whole }), body: doubled })).toBe('signature-wrong');
    }
    expect(signed(body)).toBe('accepted');
    expect(says(standard.endpoint, standard.send({ id: text }))).toBe('id-grammar');
  },
);

test.each([
  ['{"type":"a","type":"b"}', 'body-duplicate-name'],
  ['{"type":"a","\\u0074ype":"b"}', 'body-duplicate-name'],
  ['{"type":"a","x":[{"y":1,"y":1}]}', 'body-duplicate-name'],
  ['{"type":"a","x":{"1":1,"1":2}}', 'body-duplicate-name'],
  ['{"type":"a","":1,"":2}', 'body-duplicate-name'],
  ['{"type":"a","__proto__":{"x":1}}', 'body-prototype-name'],
  ['{"type":"a","\\u005f_proto__":{"x":1}}', 'body-prototype-name'],
  ['{"type":"a","constructor":{"prototype":{}}}', 'body-prototype-name'],
  ['{"type":"a","x":[{"prototype":1}]}', 'body-prototype-name'],
  ['{"type":"a"}{}', 'body-syntax'],
  ["{'type':'a'}", 'body-syntax'],
  ['{"type":"a",}', 'body-syntax'],
  ['{"type":NaN}', 'body-syntax'],
  ['{"type":"a\nb"}', 'body-syntax'],
  ['\u00a0{"type":"a"}', 'body-syntax'],
] as const)('B4a two readings of one body are refused: %s', (body, reason) => {
  expect(signed(body)).toBe(reason);
});

test('B4b names that only look doubled are not', () => {
  for (const body of [
    '{"type":"a","b":{"type":"c"},"d":[{"type":1},{"type":2}]}',
    '{"type":"\\"type\\":1","x\\"":1,"x":2}',
    '{ "type" :\n"a:b" , "c"\t:1}',
  ])
    expect([body, signed(body)]).toEqual([body, 'accepted']);
});

test('B4c whatever JSON.stringify writes is read as what it was, and a doubled name never is', () => {
  // Any UTF-16 unit, halves of pairs too; the generator's own full alphabet takes a second to build.
  const stringUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
  const value = fc
    .jsonValue({ depthSize: 'small', stringUnit })
    .filter((json) => !/__proto__|constructor|prototype/.test(JSON.stringify(json)));
  fc.assert(
    fc.property(value, fc.string(), (json, name) => {
      fc.pre(!['__proto__', 'constructor', 'prototype'].includes(name) && name.isWellFormed());
      const text = JSON.stringify({ json });
      const read = parseStrictJson(text);
      const lossless = read.ok
        ? JSON.stringify(read.value) === text
        : ['body-number', 'body-surrogate', 'body-depth'].includes(read.reason);
      const spelled = JSON.stringify(name);
      const doubled = parseStrictJson(`{${spelled}:1,"in between":{"n":[1,":"]},${spelled}:2}`);
      return lossless && !doubled.ok;
    }),
  );
});

/** JSON as a text, what it says, and whether a name is twice in one of its objects. */
interface Spelled {
  readonly text: string;
  readonly value: unknown;
  readonly doubled: boolean;
}

// Numbers whose exponent says more in fewer characters than their digits are among them: they could make room for a name.
const numberSpelled = fc.oneof(
  fc.constantFrom('0', '-0', '0e9', '7', '7.0', '-1', '999', '1001', '1000', '1e3', '-1e3', '15e2', '1e+6', '1000000', '1E15', '12E-1'),
  fc.maxSafeInteger().map(String),
);
const spaceSpelled = fc.oneof({ weight: 8, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(' ', '\n', '\t \r') });
const stringSpelled = fc
  .array(fc.constantFrom('a', 'b', '\\u0061', '\\n', '\\/', '\\"', '\\\\', ':', '\\":', '\ud83d\ude00'), { maxLength: 3 })
  .map((parts): Spelled => ({ text: `"${parts.join('')}"`, value: JSON.parse(`"${parts.join('')}"`), doubled: false }));

const { json: jsonSpelled } = fc.letrec<{ json: Spelled }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    stringSpelled,
    fc.oneof(numberSpelled, fc.constantFrom('true', 'false', 'null')).map((text) => ({ text, value: JSON.parse(text), doubled: false })),
    fc.tuple(fc.array(tie('json'), { maxLength: 4 }), spaceSpelled).map(([items, space]) => ({
      text: `[${space}${items.map(({ text }) => text).join(`,${space}`)}]`,
      value: items.map(({ value }) => value),
      doubled: items.some(({ doubled }) => doubled),
    })),
    fc.array(fc.tuple(stringSpelled, spaceSpelled, tie('json')), { maxLength: 5 }).map((members) => ({
      text: `{${members.map(([name, space, { text }]) => `${name.text}${space}:${space}${text}`).join(',')}}`,
      value: Object.fromEntries(members.map(([name, , { value }]) => [name.value, value])),
      doubled: new Set(members.map(([name]) => name.value)).size < members.length || members.some(([, , { doubled }]) => doubled),
    })),
  ),
}));

test('B4j a name that is twice is found in every spelling of a body, and every other body is read as what it says', () => {
  fc.assert(
    fc.property(jsonSpelled, ({ text, value, doubled }) => {
      expect([text, parseStrictJson(text)]).toEqual([text, doubled ? { ok: false, reason: 'body-duplicate-name' } : { ok: true, value }]);
    }),
    { numRuns: 3000 },
  );
  // The name that is dropped has as many characters as the exponent saves.
  expect(parseStrictJson('{"":0,"":1e7}')).toEqual({ ok: false, reason: 'body-duplicate-name' });
});

test('B4k no body decides how the names of a later one are read', () => {
  // V8 of Node 24 and 26 reads `type` here as the name before it, when JSON.parse is asked: nodejs/node issue 63785.
  expect(signed('{"type":"a","b4k":1,"\\\\u00":2}')).toBe('accepted');
  expect(signed('{"type":"a","b4k":1,"\\u0074ype":"b"}')).toBe('body-duplicate-name');
  expect(parseStrictJson('{"k4b":1,"\\\\u00":2}')).toEqual({ ok: true, value: { k4b: 1, '\\u00': 2 } });
  expect(parseStrictJson('{"k4b":1,"\\u0074ype":2}')).toEqual({ ok: true, value: { k4b: 1, type: 2 } });
});

test('B5a a body that is too deep, or has too many names, is refused', () => {
  for (const depth of [64, 100_000]) expect(signed(`{"type":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBe('body-depth');
  expect(signed(`{"type":"a","b":${'['.repeat(63)}${']'.repeat(63)}}`)).toBe('accepted');
  const names = Array.from({ length: 200_001 }, (_, n) => `"${n}":0`).join(',');
  expect(parseStrictJson(`{${names}}`)).toEqual({ ok: false, reason: 'body-names' });
  const items = (count: number): string => `[[${'1,'.repeat(count - 3)}1],1]`;
  expect(parseStrictJson(items(limits.webhookListedMax))).toMatchObject({ ok: true });
  expect(parseStrictJson(items(limits.webhookListedMax + 1))).toEqual({ ok: false, reason: 'body-names' });
  expect(parseForm(Array.from({ length: 1001 }, (_, n) => `${n}=`).join('&'))).toEqual({ ok: false, reason: 'body-names' });
});

test('B5b one long string is a body like another', () => {
  expect(says(github.endpoint, github.send({ body: issueComment.replace('Hi', 'x'.repeat(20 * 1024 * 1024)) }))).toBe('accepted');
});

test.each([
  ['a=1&a=2', 'body-duplicate-name'],
  ['a=1&%61=2', 'body-duplicate-name'],
  ['a', 'body-syntax'],
  ['=1', 'body-syntax'],
  ['a=%zz', 'body-syntax'],
  ['a=%ff', 'body-syntax'],
  ['a=%c0%af', 'body-syntax'],
  ['a=é', 'body-syntax'],
  ['a=1&', 'body-syntax'],
  ['a=1 2', 'body-syntax'],
  ['__proto__=1', 'body-prototype-name'],
])('B4d a form with two readings is refused: %s', (text, reason) => {
  expect(parseForm(text)).toEqual({ ok: false, reason });
});

test('B6a a body over the cap is refused before anything is hashed', () => {
  const spaces = Buffer.alloc(limits.webhookBodyBytesMax + 1, 0x20);
  for (const { endpoint } of signing)
    expect(says(endpoint, delivery({}, spaces.subarray(0, endpoint.provider.bodyBytesMax + 1)))).toBe('body-size');
  expect(says(drive, { ...driveDelivery(), body: Buffer.from('x') })).toBe('body-size');
});

test('B7a an encoded body is refused, whatever the coding', () => {
  for (const coding of ['gzip', 'br', 'deflate', 'identity', 'gzip, gzip', 'x'])
    for (const { endpoint, send } of signing)
      expect(says(endpoint, withHeaders(send(), { 'content-encoding': coding }))).toBe('content-encoding');
});

test("B9a Twilio's names and values cannot be shifted into each other", () => {
  const { endpoint, send } = at.twilioForm;
  const signature = { 'x-twilio-signature': send().headers['x-twilio-signature'] ?? [] };
  const shifted = (fields: Record<string, string>) => says(endpoint, withHeaders(send({ body: at.formOf(fields) }), signature));
  const { AccountSid = '', From = '', To = '', MessageSid = '', Body = '' } = at.sms;
  expect(shifted(at.sms)).toBe('accepted');
  expect(shifted({ AccountSi: `d${AccountSid}`, Body, From, MessageSid, To })).toBe('form-name');
  expect(shifted({ AccountSid: `${AccountSid}Body${Body}From${From}MessageSid${MessageSid}To${To}` })).toBe('form-name');
  expect(shifted({ AccountSid, Body: `${Body}From${From}`, MessageSid, To })).toBe('form-name');
  expect(shifted({ AccountSid, Body, From, MessageSid: `${MessageSid}To${To}` })).toBe('form-name');
  expect(shifted({ AccountSid, Body, Fro: `m${From}`, MessageSid, To })).toBe('form-name');
  // Parameters absorbed by the address: the path is no longer ours.
  expect(
    says(endpoint, { ...withHeaders(send({ body: at.formOf({ From, To }) }), signature), target: `/in/oneAccountSid${AccountSid}` }),
  ).toBe('target');
});

test.each<[string, Record<string, string>]>([
  [
    'an incoming call',
    { CallSid: `CA${'0'.repeat(32)}`, CallStatus: 'ringing', CallToken: '%7B%22parentCallInfoToken%22%3A%22e.y.x%22%7D' },
  ],
  ['speech', { CallSid: `CA${'0'.repeat(32)}`, SpeechResult: 'yes please', Confidence: '0.9461304', Language: 'en-US' }],
  [
    'a call that was dialled',
    { CallSid: `CA${'0'.repeat(32)}`, DialCallSid: `CA${'1'.repeat(32)}`, DialCallStatus: 'completed', DialCallDuration: '7' },
  ],
  ['a button', { ButtonText: 'Yes, confirm', ButtonPayload: 'Yes, confirm' }],
  ['a reply', { OriginalRepliedMessageSid: `SM${'1'.repeat(32)}`, OriginalRepliedMessageSender: 'whatsapp:+14158675309' }],
  ['a place', { Latitude: '-33.8567', Longitude: '151.2152', Address: 'Bennelong Point', Label: 'Opera House' }],
  ['a forwarded message', { Forwarded: 'true', FrequentlyForwarded: 'false' }],
  ['an advertisement', { ReferralBody: 'Buy', ReferralSourceUrl: 'https://fb.me/1', ReferralNumMedia: '1', ReferralCtwaClid: 'Aff-n8' }],
  ['a message that was read', { ChannelInstallSid: `XE${'0'.repeat(32)}`, ChannelToAddress: '+1480555XXXX', EventType: 'READ' }],
])('what Twilio sends with %s is taken', (_, more) => {
  const { endpoint, send } = at.twilioForm;
  expect(says(endpoint, send({ body: at.formOf({ ...at.sms, ...more }) }))).toBe('accepted');
});

test("what Twilio says of a sender's place cannot be read as the sender", () => {
  const { endpoint, send } = at.twilioForm;
  const { Body = '', From = '' } = at.sms;
  const given = send({ body: at.formOf({ ...at.sms, FromCity: 'BOSTON' }) });
  expect(says(endpoint, given)).toBe('accepted');
  // The same signed bytes, cut elsewhere: `Body` takes in the sender, and its city stands where the sender stood.
  const shifted = send({ body: at.formOf({ ...at.sms, Body: `${Body}From${From}`, From: 'CityBOSTON' }) });
  expect(shifted.headers['x-twilio-signature']).toEqual(given.headers['x-twilio-signature']);
  expect(says(endpoint, shifted)).toBe('form-name');
  expect(says(endpoint, send({ body: at.formOf({ ...at.sms, From: 'ACME Alerts' }) }))).toBe('accepted');
});

test("neither a forwarded message nor the token of a call takes in what stands behind it in Twilio's list", () => {
  const { endpoint, send } = at.twilioForm;
  const answers = [{ Forwarded: 'From15551234' }, { CallToken: 'tokenCalled+15005550006' }].map((more) =>
    says(endpoint, send({ body: at.formOf({ ...at.sms, ...more }) })),
  );
  expect(answers).toEqual(['form-name', 'form-name']);
});

test('B9b the boundary between a time and a body cannot be shifted', () => {
  for (const [sender, name] of [
    [at.discord, 'x-signature-timestamp'],
    [at.sendgridSender, 'x-twilio-email-event-webhook-timestamp'],
    [at.zendeskSender, 'x-zendesk-webhook-signature-timestamp'],
  ] as const) {
    const given = sender.send();
    const time = given.headers[name]?.[0] ?? '';
    const body = Buffer.from(given.body).toString();
    for (const [shorter, longer] of [
      [time.slice(0, -1), time.slice(-1) + body],
      [time + body.slice(0, 1), body.slice(1)],
      [time.slice(0, 1), time.slice(1) + body],
    ] as const)
      expect(says(sender.endpoint, { ...withHeaders(given, { [name]: shorter }), body: Buffer.from(longer) })).toBe('time-grammar');
    expect(says(sender.endpoint, { ...withHeaders(given, { [name]: '' }), body: Buffer.from(time + body) })).toBe('header-grammar');
  }
});

test('B9c an id with a dot cannot take over a piece of the body', () => {
  const seconds = String(at.nowMs / 1000);
  const given = standard.send({ id: `evil.${seconds}.["x`, body: '"]' });
  expect(says(standard.endpoint, given)).toBe('id-grammar');
  expect(says(standard.endpoint, { ...withHeaders(given, { 'webhook-id': 'evil' }), body: Buffer.from(`["x.${seconds}."]`) })).toBe(
    'accepted',
  );
  expect(
    at.judge(standard.endpoint, { ...withHeaders(given, { 'webhook-id': 'evil' }), body: Buffer.from(`["x.${seconds}."]`) }),
  ).toMatchObject({ trust: 'quarantine' });
});

const scheme: HmacScheme = {
  id: 'acme',
  algorithm: 'hmac-sha256',
  encoding: 'hex',
  signatureHeader: 'x-sig',
  prefix: '',
  timeHeader: 'x-time',
  timeForm: 'unix-s',
  idHeader: 'x-id',
  parts: ['id', { text: '.' }, 'time', { text: '.' }, 'body'],
  retries: 'resigned',
  eventPath: 'type',
};

test.each([
  [{ parts: ['time', { text: '.' }, 'body'] }, 'the id'],
  [{ parts: ['id', { text: '.' }, 'body'] }, 'the time'],
  [{ parts: ['id', { text: '.' }, 'time'] }, 'the body'],
  [{ parts: ['id', { text: '.' }, 'time', 'body', 'body'] }, 'the body'],
  [{ parts: ['id', 'time', 'body'] }, 'must follow the id'],
  [{ parts: ['id', { text: 'x' }, 'time', 'body'] }, 'must follow the id'],
  [{ timeHeader: null }, 'the time'],
  [{ timeHeader: 'x-sig' }, 'different names'],
  [{ signatureHeader: 'X-Sig' }, 'lower case'],
  [{ prefix: 'a b' }, 'prefix'],
  [{ eventPath: 'a..b' }, 'path'],
  [{ parts: ['id', { text: '.' }, 'time', 'body', 'url'] }, 'can sign'],
] as const)('B9d a described scheme that leaves a header unsigned or a boundary open is refused at start: %j', (change, says) => {
  expect(genericHmac(scheme)).toMatchObject({ ok: true });
  const made = genericHmac({ ...scheme, ...change });
  expect(made).toMatchObject({ ok: false, code: 'bad-webhook-scheme' });
  expect(made.ok ? '' : made.message).toContain(says);
});
