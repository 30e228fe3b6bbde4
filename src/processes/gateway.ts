import { runSources } from '../record/sources.ts';
import { openMediator } from '../propose/mediate.ts';
import { startGateway } from '../propose/server.ts';
import { openTokens } from '../propose/tokens.ts';
import { peer } from '../wire/client.ts';
import { catalogueDigests, main } from './boot.ts';
import { paths } from './config.ts';
import { openDeciding } from './deciding.ts';

// The gateway hears agents. It holds no third-party credential and has no code that could use one.
await main('gateway', async (p) => {
  const deciding = await openDeciding(p);
  const place = paths(p.config);
  const reader = peer(place.socket('reader'));
  const executor = peer(place.socket('executor'));
  const mediator = openMediator({
    catalogues: deciding.catalogues,
    derive: deciding.derive,
    engine: deciding.engine,
    store: p.store,
    recorder: p.recorder,
    trust: p.trust,
    sources: runSources(p.store, p.trust),
    reader,
    executor,
    configuredTargets: (system) => p.config.systems[system]?.targets ?? [],
    proposalTtlMs: p.config.approval.proposalTtlMinutes * 60_000,
    consoleUrl: `http://127.0.0.1:${p.config.console.port}`,
    now: Date.now,
  });
  const door = await startGateway({
    mediator,
    store: p.store,
    tokens: openTokens({ store: p.store, trust: p.trust, now: Date.now }),
    trust: p.trust,
    port: p.config.gateway.port,
    now: Date.now,
  });
  await p.recorder.record({
    statements: [
      {
        kind: 'started',
        body: { policy: deciding.engine().policy, catalogues: catalogueDigests([...deciding.catalogues.values()]), credentials: {} },
      },
    ],
  });
  return {
    state: () => `http://127.0.0.1:${door.port}/mcp, ${mediator.tools({ user: '', agent: '' }).length} tools, ${deciding.state()}`,
    close: async () => {
      await door.close();
      deciding.close();
      reader.close();
      executor.close();
    },
  };
});
