// verifies: never.self-signed
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHouse, person } from '../../test/people/house.ts';
import type { House } from '../../test/people/house.ts';
import type { Approver, Signed } from '../action/statement.ts';
import { approverDirectory, signEnrolment } from './approvers.ts';
import type { Directory } from './approvers.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

async function directory(rows?: readonly Signed[]): Promise<Directory> {
  const { admin, installation, trust, store } = house;
  const administrators = [{ approver: admin.name, user: admin.user, key: admin.publicKey, owns: [] }];
  return approverDirectory({ administrators, installation, trust, statements: rows ?? (await store.statementsOfKind('enrolled')) });
}

const bob = person('bob', 'bob');
const carol = person('carol', 'carol');
const recordOf = ({ name, user, publicKey }: typeof bob) => ({ approver: name, user, key: publicKey });

async function ignored(reason: RegExp, who = 'bob'): Promise<void> {
  const { approvers, problems } = await directory();
  expect(approvers.has(who)).toBe(false);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(reason);
}

test('who is enrolled by a pinned administrator counts, and an administrator enrolled so can enrol others', async () => {
  await house.enrol({ ...recordOf(bob), administrator: true, owns: ['slack'] });
  await house.enrol(recordOf(carol), bob);
  const { approvers, problems } = await directory();
  expect(problems).toEqual([]);
  expect([...approvers.keys()]).toEqual(['root', 'bob', 'carol']);
  expect(approvers.get('root')).toMatchObject({ administrator: true, user: 'alice', withdrawn: false });
  expect(approvers.get('bob')).toMatchObject({ owns: ['slack'] });
});

test('an enrolment by somebody who is no administrator is ignored', async () => {
  await house.enrol(recordOf(carol));
  await house.enrol(recordOf(bob), carol);
  await ignored(/not signed by an administrator/);
});

test('an enrolment by somebody who is unknown is ignored', async () => {
  await house.enrol(recordOf(bob), carol);
  await ignored(/not signed by an administrator/);
});

test('a self-signed enrolment is ignored', async () => {
  await house.enrol({ ...recordOf(bob), administrator: true }, bob);
  await ignored(/themselves/);
});

test('an administrator cannot rewrite their own record', async () => {
  await house.enrol({ ...recordOf(bob), administrator: true });
  await house.enrol({ ...recordOf(bob), administrator: true, user: 'somebody-else' }, bob);
  expect((await directory()).approvers.get('bob')?.user).toBe('bob');
});

test('an enrolment that claims an administrator but is signed with another key is ignored', async () => {
  await house.enrol(recordOf(bob), { ...bob, name: 'root' });
  await ignored(/does not cover/);
});

test('a changed record is ignored', async () => {
  const record: Approver = {
    v: 1,
    purpose: 'countersign/approver',
    installation: house.installation,
    ...recordOf(bob),
    administrator: false,
    owns: [],
    withdrawn: false,
    issuedAtMs: 1,
  };
  const signature = signEnrolment(house.admin.key, record);
  await house.recorders.operator.record({
    statements: [{ kind: 'enrolled', body: { record: { ...record, administrator: true }, by: 'root', signature } }],
  });
  await ignored(/does not cover/);
});

test('an enrolment for another installation is ignored', async () => {
  await house.enrol({ ...recordOf(bob), installation: 'cs_otherhouse' });
  await ignored(/another installation/);
});

test('a pinned administrator can be neither replaced nor withdrawn by the store', async () => {
  await house.enrol({ ...recordOf(bob), administrator: true });
  await house.enrol({ ...recordOf(carol), approver: 'root' }, bob);
  await house.enrol({ approver: 'root', user: 'alice', key: house.admin.publicKey, withdrawn: true }, bob);
  const { approvers, problems } = await directory();
  expect(approvers.get('root')).toMatchObject({ key: house.admin.publicKey, withdrawn: false });
  expect(problems).toHaveLength(2);
});

test('a withdrawn administrator enrols nobody, and a withdrawn approver stays withdrawn when an old row is stored again', async () => {
  await house.enrol({ ...recordOf(bob), administrator: true });
  await house.enrol({ ...recordOf(bob), administrator: true, withdrawn: true });
  await house.enrol(recordOf(carol), bob);
  const rows = await house.store.statementsOfKind('enrolled');
  const [enrolled, withdrawn, later] = [rows[0]!, rows[1]!, rows[2]!];
  for (const order of [rows, rows.toReversed(), [...rows, enrolled], [enrolled, later, withdrawn]]) {
    const { approvers } = await directory(order);
    expect(approvers.get('bob')?.withdrawn).toBe(true);
    expect(approvers.has('carol')).toBe(false);
  }
});

test('an old record that is signed into the book again does not undo a withdrawal', async () => {
  await house.enrol({ ...recordOf(bob), issuedAtMs: house.clock + 1 });
  await house.enrol({ ...recordOf(bob), issuedAtMs: house.clock + 2, withdrawn: true });
  await house.enrol({ ...recordOf(bob), issuedAtMs: house.clock - 1 });
  const { approvers, problems } = await directory();
  expect(approvers.get('bob')?.withdrawn).toBe(true);
  expect(problems).toEqual([expect.stringMatching(/not newer/)]);
});

test('one key cannot belong to two names, also not in another spelling', async () => {
  await house.enrol(recordOf(bob));
  await house.enrol({ ...recordOf(carol), key: bob.publicKey });
  await house.enrol({ ...recordOf(carol), key: house.admin.publicKey });
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(bob.publicKey.at(-1) ?? '');
  const respelled = `${bob.publicKey.slice(0, -1)}${alphabet[last + 1]}`;
  await house.enrol({ ...recordOf(carol), key: respelled });
  const { approvers, problems } = await directory();
  expect(approvers.has('carol')).toBe(false);
  expect(problems).toEqual([
    expect.stringMatching(/another approver/),
    expect.stringMatching(/another approver/),
    expect.stringMatching(/not written/),
  ]);
});

test('a forged row is ignored: a made-up signature, and a real one by a process that may not say it', async () => {
  await house.enrol(recordOf(bob));
  const [row] = await house.store.statementsOfKind('enrolled');
  const forged = { ...(row as Signed), bytes: (row as Signed).bytes.replace('"bob"', '"eve"') };
  const { approvers, problems } = await directory([forged]);
  expect([...approvers.keys()]).toEqual(['root']);
  expect(problems).toHaveLength(1);
});

test('an enrolment that a process signed which may not say it is ignored', async () => {
  const record: Approver = {
    v: 1,
    purpose: 'countersign/approver',
    installation: house.installation,
    ...recordOf(bob),
    administrator: false,
    owns: [],
    withdrawn: false,
    issuedAtMs: 1,
  };
  const body = { record, by: 'root', signature: signEnrolment(house.admin.key, record) };
  await house.recorders.gateway.record({ statements: [{ kind: 'enrolled', body }] });
  await ignored(/not one that this signer may make/);
});

test('a copy of a withdrawal that is not signed does not hide the withdrawal, wherever it lies', async () => {
  await house.enrol(recordOf(bob));
  await house.enrol({ ...recordOf(bob), withdrawn: true });
  const rows = await house.store.statementsOfKind('enrolled');
  const copy = rows.map((row) => ({ ...row, sig: 'A'.repeat(86) }));
  for (const all of [
    [...copy, ...rows],
    [...rows, ...copy],
  ])
    expect((await directory(all)).approvers.get('bob')?.withdrawn).toBe(true);
});
