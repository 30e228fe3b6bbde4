import type { Author } from '../../action/audience.ts';

/*
 * Who wrote what was read, as GitHub itself tells it of the repository that it lies in. It is for people and policies to
 * look at; nothing becomes trusted by it.
 */

/** What GitHub says of the author of an issue, a pull request or a comment. */
interface Written {
  readonly user?: { readonly type?: string | undefined } | null | undefined;
  readonly author_association?: string | undefined;
}

/**
 * The kind of author of one text; undefined if GitHub does not say. A bot is a bot whatever rights it has: it repeats what
 * others told it.
 */
export function authorOf({ user, author_association: association }: Written): Author | undefined {
  if (user?.type === 'Bot') return 'bot';
  switch (association) {
    case 'OWNER':
    case 'MEMBER':
    case 'COLLABORATOR':
      return 'member';
    case 'FIRST_TIMER':
    case 'FIRST_TIME_CONTRIBUTOR':
      return 'first-time-contributor';
    case undefined:
      return undefined;
    default:
      return 'outside-reporter';
  }
}
