import { expect, test } from 'vitest';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { salesforce } from '../../src/inbound/providers/hints.ts';
import { parseStrictXml } from '../../src/inbound/strict-xml.ts';
import { delivery, endpointOf, judge, says, token } from './senders.ts';

/* Salesforce's outbound messages: XML that nothing signs, read by a parser that knows no more than one message needs. */

const organization = '00Dd0000000gzcrEAA';
const endpoint = endpointOf(salesforce, [token], { expects: { organization } });
const secret = Buffer.from(token.key).toString();
const notification = (id = '04ld000000E885fAAB', fields = '<sf:Id>a01d0000006qftoAAA</sf:Id><sf:Name>A &amp; B</sf:Name>') =>
  `<Notification><Id>${id}</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">${fields}</sObject></Notification>`;
const messageOf = (
  notifications: string,
  head = `<OrganizationId>${organization}</OrganizationId>`,
): string => `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   ${head}
   <ActionId>04kd00000008StmAAE</ActionId>
   <SessionId>00Dd0000000gzcr!ARkAQAX8isu</SessionId>
   <EnterpriseUrl>https://evil.example/services/Soap/c/26.0</EnterpriseUrl>
   <PartnerUrl>https://evil.example/services/Soap/u/26.0</PartnerUrl>
   ${notifications}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>`;
const message = messageOf(notification());
const send = (body: string, change: Partial<Delivery> = {}): Delivery =>
  delivery({ 'content-type': 'text/xml; charset=utf-8', soapaction: '""' }, body, { target: `/in/one?token=${secret}`, ...change });
const of = (body: string) => says(endpoint, send(body));

test('an outbound message is a hint, without its session and the addresses to call, and is acknowledged in its own words', () => {
  const verdict = judge(endpoint, send(messageOf(notification() + notification('04ld000000E885gAAB', '<sf:Amount xsi:nil="true"/>'))));
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    doubts: ['body-unsigned'],
    bodyIntegrity: 'none',
    freshness: 'none',
    events: ['Opportunity'],
    tenant: { organization },
    content: {
      OrganizationId: organization,
      Notification: [
        { Id: '04ld000000E885fAAB', type: 'Opportunity', sObject: { Id: 'a01d0000006qftoAAA', Name: 'A & B' } },
        { Id: '04ld000000E885gAAB', type: 'Opportunity', sObject: { Amount: null } },
      ],
    },
    taken: { status: 200, contentType: 'text/xml; charset=utf-8' },
  });
  expect(JSON.stringify(verdict)).not.toMatch(/ARkAQAX8isu|evil\.example/);
  const ack = verdict.outcome === 'accepted' ? parseStrictXml(verdict.taken.body) : null;
  expect(ack).toMatchObject({ ok: true, value: { children: [{ children: [{ children: [{ local: 'Ack', text: 'true' }] }] }] } });
});

test('S12c S1e a message counts only with the token in its address, and only for the organisation that is expected', () => {
  for (const target of [
    '/in/one',
    '/in/one?token=',
    `/in/one?token=${secret}x`,
    `/in/one?token=${secret.slice(0, -1)}`,
    `/in/one?token=${secret}&token=${secret}`,
    `/in/one?x=1&token=${secret}`,
    `/in/one?Token=${secret}`,
  ])
    expect([target, says(endpoint, send(message, { target }))]).toEqual([target, 'token-wrong']);
  expect(says({ ...endpoint, expects: { organization: '00Dd0000000gzcsEAA' } }, send(message))).toBe('tenant-mismatch');
  expect(says({ ...endpoint, source: 'mtls' }, send(message))).toBe('source');
  expect(says({ ...endpoint, source: 'mtls' }, send(message, { source: 'mtls' }))).toBe('accepted');
  expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
  expect(checkEndpoint({ ...endpoint, secrets: [] })).toMatchObject({ ok: false });
  expect(checkEndpoint({ ...endpoint, expects: {} })).toMatchObject({ ok: false, message: expect.stringContaining('organization') });
  expect(says(endpoint, { ...send(message), headers: { 'content-type': ['application/json'] } })).toBe('content-type');
  expect(says(endpoint, { ...send(message), headers: { 'content-type': ['text/xml; charset=utf-16'] } })).toBe('content-type');
});

test('R14b a repeated or unnamed notification refuses the message, and a retry with newer values is the same message', () => {
  expect(of(messageOf(notification() + notification()))).toBe('message-id');
  expect(of(messageOf(notification('x')))).toBe('message-id');
  expect(of(messageOf(notification('')))).toBe('message-id');
  expect(of(messageOf(Array.from({ length: 101 }, (_, n) => notification(`04ld0000${String(n).padStart(7, '0')}`)).join('')))).toBe(
    'body-syntax',
  );
  const key = (body: string) => {
    const verdict = judge(endpoint, send(body));
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict;
  };
  expect(key(messageOf(notification(undefined, '<sf:Id>a01d0000006qftoAAA</sf:Id><sf:Name>C</sf:Name>')))).toBe(key(message));
  expect(key(messageOf(notification('04ld000000E885gAAB')))).not.toBe(key(message));
});

const doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>';
test.each([
  ['a document type', message.replace('?>', `?>${doctype}`)],
  ['a document type that fetches', message.replace('?>', '?><!DOCTYPE x SYSTEM "file:///etc/passwd">')],
  ['an entity of its own', message.replace('&amp;', '&b;')],
  ['a bare ampersand', message.replace('&amp;', '&')],
  ['a character that XML has no place for', message.replace('&amp;', '&#0;')],
  ['half of a surrogate pair', message.replace('&amp;', '&#xD800;')],
  ['a control character', message.replace('&amp;', '\u0001')],
  ['a comment', message.replace('&amp;', '<!-- x -->')],
  ['a comment in an id', message.replace('04ld0', '04l<!---->d0')],
  ['a CDATA section', message.replace('A &amp; B', '<![CDATA[A]]>')],
  ['a processing instruction', message.replace('<soapenv:Body>', '<?php x ?><soapenv:Body>')],
  ['a second declaration', message.replace('<soapenv:Body>', '<?xml version="1.0"?><soapenv:Body>')],
  ['another version', message.replace('1.0', '1.1')],
  ['another encoding', message.replace('UTF-8', 'UTF-16')],
  ['a byte order mark', `\ufeff${message}`],
  ['text in front', `x${message}`],
  ['text behind', `${message}x`],
  ['a second root', message + message.slice(message.indexOf('<soap'))],
  ['a tag that is not closed', message.replace('</sf:Name>', '')],
  ['tags that cross', message.replace('</sf:Name></sObject>', '</sObject></sf:Name>')],
  ['another prefix at the end', message.replace('</sf:Name>', '</sg:Name>')],
  ['a prefix of nobody', message.replaceAll('sf:Name', 'zz:Name')],
  ['another namespace of the envelope', message.replace('/soap/envelope/', '/soap/envelope2/')],
  ['another namespace of the message', message.replace('2005/09/outbound', '2005/09/outbounds')],
  ['another namespace of the object', message.replace('urn:sobject.enterprise', 'urn:other')],
  ['a prefix that changes its meaning on the way', message.replace('<sf:Name>', '<sf:Name xmlns:sf="urn:other">')],
  ['the prefix xml taken', message.replace('<sf:Name>', '<sf:Name xmlns:xml="urn:other">')],
  ['an attribute of nobody', message.replace('<sf:Name>', '<sf:Name href="x">')],
  ['text beside elements', message.replace('<soapenv:Body>', '<soapenv:Body>x')],
  ['a header', message.replace('<soapenv:Body>', '<soapenv:Header/><soapenv:Body>')],
  [
    'a second message',
    message.replace('</soapenv:Body>', '<notifications xmlns="http://soap.sforce.com/2005/09/outbound"/></soapenv:Body>'),
  ],
  ['a second organisation', message.replace('<ActionId>', `<OrganizationId>${organization}</OrganizationId><ActionId>`)],
  ['an organisation with an element in it', message.replace(organization, `<x>${organization}</x>`)],
  ['parts in another order', message.replace(/(<ActionId>.*<\/ActionId>)\s*(<SessionId>.*<\/SessionId>)/, '$2$1')],
  ['an element in a field', message.replace('A &amp; B', '<sf:x>1</sf:x>')],
  ['no notification', messageOf('')],
  ['an unquoted attribute', message.replace('xsi:type="sf:Opportunity"', 'xsi:type=sf:Opportunity')],
  ['a field that is empty and is not', message.replace('<sf:Name>', '<sf:Name xsi:nil="true">')],
])('B4g XML with %s is refused', (_, body) => {
  expect(body).not.toBe(message);
  expect(of(body)).toBe('body-syntax');
});

test('B4h B5d a name twice, a name of a prototype, depth and number of elements are bounded', () => {
  expect(of(message.replace('<sf:Name>', '<sf:Id>x</sf:Id><sf:Name>'))).toBe('body-duplicate-name');
  expect(of(message.replace('xsi:type=', 'xsi:type="sf:Account" xsi:type='))).toBe('body-duplicate-name');
  const aliased = message.replace('xmlns:sf', 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="sf:Account" xmlns:sf');
  expect(of(aliased)).toBe('body-duplicate-name');
  expect(of(message.replaceAll('sf:Name', 'sf:constructor'))).toBe('body-prototype-name');
  expect(of(message.replaceAll('sf:Name', 'sf:__proto__'))).toBe('body-syntax');
  expect(parseStrictXml('<a>'.repeat(9))).toEqual({ ok: false, reason: 'body-depth' });
  expect(parseStrictXml('<a>'.repeat(100_000))).toEqual({ ok: false, reason: 'body-depth' });
  expect(parseStrictXml(`<a>${'<b/>'.repeat(50_000)}</a>`)).toEqual({ ok: false, reason: 'body-names' });
  // Work is linear: what opens and never ends is read once.
  for (const text of ['<a '.repeat(50_000), `<a ${'b="'.repeat(50_000)}`, `<a>${'&#'.repeat(50_000)}</a>`, `<a${' x="1"'.repeat(50_000)}`])
    expect(parseStrictXml(text)).toMatchObject({ ok: false });
});

test('XML that says the same in other words is read alike', () => {
  const single = message.replaceAll('"', "'").replace('A &amp; B', 'A &#38; &#x42;').replaceAll('\n', '\r\n');
  const [one, two] = [judge(endpoint, send(message)), judge(endpoint, send(single))];
  expect(one.outcome === 'accepted' && two.outcome === 'accepted' && JSON.stringify(one.content) === JSON.stringify(two.content)).toBe(
    true,
  );
});
