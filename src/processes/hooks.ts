import { startHooks } from '../inbound/server.ts';
import { openAccountsDoor } from './accounts-door.ts';
import { main } from './boot.ts';

// The hooks door hears the world. It calls no third party and acts on nothing.
await main('hooks', async (p) => {
  const linking = openAccountsDoor(p);
  const door = await startHooks({ port: p.config.hooks.port });
  await p.recorder.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: {} } }] });
  return {
    handlers: linking.handlers,
    state: () => `http://127.0.0.1:${door.port}, no endpoint is configured`,
    close: async () => {
      await door.close();
      linking.close();
    },
  };
});
