import { runRecords } from '../record/run-facts.ts';
import { openMediator } from '../propose/mediate.ts';
import { eventHandlers } from '../propose/events.ts';
import { startGateway } from '../propose/server.ts';
import { openTokens } from '../propose/tokens.ts';
import { CountersignError } from '../errors.ts';
import { peer } from '../wire/client.ts';
import { alarmTo } from './alarms.ts';
import { catalogueDigests, main } from './boot.ts';
import { paths } from './paths.ts';
import { openDeciding } from './deciding.ts';
import { openConsumers, refetchProblems } from './config-consumers.ts';

// The gateway hears agents. It holds no third-party credential and has no code that could use one.
await main('gateway', async (p) => {
  const deciding = await openDeciding(p);
  const alarm = alarmTo(p);
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
    runs: runRecords(p.store, p.trust),
    reader,
    executor,
    configuredTargets: (system) => p.config.systems[system]?.targets ?? [],
    proposalTtlMs: p.config.approval.proposalTtlMinutes * 60_000,
    consoleUrl: `http://127.0.0.1:${p.config.console.port}`,
    now: Date.now,
  });
  const profile = (name: string): readonly string[] | null =>
    Object.hasOwn(p.config.profiles, name) ? (p.config.profiles[name]?.operations ?? null) : null;
  const consumers = openConsumers(p.config, null);
  // A typing error in what is read first would show with the first event only.
  for (const { path, message } of refetchProblems(p.config, deciding.catalogues))
    throw new CountersignError('bad-config', `${path}: ${message}`);
  const hooks = peer(place.socket('hooks'));
  const events = { mediator, hooks, store: p.store, trust: p.trust, profile, consumer: (name: string) => consumers.get(name) ?? null };
  const door = await startGateway({
    mediator,
    events,
    tokens: openTokens({
      store: p.store,
      trust: p.trust,
      onForged: (about) => alarm('forged-token', 'a row of a token or run is not signed by who may make one: it opens nothing', about),
    }),
    profile,
    datamark: p.config.content.datamark,
    port: p.config.gateway.port,
    onError: (error) =>
      p.say('error', {
        message: `a request failed inside the gateway: ${error instanceof CountersignError ? error.message : error instanceof Error ? error.name : 'unknown'}`,
      }),
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
    handlers: eventHandlers(events, () => `http://127.0.0.1:${door.port}`),
    state: () =>
      `http://127.0.0.1:${door.port}/mcp, ${[...deciding.catalogues.values()].reduce((sum, catalogue) => sum + catalogue.operations.size, 0)} operations, ${deciding.state()}`,
    close: async () => {
      await door.close();
      deciding.close();
      reader.close();
      executor.close();
      hooks.close();
    },
  };
});
