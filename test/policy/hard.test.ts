// verifies: hands.hard-rules, flow.hard-set
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { reaches } from '../../src/action/audience.ts';
import { classes, zoneOf } from '../../src/action/class.ts';
import { egressKinds, levels, scopes } from '../../src/action/vocabulary.ts';
import { roles } from '../../src/action/principal.ts';
import type { Role } from '../../src/action/principal.ts';
import { hardRefusal } from '../../src/decide/hard.ts';
import { lowestRung, rungs } from '../../src/decide/ladder.ts';
import type { DecisionRequest } from '../../src/decide/request.ts';
import { bindings } from '../../src/decide/words.ts';
import { engineOf, presetText, request } from './fixtures.ts';

const requests: fc.Arbitrary<DecisionRequest> = fc
  .record({
    own: fc.constantFrom(...classes),
    real: fc.constantFrom(...classes),
    binding: fc.constantFrom(...bindings),
    reach: fc.constantFrom(...reaches, 'unknown'),
    leaks: fc.boolean(),
    outsidersNamed: fc.boolean(),
    restricted: fc.boolean(),
    scope: fc.constantFrom(...scopes),
    content: fc.constantFrom(...levels),
    egress: fc.subarray([...egressKinds]),
    tainted: fc.boolean(),
    fourEyes: fc.boolean(),
    reversible: fc.boolean(),
  })
  .map(({ own, real, ...rest }) => request({ ...rest, operation: own, class: classes.indexOf(real) > classes.indexOf(own) ? real : own }));

const signatures: fc.Arbitrary<Role[]> = fc.subarray([...roles]);

/** Every request that a preset can tell from another one, without those that arguments have made heavier. */
function* everyRequest(): Generator<DecisionRequest> {
  const flags = [false, true];
  for (const klass of classes)
    for (const binding of bindings)
      for (const leaks of flags)
        for (const fourEyes of flags)
          for (const own of klass === 'write' ? flags : [false])
            yield request({ class: klass, binding, leaks, fourEyes, reversible: own, reach: own ? 'self' : 'team' });
}

test.each(['strict', 'balanced'] as const)('whatever %s allows, the hard rules allow too', (preset) => {
  const engine = engineOf(presetText(preset));
  const stopped = (asked: DecisionRequest, signed: readonly Role[]): boolean =>
    engine.permits(asked, signed).allowed && hardRefusal(asked, signed, zoneOf(asked.class)) !== null;
  const all = [...everyRequest()];
  expect(all).toHaveLength(220);
  expect(all.flatMap((asked) => rungs.filter((signed) => stopped(asked, signed)).map((signed) => ({ asked, signed })))).toEqual([]);
  let allowed = 0;
  fc.assert(
    fc.property(requests, signatures, (asked, signed) => {
      if (engine.permits(asked, signed).allowed) allowed++;
      expect([asked, signed, stopped(asked, signed)]).toEqual([asked, signed, false]);
    }),
    { numRuns: 500 },
  );
  expect(allowed).toBeGreaterThan(20);
});

/** What must be refused under a policy that permits everything: what, with which signatures, by which rule. */
const listed: readonly (readonly [string, Partial<DecisionRequest>, readonly Role[], string])[] = [
  ['a write that leaks, signed by nobody', { class: 'write', binding: 'request', leaks: true }, [], 'needs-two-people'],
  [
    'a write that leaks, signed by its requester alone',
    { class: 'write', binding: 'request', leaks: true },
    ['requester'],
    'needs-two-people',
  ],
  ['a write that leaks, signed by others alone', { class: 'write', binding: 'run', leaks: true }, ['second', 'owner'], 'needs-two-people'],
  ['a write whose target nothing names', { class: 'write' }, [], 'needs-a-signature'],
  ['a private edit whose target nothing names', { class: 'write', reach: 'self', reversible: true }, [], 'needs-a-signature'],
  ['a publish whose target nothing names', { class: 'publish' }, [], 'needs-a-signature'],
  ['code whose target nothing names', { class: 'code-write' }, [], 'needs-a-signature'],
  ['a share', { class: 'share', binding: 'request' }, [], 'needs-a-signature'],
  ['an execution', { class: 'execute', binding: 'request' }, [], 'needs-a-signature'],
  ['a destruction', { class: 'destructive', binding: 'configured' }, [], 'needs-a-signature'],
  ['administration, signed by its requester alone', { class: 'admin', binding: 'request' }, ['requester'], 'needs-two-people'],
  ['administration, signed by others alone', { class: 'admin', binding: 'request' }, ['second', 'owner'], 'needs-two-people'],
  ['a tunnel, signed by its requester alone', { class: 'tunnel', binding: 'request' }, ['requester'], 'needs-two-people'],
  [
    'a leak to outsiders whom the user named, of something restricted',
    { class: 'publish', binding: 'request', leaks: true, outsidersNamed: true, restricted: true },
    ['requester'],
    'needs-two-people',
  ],
  [
    'a write that carries a secret, signed by its requester alone',
    { class: 'publish', binding: 'request', egress: ['secret'] },
    ['requester'],
    'needs-two-people',
  ],
  [
    'a write that carries a guarded value, signed by everybody',
    { class: 'publish', binding: 'request', egress: ['guarded'] },
    [...roles],
    'guarded-value',
  ],
  ...(['link', 'image', 'new-host', 'overlap'] as const).map(
    (kind) =>
      [
        `a write with a finding of kind ${kind}`,
        { class: 'publish', binding: 'request', egress: [kind] },
        [],
        'needs-a-signature',
      ] as const,
  ),
  [
    'an operation that the task was not declared to need',
    { class: 'publish', binding: 'request', scope: 'outside' },
    [],
    'needs-a-signature',
  ],
  ['a write after suspicious content', { class: 'publish', binding: 'request', content: 'suspicious' }, [], 'needs-a-signature'],
  ['a write after hostile content', { class: 'publish', binding: 'request', content: 'hostile' }, [], 'needs-a-signature'],
  ['four eyes, signed by two of the same', { class: 'publish', binding: 'request', fourEyes: true }, ['requester'], 'needs-two-people'],
];

test.each(listed)('%s is refused, whatever the policy permits', (_title, over, signed, code) => {
  const engine = engineOf('permit (principal, action, resource);');
  expect(engine.permits(request(over), signed).allowed).toBe(true);
  expect(hardRefusal(request(over), signed, 'write')).toMatchObject({ ok: false, code });
});

test('what the rules let through without a signature: bound, within the task, after calm content, carrying nothing, leaking to nobody or to whom the user named', () => {
  for (const over of [
    { class: 'publish', binding: 'request' },
    { class: 'write', binding: 'record', scope: 'inside', content: 'noted' },
    { class: 'publish', binding: 'request', leaks: true, outsidersNamed: true },
  ] as const)
    expect(hardRefusal(request(over), [], 'write')).toBeNull();
});

test('each class is refused in the zone that is not its own', () => {
  for (const klass of classes) {
    const asked = request({ class: klass, binding: 'request' });
    const other = zoneOf(klass) === 'read' ? 'write' : 'read';
    expect(hardRefusal(asked, roles, other)).toMatchObject({ ok: false, code: 'wrong-zone' });
    expect(hardRefusal(asked, roles, zoneOf(klass))).toBeNull();
  }
});

test('a value that is not in the vocabulary needs signatures', () => {
  expect(hardRefusal({ ...request({ class: 'write' }), ...JSON.parse('{"binding":"nobody"}') }, [], 'write')).toMatchObject({
    code: 'needs-a-signature',
  });
  expect(hardRefusal({ ...request(), ...JSON.parse('{"class":"invented"}') }, ['requester'], 'write')).toMatchObject({
    code: 'needs-two-people',
  });
});

test('one more signature never makes the hard rules refuse', () => {
  fc.assert(
    fc.property(requests, (asked) => {
      const zone = zoneOf(asked.class);
      for (const few of rungs)
        for (const many of rungs.filter((set) => few.every((role) => set.includes(role))))
          if (hardRefusal(asked, few, zone) === null) expect(hardRefusal(asked, many, zone)).toBeNull();
    }),
  );
});

test('the ladder has every set once, smallest first, in the order of roles', () => {
  expect(rungs.map((set) => set.join('+'))).toEqual([
    '',
    'requester',
    'second',
    'owner',
    'requester+second',
    'requester+owner',
    'second+owner',
    'requester+second+owner',
  ]);
  expect(lowestRung((set) => set.includes('owner'))).toBe(3);
  expect(lowestRung((set) => set.includes('owner'), 3)).toBeNull();
});
