// verifies: log.verify, log.attacks
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Approver, Draft, Envelope, SignerName } from '../../src/action/statement.ts';
import { consoleHandlers } from '../../src/approve/handlers.ts';
import { signEnrolment } from '../../src/record/approvers.ts';
import { signEnvelope } from '../../src/record/countersignature.ts';
import { createIdentity, loadIdentity, trustOf } from '../../src/record/identity.ts';
import { openLedger } from '../../src/record/ledger.ts';
import { ledgerVkey } from '../../src/record/note-keys.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { verifyLog } from '../../src/record/verify-log.ts';
import type { LogReport } from '../../src/record/verify-log.ts';
import type { People } from '../../src/record/verify-people.ts';
import { openLab } from '../execute/lab.ts';
import { person } from '../people/house.ts';
import type { Person } from '../people/house.ts';
import { aliceKey, makeHouse, people, storyMs, storyOf } from './house.ts';

/*
 * Every statement of these logs is signed by its own process, and every log is sealed by the ledger: what is wrong with them
 * is only what the processes say of people.
 */

type Part = readonly [SignerName, Draft, number?];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A sealed log of these statements. The third of a part is the time at which it was said, from the beginning of the story on. */
async function report(parts: readonly Part[], by: { readonly people?: People } = { people }): Promise<LogReport> {
  const house = await makeHouse();
  closing.push(() => house.close());
  const lives = new Map<SignerName, { readonly identity: ReturnType<typeof house.begin>['identity']; next: number }>();
  const of = new Map(parts.map((part) => [part[1], part]));
  await house.store.commit([{ statements: [...of.keys()], changes: [], bodies: [] }], (drafts) =>
    drafts.flatMap((draft) => {
      const [name, , afterMs = 0] = of.get(draft)!;
      const life = lives.get(name) ?? { identity: house.begin(name).identity, next: 0 };
      lives.set(name, life);
      return life.identity.sign([draft], life.next++, storyMs + afterMs);
    }),
  );
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  return verifyLog({ folder: house.log, origin: house.origin, vkey: house.vkey, trust: house.trust, ...by });
}

const problems = async (...args: Parameters<typeof report>): Promise<string[]> =>
  (await report(...args)).problems.map(({ at, message }) => `${at}: ${message}`);

const s = storyOf(1);
const before: readonly Part[] = ['proposed', 'resolved', 'decided'].map((step) => s[step]!);
const signed = s['signed']!;
const intent = s['intent']!;
const { envelope: genuine } = (signed[1] as Draft<'signed'>).body.countersignature;
const proposal = genuine.proposal;

/** A statement of the console that somebody signed, with their own key, words that differ from the genuine ones. */
function says(change: Partial<Envelope>, key = aliceKey, kind: 'signed' | 'refused' = 'signed'): Part {
  return ['console', { kind, body: { proposal, countersignature: signEnvelope(key, { ...genuine, ...change }) } }];
}
const refusal = says({ decision: 'refuse' }, aliceKey, 'refused');
const cancelled: Part = ['executor', { kind: 'cancelled', body: { proposal, code: 'expired', message: '' } }];
const intentBy = (signers: readonly string[], roles: readonly string[], afterMs = 0): Part => [
  'executor',
  { ...intent[1], body: { ...intent[1].body, signers, roles } } as Draft,
  afterMs,
];

const mallory = person('mallory', 'mallory');
const ben = person('ben', 'ben');
const olga = person('olga', 'olga');
let enrolledMs = 0;
function enrols(change: Partial<Approver> & Pick<Approver, 'approver' | 'user' | 'key'>, key = aliceKey, by = 'alice-key'): Part {
  const record: Approver = {
    v: 1,
    purpose: 'countersign/approver',
    installation: 'cs_testtest',
    administrator: false,
    owns: [],
    withdrawn: false,
    issuedAtMs: ++enrolledMs,
    ...change,
  };
  return ['operator', { kind: 'enrolled', body: { record, by, signature: signEnrolment(key, record) } }];
}
const benIs = { approver: 'ben', user: 'ben', key: ben.publicKey };
const olgaIs = { approver: 'olga', user: 'olga', key: olga.publicKey };

const unsignedBy = 'the intent names a signer who has not signed this action before';
const unfilled = 'the roles of the intent are not filled by those who have signed it, each by another person';

test('a signature that the console invented is found, and does not carry the intent', async () => {
  expect(await problems([...before, signed, intent])).toEqual([]);
  const invented: readonly (readonly [Part, string])[] = [
    [says({}, mallory.key), "the signature does not hold: the approver's key did not sign these words"],
    [says({ approver: 'mallory' }, mallory.key), 'the signature does not hold: nobody of this name was an approver by then'],
    [says({ installation: 'cs_othertest' }), 'the signature does not hold: it was made for another installation'],
    [says({ proposal: `p_${'x'.repeat(22)}` }), 'the signature is about something else: its proposal is not that of the proposal'],
    [says({ action: genuine.display }), 'the signature is for an action that the reader has not resolved before'],
    [says({ requester: 'ben' }), 'the signature is about something else: its requester is not that of the proposal'],
    [
      says({ target: { ...genuine.target, name: 'random' } }),
      'the signature is about something else: its target is not that of the proposal',
    ],
    [says({ decision: 'refuse' }), 'the signature is recorded for something else than what it signs'],
    [says({ purpose: 'countersign/settlement' }), 'the signature is recorded for something else than what it signs'],
  ];
  for (const [part, message] of invented)
    expect(await problems([...before, part, intent])).toEqual([`entry 3: ${message}`, `entry 4: ${unsignedBy}`, `entry 4: ${unfilled}`]);
  // The name on the outside is not part of what is signed.
  const { countersignature } = (signed[1] as Draft<'signed'>).body;
  const renamed: Part = ['console', { kind: 'signed', body: { proposal, countersignature: { ...countersignature, approver: 'ben' } } }];
  expect(await problems([...before, enrols(benIs), renamed])).toEqual([
    'entry 4: the signature is recorded for something else than what it signs',
  ]);
});

test('a signature for one action of a proposal does not carry another one', async () => {
  const other = storyOf(1, 'something else');
  const both = [...before, other['resolved']!, other['decided']!];
  expect(await problems([...both, signed, other['intent']!])).toEqual([`entry 6: ${unsignedBy}`, `entry 6: ${unfilled}`]);
  expect(await problems([...both, other['signed']!, other['intent']!])).toEqual([]);
});

test('an intent after a refusal or a cancellation of its proposal is found, and a refusal that nobody signed as well', async () => {
  expect(await problems([...before, signed, refusal])).toEqual([]);
  expect(await problems([...before, signed, refusal, intent])).toEqual(['entry 5: the intent is for a proposal that was refused before']);
  expect(await problems([...before, signed, cancelled, intent])).toEqual([
    'entry 5: the intent is for a proposal that was cancelled before',
  ]);
  expect(await problems([...before, says({ decision: 'refuse' }, mallory.key, 'refused')])).toEqual([
    "entry 3: the signature does not hold: the approver's key did not sign these words",
  ]);
  expect(await problems([...before, says({}, aliceKey, 'refused')])).toEqual([
    'entry 3: the signature is recorded for something else than what it signs',
  ]);
  // The end of one proposal is not that of another one.
  const other = storyOf(2);
  const otherWhole: Part[] = ['proposed', 'resolved', 'decided', 'signed', 'intent', 'outcome'].map((step) => other[step]!);
  expect(await problems([...before, signed, refusal, ...otherWhole])).toEqual([]);
});

test('an intent after the signature has expired is found, and a later signature of the same person makes it good', async () => {
  const ttlMs = genuine.expiresAtMs - storyMs;
  const late = intentBy(['alice-key'], ['requester'], ttlMs + 1);
  expect(await problems([...before, signed, intentBy(['alice-key'], ['requester'], ttlMs)])).toEqual([]);
  const expired = ['entry 4: the intent names a signer whose signature had expired', `entry 4: ${unfilled}`];
  expect(await problems([...before, signed, late])).toEqual(expired);
  expect(await problems([...before, signed, late], {})).toEqual(expired);
  expect(await problems([...before, signed, says({ expiresAtMs: genuine.expiresAtMs + 1 }), late])).toEqual([]);
});

test('every role is filled by another person: two keys of one person are one, and nobody is a second one to themselves', async () => {
  const bens = enrols(benIs);
  const benSigns = says({ approver: 'ben' }, ben.key);
  const both = [...before, signed, bens, benSigns];
  expect(await problems([...both, intentBy(['alice-key', 'ben'], ['requester', 'second'])])).toEqual([]);
  expect(await problems([...both, intentBy(['alice-key'], ['requester', 'second'])])).toEqual([`entry 6: ${unfilled}`]);
  expect(await problems([...both, intentBy(['alice-key', 'ben'], ['requester', 'second', 'owner'])])).toEqual([`entry 6: ${unfilled}`]);
  const aliceAgain = enrols({ ...benIs, user: 'alice' });
  expect(await problems([...before, signed, aliceAgain, benSigns, intentBy(['alice-key', 'ben'], ['requester', 'second'])])).toEqual([
    `entry 6: ${unfilled}`,
  ]);
  // Ben is not the one who asked.
  expect(await problems([...before, bens, benSigns, intentBy(['ben'], ['requester'])])).toEqual([`entry 5: ${unfilled}`]);
});

test('an owner is whom the configuration or an administrator says; where that is not known, the report says so', async () => {
  const story = [...before, signed, enrols(benIs), enrols(olgaIs), says({ approver: 'ben' }, ben.key)];
  const withOlga = [...story, says({ approver: 'olga' }, olga.key)];
  const roles = ['requester', 'second', 'owner'];
  const all = intentBy(['alice-key', 'ben', 'olga'], roles);
  const owned = (owners: readonly string[]): { people: People } => ({ people: { ...people, owners: new Map([['slack', owners]]) } });
  expect(await report([...withOlga, all], owned(['olga']))).toMatchObject({ ok: true, unchecked: [] });
  expect(await problems([...withOlga, all], owned(['somebody']))).toEqual([`entry 8: ${unfilled}`]);
  const olgaOwns = enrols({ ...olgaIs, owns: ['slack/C1'] });
  expect(await problems([...withOlga.toSpliced(5, 1, olgaOwns), all])).toEqual([]);

  const unknown = { people: { installation: people.installation, administrators: people.administrators } };
  expect(await report([...withOlga, all], unknown)).toMatchObject({
    ok: true,
    unchecked: ['whether signers own slack: its owners were not given'],
  });
  // Whoever owns it: two roles are two people beside the requester.
  expect(await problems([...story, intentBy(['alice-key', 'ben'], roles)], unknown)).toEqual([`entry 7: ${unfilled}`]);
});

test('an approver is whom an administrator vouched for before, in the log, and is one until withdrawn', async () => {
  const benSigns = says({ approver: 'ben' }, ben.key);
  const byBoth = intentBy(['alice-key', 'ben'], ['requester', 'second']);
  const unknown = 'the signature does not hold: nobody of this name was an approver by then';
  expect(await problems([...before, signed, benSigns, enrols(benIs), byBoth])).toEqual([
    `entry 4: ${unknown}`,
    `entry 6: ${unsignedBy}`,
    `entry 6: ${unfilled}`,
  ]);
  expect(await problems([enrols(benIs, mallory.key), ...before, benSigns])).toEqual([
    "entry 0: the enrolment counts for nothing: the administrator's signature does not cover this enrolment",
    `entry 4: ${unknown}`,
  ]);
  // One who was enrolled without being an administrator vouches for nobody.
  expect(await problems([enrols(benIs), enrols(olgaIs, ben.key, 'ben')])).toEqual([
    'entry 1: the enrolment counts for nothing: the enrolment is not signed by an administrator',
  ]);
  expect(await problems([enrols({ ...benIs, administrator: true }), enrols(olgaIs, ben.key, 'ben')])).toEqual([]);

  const first = [enrols(benIs), ...before, signed];
  const withdrawn = enrols({ ...benIs, withdrawn: true });
  const gone = 'the intent names a signer who was withdrawn, or was given another key, after signing';
  expect(await problems([...first, benSigns, withdrawn, byBoth])).toEqual([`entry 7: ${gone}`, `entry 7: ${unfilled}`]);
  expect(await problems([...first, withdrawn, benSigns])).toEqual([
    'entry 6: the signature does not hold: its approver was withdrawn before',
  ]);
  const rekeyed = enrols({ ...benIs, key: mallory.publicKey });
  expect(await problems([...first, benSigns, rekeyed, byBoth])).toEqual([`entry 7: ${gone}`, `entry 7: ${unfilled}`]);
  expect(await problems([...first, benSigns, rekeyed, says({ approver: 'ben' }, mallory.key), byBoth])).toEqual([]);
});

test('without administrators the console is believed, and the report says that it was', async () => {
  const invented = [...before, says({}, mallory.key), intent];
  expect((await report(invented)).ok).toBe(false);
  expect(await report(invented, {})).toMatchObject({
    ok: true,
    unchecked: ['whether people signed: their signatures are the word of the console, because no administrators were given'],
  });
  expect((await report([...before, signed, intent])).unchecked).toEqual([]);
  // Names are counted even so.
  expect(await problems([...before, signed, intentBy(['alice-key', 'alice-key'], ['requester', 'second'])], {})).toEqual([
    `entry 4: ${unfilled}`,
  ]);
  expect(await problems([...before, signed, refusal, intent], {})).toEqual([
    'entry 5: the intent is for a proposal that was refused before',
  ]);
});

test('the log of a real console and a real executor is good: signed, refused, expired, signed by two, withdrawn', async () => {
  const lab = await openLab();
  closing.push(() => lab.close());
  const { house } = lab;
  await house.enrol({ approver: 'olga', user: 'olga', key: olga.publicKey });
  const executor = await lab.start();
  closing.unshift(() => executor.close());
  const console = consoleHandlers(house.context);
  const countersign = async (opened: OpenedProposal, who: Person, decision: Envelope['decision'] = 'sign'): Promise<unknown> =>
    console.countersign?.({ countersignature: signEnvelope(who.key, house.envelope(opened, who.name, { decision })) });
  const idOf = (opened: OpenedProposal): string => opened.proposed.body.proposal;

  const one = await house.propose({ binding: 'none' });
  expect(await lab.sign(one)).toMatchObject({ ok: true });
  expect(await lab.until(idOf(one), 'done')).toBe('done');
  const refused = await house.propose({ binding: 'none', action: { arguments: { channel: 'C1', text: 'no' } } });
  expect(await countersign(refused, olga, 'refuse')).toMatchObject({ ok: true, value: { state: 'refused' } });
  const two = await house.propose({ binding: 'none', needs: ['requester', 'second'] });
  expect(await countersign(two, olga)).toMatchObject({ ok: true, value: { state: 'open' } });
  house.clock += 16 * 60_000; // that signature runs out
  expect(await countersign(two, lab.alice)).toMatchObject({ ok: true, value: { state: 'open' } });
  expect(await countersign(two, olga)).toMatchObject({ ok: true, value: { state: 'ready' } });
  expect(await lab.until(idOf(two), 'done')).toBe('done');
  await house.enrol({ approver: 'olga', user: 'olga', key: olga.publicKey, withdrawn: true });
  expect(await countersign(await house.propose({ binding: 'none' }), olga, 'refuse')).toMatchObject({
    ok: false,
    code: 'withdrawn-approver',
  });

  const key = createIdentity(join(house.folder, 'ledger.key'));
  const identity = loadIdentity('ledger', join(house.folder, 'ledger.key'));
  const trust = new Map([...house.trust, ...trustOf({ ledger: [key] })]);
  const [folder, origin] = [join(house.folder, 'log'), `countersign.local/${house.installation}`];
  const ledger = await openLedger({ store: house.store, folder, origin, trust, identity, recorder: openRecorder(house.store, identity) });
  await ledger.seal();
  await ledger.close();
  const verify = (root: string): Promise<LogReport> =>
    verifyLog({
      folder,
      origin,
      vkey: ledgerVkey(origin, key),
      trust,
      people: {
        installation: house.installation,
        administrators: [{ approver: 'root', user: 'alice', key: root, owns: [] }],
        owners: new Map([['slack', []]]),
      },
    });
  const good = await verify(house.admin.publicKey);
  expect(good.problems).toEqual([]);
  expect(good).toMatchObject({ ok: true, unchecked: [] });
  expect(good.entries).toBeGreaterThan(15);
  // To whoever pins another administrator, nobody of this house is an approver.
  const foreign = await verify(mallory.publicKey);
  expect(foreign.problems.filter((problem) => problem.message.startsWith('the enrolment counts for nothing'))).toHaveLength(3);
  expect(foreign.problems.filter((problem) => problem.message.startsWith('the signature does not hold'))).toHaveLength(5);
});
