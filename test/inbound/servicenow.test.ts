import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { servicenow } from '../../src/inbound/providers/standard.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { delivery, endpointOf, foreignTo, judge, nowMs, says, withHeaders } from './senders.ts';

/* The script of docs/hooks-servicenow.md, run as it stands there against doubles of ServiceNow's classes. */

const page = readFileSync(new URL('../../docs/hooks-servicenow.md', import.meta.url), 'utf8');
const script = /```js\n([\s\S]+?)\n```/.exec(page)?.[1] ?? '';
const whsec = `whsec_${Buffer.from('k3J9vQ2xT7bLw0ZsP5nRf8YdCgHmAeUi').toString('base64')}`;
const record = { sys_id: 'a'.repeat(32), sys_mod_count: '3', sys_updated_on: '2026-09-21 14:13:20', number: 'INC0010001' };

/** Runs the script for a change of a record: what was sent, and what stands in the system log. */
function run(fields: Record<string, string>, properties: Record<string, string> = {}, status = 200) {
  const sent: Delivery[] = [];
  const log: string[] = [];
  const set: Record<string, string> = {
    'countersign.hooks.secret': whsec,
    'countersign.hooks.url': 'https://hooks.test/in/one',
    instance_name: 'acme',
    ...properties,
  };
  function RESTMessageV2(): object {
    const headers: Record<string, string> = {};
    let body = '';
    return {
      setEndpoint: (url: string) => expect(url).toBe('https://hooks.test/in/one'),
      setHttpMethod: (method: string) => expect(method).toBe('POST'),
      setHttpTimeout: (ms: number) => expect(ms).toBe(10_000),
      setRequestHeader: (name: string, value: string) => (headers[name] = value),
      setRequestBody: (text: string) => (body = text),
      execute: () => (sent.push(delivery(headers, body)), { getStatusCode: () => status }),
    };
  }
  function GlideCertificateEncryption(): object {
    return {
      generateMac: (key: string, algorithm: string, data: string) => {
        expect(algorithm).toBe('HmacSHA256');
        expect(data).toMatch(/^[\x20-\x7e]+$/);
        return createHmac('sha256', Buffer.from(key, 'base64')).update(data, 'latin1').digest('base64');
      },
    };
  }
  runInNewContext(script, {
    gs: { getProperty: (name: string) => set[name] ?? null, error: (text: string) => log.push(text) },
    sn_ws: { RESTMessageV2 },
    GlideCertificateEncryption,
    Date: class {
      getTime(): number {
        return nowMs;
      }
    },
    current: {
      getTableName: () => 'incident',
      getUniqueValue: () => fields['sys_id'],
      getValue: (name: string) => fields[name] ?? null,
    },
  });
  return { sent, log };
}

const read = readSecret(servicenow, { id: 's1', value: whsec, notBeforeMs: 0, notAfterMs: null });
if (!read.ok) throw new Error(read.message);
const endpoint = endpointOf(servicenow, [read.value], { expects: { instance: 'acme' } });

test('what the script sends is taken as an event: body, time and id are signed', () => {
  const text = 'Müller: 😀 "$&" {body} <b>\u0000\u007f';
  const { sent, log } = run({ ...record, short_description: text });
  expect(log).toEqual([]);
  const verdict = judge(endpoint, sent[0]!);
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'event',
    bodyIntegrity: 'mac',
    freshness: 'signed',
    events: ['incident.changed'],
    tenant: { instance: 'acme' },
    replay: { messageId: `${record.sys_id}_3` },
    content: { data: { sys_id: record.sys_id, number: 'INC0010001', short_description: text } },
  });
});

test('what the script sends is refused altered, for another instance, under another secret, late, or without a header', () => {
  const given = run(record).sent[0]!;
  expect(says(endpoint, given)).toBe('accepted');
  const body = Buffer.from(given.body).toString();
  expect(says(endpoint, { ...given, body: Buffer.from(body.replace('INC0010001', 'INC0010002')) })).toBe('signature-wrong');
  expect(says(endpoint, withHeaders(given, { 'webhook-id': `${record.sys_id}_4` }))).toBe('signature-wrong');
  expect(says(endpoint, withHeaders(given, { 'webhook-timestamp': String(nowMs / 1000 + 1) }))).toBe('signature-wrong');
  expect(says({ ...endpoint, secrets: [foreignTo(endpoint)] }, given)).toBe('signature-wrong');
  expect(says(endpoint, given, nowMs + 301_000)).toBe('time-past');
  expect(says(endpoint, run(record, { instance_name: 'other' }).sent[0]!)).toBe('tenant-mismatch');
  const signature = given.headers['webhook-signature']![0]!;
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    expect(says(endpoint, withHeaders(given, { [name]: null }))).toBe('header-missing');
  expect(says(endpoint, withHeaders(given, { 'webhook-signature': [signature, signature] }))).toBe('header-duplicate');
});

test('without a secret or over plain HTTP the script sends nothing, and a delivery that was not taken stands in the log', () => {
  for (const properties of [
    { 'countersign.hooks.secret': '' },
    { 'countersign.hooks.secret': 'whsec_short' },
    { 'countersign.hooks.secret': whsec.slice('whsec_'.length) },
    { 'countersign.hooks.url': 'http://hooks.test/in/one' },
  ]) {
    const { sent, log } = run(record, properties);
    expect([sent, log.length, log.join('').includes('whsec_')]).toEqual([[], 1, false]);
  }
  expect(run(record, {}, 401).log).toEqual([`countersign: ${record.sys_id}_3 was not taken, status 401`]);
});
