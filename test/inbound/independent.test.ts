import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmulator } from 'emulate';
import { expect, test } from 'vitest';
import { githubSeed, githubTokens } from '../../fakes/seeds.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { github, judge, says, shared, withHeaders } from './senders.ts';

/*
 * A signer that is not ours: the GitHub of the npm package `emulate` makes, signs and sends these deliveries.
 */

async function received(count: number, cause: (hookUrl: string) => Promise<void>): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      deliveries.push({
        method: req.method ?? '',
        target: req.url ?? '',
        headers: req.headersDistinct,
        body: Buffer.concat(chunks),
        source: 'none',
      });
      res.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    await cause(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in/one`);
    while (deliveries.length < count) await new Promise((resolve) => setImmediate(resolve));
    return deliveries;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('E1g deliveries that another implementation of GitHub signs are accepted as what they are', async () => {
  const emulator = await createEmulator({ service: 'github', seed: githubSeed });
  const call = async (path: string, body: unknown): Promise<void> => {
    const headers = { authorization: `Bearer ${githubTokens.write}`, 'content-type': 'application/json' };
    const answer = await fetch(emulator.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect([path, answer.status]).toEqual([path, 201]);
  };
  try {
    const secret = Buffer.from(shared.key).toString();
    const deliveries = await received(1, async (url) => {
      await call('/repos/acme/website/hooks', { config: { url, secret, content_type: 'json' }, events: ['issues'] });
      await call('/repos/acme/website/issues', { title: "costs $$5, $& and $'" });
    });
    const issue = deliveries.find((each) => each.headers['x-github-event']?.[0] === 'issues');
    if (issue === undefined) throw new Error('no delivery of the issue');
    expect(judge(github.endpoint, issue)).toMatchObject({ outcome: 'accepted', trust: 'event', events: ['issues'], bodyIntegrity: 'mac' });
    expect(says(github.endpoint, withHeaders(issue, { 'x-github-event': 'push' }))).toBe('event-mismatch');
    expect(says(github.endpoint, { ...issue, body: Buffer.concat([issue.body, Buffer.from(' ')]) })).toBe('signature-wrong');
  } finally {
    await emulator.close();
  }
});
