// verifies: accounts.kept
import { expect, test } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import type { Derived, Operation } from '../../src/action/operation.ts';
import type { ReadHand, WriteHand } from '../../src/connectors/connector.ts';
import { CountersignError, ok, refuse } from '../../src/errors.ts';
import { linkedReadHand, linkedWriteHand, openSlot } from '../../src/processes/linked-hand.ts';

const operation = {} as Operation;
const derived = {} as Derived;
const action = {} as Action;

interface Opened {
  closed: boolean;
  readonly answer: (value: Awaited<ReturnType<ReadHand['read']>>) => void;
}

/** A reading hand whose answer the test gives. */
function reader(opened: Opened[]): ReadHand {
  let answer: Opened['answer'] = () => undefined;
  const read = new Promise<Awaited<ReturnType<ReadHand['read']>>>((resolve) => (answer = resolve));
  const one: Opened = { closed: false, answer };
  opened.push(one);
  return {
    resolve: async () => refuse('not-supported', String(opened.length)),
    read: () => read,
    close: async () => {
      one.closed = true;
    },
  };
}

test('a system whose account is not linked yet reads and writes nothing, and says why', async () => {
  const why = 'no account is linked';
  const read = linkedReadHand(openSlot<ReadHand>(() => why));
  expect(await read.read(operation, derived)).toEqual({ ok: false, code: 'bad-credential', message: why });
  expect(await read.resolve(operation, derived)).toEqual({ ok: false, code: 'bad-credential', message: why });
  await read.close();
  const write = linkedWriteHand(openSlot<WriteHand>(() => why));
  expect(await write.check(operation, action, {} as never)).toEqual({ ok: false, code: 'bad-credential', message: why });
  expect(await write.perform(operation, action, 'm')).toEqual({ outcome: 'failed', code: 'bad-credential', message: why });
  expect(await write.find(operation, action, 'm')).toEqual({ found: 'cannot-tell' });
  await write.close();
});

test('a new credential is used from the next call on, and a call that has begun ends with the old one', async () => {
  const opened: Opened[] = [];
  const slot = openSlot(() => reader(opened));
  const hand = linkedReadHand(slot);
  const begun = hand.read(operation, derived);
  expect(slot.reopen()).toEqual(ok(null));
  expect([opened.length, opened[0]?.closed]).toEqual([2, false]);
  let atRest = false;
  const resting = slot.atRest().then(() => (atRest = true));
  expect(await hand.resolve(operation, derived)).toMatchObject({ message: '2' });
  expect(atRest).toBe(false);
  opened[0]?.answer(refuse('not-found', 'by the old one'));
  expect(await begun).toMatchObject({ message: 'by the old one' });
  expect(opened[0]?.closed).toBe(true);
  await resting;
  await hand.close();
  expect(opened[1]?.closed).toBe(true);
});

test('a credential that cannot be used leaves the place empty; a bug is not swallowed', async () => {
  const codes = ['fine', 'bad-credential', 'bug'] as const;
  let n = 0;
  const slot = openSlot(() => {
    const code = codes[n++];
    if (code === 'bad-credential' || code === 'bug') throw new CountersignError(code, 'a classic token');
    return reader([]);
  });
  expect(slot.reopen()).toEqual({ ok: false, code: 'bad-credential', message: 'a classic token' });
  expect(await linkedReadHand(slot).read(operation, derived)).toMatchObject({ message: 'a classic token' });
  expect(() => slot.reopen()).toThrow('a classic token');
});
