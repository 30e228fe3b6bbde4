import { startHooks } from '../inbound/server.ts';
import { main } from './boot.ts';

// The hooks door hears the world. It calls nobody and acts on nothing.
await main('hooks', async (p) => {
  const door = await startHooks({ port: p.config.hooks.port });
  await p.recorder.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: {} } }] });
  return { state: () => `http://127.0.0.1:${door.port}, no endpoint is configured`, close: () => door.close() };
});
