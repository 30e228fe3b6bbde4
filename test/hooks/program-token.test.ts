import { generateKeyPairSync } from 'node:crypto';
import { AsymmetricAlgorithm, decodeAsymmetric } from 'atlassian-jwt';
import { createEmulator } from 'emulate';
import { expect, test } from 'vitest';
import { freePort } from '../../fakes/house.ts';
import { startDouble } from '../../fakes/changes-double.ts';
import { programToken } from '../../src/vault/program-token.ts';

/* Tokens for a program, from an Entra of others, and with an assertion that a library of others verifies. */

test('a client secret is given for a token, and a wrong one is not', async () => {
  const [clientId, clientSecret] = ['0bf30f3b-4a52-48df-9a82-234910c4a086', 'pretend~client~secret'];
  const seed = { microsoft: { oauth_clients: [{ client_id: clientId, client_secret: clientSecret, name: 'reader', redirect_uris: [] }] } };
  const port = await freePort();
  const entra = await createEmulator({ service: 'microsoft', hostname: '127.0.0.1', port, seed });
  const program = {
    proof: 'secret',
    tokenEndpoint: `http://127.0.0.1:${port}/oauth2/v2.0/token`,
    scope: 'https://graph.microsoft.com/.default',
    clientId,
    clientSecret,
  } as const;
  expect(await programToken(program, Date.now())).toEqual({ ok: true, value: expect.stringMatching(/^microsoft_/) as string });
  const wrong = await programToken({ ...program, clientSecret: 'another~secret' }, Date.now());
  expect(wrong).toMatchObject({ ok: false, code: 'bad-credential', message: expect.stringContaining('invalid_client') as string });
  expect(JSON.stringify(wrong)).not.toContain('another');
  await entra.close();
  const nowhere = { ...program, tokenEndpoint: `http://127.0.0.1:${await freePort()}/token` };
  expect(await programToken(nowhere, Date.now())).toMatchObject({ ok: false, code: 'not-reachable' });
});

test('an assertion says who asks, for whom, for what and where, for five minutes, and nothing beside it proves a client', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let form = new URLSearchParams();
  const issuer = await startDouble(() => ({
    tokenPath: '/token',
    token: (asked) => {
      form = asked;
      return 'ya29.token';
    },
    api: () => ({ status: 404, body: {} }),
  }));
  const nowMs = Date.now();
  const program = {
    proof: 'assertion',
    tokenEndpoint: `${issuer.url}/token`,
    scope: 'https://www.googleapis.com/auth/drive.metadata.readonly',
    issuer: 'reader@pretend.iam.gserviceaccount.com',
    subject: 'alice@example.com',
    key: privateKey,
    keyId: 'k1',
  } as const;
  expect(await programToken(program, nowMs)).toEqual({ ok: true, value: 'ya29.token' });
  expect([...form.keys()].toSorted()).toEqual(['assertion', 'grant_type']);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const assertion = form.get('assertion') ?? '';
  const claims: unknown = decodeAsymmetric(assertion, pem, AsymmetricAlgorithm.RS256);
  const iat = Math.floor(nowMs / 1000);
  const { issuer: iss, subject: sub, scope, tokenEndpoint: aud } = program;
  // That library gives every audience as a list.
  expect(claims).toEqual({ iss, sub, scope, aud: [aud], iat, exp: iat + 300 });
  await programToken({ ...program, subject: null }, nowMs);
  expect(decodeAsymmetric(form.get('assertion') ?? '', pem, AsymmetricAlgorithm.RS256)).not.toHaveProperty('sub');
  await issuer.close();
});
