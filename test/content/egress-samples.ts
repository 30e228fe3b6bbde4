import type { LinkRules } from '../../src/content/links-out.ts';

/* Put together at run time: no file holds anything that a scanner, or a person, could take for a live credential. */

/** Looks like a token, and is none. */
export const token: string = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');

/** A value that must not leave. */
export const canary = 'zQ7mKp2LxV9bTn4RwE1y';

/** One host for images below a path, one host that the user named. */
export const links: LinkRules = {
  allowed: [{ host: 'img.acme.example', path: '/public' }, { host: '*.wiki.acme.example' }, { host: 'open.acme.example' }],
  known: ['docs.acme.example'],
  restrict: false,
};

/** Base64 as everybody writes it. */
export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Two digits per byte. */
export const hexOf = (text: string): string => Buffer.from(text).toString('hex');

/** Every character as `%xx`. */
export const percent = (text: string): string => hexOf(text).replaceAll(/(..)/g, '%$1');
