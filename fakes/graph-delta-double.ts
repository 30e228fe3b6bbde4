import { randomUUID } from 'node:crypto';
import { startDouble } from './changes-double.ts';
import type { ChangesDouble, Reply } from './changes-double.ts';

/*
 * The lists of changes of a pretend Microsoft Graph: of a drive and of users, which can begin now, and of the messages of a
 * folder, which cannot. It writes its links in the ways that the real one does.
 */

/** One entry, as it is put into a list. */
export type GraphEntry = Readonly<Record<string, unknown>> & { readonly id: string };

/** A pretend Graph. */
export interface GraphDouble extends ChangesDouble {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Puts an entry behind the list of a resource. */
  change(resource: string, entry: GraphEntry): void;
  /** Forgets every place that it has given. */
  forget(): void;
  /** How many entries it puts into one page. */
  pageSize: number;
}

const resources: Readonly<Record<string, { readonly latest: 'token' | '$deltatoken' | null }>> = {
  '/users/u-1/drive/root': { latest: 'token' },
  '/drives/b!d-1/root': { latest: 'token' },
  '/users': { latest: '$deltatoken' },
  '/users/u-1/mailFolders/AQ=/messages': { latest: null },
};

/** Starts it on 127.0.0.1. */
export async function startGraph(): Promise<GraphDouble> {
  const [tenant, clientId, clientSecret] = ['contoso.example', randomUUID(), `pretend~${randomUUID()}`];
  const lists = new Map<string, GraphEntry[]>();
  let life = 'a';

  /** A link as the service writes it: drives in brackets behind the path, the others in the query. */
  const linkOf = (url: string, resource: string, at: { readonly n: number; readonly last: boolean }, asked: string): string => {
    const value = `${life};#${at.n};+/${resource.length}`;
    const { latest } = resources[resource] ?? { latest: null };
    if (latest === 'token')
      return `${url}/v1.0${resource.replace('/u-1', "('u-1')")}/microsoft.graph.delta(token='${encodeURIComponent(value)}')${asked}`;
    const path = resource.replace('/mailFolders/AQ=', "/mailfolders('AQ=')");
    return `${url}/v1.0${path}/delta?$${at.last ? 'deltatoken' : 'skiptoken'}=${encodeURIComponent(value)}`;
  };

  const api = (url: string, at: URL, prefer: string): Reply => {
    const resource = decodeURIComponent(at.pathname)
      .replace(/^\/v1\.0/, '')
      .replace(/\/delta$/, '');
    const about = resources[resource];
    if (about === undefined) return { status: 404, body: { error: { code: 'itemNotFound', message: resource } } };
    const list = lists.get(resource) ?? [];
    const token = ['token', '$skiptoken', '$deltatoken'].map((name) => at.searchParams.get(name)).find((one) => one !== null) ?? null;
    if (token === 'latest') {
      if (about.latest === null || !at.searchParams.has(about.latest)) return { status: 400, body: { error: { code: 'badRequest' } } };
      return { status: 200, body: { value: [], '@odata.deltaLink': linkOf(url, resource, { n: list.length, last: true }, at.search) } };
    }
    const place = token === null ? ['', '0'] : (/^a+;#(\d+);\+\/\d+$/.exec(token) ?? ['', 'lost']);
    if (place[1] === 'lost') return { status: 400, body: { error: { code: 'badRequest', message: `no such token ${token}` } } };
    if (token !== null && token.split(';')[0] !== life)
      return {
        status: 410,
        body: { error: { code: 'resyncChangesApplyDifferences', message: token } },
        headers: { location: `${url}/v1.0${resource}/delta` },
      };
    const size = Number(/maxpagesize=(\d+)/.exec(prefer)?.[1] ?? double.pageSize);
    const from = Number(place[1]);
    const page = list.slice(from, from + Math.min(size, double.pageSize));
    const last = from + page.length >= list.length;
    const link = linkOf(url, resource, { n: from + page.length, last }, at.search);
    return { status: 200, body: { value: page, [last ? '@odata.deltaLink' : '@odata.nextLink']: link } };
  };

  const token = (url: string, form: URLSearchParams): string | Reply => {
    const good =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === clientId &&
      form.get('client_secret') === clientSecret &&
      form.get('scope') === `${url}/.default`;
    return good
      ? `eyJ.${randomUUID()}`
      : { status: 401, body: { error: 'invalid_client', error_description: `AADSTS7000215: ${form.get('client_secret') ?? ''}` } };
  };

  const base = await startDouble((url) => ({
    tokenPath: `/${tenant}/oauth2/v2.0/token`,
    token: (form) => token(url, form),
    api: (at, headers) => api(url, at, String(headers['prefer'] ?? '')),
  }));
  const double: GraphDouble = Object.assign(base, {
    tenant,
    clientId,
    clientSecret,
    pageSize: 200,
    change: (resource: string, entry: GraphEntry) => void lists.set(resource, [...(lists.get(resource) ?? []), entry]),
    forget: () => void (life += 'a'),
  });
  return double;
}
