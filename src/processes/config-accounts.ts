import { resolve } from 'node:path';
import { z } from 'zod';
import { credentialShape, isLoopback } from '../connectors/settings.ts';
import type { CredentialRef } from '../connectors/settings.ts';
import { limits } from '../limits.ts';

/*
 * What the configuration says of accounts that a person links in a browser (OAuth 2.0 authorization code grant). Everything is
 * written here and nothing is discovered at run time: whoever answers in an issuer's place must not be able to move an endpoint.
 */

/** True for https, and for plain HTTP to this machine, without a user or a fragment. */
function overTls(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || text.includes('#')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

const endpoint = z.url().max(500).refine(overTls, 'begin it with https://, without a user and without a fragment');
/** Names that the request itself sets: an endpoint that brings one along would be asked for two things at once. */
const ownParameters =
  /^(?:response_type|response_mode|client_id|client_secret|redirect_uri|scope|state|nonce|code_challenge|code_challenge_method|request|request_uri)$/;
const authorization = endpoint.refine(
  (text) => [...new URL(text).searchParams.keys()].every((name) => !ownParameters.test(name)),
  'a parameter that each request sets itself may not stand in the address',
);
const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, 'write it as names with dots between: team.id');

/** One account that can be linked. */
export const accountShape = z.strictObject({
  issuer: endpoint
    .refine((text) => !text.includes('?'), 'an issuer has no query')
    .describe('the authorization server, exactly as it calls itself: an answer that names another one is refused'),
  authorizationEndpoint: authorization.describe('where the browser is sent; fixed parameters such as access_type=offline may stand in it'),
  tokenEndpoint: endpoint,
  revocationEndpoint: endpoint.optional().describe('RFC 7009; with it, a token that is refused is also revoked'),
  revocationEnds: z
    .enum(['grant', 'token'])
    .default('grant')
    .describe(
      'what a revocation ends at the issuer: `grant`, all that this client was given for the same account; `token`, that token and what was given with it',
    ),
  userinfoEndpoint: endpoint.optional().describe('asked with the new token, if `account.from` is userinfo'),
  account: z
    .strictObject({ from: z.enum(['token', 'id-token', 'userinfo']), id: path, name: path })
    .describe('where the issuer says whose the token is: the immutable id of the account or workspace, and its name for people'),
  clientId: z.string().min(1).max(500),
  clientSecret: credentialShape.optional().describe('only the hand of the zone reads it; leave it out for a public client'),
  clientAuthentication: z.enum(['basic', 'post']).default('basic').describe('how the client secret is sent'),
  scopes: z
    .array(
      z
        .string()
        .max(limits.accountScopeCharsMax)
        .regex(/^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/, 'one scope has no blank and no comma'),
    )
    .max(limits.accountScopesMax)
    .refine((all) => new Set(all).size === all.length, 'a scope is listed twice')
    .default([])
    .describe('exactly what is asked for: a grant of more or of less is refused'),
  tokenType: z.enum(['bearer', 'bot', 'user']).default('bearer').describe('bot and user are what Slack calls its tokens'),
  zone: z.enum(['read', 'write']).describe('whose credential it becomes: the reader’s or the executor’s'),
  system: z.string().describe('the system that uses it'),
  issInResponse: z
    .boolean()
    .default(false)
    .describe('true where the metadata say authorization_response_iss_parameter_supported (RFC 9207): then `iss` must be there'),
  tenant: z.string().min(1).max(limits.accountNameCharsMax).optional().describe('the only account id that may be linked'),
  credentialFile: z.string().min(1).describe('the file that `systems` names as this credential; the token is written into it'),
});

/** One account that can be linked. */
export type AccountConfig = z.infer<typeof accountShape>;

/** The files that linking an account writes, besides the credential itself: the refresh token, and each of them before it is put in place. */
export function filesBeside(credentialFile: string): readonly string[] {
  return ['.refresh', '.new', '.refresh.new'].map((ending) => `${credentialFile}${ending}`);
}

/** What the checks below know of the whole configuration; `S` is what it says of one system. */
interface Whole<S> {
  readonly folder: string;
  readonly hooks: { readonly port: number; readonly publicUrl?: string | undefined };
  readonly systems: Readonly<Record<string, S>>;
  readonly accounts: Readonly<Record<string, AccountConfig>>;
}

/** The credentials that one zone of a system is given. */
type RefsOf<S> = (settings: S, zone: 'read' | 'write') => readonly CredentialRef[];

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The address in front of the paths of the hooks door, without a slash at its end. Null: none is known, because its port is any. */
export function publicUrlOf({ hooks }: Pick<Whole<unknown>, 'hooks'>): string | null {
  if (hooks.publicUrl !== undefined) return hooks.publicUrl.replace(/\/$/, '');
  return hooks.port === 0 ? null : `http://127.0.0.1:${hooks.port}`;
}

/** The client secrets with which one zone links accounts. */
export function clientSecretRefs({ accounts }: Pick<Whole<unknown>, 'accounts'>, zone: 'read' | 'write'): readonly CredentialRef[] {
  return Object.values(accounts).flatMap((one) => (one.zone === zone && one.clientSecret !== undefined ? [one.clientSecret] : []));
}

/** What one account says that the systems contradict. */
function fitProblems<S>(config: Whole<S>, refsOf: RefsOf<S>, [name, one]: readonly [string, AccountConfig]): Problem[] {
  const problems: Problem[] = [];
  const say = (where: string, message: string): void => void problems.push({ path: `accounts.${name}.${where}`, message });
  const file = resolve(config.folder, one.credentialFile);
  const settings = Object.hasOwn(config.systems, one.system) ? config.systems[one.system] : undefined;
  if (settings === undefined) say('system', 'there is no such system');
  else if (!refsOf(settings, one.zone).some((ref) => 'file' in ref && ref.file === one.credentialFile))
    say('credentialFile', `systems.${one.system} does not name this file, in the same words, as its ${one.zone} credential: { file: … }`);
  const all = (zone: 'read' | 'write'): readonly CredentialRef[] => [
    ...Object.values(config.systems).flatMap((each) => refsOf(each, zone)),
    ...clientSecretRefs(config, zone),
  ];
  const files = [...all('read'), ...all('write')].flatMap((ref) => ('file' in ref ? [resolve(config.folder, ref.file)] : []));
  const taken = filesBeside(file).find((beside) => files.includes(beside));
  if (taken !== undefined) say('credentialFile', `${taken} is written when the account is linked, and is another credential`);
  const others = all(one.zone === 'read' ? 'write' : 'read').map((ref) => JSON.stringify(ref));
  if (one.clientSecret !== undefined && others.includes(JSON.stringify(one.clientSecret)))
    say('clientSecret', 'the other zone is given it too: register a client for each zone');
  return problems;
}

/** What one account says that contradicts itself. */
function ownProblems([name, one]: readonly [string, AccountConfig]): Problem[] {
  const at = `accounts.${name}`;
  return [
    ...(one.account.from === 'userinfo' && one.userinfoEndpoint === undefined
      ? [{ path: `${at}.userinfoEndpoint`, message: 'the account is to be taken from it: name it' }]
      : []),
    ...(one.account.from === 'id-token' && !one.scopes.includes('openid')
      ? [{ path: `${at}.scopes`, message: 'an id token is only given with the scope openid' }]
      : []),
  ];
}

/** What no shape can say of accounts. */
export function accountProblems<S>(config: Whole<S>, refsOf: RefsOf<S>): Problem[] {
  const entries = Object.entries(config.accounts);
  if (entries.length === 0) return [];
  const problems = entries.flatMap((entry) => [...fitProblems(config, refsOf, entry), ...ownProblems(entry)]);
  const files = new Map<string, string>();
  for (const [name, one] of entries) {
    const file = resolve(config.folder, one.credentialFile);
    const other = files.get(file);
    if (other !== undefined)
      problems.push({ path: `accounts.${name}.credentialFile`, message: `the account ${other} writes the same file` });
    files.set(file, name);
  }
  const publicUrl = publicUrlOf(config);
  if (publicUrl === null || !overTls(publicUrl) || new URL(publicUrl).pathname !== '/' || publicUrl.includes('?'))
    problems.push({
      path: 'hooks',
      message:
        'accounts are linked at the address of the hooks door: give it a port, or a publicUrl that begins with https:// and has no path',
    });
  return problems;
}
