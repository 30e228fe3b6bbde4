import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { vi } from 'vitest';
import { openRig } from './rig.ts';
import type { Rig } from './rig.ts';

/** Both halves of linking, and an authorization server that others wrote (`oidc-provider`) as the issuer of both accounts. */
export interface OidcRig {
  readonly rig: Rig;
  readonly issuer: string;
  readonly close: () => Promise<void>;
}

/** Opens them. `one` is a confidential client whose account is in the id token, `two` a public one whose account is asked for. */
export async function openOidcRig(): Promise<OidcRig> {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  let answer: ReturnType<Provider['callback']> = () => undefined;
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = { from: 'id-token', id: 'sub', name: 'sub' } as const;
  const scopes = ['openid', 'email'];
  const endpoints = {
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    userinfoEndpoint: `${issuer}/me`,
    revocationEndpoint: `${issuer}/token/revocation`,
    issInResponse: true,
    scopes,
  };
  const rig = await openRig({
    one: { issuer, ...endpoints, account, clientId: 'confidential' },
    two: { issuer, ...endpoints, account: { from: 'userinfo', id: 'sub', name: 'email' }, clientId: 'public', clientSecret: null },
  });
  const client = (id: string, name: string): Record<string, unknown> => ({
    client_id: id,
    redirect_uris: [rig.account(name).redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    application_type: 'native',
  });
  answer = new Provider(issuer, {
    clients: [
      { ...client('confidential', 'one'), client_secret: 'a client secret', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client('public', 'two'), token_endpoint_auth_method: 'none' },
    ],
    claims: { email: ['email'] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@acme.example` }) }),
    features: { revocation: { enabled: true } },
    cookies: { keys: ['a key of a test'] },
  }).callback();
  return {
    rig,
    issuer,
    close: async () => {
      await rig.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
