// verifies: decide.one-semantics, decide.fails-closed
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { classes, heavier } from '../../src/action/class.ts';
import { askCedar, loadPolicies, loadSchema, policyParts } from '../../src/decide/cedar.ts';
import { createEngine } from '../../src/decide/engine.ts';
import { policySet } from '../../src/decide/policy-set.ts';
import { cedarSchema, raisedId } from '../../src/decide/schema.ts';
import { policyDepth } from '../../src/decide/shape.ts';
import { statementShapes } from '../../src/action/statement.ts';
import { catalogues, engineOf, presetText, request } from './fixtures.ts';

const open = '@id("open") permit (principal, action, resource);';

test('a policy that fails while it is evaluated denies, though another one permits', () => {
  const engine = engineOf(`${open}\n@id("guard") forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };`);
  expect(engine.permits(request(), [])).toEqual({ allowed: false, policies: ['guard'], errors: ['policy guard cannot be evaluated'] });
  const verdict = engine.verdict(request());
  expect(verdict).toMatchObject({ effect: 'deny', countersignatures: [], waysOut: ['an operator must repair guard'] });
});

test('a policy that fails only once somebody has signed denies as well', () => {
  const engine = engineOf(
    `@id("signed") permit (principal, action, resource) when { context.countersignatures.contains("requester") };
     @id("guard") forbid (principal, action, resource) when { context.countersignatures.contains("requester") && 9223372036854775807 + 1 == 0 };`,
  );
  expect(engine.permits(request(), ['requester']).allowed).toBe(false);
  expect(engine.verdict(request()).effect).toBe('deny');
});

test.each([
  ['an unknown system', { system: 'nowhere' }],
  ['an unknown operation', { operation: 'invented' }],
  ['an operation by the name of a group', { operation: 'write.x' }],
  ['another tenant', { tenant: 'shop-tenant' }],
  ['a class that is lighter than the operation', { operation: 'destructive', class: 'publish' as const }],
  ['a name that is half of a surrogate pair', { target: { type: 'thing', id: '\ud800', name: '' } }],
])('%s is denied even where everything is permitted', (_title, over) => {
  const engine = engineOf(open);
  expect(engine.permits(request(), []).allowed).toBe(true);
  expect(engine.permits(request(over), ['requester', 'second', 'owner'])).toMatchObject({ allowed: false, policies: [] });
  expect(engine.verdict(request(over))).toMatchObject({ effect: 'deny' });
  expect(engine.verdict(request(over)).waysOut.length).toBeGreaterThan(0);
});

test.each([
  ['leaks', 'yes'],
  ['leaks', undefined],
  ['class', '__proto__'],
  ['binding', null],
  ['reach', { __entity: { type: 'User', id: 'alice' } }],
  ['principal', null],
  ['target', { type: 'thing', id: { __entity: { type: 'System', id: 'desk' } } }],
])('a request whose %s is %j is denied, not guessed at', (field, value) => {
  const broken = { ...request(), [field]: value };
  expect(engineOf(open).permits(broken, [])).toMatchObject({ allowed: false });
  expect(engineOf(open).permits(request(), []).allowed).toBe(true);
});

test('a call that its arguments make heavier is never decided by the permit of the lighter group alone', () => {
  const engine = engineOf('permit (principal, action in Action::"publish", resource);');
  for (const klass of classes) {
    const raised = request({ operation: 'publish', class: heavier('publish', klass) });
    expect([raised.class, engine.permits(raised, []).allowed]).toEqual([raised.class, raised.class === 'publish']);
  }
});

test('a forbid on an operation holds for its calls that are made heavier', () => {
  const engine = engineOf(`${open}\n@id("never") forbid (principal, action == Action::"desk.publish", resource);`);
  expect(engine.permits(request({ operation: 'publish', class: 'share' }), [])).toMatchObject({ allowed: false, policies: ['never'] });
  expect(engine.permits(request({ operation: 'share', class: 'share' }), []).allowed).toBe(true);
});

test('the verdict is the smallest set of signatures, and among equals the first in the order of roles', () => {
  const asks = (sets: readonly string[]): unknown =>
    engineOf(
      `permit (principal, action, resource) when { ${sets.map((set) => `context.countersignatures.containsAll(${set})`).join(' || ')} };`,
    ).verdict(request()).countersignatures;
  expect(asks(['["second", "owner"]', '["owner"]'])).toEqual(['owner']);
  expect(asks(['["second", "owner"]', '["requester", "owner"]'])).toEqual(['requester', 'owner']);
  expect(asks(['["second", "owner"]', '["requester", "second", "owner"]'])).toEqual(['second', 'owner']);
});

test('a read that would need a signature is denied, and says that it cannot wait', () => {
  const engine = engineOf('permit (principal, action, resource) when { context.countersignatures.contains("requester") };');
  const verdict = engine.verdict(request({ class: 'read' }));
  expect(verdict).toMatchObject({ effect: 'deny', countersignatures: [] });
  expect(verdict.reasons).toContain('a read is answered at once: it cannot wait for a signature');
  expect(engine.verdict(request({ operation: 'read', class: 'write' })).effect).toBe('ask');
});

test('a way out is named only if the policy really takes it', () => {
  const engine = engineOf(presetText('balanced'));
  const leaking = engine.verdict(request({ leaks: true, tainted: true, binding: 'configured' }));
  expect(leaking.waysOut.join('\n')).toMatch(
    /an owner of the target.*\n.*narrower audience.*then it goes ahead\n.*fresh run.*then it goes ahead$/,
  );
  const unbound = engine.verdict(request());
  expect(unbound.waysOut.join('\n')).toMatch(/the user's own words.*goes ahead\n.*systems\.desk\.targets: then it goes ahead$/);
  expect(engineOf(presetText('strict')).verdict(request()).waysOut).toEqual(['the user who asked must countersign (role requester)']);
  expect(engine.verdict(request({ operation: 'publish', class: 'admin', binding: 'run' })).waysOut).toEqual([
    'leave out the arguments that raise it from class publish to admin: then it goes ahead',
  ]);
});

test('a verdict fits a statement, however many policies take part', () => {
  const many = Array.from({ length: 60 }, (_, i) => `@id("${'x'.repeat(100)}${i}") forbid (principal, action, resource);`).join('\n');
  const verdict = engineOf(many).verdict(request({ leaks: true, tainted: true }));
  expect(statementShapes.decided.shape.verdict.safeParse(verdict).success).toBe(true);
  expect(verdict.policies).toHaveLength(50);
  expect(verdict.reasons).toContain('10 more policies took part');
});

test('an engine is refused for policies that were checked against other catalogues', () => {
  const set = policySet(new Map([['open', open]]), catalogues);
  expect(createEngine(set, catalogues).ok).toBe(true);
  expect(createEngine(set, catalogues.slice(1))).toMatchObject({ ok: false, code: 'bad-policy' });
  expect(createEngine(policySet(new Map([['open', `${open} `]]), catalogues), catalogues)).toMatchObject({ ok: true });
  expect(policySet(new Map([['open', `${open} `]]), catalogues).digest).not.toBe(set.digest);
});

test('an engine refuses text that was never checked, before it can do harm', () => {
  for (const body of [`${'('.repeat(200)}true${')'.repeat(200)}`, Array(500).fill('context.tainted').join(' && ')]) {
    const set = policySet(new Map([['p', `permit (principal, action, resource) when { ${body} };`]]), catalogues);
    expect(createEngine(set, catalogues)).toEqual({ ok: false, code: 'bad-policy', message: 'policy p was never checked' });
  }
  expect(engineOf(open).permits(request(), []).allowed).toBe(true);
});

test('engines before and after a reload do not mix', () => {
  const before = engineOf(open);
  const after = engineOf('@id("open") forbid (principal, action, resource);');
  expect([before.permits(request(), []).allowed, after.permits(request(), []).allowed]).toEqual([true, false]);
  expect(before.policy).not.toBe(after.policy);
});

test('targets of the same id and another type are not the same target', () => {
  const engine = engineOf('permit (principal, action, resource == Target::"desk:channel:C1");');
  const at = (type: string, id: string): boolean => engine.permits(request({ target: { type, id, name: '' } }), []).allowed;
  expect([at('channel', 'C1'), at('user', 'C1'), at('channel:C1', ''), at('', 'channel:C1')]).toEqual([true, false, false, false]);
});

const scopes = [
  'action',
  'action in Action::"write"',
  'action == Action::"desk.share"',
  'action in [Action::"read", Action::"share"]',
  `action in Action::"${raisedId('share')}"`,
];

test('slicing changes no decision: the whole set decides the same', () => {
  const policy = fc.record({
    effect: fc.constantFrom('permit', 'forbid'),
    scope: fc.constantFrom(...scopes),
    when: fc.constantFrom('', ' when { context.tainted }', ' when { context.class == "share" }'),
  });
  const schema = loadSchema(cedarSchema(catalogues));
  if (!schema.ok) throw new Error(schema.message);
  fc.assert(
    fc.property(
      fc.array(policy, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('read', 'publish', 'share', 'admin'),
      fc.boolean(),
      (parts, klass, tainted) => {
        const texts = parts.map((part, i) => `@id("p${i}") ${part.effect} (principal, ${part.scope}, resource)${part.when};`);
        const whole = loadPolicies(new Map(texts.map((text, i) => [`p${i}`, text])));
        if (!whole.ok) throw new Error(whole.message);
        const reply = askCedar({
          schema: schema.value,
          policies: whole.value,
          principal: { type: 'User', id: 'alice' },
          action: { type: 'Action', id: `desk.${klass}` },
          resource: { type: 'Target', id: 'desk:thing:T1' },
          context: {
            class: klass,
            binding: 'none',
            reversible: false,
            fourEyes: false,
            tainted,
            flow: { leaks: false, outsidersNamed: false, restricted: false },
            reach: 'team',
            audience: { kind: 'team', count: 3, externals: 0, joinable: false },
            scope: 'undeclared',
            content: 'none',
            egress: [],
            agent: { type: 'Agent', id: 'assistant' },
            tenant: 'desk-tenant',
            countersignatures: [],
            proposalAgeMinutes: 0,
            signatureAgeMinutes: 0,
          },
          entities: [
            { uid: { type: 'Target', id: 'desk:thing:T1' }, attrs: { kind: 'thing', id: 'T1' }, parents: [{ type: 'System', id: 'desk' }] },
          ],
        });
        const sliced = engineOf(texts.join('\n')).permits(request({ class: klass, tainted }), []);
        expect(reply).toMatchObject({ kind: 'decided', allowed: sliced.allowed, policies: [...sliced.policies] });
      },
    ),
    { numRuns: 25 },
  );
});

test.each([
  ['a chain', Array(30).fill('context.tainted').join(' && '), 30],
  ['branches', `${'if context.tainted then true else '.repeat(30)}true`, 30],
  ['attributes', `context has ${Array(30).fill('a').join('.')}`, 30],
  ['sets', `${'['.repeat(30)}1${']'.repeat(30)} == [1]`, 30],
])('the depth of %s is not underestimated', (_title, body, least) => {
  const parts = policyParts(`permit (principal, action, resource) when { ${body} };`);
  if (!parts.ok) throw new Error(parts.message);
  expect(policyDepth(parts.value)).toBeGreaterThanOrEqual(least);
  expect(policyDepth(parts.value)).toBeLessThan(least + 6);
});

test('a verdict never promises what the hard rules stop: a policy that permits everything still asks for what must be signed', () => {
  expect(engineOf(open).verdict({ ...request(), binding: 'none' })).toMatchObject({ effect: 'ask', countersignatures: ['requester'] });
  expect(engineOf(open).verdict({ ...request(), binding: 'configured', leaks: true })).toMatchObject({
    effect: 'ask',
    countersignatures: ['requester', 'second'],
  });
});
