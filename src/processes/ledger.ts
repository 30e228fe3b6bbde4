import { limits } from '../limits.ts';
import { openLedger } from '../record/ledger.ts';
import { main, whyFailed } from './boot.ts';
import { paths } from './config.ts';

// The ledger gives every entry its place and seals it. It cannot make, change or drop one.
await main('ledger', async (p) => {
  const ledger = await openLedger({
    store: p.store,
    folder: paths(p.config).log,
    origin: `countersign.local/${p.config.installation}`,
    identity: p.identity,
    trust: p.trust,
    recorder: p.recorder,
  });
  await p.recorder.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: {} } }] });
  let size = 0;
  const life = { closed: false };
  let sealing: Promise<void> = Promise.resolve();
  const seal = async (): Promise<void> => {
    while (!life.closed) {
      try {
        ({ size } = await ledger.seal());
      } catch (error) {
        // What cannot be sealed must not look sealed: say so and let the supervisor start a new life, which repairs or refuses.
        p.say('failed', whyFailed(error));
        process.exit(1);
      }
      await new Promise((resolve) => setTimeout(resolve, limits.sealEveryMs));
    }
  };
  sealing = seal();
  return {
    state: () => `${size} entries sealed`,
    close: async () => {
      life.closed = true;
      await sealing;
      await ledger.seal();
      await ledger.close();
    },
  };
});
