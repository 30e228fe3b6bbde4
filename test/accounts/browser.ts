import { request } from 'node:http';

/*
 * A browser as far as linking an account needs one: a jar of cookies with their rules, redirects that are followed by hand, forms
 * that are sent with the headers that a browser sets and a page cannot.
 */

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly sameSite: string;
  /** As it was set. */
  readonly line: string;
}

/** A page in the browser. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A form of a page. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A browser with a jar of its own. */
export interface Browser {
  readonly cookies: Cookie[];
  /** Every address that it has been to. */
  readonly visited: string[];
  /** Visits an address as a person does, and follows where it leads. `stopAt`: an address that is not visited any more. */
  visit(url: string, stopAt?: RegExp): Promise<Page>;
  /** One request, without following anything. `path`: as it is written on the request line, instead of the address's own. */
  send(
    url: string,
    init?: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string; readonly path?: string },
  ): Promise<Page>;
  /** Sends a form of a page and follows where it leads. */
  submit(page: Page, form: Form, stopAt?: RegExp): Promise<Page>;
}

const unescape = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The forms of a page. */
export function formsOf(page: Page): Form[] {
  return [...page.text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', inner = '']) => ({
    action: unescape(/action="([^"]*)"/.exec(attributes)?.[1] ?? ''),
    fields: Object.fromEntries(
      [...inner.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = '']) => {
        const name = /name="([^"]*)"/.exec(input)?.[1];
        return name === undefined ? [] : [[name, unescape(/value="([^"]*)"/.exec(input)?.[1] ?? '')]];
      }),
    ),
  }));
}

/** The form of a page that is sent to an address of this ending. */
export function formTo(page: Page, ending: string): Form {
  const form = formsOf(page).find((one) => one.action.endsWith(ending));
  if (form === undefined) throw new Error(`there is no form to ${ending} on ${page.url.href}: ${page.status} ${page.text}`);
  return form;
}

function cookieFrom(line: string, url: URL): Cookie {
  const [pair = '', ...attributes] = line.split(/; */);
  const at = pair.indexOf('=');
  const of = (name: string): string | undefined =>
    attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    host: url.hostname,
    path: of('path') ?? url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf('/'))),
    sameSite: of('samesite') ?? 'none',
    line,
  };
}

/** One exchange, by node:http: `fetch` says itself what kind of request it makes. */
function exchanged(
  url: URL,
  { method = 'GET', body, path = url.pathname + url.search }: Parameters<Browser['send']>[1] & object,
  headers: Record<string, string>,
): Promise<Pick<Page, 'status' | 'headers' | 'text'>> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, path, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.once('end', () => {
        const got = new Headers();
        for (const [name, values] of Object.entries(reply.headersDistinct)) for (const value of values ?? []) got.append(name, value);
        resolve({ status: reply.statusCode ?? 0, headers: got, text });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

/** Opens a browser. The hosts of a test differ only in their port, which cookies do not know: so does a real loopback. */
export function openBrowser(): Browser {
  const cookies: Cookie[] = [];
  const visited: string[] = [];
  const send: Browser['send'] = async (address, init = {}) => {
    const url = new URL(address);
    visited.push(url.href);
    const sent = cookies.filter(({ host, path }) => host === url.hostname && url.pathname.startsWith(path));
    const reply = await exchanged(url, init, {
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      ...(sent.length === 0 ? {} : { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }),
      ...init.headers,
    });
    for (const line of reply.headers.getSetCookie()) {
      const cookie = cookieFrom(line, url);
      const known = cookies.findIndex(({ name, host, path }) => name === cookie.name && host === cookie.host && path === cookie.path);
      if (known !== -1) cookies.splice(known, 1);
      if (!/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.push(cookie);
    }
    return { url, ...reply };
  };
  const follow = async (page: Page, stopAt?: RegExp): Promise<Page> => {
    const to = page.headers.get('location');
    if (to === null || page.status < 300 || page.status > 399) return page;
    const next = new URL(to, page.url);
    if (stopAt?.test(next.href) === true) return { ...page, url: next };
    return follow(await send(next.href), stopAt);
  };
  return {
    cookies,
    visited,
    send,
    visit: async (url, stopAt) => follow(await send(url), stopAt),
    submit: async (page, form, stopAt) =>
      follow(
        await send(new URL(form.action, page.url).href, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'sec-fetch-site': 'same-origin',
            // Fetch standard: under no-referrer the browser withholds its origin.
            origin: page.headers.get('referrer-policy') === 'no-referrer' ? 'null' : page.url.origin,
          },
          body: new URLSearchParams(form.fields).toString(),
        }),
        stopAt,
      ),
  };
}
