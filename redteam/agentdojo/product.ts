/**
 * What the product under test takes. A field of the mapping that it does not know yet is left out of the catalogue file, and
 * rows that need what it lacks are not run: they are named as left out.
 */
export const product = {
  /** Catalogue entries may say `binds`, `records` and whom their arguments name (`audience.people`), and files other words for `types`. */
  bindings: true as boolean,
  /** A run may be opened with the operations that its task needs. */
  scope: true as boolean,
} as const;

/** The body of `POST /v1/runs`: the user's own words, and the task's operations where a row declares them. */
export function runBody(about: { readonly text: string; readonly scope: readonly string[] | null }): Readonly<Record<string, unknown>> {
  const { text, scope } = about;
  return { user: 'alice', agent: 'assistant', text, ...(scope === null || !product.scope ? {} : { scope }) };
}
