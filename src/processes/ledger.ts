import { limits } from '../limits.ts';
import { openLedger } from '../record/ledger.ts';
import { main, whyFailed } from './boot.ts';
import { paths } from './paths.ts';

/** How much the log holds, and how much of it this life has sealed: after a restart the second number is small, and nothing is lost. */
function logState({ size, sealed }: { readonly size: number; readonly sealed: number }): string {
  return `the log has ${size} ${size === 1 ? 'entry' : 'entries'}, ${sealed} of them new since this start`;
}

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
  let state = { size: 0, sealed: 0 };
  const seal = async (): Promise<void> => {
    try {
      const { size, sealed } = await ledger.seal();
      state = { size, sealed: state.sealed + sealed };
    } catch (error) {
      // What cannot be sealed must not look sealed: say so and let the supervisor start a new life, which repairs or refuses.
      p.say('failed', whyFailed(error));
      process.exit(1);
    }
  };
  const life = { closed: false };
  const sealing = async (): Promise<void> => {
    while (!life.closed) {
      await new Promise((resolve) => setTimeout(resolve, limits.sealEveryMs));
      if (!life.closed) await seal();
    }
  };
  // Once before `ready` is said, so that its line tells what the log holds.
  await seal();
  const running = sealing();
  return {
    state: () => logState(state),
    close: async () => {
      life.closed = true;
      await running;
      // All that waits, however much it is: a log that is copied now is whole.
      while ((await ledger.seal()).sealed > 0);
      await ledger.close();
    },
  };
});
