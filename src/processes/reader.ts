import { resolve } from 'node:path';
import type { ReadHand } from '../connectors/connector.ts';
import { openGithubReader } from '../connectors/github/read.ts';
import { openMcpReader } from '../connectors/mcp/read.ts';
import { openSlackReader } from '../connectors/slack/read.ts';
import { runRecords } from '../record/run-facts.ts';
import { openedContent } from '../record/opened-content.ts';
import { missedHandlers } from '../read/missed.ts';
import { readHandlers } from '../read/dispatch.ts';
import { openLinkedSlot, openLinking } from './accounts-hand.ts';
import { catalogueDigests, main } from './boot.ts';
import type { Process } from './boot.ts';
import { loadCatalogueFile } from './catalogue-file.ts';
import { openCanaries, openCredentials, refuseShared } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { isRestricted, openContentRules } from './content-rules.ts';
import { openDeciding } from './deciding.ts';
import { linkedReadHand } from './linked-hand.ts';
import type { Slot } from './linked-hand.ts';
import { openLooks } from './looks.ts';
import { alarmTo } from './alarms.ts';

function openHand(p: Process, system: string, credentials: Credentials): ReadHand {
  const settings = p.config.systems[system];
  switch (settings?.connector) {
    case 'github':
      return openGithubReader(system, settings, credentials.find(system, settings.credentials.read));
    case 'slack':
      return openSlackReader(system, settings, credentials.find(system, settings.credentials.read));
    case 'mcp':
      return openMcpReader(system, settings, loadCatalogueFile(resolve(p.config.folder, settings.catalogue)), {
        credential: (ref) => credentials.find(system, ref),
        folder: p.config.folder,
        onAlarm: alarmTo(p),
      });
    case undefined:
      throw new Error('unreachable: the system is one of the configuration');
  }
}

/** Its hand; in a place where it can be exchanged, if a person links its credential. */
function placeHand(
  p: Process,
  system: string,
  credentials: Credentials,
): { readonly hand: ReadHand; readonly slot: Slot<ReadHand> | null } {
  const slot = openLinkedSlot(p.config, 'read', system, () => openHand(p, system, credentials));
  return { hand: slot === null ? openHand(p, system, credentials) : linkedReadHand(slot), slot };
}

// The reader holds the reading credentials. It has no code that writes.
await main('reader', async (p) => {
  const credentials = openCredentials(p.config, 'read');
  const canaries = openCanaries(p.config);
  const deciding = await openDeciding(p);
  const placed = Object.keys(p.config.systems).map((system) => ({ system, ...placeHand(p, system, credentials) }));
  const hands = new Map(placed.map(({ system, hand }) => [system, hand]));
  const slots = new Map(placed.flatMap(({ system, slot }) => (slot === null ? [] : [[system, slot] as const])));
  const linking = await openLinking(p, 'read', credentials, slots);
  const looks = openLooks(p.config, credentials);
  await p.recorder.record({
    statements: [
      {
        kind: 'started',
        body: {
          policy: deciding.engine().policy,
          catalogues: catalogueDigests([...deciding.catalogues.values()]),
          credentials: { ...credentials.fingerprints() },
        },
      },
    ],
  });
  await refuseShared(p, credentials.fingerprints(), 'executor');
  return {
    handlers: {
      ...missedHandlers(looks),
      ...linking.handlers,
      ...readHandlers({
        derive: deciding.derive,
        engine: deciding.engine,
        hands,
        trust: p.trust,
        recorder: p.recorder,
        runs: runRecords(p.store, p.trust),
        guarded: () => [...credentials.values(), ...canaries],
        restricted: (system, id) => isRestricted(p.config, system, id),
        opened: openedContent(p.store, p.trust),
        ...(await openContentRules(p.config)),
        alarm: alarmTo(p),
        now: Date.now,
      }),
    },
    state: () => `${hands.size} systems, ${deciding.state()}`,
    close: async () => {
      await linking.close();
      deciding.close();
      await Promise.all([...hands.values()].map((hand) => hand.close()));
    },
  };
});
