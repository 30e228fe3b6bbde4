import { expect, test } from 'vitest';
import { egressFindings } from '../../src/content/egress.ts';
import { links } from './egress-samples.ts';

const find = (text: string, restrict = false, field = 'text'): readonly string[] =>
  egressFindings({ arguments: { [field]: text }, content: [], earlier: [], guarded: [], links: { ...links, restrict }, sources: [] }).map(
    ({ kind, what }) => `${kind}: ${what}`,
  );
const kinds = (text: string, restrict = false, field = 'text'): readonly string[] => [
  ...new Set(find(text, restrict, field).map((found) => found.split(':')[0] ?? '')),
];

const evil = 'evil.example/x';
const forms: readonly string[] = [
  `https://${evil}`, `Look at http://${evil}.`, `HTTPS://${evil.toUpperCase()}`, `[text](https://${evil})`, `[text](<https://${evil}>)`, `[text]( https://${evil} "title")`,
  `[text](//${evil})`, `[text][1]\n\n[1]: https://${evil}`, `[1]: //${evil}`, `[1]: <https://${evil}>`, `<https://${evil}>`, `<https://${evil}|text>`, `<//${evil}>`, `www.${evil}`, `(www.${evil})`,
  `<a href="https://${evil}">text</a>`, `<a href='//${evil}'>text</a>`, `<a\nhref=https://${evil}>text</a>`, `<a href="ht\ntps://${evil}">text</a>`, `<a href="&#104;ttps&colon;//${evil}">text</a>`,
  `h\u200bttps://${evil}`, `https:\u200b//${evil}`, `https&#58;//${evil}`, String.raw`[text](https:\/\/${evil})`, `ｈｔｔｐｓ://${evil}`, `"//${evil}"`, `a[b](https://${evil})c`, `[a\n](https://${evil})`, evil,
  `<form action="https://${evil}">`, `日本語https://${evil}`, `x,https://${evil}`, `mailto:someone@evil.example`, `[write](mailto:someone@evil.example)`,
]; // prettier-ignore

test.each(forms)('a link in any form is seen: %j', (text) => {
  expect(find(text)).toContain('new-host: a link to a host that neither the user nor the configuration names: ' + (/^\(?www/.test(text) ? 'www.' : '') + 'evil.example');
  expect(kinds(text, true)).toEqual(['link']);
}); // prettier-ignore

const unusual: readonly (readonly [string, string])[] = [
  ['https://docs.acme.example@evil.example/', 'user information'], ['https://user:pw@docs.acme.example/', 'user information'], ['https://docs.acme.example:8443/', 'the port 8443'], ['docs.acme.example:22/x', 'the port 22'],
  ['http://docs.acme.example:443/', 'the port 443'], ['https://203.0.113.7/', 'an address'], ['https://[2001:db8::1]/', 'an address'], ['https://3405803783/', 'an address'], ['https://0xcb.0x00.0x71.0x07/', 'an address'],
  ['https://0xcb007107/', 'an address'], ['https://203.0.113.07./', 'an address'], ['https://xn--dcs-fma.acme.example/', 'other letters'], ['https://dоcs.acme.example/', 'other letters'], ['https://docs.acme.example。evil.example/', 'other letters'],
  ['https://docs%2eacme.example/', 'encoded host'], ['https://docs.acme.example./', 'a dot behind it'], ['https://docs.acme.example\\@evil.example/', 'a backslash'], ['https:\\\\docs.acme.example/', 'a backslash'],
  ['[x](\\\\docs.acme.example/)', 'a backslash'], ['[x](/\\docs.acme.example/)', 'a backslash'], ['https:/docs.acme.example/', 'slashes'], ['https:///docs.acme.example/', 'slashes'], ['https:docs.acme.example', 'slashes'],
  ['ftp://docs.acme.example/', 'the scheme ftp'], ['[x](javascript:alert(1))', 'a program'], ['[x](data:text/html,hi)', 'a program'], ['[x](vbscript:x)', 'a program'], ['https://open.acme.example/../x', 'leads elsewhere'],
  ['https://open.acme.example/%2e%2e/x', 'leads elsewhere'], ['https://open.acme.example/a%2fb', 'leads elsewhere'], ['mailto:a@docs.acme.example,b@evil.example', 'more than one'], ['mailto:a@docs.acme.example?cc=b@evil.example', 'more than one'],
  [`https://docs.acme.example/${'a'.repeat(2500)}`, 'too long'], ['https:///', 'slashes'], ['https://docs_-.acme..example/', 'unusual host'],
]; // prettier-ignore

test.each(unusual)('%j is never taken for an ordinary link', (text, says) => {
  expect(find(text).filter((found) => found.startsWith('link: ')).join('\n')).toContain(says); // prettier-ignore
});

test.each([
  'https://docs.acme.example/a/b?c=d#e', 'https://DOCS.acme.example:443/', 'http://docs.acme.example/', '[x](https://docs.acme.example/)', '[x](//docs.acme.example/)', 'mailto:someone@docs.acme.example', 'https://img.acme.example/other',
  'https://a.wiki.acme.example/x', 'no link: [x](docs/setup.md), [y](#part), src/a.ts, and/or, 10:45, f(x) // comment', '<b class="x">bold</b> a < b > c', 'key: value, C:\\temp\\file', 'array[0]: 5, [note]: text',
])('what is named or leads nowhere is no finding: %j', (text) => {
  expect(find(text)).toEqual([]);
}); // prettier-ignore

test('a host is itself only: neither its subdomains nor what contains it', () => {
  for (const host of ['a.docs.acme.example', 'docs.acme.example.evil.example', 'evildocs.acme.example', 'wiki.acme.example', 'xwiki.acme.example', 'acme.example'])
    expect(kinds(`https://${host}/`), host).toEqual(['new-host']);
}); // prettier-ignore

test('where links are restricted, only the list counts, with its paths', () => {
  expect(kinds('https://docs.acme.example/', true)).toEqual(['link']);
  expect(kinds('https://img.acme.example/publicity', true)).toEqual(['link']);
  expect(kinds('https://img.acme.example/public/x?y=z https://img.acme.example/public https://b.wiki.acme.example/', true)).toEqual([]);
});

const source = 'https://docs.acme.example/a.png';
test.each([
  `![](${source})`, `![alt](${source} "title")`, `![alt](<${source}>)`, `[![alt](${source})](https://docs.acme.example/)`, `![alt][1]\n\n[1]: ${source}`, `![1]\n\n[1]: ${source}`, `[1]: ${source}\n\n![1][]`,
  `<img src="${source}">`, `<img src='${source}'/>`, `<IMG\nalt=">" SRC=${source}>`, `<img srcset="a 1x, ${source} 2x">`, `<img src="//docs.acme.example/a.png">`, `<img src="&#x68;ttps://docs.acme.example/a.png">`,
  `<video poster="${source}">`, `<source src="${source}">`, `<input type=image src="${source}">`, `<table background="${source}">`, `<svg><image href="${source}"/></svg>`, `<link rel=x href="${source}">`,
  `<p style="background:url(${source})">`, `<style>p{background:url('${source}')}</style>`, `<img src="${source}`, String.raw`![a\[b](${source})`, `![a [b](https://docs.acme.example/) c](${source})`, `!\u200b[a](${source})`, `![a\nb](${source})`,
  `![](data:image/png;base64,AAAA)`, `![](http://img.acme.example/public/a.png)`, `![](https://img.acme.example/public/a.png?d=1)`, `![](https://img.acme.example/public/a.png#x)`, `![](https://img.acme.example/publicity/a.png)`,
  `![](https://img.acme.example/public/../a.png)`, `![](https://img.acme.example/public/%2e%2e/a.png)`, `![](https://img.acme.example:8443/public/a.png)`, `![](https://x@img.acme.example/public/a.png)`, `![](https://img.acme.example/public/${'a'.repeat(2500)}?d=1)`,
  `![](//img.acme.example/public/a.png)`, `![](https://wiki.acme.example/a.png)`,
])('an image that is not on the list is always one, on any host: %j', (text) => {
  expect(kinds(text)).toContain('image');
}); // prettier-ignore

test('a field for a picture is one too', () => {
  for (const field of ['image_url', 'icon', 'thumbUrl', 'src']) expect(kinds(source, false, field)).toEqual(['image']);
});

test.each(['![a](https://img.acme.example/public/a.png)', '<img src="https://img.acme.example/public" alt="x y">', '![](https://a.wiki.acme.example/b/c.png)', '![1]\n\n[1]: https://open.acme.example/x'])(
  'an image on the list is none: %j',
  (text) => {
    expect(find(text)).toEqual([]);
  },
); // prettier-ignore

test('a host is shown escaped and bounded', () => {
  const [first = ''] = find(`https://dоcs\u0301\u0301\u0301\u0301\u0301\u0301${'é'.repeat(120)}.example/`);
  expect(first).toMatch(/^link: a link with a host of other letters: /);
  expect(first.length).toBeLessThan(160);
});
