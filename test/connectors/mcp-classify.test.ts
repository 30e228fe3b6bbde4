// verifies: systems.mcp-classes
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { classes } from '../../src/action/class.ts';
import type { Class } from '../../src/action/class.ts';
import { proposeClass } from '../../src/connectors/mcp/classify.ts';
import type { ToolFacts } from '../../src/connectors/mcp/classify.ts';

interface Curated {
  readonly name: string;
  readonly klass: string;
  readonly args?: readonly string[];
  readonly method_enum?: readonly string[] | null;
  readonly annotations?: { readonly readOnlyHint?: boolean | null; readonly destructiveHint?: boolean | null } | null;
}

const servers = 'github gitlab google-workspace korotovsky-slack kubernetes mcp-atlassian ms-365 notion okta salesforce-dx supabase'.split(
  ' ',
);

/** Tools of real servers: names, arguments and annotations as they are, classes as people judged them. */
const real = JSON.parse(readFileSync(new URL('./fixtures/real-tools.json', import.meta.url), 'utf8')) as {
  readonly curated: Readonly<Record<string, readonly Curated[]>>;
  readonly live: Readonly<Record<string, readonly Omit<Curated, 'klass'>[]>>;
};

const curated = (server: string): readonly Curated[] => real.curated[server] ?? [];

/** Without annotations: what names and arguments alone say. */
function facts(tool: Curated, annotated: boolean): ToolFacts {
  return {
    name: tool.name,
    description: '',
    arguments: [...(tool.args ?? []), ...(tool.method_enum ? ['method'] : [])],
    choices: tool.method_enum ? { method: tool.method_enum } : {},
    readOnlyHint: (annotated ? tool.annotations?.readOnlyHint : null) ?? null,
    destructiveHint: (annotated ? tool.annotations?.destructiveHint : null) ?? null,
  };
}

const inReadZone = (klass: string): boolean => klass === 'read' || klass === 'read-secret';

// Curated as something else than a read, and proposed as one. Each is a read by all that can be seen of it.
const exceptions = new Set([
  'salesforce-dx/list_devops_center_projects', // curated as a write only because it has no annotations
  'salesforce-dx/list_devops_center_work_items', // the same
  'google-workspace/search_custom', // a web search: what is searched for leaves the house, as with every search
]);

test.each(servers)('nothing that is curated as more than a read is proposed as a read, whatever it is annotated with: %s', (server) => {
  const tools = curated(server);
  expect(tools.length).toBeGreaterThan(10);
  const wrong = tools.filter((tool) => {
    const klass = tool.klass.split(' ')[0];
    if (exceptions.has(`${server}/${tool.name}`)) return false;
    return [true, false].some((annotated) => {
      const guess = proposeClass(facts(tool, annotated)).class;
      return (klass === 'read-secret' && guess === 'read') || (!inReadZone(klass ?? '') && inReadZone(guess));
    });
  });
  expect(wrong.map((tool) => `${tool.name} (${tool.klass})`)).toEqual([]);
});

test('agreement with the curated classes is printed', () => {
  const rows = servers.map((server) => {
    const known = curated(server).filter((tool) => (classes as readonly string[]).includes(tool.klass));
    const guesses = known.map((tool) => ({ tool, guess: proposeClass(facts(tool, true)) }));
    const share = (some: readonly unknown[], of: readonly unknown[]): string => `${some.length}/${of.length}`;
    const readTools = guesses.filter(({ tool }) => tool.klass === 'read');
    return {
      server,
      same: share(
        guesses.filter(({ tool, guess }) => guess.class === tool.klass),
        guesses,
      ),
      'same zone': share(
        guesses.filter(({ tool, guess }) => inReadZone(guess.class) === inReadZone(tool.klass)),
        guesses,
      ),
      heavier: share(
        guesses.filter(({ tool, guess }) => classes.indexOf(guess.class) > classes.indexOf(tool.klass as Class)),
        guesses,
      ),
      'reads seen as reads': share(
        readTools.filter(({ guess }) => inReadZone(guess.class)),
        readTools,
      ),
      'reads enabled': share(
        readTools.filter(({ guess }) => guess.sure),
        readTools,
      ),
    };
  });
  console.table(rows);
  const total = rows.reduce((sum, row) => sum + Number(row['reads seen as reads'].split('/')[0]), 0);
  expect(total).toBeGreaterThan(350);
});

const bare = (name: string, more: Partial<ToolFacts> = {}): ToolFacts => ({
  name,
  description: '',
  arguments: [],
  choices: {},
  readOnlyHint: null,
  destructiveHint: null,
  ...more,
});

test.each<[string, Partial<ToolFacts>, Class]>([
  ['get_issue', {}, 'read'],
  ['get_issue', { readOnlyHint: false }, 'destructive'],
  ['get_issue', { destructiveHint: true }, 'destructive'],
  ['frobnicate', {}, 'destructive'],
  ['frobnicate', { readOnlyHint: true }, 'destructive'],
  ['get_or_create_issue', { readOnlyHint: true }, 'publish'],
  ['list_and_purge', { readOnlyHint: true }, 'destructive'],
  ['get_item', { description: 'Deletes the item and returns it.' }, 'destructive'],
  ['get_item', { arguments: ['id', '_confirmed'] }, 'destructive'],
  ['get_item', { arguments: ['method'] }, 'destructive'],
  ['get_item', { arguments: ['method'], choices: { method: ['get', 'get_all'] } }, 'read'],
  ['item_read', { arguments: ['method'], choices: { method: ['get', 'delete'] } }, 'destructive'],
  ['get_data', { arguments: ['sql'] }, 'tunnel'],
  ['jira_get', { arguments: ['path', 'queryParams'] }, 'tunnel'],
  ['execute_graphql', { readOnlyHint: true }, 'tunnel'],
  ['graph-batch', {}, 'tunnel'],
  ['configuration_view', { readOnlyHint: true }, 'read-secret'],
  ['list_project_variables', { readOnlyHint: true }, 'read-secret'],
  ['getUserById', {}, 'read'],
  ['get_label', { description: 'Get one label of a repository, and its comments.' }, 'read'],
  ['get_and_forward', { readOnlyHint: true }, 'publish'],
])('%s with %o is proposed as %s', (name, more, klass) => {
  expect(proposeClass(bare(name, more)).class).toBe(klass);
});

test('a read that fetches an address which somebody chose is a write to the outside', () => {
  expect(proposeClass({ ...bare('get_webpage', { readOnlyHint: true }), arguments: ['url'] }).class).toBe('publish');
  expect(proposeClass({ ...bare('get_page'), arguments: ['id'] }).class).toBe('read');
});

test('only a plain read is ever sure', () => {
  expect(proposeClass(bare('list_issues')).sure).toBe(true);
  for (const name of ['download_file', 'export_users', 'get_secret', 'query_data', 'create_issue', 'frobnicate'])
    expect(proposeClass(bare(name)).sure, name).toBe(false);
});

test('the lists of live servers bring no read that is annotated as something else', () => {
  for (const server of ['gitlab', 'kubernetes', 'ms365', 'notion']) {
    const live = real.live[server] ?? [];
    expect(live.length).toBeGreaterThan(10);
    const contradicted = live.filter(
      (tool) => tool.annotations?.readOnlyHint !== true && inReadZone(proposeClass(facts({ ...tool, klass: '' }, true)).class),
    );
    expect(
      contradicted.map((tool) => tool.name),
      server,
    ).toEqual([]);
  }
});
