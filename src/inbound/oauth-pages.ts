import { createHash } from 'node:crypto';
import { visible } from '../action/visible.ts';
import type { ShownAccount } from './oauth-attempts.ts';

/*
 * The pages of linking an account. Their text is ours; what an issuer says in them is made visible and escaped. There is no
 * script, nothing is loaded from anywhere, and nothing in a request chooses where a page leads.
 */

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in an element or between double quotes. Invisible and direction-changing characters become escapes. */
export function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** How the pages look. It is all that a page may look like: the policy of the pages names its digest. */
const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 1.5rem 0 }
dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere; font-weight: 600 }
form { display: inline-block; margin-right: .75rem }
button { font: inherit; padding: .5rem 1rem; cursor: pointer }
`;
const styleDigest = createHash('sha256').update(style).digest('base64');

/**
 * Headers of every answer. The forms need their `Origin`, which browsers withhold under `no-referrer` (Fetch standard, "append
 * a request Origin header"): a page with a form has `same-origin`, and its address holds nothing secret.
 */
export function headersOf(form: boolean): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; frame-ancestors 'none'; form-action ${form ? "'self'" : "'none'"}`,
    'cache-control': 'no-store',
    'referrer-policy': form ? 'same-origin' : 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

function page(title: string, body: readonly string[]): string {
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>\n<body>\n<h1>${title}</h1>\n${body.join('\n')}\n</body>\n</html>\n`;
}

const button = (path: string, csrf: string, words: string): string =>
  `<form method="post" action="${escaped(path)}"><input type="hidden" name="csrf" value="${escaped(csrf)}"><button>${words}</button></form>`;

const row = (name: string, value: string): string => `<dt>${name}</dt><dd>${escaped(value)}</dd>`;

/** What every page says of the account that is being linked. */
export interface About {
  readonly account: string;
  readonly issuer: string;
  readonly system: string;
  readonly zone: 'read' | 'write';
  readonly user: string;
}

const aboutRows = ({ account, issuer, system, zone, user }: About): readonly string[] => [
  row('Account in the configuration', account),
  row('Asked for by', user),
  row('Issuer', issuer),
  row('Will be used', zone === 'read' ? `to read from ${system}` : `to change things in ${system}`),
];

/** The browser is back: nothing has been given to the issuer yet. */
export function continuePage(about: About, csrf: string): string {
  return page('Continue linking an account', [
    '<p>The issuer has answered. Go on only if you have just been there yourself.</p>',
    `<dl>${aboutRows(about).join('')}</dl>`,
    button(`/oauth/${about.account}/continue`, csrf, 'Continue'),
    button(`/oauth/${about.account}/refuse`, csrf, 'Do not go on'),
  ]);
}

/** Whose account it is: the person decides. */
export function confirmPage(about: About, shown: ShownAccount, csrf: string): string {
  const rows = [
    row('Name there', shown.name),
    row('Id there', shown.id),
    row('Allowed there', shown.granted.length === 0 ? 'no scope' : shown.granted.join(' ')),
    ...aboutRows(about),
  ];
  return page('Is this the account?', [
    '<p>Agents will act through this account. Link it only if the name and the id are those of your own account or workspace.</p>',
    `<dl>${rows.join('')}</dl>`,
    button(`/oauth/${about.account}/confirm`, csrf, 'Link this account'),
    button(`/oauth/${about.account}/refuse`, csrf, 'Do not link it'),
  ]);
}

/** A page that ends something, in our own words. */
export function noticePage(title: string, message: string): string {
  return page(escaped(title), [`<p>${escaped(message)}</p>`]);
}
