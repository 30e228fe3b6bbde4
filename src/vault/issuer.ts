import * as oauth from 'oauth4webapi';
import { neverSent } from '../action/never-sent.ts';
import { parseJson } from '../action/parse-json.ts';
import type { AccountRefusal } from '../action/statement-accounts.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { compareScopes, isToken, scopesOf, valueAt } from './grant.ts';
import type { AccountSettings } from './settings.ts';

/*
 * The calls to an issuer: OAuth 2.0 authorization code grant (RFC 6749) with PKCE S256 (RFC 7636), `iss` (RFC 9207) and
 * revocation (RFC 7009), as RFC 9700 asks for. The protocol itself is oauth4webapi's.
 */

/** What an issuer gave. Secret: it stays in this process and in files that only this user can read. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string | null;
}

/**
 * Hears of what an issuer gave before anything else is done with it; `expiresInS` is what it says of the access token's life,
 * unchecked but for being a number. False: it could not be kept, and must not be used.
 */
export type OnGiven = (tokens: Tokens, expiresInS: number | null) => boolean;

/** What an issuer said to a token's revocation: `declined` is an error that OAuth knows; `failed` is no answer, or none of OAuth's. */
export type Answered = 'revoked' | 'declined' | 'failed';

/** A token that may be shown to a person for confirmation: scope, type, account and tenant are what they must be. */
export interface Grant {
  readonly tokens: Tokens;
  readonly scopes: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly expiresInS: number | null;
}

/** Why there is no grant, in our words, and what is known so far. */
export interface NoGrant {
  readonly code: AccountRefusal;
  readonly message: string;
  readonly scopes: readonly string[] | null;
  readonly id: string | null;
  readonly name: string | null;
}

/** How an exchange ended. */
export type Exchanged = { readonly ok: true; readonly grant: Grant } | ({ readonly ok: false } & NoGrant);

/** An issuer's answer to a browser. `state` has been compared already, by its digest. */
export interface Answer {
  readonly code: string;
  readonly state: string;
  readonly iss: string | null;
}

/** One issuer, for one account. */
export interface Issuer {
  /** A new code verifier, and the address for the browser without its `state`, which the door adds. */
  begin(): Promise<{ readonly verifier: string; readonly url: string }>;
  /** Gives the code for a token, once, and judges what comes back. Never throws for what an issuer does. */
  exchange(answer: Answer, verifier: string, onGiven: OnGiven): Promise<Exchanged>;
  /** Takes tokens back at the issuer, whose revocation endpoint is known. Never throws for what an issuer does. */
  revoke(tokens: Tokens): Promise<Answered>;
}

/** The codes of RFC 6749 section 5.2: nothing else that an issuer writes is repeated. */
export const knownErrors = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
];

const none: Omit<NoGrant, 'code' | 'message'> = { scopes: null, id: null, name: null };

function failed(error: unknown, given: boolean): Exchanged {
  if (error instanceof oauth.ResponseBodyError && knownErrors.includes(error.error))
    return { ok: false, ...none, code: 'no-token', message: `the issuer does not give a token: it says ${error.error}` };
  if (neverSent(error)) return { ok: false, ...none, code: 'not-reachable', message: 'the issuer cannot be reached: check the network' };
  const message = given ? 'what the issuer gave with the token is not what the standards say' : 'the issuer did not give a token';
  return { ok: false, ...none, code: 'no-token', message };
}

/** The tokens in a reply, whatever else is wrong with it, so that they can be taken back. */
async function tokensIn(reply: Response): Promise<(Tokens & { readonly expiresInS: number | null }) | null> {
  const body: unknown = await reply
    .text()
    .then(parseJson)
    .catch(() => null);
  if (reply.status !== 200 || typeof body !== 'object' || body === null) return null;
  const { access_token: access, refresh_token: refresh, expires_in: life } = body as Readonly<Record<string, unknown>>;
  if (typeof access !== 'string') return null;
  return { access, refresh: typeof refresh === 'string' ? refresh : null, expiresInS: typeof life === 'number' ? life : null };
}

/**
 * What an issuer said that did not answer a revocation with 200. RFC 7009 2.2: a token that it does not know is no error; Google
 * says `invalid_token` then. 2.2.1: after a 503, and after no answer at all, the token has to be taken for a good one.
 */
function revocationAnswer(error: unknown): Answered {
  if (error instanceof oauth.ResponseBodyError) {
    const overloaded = error.status === 408 || error.status === 429;
    if (error.error === 'invalid_token') return 'revoked';
    return overloaded ? 'failed' : 'declined';
  }
  return error instanceof oauth.WWWAuthenticateChallengeError ? 'declined' : 'failed';
}

/** What is the same for every call: RFC 8414's names for what the configuration says. */
function protocolOf(settings: AccountSettings): {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
  readonly options: oauth.HttpRequestOptions<'POST', URLSearchParams>;
} {
  const { clientSecret } = settings;
  const proof = settings.clientAuthentication === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
  return {
    as: {
      issuer: settings.issuer,
      authorization_endpoint: settings.authorizationEndpoint,
      token_endpoint: settings.tokenEndpoint,
      authorization_response_iss_parameter_supported: settings.issInResponse,
      ...(settings.revocationEndpoint === null ? {} : { revocation_endpoint: settings.revocationEndpoint }),
    },
    client: { client_id: settings.clientId },
    auth: clientSecret === null ? oauth.None() : proof(clientSecret),
    options: {
      [oauth.customFetch]: (url, { body, headers, method }) => boundedFetch(url, { body, headers, method }),
      // The configuration takes plain HTTP for this machine only.
      [oauth.allowInsecureRequests]: true,
    },
  };
}

/** The document in which the issuer says whose the token is. Null: it does not say so, or contradicts itself. */
async function ownerDocument(settings: AccountSettings, reply: oauth.TokenEndpointResponse): Promise<unknown> {
  const claims = oauth.getValidatedIdTokenClaims(reply);
  if (settings.account.from === 'token') return reply;
  if (settings.account.from === 'id-token') return claims ?? null;
  const headers = { authorization: `Bearer ${reply.access_token}`, accept: 'application/json' };
  try {
    const said = await boundedFetch(settings.userinfoEndpoint ?? '', { method: 'GET', headers });
    const body: unknown = said.status === 200 ? parseJson(await said.text()) : null;
    // OpenID Connect Core 5.3.2: a userinfo of another subject than the id token's must not be used.
    return claims !== undefined && valueAt(body, 'sub') !== claims.sub ? null : body;
  } catch {
    return null;
  }
}

/** Judges a token response that has the right form. */
async function judge(settings: AccountSettings, reply: oauth.TokenEndpointResponse): Promise<Exchanged> {
  const tokens = { access: reply.access_token, refresh: reply.refresh_token ?? null };
  // RFC 6749 5.1: a scope that is left out is the one that was asked for.
  const scopes = reply.scope === undefined ? settings.scopes.toSorted() : scopesOf(reply.scope);
  const no = (code: AccountRefusal, message: string, known: Partial<NoGrant> = {}): Exchanged => ({
    ok: false,
    code,
    message,
    ...none,
    ...known,
  });
  if (reply.token_type !== settings.tokenType)
    return no('wrong-token-type', `the issuer gave a token of another type than ${settings.tokenType}`);
  if (![tokens.access, tokens.refresh ?? 'none'].every(isToken)) return no('no-token', 'what the issuer gave cannot be a token');
  const compared = compareScopes(settings.scopes, scopes);
  if (compared === 'wider') return no('wider-scope', 'the issuer granted more than was asked for, so the token is not taken', { scopes });
  if (compared === 'narrower') {
    const lacking = settings.scopes.filter((scope) => !scopes.includes(scope)).join(' ');
    return no('narrower-scope', `the issuer did not grant ${lacking}: allow it there, or ask for less in the configuration`, { scopes });
  }
  const owner = await ownerDocument(settings, reply);
  const id = valueAt(owner, settings.account.id);
  const name = valueAt(owner, settings.account.name);
  if (id === null || name === null) return no('no-account', 'the issuer does not say whose the token is', { scopes });
  if (settings.tenant !== null && id !== settings.tenant)
    return no('wrong-tenant', 'this is not the account that the configuration expects', { scopes, id, name });
  return { ok: true, grant: { tokens, scopes, id, name, expiresInS: reply.expires_in ?? null } };
}

/** Opens an issuer. Nothing is sent yet. */
export function openIssuer(settings: AccountSettings): Issuer {
  const { as, client, auth, options } = protocolOf(settings);
  return {
    begin: async () => {
      const verifier = oauth.generateRandomCodeVerifier();
      const url = new URL(settings.authorizationEndpoint);
      url.searchParams.set('response_type', 'code');
      url.searchParams.set('client_id', settings.clientId);
      url.searchParams.set('redirect_uri', settings.redirectUri);
      if (settings.scopes.length > 0) url.searchParams.set('scope', settings.scopes.join(' '));
      url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(verifier));
      url.searchParams.set('code_challenge_method', 'S256');
      return { verifier, url: url.href };
    },
    exchange: async ({ code, state, iss }, verifier, onGiven) => {
      let parameters: URLSearchParams;
      try {
        const said = new URLSearchParams({ code, state, ...(iss === null ? {} : { iss }) });
        parameters = oauth.validateAuthResponse(as, client, said, state);
      } catch {
        // Code and state are there and there is no error: what is left to be wrong is `iss`.
        return { ok: false, ...none, code: 'wrong-issuer', message: 'the answer does not name the issuer that was asked' };
      }
      let given = false;
      try {
        const reply = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, settings.redirectUri, verifier, options);
        const inReply = await tokensIn(reply.clone());
        if (inReply !== null) {
          const { expiresInS, ...tokens } = inReply;
          given = true;
          if (!onGiven(tokens, expiresInS))
            return { ok: false, ...none, code: 'not-stored', message: 'the token could not be kept: look at the data folder' };
        }
        const recognizedTokenTypes = { [settings.tokenType]: (): void => undefined };
        const requireIdToken = settings.account.from === 'id-token';
        return await judge(
          settings,
          await oauth.processAuthorizationCodeResponse(as, client, reply, { recognizedTokenTypes, requireIdToken }),
        );
      } catch (error) {
        return failed(error, given);
      }
    },
    revoke: async ({ access, refresh }) => {
      // RFC 7009 2.1: revoking a refresh token takes the access tokens of its grant with it where the issuer can; both are sent.
      const answers = await Promise.all(
        [refresh, access].map(async (token): Promise<Answered> => {
          if (token === null) return 'revoked';
          try {
            await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, options));
            return 'revoked';
          } catch (error) {
            return revocationAnswer(error);
          }
        }),
      );
      return (['failed', 'declined'] as const).find((one) => answers.includes(one)) ?? 'revoked';
    },
  };
}
