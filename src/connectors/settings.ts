import { z } from 'zod';

/*
 * What the configuration says of a system, parsed. The tenant is pinned here; the model never names it.
 * A credential is only ever named: the hand that owns it reads it from its own environment or file.
 */

/** Where a hand finds a credential. */
export const credentialShape = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
]);

/** Where a hand finds a credential. */
export type CredentialRef = z.infer<typeof credentialShape>;

const credentials = z
  .strictObject({ read: credentialShape, write: credentialShape })
  .describe('two credentials, one for each zone: the reader may only read, the executor may write');
/** Targets that the operator names as places where agents may write: `binding` becomes `configured`. */
const targets = z
  .array(z.string().min(1))
  .max(1000)
  .default([])
  .describe('targets (immutable ids) that agents may write to without being told by the user');
/** Sources that nobody outside gets, whoever names them: immutable ids, or `*`. */
const restricted = z
  .array(z.string().min(1))
  .max(1000)
  .default([])
  .describe(
    'sources (immutable ids, or * for all) whose content goes to nobody outside unless two people sign, even if the user names them',
  );
const owners = z.array(z.string().min(1)).max(100).default([]).describe('users who own this system: they can fill the role `owner`');

/** GitHub, or GitHub Enterprise. */
export const githubShape = z.strictObject({
  connector: z.literal('github'),
  url: z.url().default('https://api.github.com').describe('the REST API'),
  owner: z.string().min(1).describe('the organisation or user whose repositories may be touched; everything else is another tenant'),
  repositories: z.array(z.string().min(1)).max(1000).default([]).describe('names of repositories; empty means all of the owner'),
  credentials,
  targets,
  restricted,
  owners,
});

/** Slack. */
export const slackShape = z.strictObject({
  connector: z.literal('slack'),
  url: z.url().default('https://slack.com/api/').describe('the Web API'),
  team: z
    .string()
    .regex(/^[TE][A-Za-z0-9]+$/)
    .describe('the id of the workspace (T…): everything else is another tenant'),
  credentials,
  targets,
  restricted,
  owners,
});

/** Names under which secrets usually stand. What has such a name is only ever named here, so that no other process can read it. */
const secretName = /token|secret|passw|credential|api[_-]?key|private[_-]?key|bearer/i;
const secretHeader = /^(authorization|proxy-authorization|cookie|x-api-key|api-key)$|token|secret/i;

const environment = z
  .record(z.string(), z.union([z.string(), credentialShape]))
  .default({})
  .superRefine((env, context) => {
    for (const [name, value] of Object.entries(env)) {
      if (typeof value === 'string' && secretName.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'a secret does not stand in the configuration: name where it is, as { env: NAME } or { file: path }',
        });
    }
  });
const headers = z
  .record(z.string(), z.string())
  .default({})
  .superRefine((all, context) => {
    for (const name of Object.keys(all)) {
      if (secretHeader.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'a secret does not stand in the configuration: use `credential`, as { env: NAME } or { file: path }',
        });
    }
  });
const plainUrl = z
  .url()
  .refine((url) => !/^[^/?#]*:\/\/[^/?#]*@/.test(url), 'a user name or password does not belong into an address: use a credential');

/** One connection to an upstream MCP server. It gets this environment and nothing of ours. */
export const upstreamShape = z.union([
  z.strictObject({ command: z.string().min(1), args: z.array(z.string()).default([]), env: environment, cwd: z.string().optional() }),
  z.strictObject({ url: plainUrl, credential: credentialShape.optional(), headers }),
]);

/** One connection to an upstream MCP server. */
export type Upstream = z.infer<typeof upstreamShape>;

/** Any upstream MCP server as a system. */
export const mcpShape = z.strictObject({
  connector: z.literal('mcp'),
  catalogue: z.string().min(1).describe('the reviewed catalogue file, as `countersign catalog add` writes it'),
  tenant: z.string().min(1).describe('what this connection stands for: an account, a workspace, a folder'),
  read: upstreamShape,
  write: upstreamShape.optional().describe('leave it out and the system can only be read'),
  targets,
  restricted,
  owners,
});

/** A configured system. */
export const systemShape = z.discriminatedUnion('connector', [githubShape, slackShape, mcpShape]);

/** True for a name or an address of this machine, as `hostname` of a URL has it: plain HTTP to it is seen by nobody on the way. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);
}

const overTls = /^(?:https:\/\/|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$))[^?#@]*$/i;
const apiUrl = z.url().max(500).regex(overTls, 'begin it with https://, without a user, a query and a fragment');

/** The list of changes of a Google Drive, and the credential that may read it. Drive is no system yet. */
export const driveChangesShape = z.strictObject({
  credential: credentialShape.describe('the key of a service account, as Google makes it: one JSON document'),
  subject: z
    .string()
    .regex(/^[^\s@]{1,64}@[A-Za-z0-9.-]{1,190}$/, 'write it as an address: alice@example.com')
    .optional()
    .describe("whose changes they are, by domain-wide delegation; left out, the service account's own: what is shared with it"),
  driveId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .optional()
    .describe('only those of this shared drive'),
  url: apiUrl.default('https://www.googleapis.com/drive/v3').describe('the API'),
  tokenEndpoint: apiUrl.default('https://oauth2.googleapis.com/token'),
});

const id = '[A-Za-z0-9!@=_,.~-]{1,250}';
/** The documented lists of changes that are asked: of a drive, of the messages of a mail folder, of users, of groups. */
const graphResource = new RegExp(
  `^/(?:drives/${id}/root|(?:users|groups|sites)/${id}/drive/root|users/${id}/mailFolders/${id}/messages|users|groups)$`,
);

/** A list of changes (delta) of Microsoft Graph, and the credential that may read it. Graph is no system yet. */
export const graphChangesShape = z.strictObject({
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,100}$/)
    .refine((tenant) => !/^(?:common|organizations|consumers|\.+)$/i.test(tenant), 'name one tenant')
    .describe('the id or the domain of the Entra tenant'),
  clientId: z
    .string()
    .regex(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/)
    .describe('the application (client) id'),
  credential: credentialShape.describe('a client secret of the application'),
  resource: z
    .string()
    .regex(
      graphResource,
      'this is no list of changes that is known: /drives/{id}/root, /users/{id}/drive/root (also groups, sites), /users/{id}/mailFolders/{id}/messages, /users or /groups',
    )
    .refine((path) => path.split('/').every((part) => !/^\.+$/.test(part)), 'an id is not made of dots')
    .describe('whose changes, as Graph writes the path in front of /delta'),
  url: apiUrl.default('https://graph.microsoft.com/v1.0').describe('the API'),
  login: apiUrl.default('https://login.microsoftonline.com').describe('where tokens come from'),
});

/** What the configuration says of a Drive's list of changes. */
export type DriveChanges = z.infer<typeof driveChangesShape>;
/** What the configuration says of a list of changes of Graph. */
export type GraphChanges = z.infer<typeof graphChangesShape>;

/** GitHub's settings. */
export type GithubSettings = z.infer<typeof githubShape>;
/** Slack's settings. */
export type SlackSettings = z.infer<typeof slackShape>;
/** An MCP system's settings. */
export type McpSettings = z.infer<typeof mcpShape>;
