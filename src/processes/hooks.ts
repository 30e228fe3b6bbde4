import type { Consumer } from '../inbound/consumers.ts';
import { nodeCrypto } from '../inbound/crypto.ts';
import { deskHandlers } from '../inbound/desk.ts';
import { startForgetting } from '../inbound/forget.ts';
import { handoverHandlers, startPosting } from '../inbound/handover.ts';
import { takeDelivery } from '../inbound/intake.ts';
import { post } from '../inbound/post.ts';
import { openRefusals } from '../inbound/refusals.ts';
import { startHooks } from '../inbound/server.ts';
import { openedContent } from '../record/opened-content.ts';
import { peer } from '../wire/client.ts';
import { openAccountsDoor } from './accounts-door.ts';
import { alarmTo } from './alarms.ts';
import { main } from './boot.ts';
import { paths } from './paths.ts';
import { openConsumers } from './config-consumers.ts';
import { openContentRules } from './content-rules.ts';
import { followKeys } from './hooks-keys.ts';
import { followRotations } from './hooks-rotation.ts';
import { openEndpoints, openProxies, openSourceRule, routesOf, sourceOfEndpoint } from './hooks-endpoints.ts';
import { openInstallsAt } from './hooks-installs.ts';

// The hooks door hears the world. It holds no third party's credential and acts on nothing; it posts events to the
// addresses of the configuration and calls nobody else.
await main('hooks', async (p) => {
  const consumers = openConsumers(p.config, process.env);
  const sourceOf = sourceOfEndpoint(p.config);
  const rules = await openContentRules(p.config);
  const namesOf = (endpoint: string): readonly string[] => p.config.hooks.endpoints[endpoint]?.consumers ?? [];
  const consumersOf = (endpoint: string): readonly Consumer[] =>
    namesOf(endpoint).flatMap((name) => (consumers.has(name) ? [consumers.get(name) as Consumer] : []));
  const onError = (error: unknown): void =>
    p.say('error', { message: `the hooks door: ${error instanceof Error ? error.message : 'something failed'}` });
  const alarm = alarmTo(p);
  const unused = (id: string, message: string): void =>
    alarm('hook-secrets', `the changed secrets of an endpoint are not used, the former ones stay: ${message}`, id);
  const endpoints = followRotations(p.config, openEndpoints(p.config), unused, followKeys(p.config, unused));
  const gateway = peer(paths(p.config).socket('gateway'));
  const refusals = openRefusals(p.recorder, Date.now);
  const base = { store: p.store, recorder: p.recorder, trust: p.trust, now: Date.now };
  const handing = { ...base, sourceOf, opened: openedContent(p.store, p.trust), ...rules, consumers, gateway, post, onError };
  const onFailure = (consumer: string, note: string): void =>
    alarm('consumer-failing', `events posted to this consumer wait and are posted again: ${note}`, consumer);
  const posting = startPosting({ ...handing, onFailure });
  const installs = openInstallsAt(p.config, endpoints, alarm);
  const intake = { ...base, refusals, crypto: nodeCrypto, consumersOf, alarm, installs, onEvent: () => posting.wake() };
  const forgetting = startForgetting({ ...base, steadyMs: () => performance.now(), onError });
  const linking = openAccountsDoor(p);
  const door = await startHooks({
    sideDoors: [linking.door],
    port: p.config.hooks.port,
    endpoints: new Map(
      endpoints.ids.flatMap((id) => {
        const listened = { endpoint: () => endpoints.of(id), source: openSourceRule(p.config, id) };
        return routesOf(p.config, id).map(({ path, taken }) => [path, { ...listened, taken }] as const);
      }),
    ),
    proxies: openProxies(p.config),
    take: (endpoint, delivery) => takeDelivery(intake, endpoint, delivery),
    refusals,
    onError,
  });
  await p.recorder.record({ statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: {} } }] });
  return {
    handlers: {
      ...linking.handlers,
      ...handoverHandlers(handing),
      ...deskHandlers({ ...handing, endpoints: () => endpoints.all(), consumersOf, onEvent: () => posting.wake() }),
    },
    state: () =>
      `http://127.0.0.1:${door.port}, ${endpoints.ids.length === 0 ? 'no endpoint is configured' : `${endpoints.ids.length} endpoints: ${endpoints.ids.join(', ')}`}`,
    close: async () => {
      await door.close();
      linking.close();
      endpoints.close();
      forgetting.close();
      await posting.close();
      await refusals.close();
      gateway.close();
    },
  };
});
