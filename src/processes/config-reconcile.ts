import { z } from 'zod';
import { driveChangesShape, graphChangesShape } from '../connectors/settings.ts';
import type { CredentialRef } from '../connectors/settings.ts';

/*
 * Whom the reader asks what an endpoint missed. GitHub is asked with the reading credential of a system. Drive and Graph are no
 * systems yet, so what may read their lists of changes stands here.
 */

const githubHook = z.strictObject({
  system: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  repository: z.string().min(1).max(140).optional().describe('left out, it is a webhook of the organisation'),
  hook: z.int().min(1).describe("GitHub's id of the webhook: the number at the end of its settings' address"),
});

/** Whom the reader asks: one of them, each with a message of its own if it is written wrong. */
export const reconcileShape = z
  .strictObject({ github: githubHook.optional(), drive: driveChangesShape.optional(), graph: graphChangesShape.optional() })
  .refine((all) => Object.values(all).filter((one) => one !== undefined).length === 1, 'name one of github, drive and graph');

/** Whom the reader asks. */
export type Reconcile = z.infer<typeof reconcileShape>;

type Endpoints = Readonly<Record<string, { readonly reconcile?: Reconcile | undefined }>>;

const refOf = (reconcile: Reconcile | undefined): CredentialRef | undefined => reconcile?.drive?.credential ?? reconcile?.graph?.credential;

/** The credentials that stand here. They are the reader's. */
export function reconcileRefs(endpoints: Endpoints): readonly CredentialRef[] {
  return Object.values(endpoints).flatMap(({ reconcile }) => refOf(reconcile) ?? []);
}

/**
 * What no shape can say: a GitHub system must be one, and a reading credential is nobody else's.
 * `others`: every credential and secret of another process.
 */
export function reconcileProblems(
  endpoints: Endpoints,
  connectorOf: (system: string) => string | undefined,
  others: readonly CredentialRef[],
): { path: string; message: string }[] {
  const taken = new Set(others.map(placeOf));
  return Object.entries(endpoints).flatMap(([id, { reconcile }]) => {
    const at = `hooks.endpoints.${id}.reconcile`;
    const ref = refOf(reconcile);
    if (ref !== undefined && taken.has(placeOf(ref)))
      return [{ path: at, message: 'this credential is given to another process as well: make one for the reader alone' }];
    if (reconcile?.github !== undefined && connectorOf(reconcile.github.system) !== 'github')
      return [{ path: `${at}.github.system`, message: 'this is not a github system of the configuration' }];
    return [];
  });
}

/** A secret may bear a name and times beside its place. */
const placeOf = (ref: CredentialRef): string => ('env' in ref ? `env ${ref.env}` : `file ${ref.file}`);
