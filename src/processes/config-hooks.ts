import { z } from 'zod';
import { reaches } from '../action/audience.ts';
import { grades } from '../action/vocabulary.ts';
import { credentialShape } from '../connectors/settings.ts';
import { limits } from '../limits.ts';
import { reconcileShape } from './config-reconcile.ts';

/*
 * What the configuration says of the hooks door: who may deliver, how they prove it, and who is told.
 */

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name is lower-case letters, digits and hyphens, and begins with a letter');
const range = z
  .string()
  .regex(/^[0-9a-fA-F.:]{2,45}(?:\/\d{1,3})?$/, 'a range is an address, or an address and a prefix: 192.0.2.0/24, 2001:db8::/32');
const when = z.iso.datetime({ offset: true }).optional();

/** A secret of an endpoint: where it is, and from when to when it is good. */
const secretParts = {
  id: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  notBefore: when.describe('RFC 3339; before it, the secret proves nothing'),
  notAfter: when.describe('RFC 3339; from then on, the secret proves nothing'),
};
const secret = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), ...secretParts }),
    z.strictObject({ file: z.string().min(1), ...secretParts }),
  ],
  'write it as { id: current, env: NAME } or { id: current, file: path }, and the secret itself never here',
);

const scheme = z
  .strictObject({
    algorithm: z.enum(['hmac-sha256', 'hmac-sha512']).default('hmac-sha256'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    signatureHeader: z.string(),
    prefix: z.string().default(''),
    timeHeader: z.string().nullable().default(null),
    timeForm: z.enum(['unix-s', 'rfc3339-s']).default('unix-s'),
    idHeader: z.string().nullable().default(null),
    parts: z
      .array(z.union([z.enum(['time', 'id', 'body']), z.strictObject({ text: z.string() })]))
      .min(1)
      .max(16),
    retries: z.enum(['resigned', 'identical']).default('identical'),
    eventPath: z.string(),
  })
  .describe('how a sender signs that is not among ours: only with provider: hmac');

const source = z
  .strictObject({
    require: grades.shape.source.default('none').describe('mtls or ip: a delivery that cannot show it is refused'),
    ranges: z.array(range).max(limits.hooksRangesMax).default([]),
    file: z
      .string()
      .min(1)
      .optional()
      .describe("a file with the sender's published ranges, read again when it changes; `countersign hooks ranges` writes it"),
    certificate: z.string().min(1).max(300).optional().describe('the name in the client certificate, as a listed proxy reports it'),
  })
  .prefault({});

const endpoint = z.strictObject({
  provider: z.string().min(1).describe('the sender: `countersign hooks providers` lists them; hmac for a scheme of your own'),
  scheme: scheme.optional(),
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9/_.-]{1,200}$/)
    .optional()
    .describe('where it is listened for; /hooks/<name> if left out'),
  secrets: z
    .array(secret)
    .max(limits.webhookSecretsMax)
    .default([])
    .describe('left out, `countersign hooks rotate <name>` makes the first one'),
  keys: z
    .strictObject({ file: z.string().min(1) })
    .optional()
    .describe("a file with the sender's public keys, read again when it changes; `countersign hooks keys` writes it"),
  expects: z.record(z.string(), z.string().min(1)).default({}).describe('what a delivery must say of whose it is'),
  events: z.array(z.string().min(1)).max(200).nullable().default(null).describe('the events that are taken; others wait for a person'),
  pending: z.boolean().default(false).describe('true only while you set the endpoint up: challenges are answered'),
  source,
  system: name.optional().describe('the system that the events speak of; with it, they bear its tenant'),
  readers: z
    .enum([...reaches, 'unknown'])
    .default('unknown')
    .describe('who may read at the sender what it delivers: unknown means the user of the run alone'),
  consumers: z.array(name).max(20).default([]),
  baseUrl: z
    .url()
    .optional()
    .describe("Atlassian Connect: the baseUrl of the app's descriptor; hooks.publicUrl if left out. The endpoint lies below it"),
  installs: z
    .array(name)
    .min(1)
    .max(limits.hooksInstallsMax)
    .optional()
    .describe('of atlassian-connect-lifecycle: the atlassian-connect endpoints that are given the secrets of installations'),
  reconcile: reconcileShape
    .optional()
    .describe('whom the reader asks what was missed, with a reading credential: `countersign hooks reconcile`'),
});

const consumer = z.strictObject({
  url: z
    .url()
    .optional()
    .describe('where events are posted, signed by Standard Webhooks; left out, they are taken with POST /v1/events/take'),
  secret: credentialShape.optional().describe('whsec_ and base64: signs what is posted'),
  events: z.array(z.string().min(1)).max(200).nullable().default(null),
  require: z
    .strictObject({
      bodyIntegrity: z.array(grades.shape.bodyIntegrity).min(1).optional(),
      freshness: z.array(grades.shape.freshness).min(1).optional(),
      source: z.array(grades.shape.source).min(1).optional(),
      trust: z
        .array(z.enum(['event', 'hint']))
        .min(1)
        .optional(),
    })
    .prefault({})
    .describe('the grades that an event must have to be handed over'),
  run: z
    .strictObject({
      user: z.string().min(1).max(limits.nameCharsMax),
      agent: z.string().min(1).max(limits.nameCharsMax),
      profile: name.optional(),
    })
    .optional()
    .describe('opens a run for every event: for this user, through this agent'),
  refetch: z
    .strictObject({
      operation: z.string().regex(/^[a-z][a-z0-9-]*\.[A-Za-z0-9_]+$/, 'write it as system.operation'),
      arguments: z
        .record(z.string(), z.union([z.strictObject({ from: z.string().min(1).max(300) }), z.string(), z.number(), z.boolean()]))
        .default({}),
    })
    .optional()
    .describe('what the run reads first, with our own credential: { from: path } takes a name or id out of the event'),
});

/** The hooks door. */
export const hooksShape = z
  .strictObject({
    port: z.int().min(0).max(65_535).default(7423),
    publicUrl: z
      .url()
      .optional()
      .describe(
        'how senders reach this door: the address in front of the paths. A path of its own may be taken off by your proxy, or stay',
      ),
    proxies: z
      .array(range)
      .max(limits.hooksProxiesMax)
      .default([])
      .describe('your own proxies: only what they say of an address or a certificate is believed'),
    forwardedHeader: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default('x-forwarded-for'),
    certificateHeader: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .optional()
      .describe('where a listed proxy puts the verified name of a client certificate'),
    endpoints: z.record(name, endpoint).default({}),
    consumers: z.record(name, consumer).default({}),
  })
  .prefault({});

/** The hooks door's part of the configuration. */
export type HooksConfig = z.infer<typeof hooksShape>;

/** The path of the public address, without a slash at its end: what stands in front of the paths where senders call. */
export function publicPrefix({ publicUrl }: Pick<HooksConfig, 'publicUrl'>): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** Senders that install secrets, and for whom: the names of `src/inbound/providers/`, which a test compares. */
export const installers: Readonly<Record<string, string>> = { 'atlassian-connect-lifecycle': 'atlassian-connect' };

/** What is wrong with the installing of one endpoint. `taken`: the endpoints that others install for. */
function installProblems({ endpoints }: HooksConfig, id: string, taken: Map<string, string>): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const { provider, installs = [], baseUrl, expects } = endpoints[id] as HooksConfig['endpoints'][string];
  const at = `hooks.endpoints.${id}`;
  if (installs.length > 0 && !Object.hasOwn(installers, provider))
    problems.push({ path: `${at}.installs`, message: `${provider} installs no secrets: only ${Object.keys(installers).join(', ')} does` });
  if (baseUrl !== undefined && ![...Object.keys(installers), ...Object.values(installers)].includes(provider))
    problems.push({ path: `${at}.baseUrl`, message: 'only apps of Atlassian Connect have a base address of their own' });
  for (const target of Object.hasOwn(installers, provider) ? installs : []) {
    const found = Object.hasOwn(endpoints, target) ? endpoints[target] : undefined;
    if (found === undefined) problems.push({ path: `${at}.installs`, message: `there is no endpoint ${target}` });
    else if (found.provider !== installers[provider])
      problems.push({ path: `${at}.installs`, message: `the endpoint ${target} is not of ${installers[provider]}` });
    else if (![expects['client'], undefined].includes(found.expects['iss']))
      problems.push({
        path: `${at}.expects`,
        message: `the endpoint ${target} expects the iss ${found.expects['iss']}: expect that client here`,
      });
    const other = taken.get(target);
    if (other !== undefined) problems.push({ path: `${at}.installs`, message: `${other} installs for the endpoint ${target} already` });
    taken.set(target, id);
  }
  return problems;
}

/** Why no events are posted to an address; null if they are. What stands in front of an `@` is no host, whatever it looks like. */
function wrongAddress(url: string): string | null {
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '')
    return 'it holds a user or a password, which is never sent: what is posted is signed with `secret`';
  const here = protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return here || protocol === 'https:' ? null : 'events are posted over https, or to this machine';
}

/** What no shape can say of it. */
export function hooksProblems(
  hooks: HooksConfig,
  systems: readonly string[],
  profiles: readonly string[],
): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const paths = new Map<string, string>();
  const taken = new Map<string, string>();
  const prefix = publicPrefix(hooks);
  for (const [id, one] of Object.entries(hooks.endpoints)) {
    const at = `hooks.endpoints.${id}`;
    const path = one.path ?? `/hooks/${id}`;
    const other = paths.get(path);
    if (other !== undefined) problems.push({ path: `${at}.path`, message: `the endpoint ${other} has the same path` });
    paths.set(path, id);
    if (prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`)))
      problems.push({ path: `${at}.path`, message: `it begins with ${prefix}, the path of publicUrl: leave that out here` });
    problems.push(...installProblems(hooks, id, taken));
    if (path === '/healthz' || path.startsWith('/oauth/'))
      problems.push({ path: `${at}.path`, message: 'this path is taken: choose another one' });
    if ((one.provider === 'hmac') !== (one.scheme !== undefined))
      problems.push({
        path: `${at}.scheme`,
        message: 'a scheme stands with provider: hmac, and only there: docs/hooks.md shows one',
      });
    if (one.system !== undefined && !systems.includes(one.system))
      problems.push({ path: `${at}.system`, message: `there is no such system: describe ${one.system} under \`systems\`` });
    if (one.source.require === 'ip' && one.source.ranges.length === 0 && one.source.file === undefined)
      problems.push({ path: `${at}.source`, message: 'to require ip, give ranges or a file with them' });
    if (one.source.require === 'ip' && one.source.certificate !== undefined)
      problems.push({
        path: `${at}.source`,
        message: 'a sender that shows the certificate is `mtls` and no `ip`: require mtls, or leave the certificate out',
      });
    if (one.source.require === 'mtls' && (one.source.certificate === undefined || hooks.certificateHeader === undefined))
      problems.push({ path: `${at}.source`, message: 'to require mtls, give `certificate` here and `certificateHeader` of your proxy' });
    if (new Set(one.consumers).size !== one.consumers.length)
      problems.push({ path: `${at}.consumers`, message: 'a consumer stands there twice: it is told of an event once' });
    for (const consumer of one.consumers)
      if (!Object.hasOwn(hooks.consumers, consumer))
        problems.push({ path: `${at}.consumers`, message: `there is no consumer ${consumer}` });
  }
  for (const [id, one] of Object.entries(hooks.consumers)) {
    const at = `hooks.consumers.${id}`;
    if ((one.url === undefined) !== (one.secret === undefined)) problems.push({ path: at, message: 'a url and a secret belong together' });
    const wrong = one.url === undefined ? null : wrongAddress(one.url);
    if (wrong !== null) problems.push({ path: `${at}.url`, message: wrong });
    if (one.refetch !== undefined && one.run === undefined)
      problems.push({ path: `${at}.refetch`, message: 'a read belongs to a run: give `run`' });
    if (one.refetch !== undefined && !systems.includes(one.refetch.operation.split('.', 1)[0] ?? ''))
      problems.push({
        path: `${at}.refetch.operation`,
        message: `there is no such system: describe ${one.refetch.operation.split('.', 1)[0] ?? ''} under \`systems\``,
      });
    if (one.run?.profile !== undefined && !profiles.includes(one.run.profile))
      problems.push({ path: `${at}.run.profile`, message: 'there is no such task profile' });
  }
  if (hooks.certificateHeader !== undefined && hooks.proxies.length === 0)
    problems.push({ path: 'hooks.certificateHeader', message: 'only a listed proxy is believed: list it under `proxies`' });
  return problems;
}
