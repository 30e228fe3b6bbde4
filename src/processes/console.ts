import { consoleHandlers } from '../approve/handlers.ts';
import { startConsole } from '../approve/server.ts';
import { openDirectory } from '../record/approvers.ts';
import { main } from './boot.ts';

// The console hears people. It holds no third-party credential and cannot sign for anybody.
await main('console', async (p) => {
  const context = {
    store: p.store,
    recorder: p.recorder,
    trust: p.trust,
    installation: p.config.installation,
    directory: openDirectory({
      administrators: p.config.administrators,
      installation: p.config.installation,
      store: p.store,
      trust: p.trust,
    }),
    ownersOf: (system: string) => p.config.systems[system]?.owners ?? [],
    signatureTtlMs: p.config.approval.signatureTtlMinutes * 60_000,
    now: Date.now,
  };
  const door = await startConsole({ ...context, port: p.config.console.port });
  await p.recorder.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: {} } }] });
  return { handlers: consoleHandlers(context), state: () => `http://127.0.0.1:${door.port}`, close: () => door.close() };
});
