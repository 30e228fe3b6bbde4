import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { limits } from '../limits.ts';

/*
 * What bearer texts look like. Whoever holds one is the principal that it stands for, so the text exists only where it
 * was told once; we keep its digest.
 */

/**
 * What a token may do: call as its principal (`agent`), open runs for other users and tell their words (`host`), or only
 * tell the words of its own user (`words`: for a hook of an application that opens no runs).
 */
export type Scope = 'agent' | 'host' | 'words';

/** The name of a user or an agent: shown on cards, so without control, format or unassigned characters. */
export const principalName: z.ZodString = z
  .string()
  .min(1)
  .max(limits.nameCharsMax)
  .regex(/^\P{C}+$/u, 'a name has no control or invisible characters')
  .regex(/^(?!\s)(?!.*\s$)(?!.*\s\s)[^\t\u00a0\u2000-\u200a\u3000]+$/u, 'a name has no blanks at its ends, no double and no unusual ones');

const idText = (): string => randomBytes(16).toString('base64url');
const secretText = (): string => randomBytes(32).toString('base64url');

/** The digest under which the whole text of a token or of a run's secret is kept and found. */
export function secretDigest(text: string): Digest {
  return digestText('token', text);
}

/** A token: its id (also the middle of its text) and 256 random bits behind a prefix that secret scanners can look for. */
export function mintToken(): { readonly id: string; readonly text: string; readonly secret: Digest } {
  const id = idText();
  const text = `cst_${id}_${secretText()}`;
  return { id: `t_${id}`, text, secret: secretDigest(text) };
}

/** What a bearer text claims to be: a token, the secret of a run (`csr_` and 256 bits, made by the mediator), or neither. The text is the caller's. */
export function kindOfBearer(text: string): 'token' | 'run' | null {
  if (/^cst_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{43}$/.test(text)) return 'token';
  return /^csr_[A-Za-z0-9_-]{43}$/.test(text) ? 'run' : null;
}
