// verifies: decide.typed-policies, decide.hostile-policies
import { expect, test } from 'vitest';
import { createEngine } from '../../src/decide/engine.ts';
import { inspectPolicies } from '../../src/decide/inspect.ts';
import { checkPolicy, loadPolicy } from '../../src/processes/policy.ts';
import { catalogues, engineOf, request } from './fixtures.ts';

const check = (text: string, file = 'own.cedar') => checkPolicy([{ file, text }], catalogues);
const when = (body: string): string => `permit (principal, action, resource) when { ${body} };`;

test.each(['strict', 'balanced'] as const)('the preset %s is good, with systems and before there are any', async (preset) => {
  for (const over of [catalogues, []]) {
    const set = await loadPolicy({ folder: '/', policy: { preset, files: [] } }, over);
    if (!set.ok) throw new Error(set.message);
    expect(createEngine(set.value, over).ok).toBe(true);
    expect(Array.from(set.value.policies.keys()).every((id) => /^[a-z-]+$/.test(id))).toBe(true);
  }
});

const typos: readonly (readonly [string, string, number, RegExp])[] = [
  [
    'an operation',
    '// é\n\npermit (principal, action == Action::"desk.publsh", resource);',
    3,
    /did you mean `Action::"(?:\w+\.)?publish"`/,
  ],
  ['an attribute', `\n${when('context.bindin == "none"')}`, 2, /did you mean `binding`/],
  ['an attribute of a target', when('resource.kinds == "thing"'), 1, /did you mean `kind`/],
  ['a system, in a forbid', 'forbid (principal, action, resource in System::"dsk");', 1, /valid entity eids: "desk", "shop"/],
  ['a group', 'forbid (principal, action in Action::"destructiv", resource);', 1, /did you mean `Action::"(?:\w+[.:])?destructive"`/],
  ['a binding', when('context.binding == "nobody"'), 1, /never "nobody": it knows "request", "run"/],
  ['a class in a set', when('["write", "publsh"].contains(context.class)'), 1, /never "publsh"/],
  ['a reach', when('context.reach != "everybody"'), 1, /never "everybody"/],
  ['a tenant', when('context.tenant == "T9"'), 1, /never "T9"/],
  ['a role', when('context.countersignatures.contains("requestor")'), 1, /never "requestor"/],
  [
    'a role in a set',
    `${when('context.tainted')}\n${when('context.countersignatures.containsAll(["requester", "ower"])')}`,
    2,
    /never "ower"/,
  ],
  ['a type', when('context.leaks == 1'), 1, /leaks/],
  ['a condition that is never true', when('context.class == "read" && false'), 1, /impossible/],
  ['an end that is missing', '\n\npermit (principal, action, resource) when {', 3, /unexpected end/],
  [
    'two policies of one name',
    '@id("a") permit (principal, action, resource);\n@id("a") permit (principal, action, resource);',
    2,
    /called a/,
  ],
  ['a name for people that is not one', '@id("a\\nb") permit (principal, action, resource);', 1, /an @id has/],
  ['a name that is left empty', '@id permit (principal, action, resource);', 1, /an @id has/],
];

test.each(typos)('%s that is wrong is refused with file, line and a hint', (_title, text, line, hint) => {
  const found = inspectPolicies([{ file: 'own.cedar', text }], catalogues);
  expect(found).toMatchObject({ ok: false, file: 'own.cedar', line, message: expect.stringMatching(hint) });
});

test('a refusal carries file and line, and its message begins with them', async () => {
  const [, text, line, hint] = typos[0]!;
  const refused = await checkPolicy(
    [
      { file: 'good.cedar', text: when('true') },
      { file: 'own.cedar', text },
    ],
    catalogues,
  );
  expect(refused).toMatchObject({ ok: false, code: 'bad-policy', file: 'own.cedar', line });
  expect(refused.ok ? '' : refused.message).toMatch(new RegExp(`^own\\.cedar line ${line}: .*${hint.source}`));
});

test('a policy without an @id is named by its file and its number there', async () => {
  const text = Array.from(
    { length: 12 },
    (_, i) => `permit (principal, action, resource) when { context.tenant == "desk-tenant" && ${i} == ${i} };`,
  );
  const set = await checkPolicy(
    [
      { file: 'a.cedar', text: text.join('\n') },
      { file: 'b.cedar', text: '@id("b") permit (principal, action, resource);' },
    ],
    catalogues,
  );
  if (!set.ok) throw new Error(set.message);
  expect(Array.from(set.value.policies.keys())).toEqual([...text.map((_, i) => `a.cedar#${i + 1}`), 'b']);
  expect(set.value.policies.get('a.cedar#11')).toContain('10 == 10');
});

test('a template is refused', async () => {
  expect(await check('permit (principal == ?principal, action, resource);')).toMatchObject({
    ok: false,
    message: expect.stringContaining('templates'),
  });
});

test('the same text over other catalogues is another policy', async () => {
  const text = '@id("a") permit (principal, action, resource);';
  const [one, two] = [await checkPolicy([{ file: 'a', text }], catalogues), await checkPolicy([{ file: 'a', text }], catalogues.slice(1))];
  if (!one.ok || !two.ok) throw new Error('refused');
  expect(one.value.digest).not.toBe(two.value.digest);
  expect((await check(text)).ok).toBe(true);
});

const chain = (n: number, part: string): string => when(Array<string>(n).fill(part).join(' && '));

/** Text that is meant to do harm. `null`: it may be accepted, as long as it does none. */
const hostile: readonly (readonly [string, string, RegExp | null])[] = [
  ['200 nested parentheses', when(`${'('.repeat(200)}true${')'.repeat(200)}`), /nested/],
  ['200 nested sets', when(`${'['.repeat(200)}1${']'.repeat(200)} == [1]`), /nested/],
  ['10 MB', `// ${'x'.repeat(10_000_000)}`, /larger/],
  ['10 MB of policies', 'permit (principal, action, resource);'.repeat(270_000), /larger/],
  ['10,000 negations', when(`${'!'.repeat(10_000)}context.tainted`), /too many occurrences/],
  ['10,000 attributes', when(`context${'.a'.repeat(10_000)} == 1`), /cannot process|nested/],
  ['a chain of 300, which Cedar would accept and die of', chain(300, 'context.tainted'), /chained/],
  ['a chain of 500, which Cedar would accept and die of', chain(500, 'context.tainted'), /chained/],
  ['a chain of 50,000', chain(50_000, 'context.tainted'), /cannot process|chained|broke the parser/],
  ['500 conditions', `permit (principal, action, resource)${' when { context.tainted }'.repeat(500)};`, /chained/],
  ['500 branches', when(`${'if context.tainted then true else '.repeat(500)}true`), /"if"/],
  ['a NUL byte', when('context.tainted \0'), /cannot be seen/],
  ['a bidirectional mark in a comment', `// \u202e\n${when('true')}`, /cannot be seen/],
  ['half of a surrogate pair', when('context.class == "\ud800"'), /cannot be seen/],
  ['a string without an end', when('context.class == "abc'), /strings are closed/],
  ['a long string of quotes without an end', `"${'\\"'.repeat(400_000)}`, /strings are closed/],
  ['more policies than there may be', 'permit (principal, action, resource);'.repeat(1200), /more than 1000/],
  ['5,000 actions in a scope', `permit (principal, action in [${Array<string>(5000).fill('Action::"read"').join()}], resource);`, null],
  ['nothing', '', null],
];

test('hostile text is refused or harmless, and this thread goes on deciding', async () => {
  const engine = engineOf('@id("open") permit (principal, action in Action::"publish", resource);');
  for (const [title, text, message] of hostile) {
    const checked = await check(text);
    if (message !== null) expect([title, checked.ok ? 'accepted' : checked.message]).toEqual([title, expect.stringMatching(message)]);
    expect([title, engine.permits(request(), []).allowed, engine.permits(request({ class: 'share' }), []).allowed]).toEqual([
      title,
      true,
      false,
    ]);
    if (!checked.ok) continue;
    const other = createEngine(checked.value, catalogues);
    expect([title, other.ok && other.value.permits(request({ class: 'read', tainted: true }), []).errors]).toEqual([title, []]);
  }
}, 180_000);

test('what is accepted at the bounds can be evaluated in this thread', async () => {
  const deepest = [
    chain(90, 'context.tainted'),
    when(`${'('.repeat(40)}${'if context.tainted then (context.tainted) else '.repeat(40)}true${')'.repeat(40)}`),
  ];
  for (const text of deepest) {
    const set = await check(text);
    if (!set.ok) throw new Error(set.message);
    const engine = createEngine(set.value, catalogues);
    if (!engine.ok) throw new Error(engine.message);
    expect(engine.value.permits(request({ tainted: true }), [])).toMatchObject({ allowed: true, errors: [] });
    expect(engine.value.permits(request({ tainted: false }), [])).toMatchObject({ errors: [] });
  }
});
