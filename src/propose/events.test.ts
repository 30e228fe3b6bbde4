import { expect, test } from 'vitest';
import { ok, refuse } from '../errors.ts';
import { takeEvents } from './events.ts';
import type { EventParts } from './events.ts';

const nobody = (): never => {
  throw new Error('nobody is asked for this here');
};

test('events that were taken together are handed over together: a slow one uses up no other lease, and one that fails is given back', async () => {
  const ids = ['a', 'b', 'c'].map((letter) => `e_${letter.repeat(22)}`);
  const settled: unknown[] = [];
  let atWork = 0;
  let together = 0;
  const hooks: EventParts['hooks'] = {
    ask: async (message, question) => {
      if (message === 'event-take') return ok(ids.map((event, n) => ({ event, lease: n + 1, arguments: null })));
      if (message === 'event-settle') return ok(settled.push(question));
      together = Math.max(together, ++atWork);
      await new Promise((done) => setImmediate(done));
      atWork--;
      const { event } = question as { event: string };
      return event === ids[1] ? refuse('event-lost', 'it is not there') : ok({ id: event });
    },
  };
  const parts: EventParts = {
    mediator: { tools: nobody, call: nobody, status: nobody, openRun: nobody, addWords: nobody },
    hooks,
    store: { event: nobody, run: nobody },
    trust: new Map(),
    consumer: () => ({ run: null, refetch: null }),
    profile: () => null,
  };
  const taken = await takeEvents(parts, { consumer: 'bus', max: 20, token: 't', origin: 'http://127.0.0.1' });
  expect(taken).toMatchObject({
    ok: true,
    value: {
      events: [
        { id: ids[0], lease: 1 },
        { id: ids[2], lease: 3 },
      ],
    },
  });
  expect(together).toBe(3);
  expect(settled).toEqual([{ consumer: 'bus', event: ids[1], lease: 2, done: false }]);
});
