import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { takeDelivery } from '../../src/inbound/intake.ts';
import { salesforceOutbound } from '../../src/inbound/providers/salesforce.ts';
import { makeHouse } from '../log/house.ts';
import { delivery, endpointOf, foreignTo, judge, nowMs, says, token, withHeaders } from './senders.ts';

/* Salesforce's outbound messages: nothing is signed, and what is sent is XML. */

const organization = '00D5Y000001MPM7UAO';
const endpoint = endpointOf(salesforceOutbound, [token], { expects: { organization }, source: 'mtls' });
const session = '00D5Y000001MPM7!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL';

interface Message {
  readonly head?: string;
  readonly org?: string;
  readonly sessionId?: string;
  readonly notifications?: string;
}
const notification = (id: string, fields = '<sf:Id>0065Y00001Suvw6QAB</sf:Id><sf:Name>Acme &amp; Söhne &#60;1&#x3e;</sf:Name>'): string =>
  `<Notification><Id>${id}</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">${fields}</sObject></Notification>`;
const first = notification('04l5Y00002lRDRNQA4');
const second = notification('04l5Y00002lRDRNQA5');
const soap = ({
  head = '<?xml version="1.0" encoding="UTF-8"?>',
  org = organization,
  sessionId,
  notifications = first,
}: Message = {}): string =>
  `${head}
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>${org}</OrganizationId>
   <ActionId>04k5Y0000008Q1hQAE</ActionId>
   ${sessionId ?? `<SessionId>${session}</SessionId>`}
   <EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/51.0/00D5Y000001MPM7</EnterpriseUrl>
   <PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/51.0/00D5Y000001MPM7</PartnerUrl>
   ${notifications}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>`;
const secret = Buffer.from(token.key).toString();
const send = (body: string | Uint8Array = soap(), change: Partial<Delivery> = {}): Delivery =>
  delivery({ 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' }, body, {
    target: `/in/one?token=${secret}`,
    source: 'mtls',
    ...change,
  });

test('an outbound message is a hint: its record as JSON, and never the session that it brings', () => {
  const verdict = judge(endpoint, send());
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    doubts: ['body-unsigned'],
    bodyIntegrity: 'none',
    freshness: 'none',
    source: 'mtls',
    events: ['Opportunity'],
    tenant: { organization },
    content: {
      OrganizationId: organization,
      ActionId: '04k5Y0000008Q1hQAE',
      Notification: [
        { Id: '04l5Y00002lRDRNQA4', sObject: { type: 'Opportunity', fields: { Id: '0065Y00001Suvw6QAB', Name: 'Acme & Söhne <1>' } } },
      ],
    },
  });
  expect(JSON.stringify(verdict)).not.toContain(session);
  expect(JSON.stringify(verdict)).not.toContain('SessionId');
  for (const sessionId of ['', '<SessionId xsi:nil="true"/>', '<SessionId xsi:nil="true"></SessionId>'])
    expect([sessionId, says(endpoint, send(soap({ sessionId })))]).toEqual([sessionId, 'accepted']);
  expect(says(endpoint, send(soap({ head: '' })))).toBe('accepted');
});

test('the ids of the notifications name a message, in whatever order and with whatever session it is sent again', () => {
  const digestOf = (body: string): unknown => (judge(endpoint, send(body)) as { replay: { signedDigest: string } }).replay.signedDigest;
  const both = digestOf(soap({ notifications: first + second }));
  expect(digestOf(soap({ notifications: second + first, sessionId: '' }))).toBe(both);
  expect(digestOf(soap())).not.toBe(both);
  expect(says(endpoint, send(soap({ notifications: first + first })))).toBe('message-id');
  expect(
    says(endpoint, send(soap({ notifications: Array.from({ length: 101 }, (_, n) => notification(`04l5Y0000${100_000 + n}`)).join('') }))),
  ).toBe('body-names');
});

test('E3d H6d another organisation, another token, no source and another type are refused, and there is no endpoint without them', () => {
  expect(says(endpoint, send(soap({ org: '00D5Y000001MPM8UAO' })))).toBe('tenant-mismatch');
  expect(says(endpoint, send(soap({ org: '00D5Y000001MPM7' })))).toBe('tenant-mismatch');
  expect(says(endpoint, send(soap(), { source: 'none' }))).toBe('source');
  expect(says(endpoint, send(soap(), { source: 'ip' }))).toBe('source');
  for (const target of [
    '/in/one',
    '/in/one?token=',
    `/in/one?token=${secret}x`,
    `/in/one?token=${secret}&token=${secret}`,
    `/in/one?x=1&token=${secret}`,
  ])
    expect([target, says(endpoint, send(soap(), { target }))]).toEqual([target, 'token-wrong']);
  expect(says({ ...endpoint, secrets: [foreignTo(endpoint)] }, send())).toBe('token-wrong');
  for (const type of ['application/json', 'application/xml', 'application/soap+xml', 'text/xml; charset=utf-16', 'text/html'])
    expect([type, says(endpoint, withHeaders(send(), { 'content-type': type }))]).toEqual([type, 'content-type']);
  expect(says(endpoint, withHeaders(send(), { 'content-type': ['text/xml', 'text/xml'] }))).toBe('header-duplicate');
  expect(says(endpoint, withHeaders(send(), { 'content-type': null }))).toBe('content-type');
  expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
  expect(checkEndpoint({ ...endpoint, source: 'none' })).toMatchObject({ message: expect.stringContaining('mtls or ip') as string });
  expect(checkEndpoint({ ...endpoint, expects: {} })).toMatchObject({ message: expect.stringContaining('which organization') as string });
});

const lol = `<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, n) => `<!ENTITY ${'bcdefghij'[n]} "${`&${'abcdefghi'[n]};`.repeat(10)}">`).join('')}]>`;
const name = (text: string): string => soap({ notifications: notification('04l5Y00002lRDRNQA4', `<sf:Name>${text}</sf:Name>`) });
const field = (text: string): string => soap({ notifications: notification('04l5Y00002lRDRNQA4', text) });
test.each<readonly [string, string]>([
  ['a billion laughs', soap({ head: lol }).replace('&amp;', '&j;')],
  ['a document type', soap({ head: '<!DOCTYPE soapenv:Envelope>' })],
  ['an external entity', soap({ head: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' }).replace('&amp;', '&e;')],
  ['an external parameter entity', soap({ head: '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://evil.test/x.dtd">%e;]>' })],
  ['an unknown entity', name('&nbsp;')],
  ['an entity in capitals', name('&AMP;')],
  ['a bare ampersand', name('a & b')],
  ['a character that is none', name('&#0;')],
  ['half a pair as a character', name('&#xD800;')],
  ['a character beyond Unicode', name('&#x110000;')],
  ['a control character', name('\u0001')],
  ['a byte order mark', `\ufeff${soap()}`],
  ['space before the declaration', ` ${soap()}`],
  ['another encoding', soap({ head: '<?xml version="1.0" encoding="UTF-16"?>' })],
  ['another version', soap({ head: '<?xml version="1.1"?>' })],
  ['an instruction', soap({ head: '<?xml-stylesheet href="http://evil.test/x.xsl"?>' })],
  ['an instruction inside', name('a<?php x?>')],
  ['a comment', soap({ org: `${organization}<!-- x -->` })],
  ['CDATA', name('<![CDATA[x]]>')],
  ['the end of CDATA', name(']]>')],
  ['an inclusion', soap({ notifications: '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>' })],
  ['another attribute', soap().replace('<ActionId>', '<ActionId href="#a">')],
  ['a schema location', soap().replace('<ActionId>', '<ActionId xsi:schemaLocation="a b">')],
  ['an attribute twice', soap().replace('xsi:type="sf:Opportunity"', 'xsi:type="sf:Opportunity" xsi:type="sf:Account"')],
  [
    'an attribute twice by two prefixes',
    soap().replace('xsi:type=', 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="sf:Account" xsi:type='),
  ],
  ['an entity in an attribute', soap().replace('sf:Opportunity', 'sf:Opp&#111;rtunity')],
  ['a prefix that nobody declared', field('<sg:Name>x</sg:Name>')],
  ['a prefix of another namespace', soap().replace('urn:sobject.enterprise.soap.sforce.com', 'urn:evil')],
  ['a reserved prefix', soap().replace('xmlns:sf=', 'xmlns:xml="urn:x" xmlns:sf=')],
  ['another envelope', soap().replaceAll('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope')],
  ['mixed content', field('text<sf:Name>x</sf:Name>')],
  ['mixed content behind', field('<sf:Name>x</sf:Name>text')],
  ['a nested record', field('<sf:Account><sf:Name>x</sf:Name></sf:Account>')],
  ['content in nothing', soap({ sessionId: '<SessionId xsi:nil="true">x</SessionId>' })],
  ['tags that do not match', soap().replace('</ActionId>', '</Actionid>')],
  ['tags that overlap', soap().replace('</ActionId>', '').replace('</OrganizationId>', '</OrganizationId></ActionId>')],
  ['a tag that does not close', soap().slice(0, -1)],
  ['no end', soap().replace('</soapenv:Envelope>', '')],
  ['two documents', soap() + soap({ head: '' })],
  ['text behind the end', `${soap()}x`],
  ['a null byte', name('\0')],
  ['a second body', soap().replace('</soapenv:Body>', '</soapenv:Body><soapenv:Body/>')],
  ['a header', soap().replace('<soapenv:Body>', '<soapenv:Header/><soapenv:Body>')],
  ['another order', soap().replace(/(<OrganizationId>.*<\/OrganizationId>)\s*(<ActionId>.*<\/ActionId>)/, '$2$1')],
  ['no notification', soap({ notifications: '' })],
  ['an id that is none', soap({ notifications: notification('04l<Id/>') })],
  ['a record without a type', soap().replace('xsi:type="sf:Opportunity"', '')],
  ['a field with a dash', field('<sf:a-b>x</sf:a-b>')],
  ['nothing', ' '],
])('B4g malformed or dangerous XML is refused: %s', (_, body) => {
  expect(says(endpoint, send(body))).toBe('body-syntax');
});

test('B4h B5d what stands twice, is named for a prototype, is too deep or too much is refused', () => {
  const org = `<OrganizationId>${organization}</OrganizationId>`;
  expect(says(endpoint, send(soap().replace(org, org + org)))).toBe('body-syntax');
  expect(says(endpoint, send(soap({ notifications: first + org })))).toBe('body-duplicate-name');
  expect(says(endpoint, send(soap({ notifications: `${first}<SessionId>x</SessionId>` })))).toBe('body-duplicate-name');
  expect(says(endpoint, send(field('<sf:Name>a</sf:Name><sf:Name>b</sf:Name>')))).toBe('body-duplicate-name');
  expect(says(endpoint, send(field('<sf:constructor>a</sf:constructor>')))).toBe('body-prototype-name');
  expect(says(endpoint, send(field('<sf:__proto__>a</sf:__proto__>')))).toBe('body-syntax');
  expect(says(endpoint, send('<a>'.repeat(10_000)))).toBe('body-depth');
  expect(says(endpoint, send(field(`${'<sf:a>'.repeat(9)}x${'</sf:a>'.repeat(9)}`)))).toBe('body-depth');
  expect(says(endpoint, send(field('<sf:a/>'.repeat(20_001))))).toBe('body-names');
  expect(says(endpoint, send(`<a${Array.from({ length: 17 }, (_, n) => ` xmlns:a${n}="urn:a"`).join('')}/>`))).toBe('body-syntax');
  expect(says(endpoint, send(`<a${' '.repeat(100_000)}/>`))).toBe('body-syntax');
  expect(says(endpoint, send(Buffer.alloc(5 * 1024 * 1024, 0x20)))).toBe('body-size');
  expect(says(endpoint, send(Buffer.concat([Buffer.from(soap()), Buffer.of(0xff)])))).toBe('body-encoding');
});

test('B4i no changed byte of a message makes the reader throw or lets its session through', () => {
  const body = Buffer.from(soap());
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.oneof(fc.constantFrom(...Buffer.from('<>&;/:="! x')), fc.nat(255)), (at, to) => {
      const changed = Uint8Array.from(body);
      changed[at] = to;
      const verdict = judge(endpoint, send(changed));
      return verdict.outcome === 'refused' || (verdict.outcome === 'accepted' && !JSON.stringify(verdict).includes(session.slice(20, 40)));
    }),
    { numRuns: 300 },
  );
});

test('what was taken, now or before, is acknowledged in the words that Salesforce waits for, and a refusal is not', async () => {
  const house = await makeHouse();
  try {
    const parts = {
      store: house.store,
      recorder: house.begin('hooks').recorder,
      refusals: { count: () => {}, flush: async () => {}, close: async () => {} },
      crypto: nodeCrypto,
      consumersOf: () => [],
      alarm: () => {},
      now: () => nowMs,
      onEvent: () => {},
    };
    const taken = await takeDelivery(parts, endpoint, send());
    expect(taken).toMatchObject({
      status: 200,
      contentType: 'text/xml; charset=utf-8',
      body: expect.stringContaining('<Ack>true</Ack>') as string,
    });
    expect(await takeDelivery(parts, endpoint, send(soap({ sessionId: '' })))).toEqual(taken);
    expect(await takeDelivery(parts, endpoint, send(soap({ org: '00D5Y000001MPM8UAO' })))).toMatchObject({
      status: 401,
      body: 'refused\n',
    });
  } finally {
    await house.close();
  }
});
