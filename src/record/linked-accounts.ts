import type { Digest } from '../action/digest.ts';
import type { Body } from '../action/statement.ts';
import type { Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/*
 * Which accounts are linked, from what the hands have signed.
 */

/** A link as it stands. `in-place`: nothing contradicts it. `replaced`: the hand has since started with another credential. */
export interface LinkedAccount {
  readonly link: Body<'account-linked'>;
  readonly atMs: number;
  readonly state: 'in-place' | 'replaced';
}

/**
 * The last link of each account, by name. One whose credential could not be stored is none.
 * @param placeOf how a hand names the credential of an account in `started`: `system/file`.
 */
export async function linkedAccounts(
  book: { readonly store: Store; readonly trust: Trust },
  placeOf: (account: string) => string | null,
): Promise<ReadonlyMap<string, LinkedAccount>> {
  const [linked, refused, started] = await Promise.all([
    book.store.statementsOfKind('account-linked'),
    book.store.statementsOfKind('account-refused'),
    book.store.statementsOfKind('started'),
  ]);
  const undone = new Set(
    refused
      .map((entry) => openAs(book.trust, entry, 'account-refused'))
      .flatMap((opened) => (opened.ok ? [opened.value.body.attempt] : [])),
  );
  const lives = started.map((entry) => ({ pos: entry.pos, opened: openAs(book.trust, entry, 'started') }));
  const links = new Map<string, LinkedAccount>();
  for (const entry of linked) {
    const opened = openAs(book.trust, entry, 'account-linked');
    if (!opened.ok || undone.has(opened.value.body.attempt)) continue;
    const { body: link, atMs, by } = opened.value;
    const place = placeOf(link.account);
    // What the same hand found in the file when it last started after the link.
    const later = lives.flatMap(({ pos, opened: life }) =>
      pos > entry.pos && life.ok && life.value.by === by && place !== null ? [life.value.body.credentials[place]] : [],
    );
    const found: Digest | undefined = later.at(-1);
    links.set(link.account, { link, atMs, state: later.length === 0 || found === link.credential ? 'in-place' : 'replaced' });
  }
  return links;
}
