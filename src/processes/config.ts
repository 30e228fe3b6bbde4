import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { signers } from '../action/statement.ts';
import { credentialShape, systemShape } from '../connectors/settings.ts';
import type { CredentialRef } from '../connectors/settings.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { accountProblems, accountShape, clientSecretRefs } from './config-accounts.ts';
import { hooksProblems, hooksShape } from './config-hooks.ts';
import { linesOf } from './config-lines.ts';
import type { LineAt } from './config-lines.ts';
import { reconcileProblems } from './config-reconcile.ts';

const port = (value: number): z.ZodDefault<z.ZodInt> => z.int().min(0).max(65_535).default(value);
const publicKeyText = z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/, 'a public key is written as ed25519: and 43 characters');
const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name is lower-case letters, digits and hyphens, and begins with a letter');

/** The shape of `countersign.yaml`. `schema/countersign.schema.json` is made from it. */
export const configShape = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  installation: z
    .string()
    .regex(/^cs_[A-Za-z0-9_-]{8,60}$/)
    .describe('the name of this installation; it is part of every signature, so never change it'),
  data: z.string().min(1).default('.countersign').describe('the folder of the store, the log, the sockets and the process keys'),
  policy: z
    .strictObject({
      preset: z
        .enum(['strict', 'balanced', 'none'])
        .default('strict')
        .describe('strict: every write asks. balanced: bound, harmless writes go ahead. none: only your own files'),
      files: z.array(z.string().min(1)).max(100).default([]).describe('your own Cedar files, on top of the preset'),
    })
    .prefault({}),
  approval: z
    .strictObject({
      proposalTtlMinutes: z
        .int()
        .min(1)
        .max(60 * 24 * 30)
        .default(limits.proposalTtlMs / 60_000)
        .describe('how long a proposal waits for signatures'),
      signatureTtlMinutes: z
        .int()
        .min(1)
        .max(60 * 24)
        .default(limits.signatureTtlMs / 60_000)
        .describe('how long a signature is good for'),
    })
    .prefault({}),
  gateway: z.strictObject({ port: port(7421) }).prefault({}),
  console: z.strictObject({ port: port(7422) }).prefault({}),
  hooks: hooksShape,
  trust: z
    .partialRecord(z.enum(signers), z.array(publicKeyText).max(10))
    .describe('the public keys of the processes, as `countersign init` made them'),
  administrators: z
    .array(
      z.strictObject({
        approver: name,
        user: z.string().min(1).max(limits.nameCharsMax),
        key: publicKeyText,
        owns: z.array(z.string()).max(100).default([]),
      }),
    )
    .max(20)
    .default([])
    .describe('the first approvers: the root that later enrolments lead back to'),
  profiles: z
    .record(
      name,
      z.strictObject({
        operations: z
          .array(z.string().regex(/^[a-z][a-z0-9-]*\.(?:\*|[A-Za-z0-9_]+)$/))
          .min(1)
          .max(limits.scopeOperationsMax),
      }),
    )
    .default({})
    .describe(
      'task profiles: the operations that a task needs, as system.operation or system.*; a run that is opened with one asks for every other write',
    ),
  links: z
    .strictObject({
      allowed: z
        .array(z.strictObject({ host: z.string().min(1).max(255), path: z.string().regex(/^\//).max(1000).optional() }))
        .max(500)
        .default([])
        .describe('hosts (*.example.com for all below one) and beginnings of paths that links and images in a write may lead to'),
      restrict: z.boolean().default(false).describe('true asks for every other link; false lets links to hosts pass that the user names'),
    })
    .prefault({}),
  canaries: z
    .record(name, credentialShape)
    .default({})
    .describe('values that must never leave, planted where only a thief would find them; the reader and the executor both read them'),
  content: z
    .strictObject({
      personal: z.boolean().default(false).describe('whether personal data in what is read is noted in the log'),
      datamark: z
        .enum(['never', 'suspicious', 'always'])
        .default('never')
        .describe('whether untrusted text is marked word by word for the model'),
      classifier: z
        .string()
        .min(1)
        .optional()
        .describe('a module of yours that exports `score(sentences)`: one number from 0 to 1 for each'),
    })
    .prefault({}),
  accounts: z.record(name, accountShape).default({}).describe('credentials that a person links in a browser: see docs/accounts.md'),
  systems: z.record(name, systemShape).default({}).describe('the third parties, by the name that their tools begin with'),
});

/** The configuration, with every path made absolute against its own folder. */
export type Config = z.infer<typeof configShape> & { readonly file: string; readonly folder: string };

/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  readonly path: string;
  readonly line: number | null;
  readonly message: string;
}

/** Text of a configuration, parsed; or everything that is wrong with it. */
export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly lineAt: LineAt }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Parses the text of a configuration that lies in `file`. Says all that is wrong, with line numbers. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (doc.errors.length > 0) {
    return {
      ok: false,
      problems: doc.errors.map((error) => ({
        path: '',
        line: error.linePos?.[0].line ?? null,
        message: error.message.split('\n')[0] ?? 'not YAML',
      })),
    };
  }
  const lineAt = linesOf(doc, lines);
  let value: unknown;
  try {
    value = doc.toJS();
  } catch {
    return {
      ok: false,
      problems: [{ path: '', line: null, message: 'its aliases (*name) make it too large: write out what they stand for' }],
    };
  }
  const parsed = configShape.safeParse(value);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.map((issue) => ({
        path: issue.path.join('.'),
        // Names that nobody knows are told of what they stand in: their own line says more.
        line: lineAt(issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path),
        message: issue.message,
      })),
    };
  }
  const folder = dirname(resolve(file));
  const config = { ...parsed.data, data: resolve(folder, parsed.data.data), file: resolve(file), folder };
  const problems = crossChecks(config).map((problem) => ({ ...problem, line: lineAt(problem.path) }));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config, lineAt };
}

/** What no shape can say: the two zones of a system may not name the same credential. */
function crossChecks(config: Config): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const seen = new Map<string, string>();
  if ('countersign' in config.systems)
    problems.push({ path: 'systems.countersign', message: 'the name is taken by the tools of Countersign itself: choose another one' });
  for (const [system, settings] of Object.entries(config.systems)) {
    for (const zone of ['read', 'write'] as const) {
      for (const ref of credentialRefs(settings, zone)) {
        const key = JSON.stringify(ref);
        const other = seen.get(key);
        if (other !== undefined && other !== zone)
          problems.push({
            path: `systems.${system}`,
            message: `the reader and the executor are given the same credential (${key}): make one for each zone`,
          });
        seen.set(key, zone);
      }
    }
  }
  problems.push(...accountProblems(config, credentialRefs));
  if (config.policy.preset === 'none' && config.policy.files.length === 0)
    problems.push({ path: 'policy', message: 'there is no policy at all: choose a preset or name a file' });
  const others = Object.values(config.systems).flatMap((settings) => credentialRefs(settings, 'write'));
  problems.push(
    ...reconcileProblems(config.hooks.endpoints, (system) => config.systems[system]?.connector, [
      ...others,
      ...clientSecretRefs(config, 'write'),
      ...hooksSecretRefs(config.hooks),
    ]),
  );
  const doors = (['gateway', 'console', 'hooks'] as const).filter((door) => config[door].port !== 0);
  for (const [i, door] of doors.entries()) {
    const other = doors.slice(0, i).find((one) => config[one].port === config[door].port);
    if (other !== undefined)
      problems.push({ path: `${door}.port`, message: `the ${other} listens on this port already: choose another one` });
  }
  problems.push(...hooksProblems(config.hooks, Object.keys(config.systems), Object.keys(config.profiles)));
  return problems;
}

/** Every secret of the hooks door: of its senders, and of the consumers that it posts to. */
export function hooksSecretRefs({ endpoints, consumers }: Config['hooks']): readonly CredentialRef[] {
  return [
    ...Object.values(endpoints).flatMap((endpoint) => endpoint.secrets),
    ...Object.values(consumers).flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
  ];
}

/** Every credential that one zone of a system is given. */
export function credentialRefs(
  settings: Config['systems'][string],
  zone: 'read' | 'write',
): readonly ({ env: string } | { file: string })[] {
  if (settings.connector !== 'mcp') return [settings.credentials[zone]];
  const upstream = settings[zone];
  if (upstream === undefined) return [];
  if ('url' in upstream) return upstream.credential === undefined ? [] : [upstream.credential];
  return Object.values(upstream.env).filter((value) => typeof value !== 'string');
}

/**
 * Loads a configuration file.
 * @throws CountersignError `bad-config`, with every problem and its line.
 */
export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CountersignError(
      'bad-config',
      `there is no configuration at ${resolve(file)}: run \`countersign init\`, or name one with --config`,
    );
  }
  const parsed = parseConfig(text, file);
  if (parsed.ok) return parsed.config;
  const list = parsed.problems.map(
    (problem) =>
      `  ${problem.line === null ? '' : `line ${problem.line}: `}${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`,
  );
  throw new CountersignError(
    'bad-config',
    `${resolve(file)} has ${list.length === 1 ? 'a problem' : `${list.length} problems`}:\n${list.join('\n')}`,
  );
}
