import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { neverSent } from '../action/never-sent.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { isToken } from './grant.ts';
import { knownErrors } from './issuer.ts';

/*
 * Tokens for a program that acts by itself, without a person and without a browser. The protocol is oauth4webapi's; the one
 * assertion that it does not make is made here.
 */

/** Who the program is, and how it proves it. */
export type Program = {
  readonly tokenEndpoint: string;
  readonly scope: string;
} & (
  | {
      /** RFC 7523 section 2.1, as Google's service accounts use it: a JWT signed with RS256. `subject`: for whom. */
      readonly proof: 'assertion';
      readonly issuer: string;
      readonly subject: string | null;
      readonly key: KeyObject;
      readonly keyId: string;
    }
  | {
      /** RFC 6749 section 4.4, as Entra uses it. */
      readonly proof: 'secret';
      readonly clientId: string;
      readonly clientSecret: string;
    }
);

/** The life of an assertion. Google takes one hour at most; it is used at once. */
const assertionS = 300;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function assertionOf(program: Extract<Program, { proof: 'assertion' }>, nowMs: number): string {
  const iat = Math.floor(nowMs / 1000);
  const { issuer, scope, tokenEndpoint, subject } = program;
  const claims = { iss: issuer, scope, aud: tokenEndpoint, iat, exp: iat + assertionS, ...(subject === null ? {} : { sub: subject }) };
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: program.keyId })}.${part(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), program.key).toString('base64url')}`;
}

/** Nothing of an issuer's own words is repeated: it has seen the secret, and may write it back. */
function failed(error: unknown): Refusal {
  if (error instanceof oauth.ResponseBodyError && knownErrors.includes(error.error))
    return refuse('bad-credential', `no token is given for this credential: the issuer says ${error.error}`);
  if (neverSent(error)) return refuse('not-reachable', 'the issuer of tokens cannot be reached: check the network');
  return refuse('third-party-error', 'the issuer did not give a token, or what it gave is not what the standards say');
}

function request(program: Program, as: oauth.AuthorizationServer, nowMs: number): Promise<Response> {
  const options: oauth.HttpRequestOptions<'POST', URLSearchParams> = {
    [oauth.customFetch]: (url, { body, headers, method }) => boundedFetch(url, { body, headers, method }),
    // The configuration takes plain HTTP for this machine only.
    [oauth.allowInsecureRequests]: true,
  };
  if (program.proof === 'secret') {
    const client = { client_id: program.clientId };
    return oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretPost(program.clientSecret), { scope: program.scope }, options);
  }
  const assertion = assertionOf(program, nowMs);
  // The assertion says who asks: beside it stands no proof of a client.
  const bare: oauth.ClientAuth = () => undefined;
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  return oauth.genericTokenEndpointRequest(as, { client_id: program.issuer }, bare, grant, { assertion }, options);
}

/** Gets a new access token. It is the caller's to forget. Never throws for what an issuer does. */
export async function programToken(program: Program, nowMs: number): Promise<Result<string>> {
  const as = { issuer: new URL(program.tokenEndpoint).origin, token_endpoint: program.tokenEndpoint };
  const client = { client_id: program.proof === 'secret' ? program.clientId : program.issuer };
  try {
    const reply = await request(program, as, nowMs);
    const given = await oauth.processGenericTokenEndpointResponse(as, client, reply);
    return given.token_type === 'bearer' && isToken(given.access_token)
      ? ok(given.access_token)
      : refuse('third-party-error', 'what the issuer gave cannot be a token');
  } catch (error) {
    return failed(error);
  }
}
