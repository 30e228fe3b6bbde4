import { resolve } from 'node:path';
import type { WriteHand } from '../connectors/connector.ts';
import { openGithubWriter } from '../connectors/github/write.ts';
import { openMcpWriter } from '../connectors/mcp/write.ts';
import { openSlackWriter } from '../connectors/slack/write.ts';
import { CountersignError } from '../errors.ts';
import { startExecutor } from '../execute/executor.ts';
import { openDirectory } from '../record/approvers.ts';
import { runRecords } from '../record/run-facts.ts';
import { takeLock } from '../store/lock.ts';
import { alarmTo } from './alarms.ts';
import { openLinkedSlot, openLinking } from './accounts-hand.ts';
import { catalogueDigests, main } from './boot.ts';
import type { Process } from './boot.ts';
import { loadCatalogueFile } from './catalogue-file.ts';
import { paths } from './paths.ts';
import { openCanaries, openCredentials, refuseShared } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { openContentRules } from './content-rules.ts';
import { openDeciding } from './deciding.ts';
import { linkedWriteHand } from './linked-hand.ts';
import type { Slot } from './linked-hand.ts';

/** The writing hand of a system. Null: the system can only be read. */
function openHand(p: Process, system: string, credentials: Credentials): WriteHand | null {
  const settings = p.config.systems[system];
  switch (settings?.connector) {
    case 'github':
      return openGithubWriter(system, settings, credentials.find(system, settings.credentials.write));
    case 'slack':
      return openSlackWriter(system, settings, credentials.find(system, settings.credentials.write));
    case 'mcp': {
      if (settings.write === undefined) return null;
      const file = loadCatalogueFile(resolve(p.config.folder, settings.catalogue));
      return openMcpWriter(system, settings, file, {
        credential: (ref) => credentials.find(system, ref),
        folder: p.config.folder,
        onAlarm: alarmTo(p),
      });
    }
    case undefined:
      throw new Error('unreachable: the system is one of the configuration');
  }
}

interface Placed {
  readonly system: string;
  readonly hand: WriteHand;
  /** Where it can be exchanged, if a person links its credential. */
  readonly slot: Slot<WriteHand> | null;
}

function placeHand(p: Process, system: string, credentials: Credentials): readonly Placed[] {
  const slot = openLinkedSlot(p.config, 'write', system, () => {
    const hand = openHand(p, system, credentials);
    if (hand === null) throw new CountersignError('bug', `${system} has a linked credential and nothing that writes`);
    return hand;
  });
  const hand = slot === null ? openHand(p, system, credentials) : linkedWriteHand(slot);
  return hand === null ? [] : [{ system, hand, slot }];
}

// The executor holds the writing credentials. It takes nobody's word for a verdict or an approval.
await main('executor', async (p) => {
  // One executor at a time, for its whole life: another one's unfinished calls are not this one's to judge.
  const lock = takeLock(resolve(paths(p.config).run, 'executor.lock'), 'the executor of this installation');
  const credentials = openCredentials(p.config, 'write');
  const canaries = openCanaries(p.config);
  const deciding = await openDeciding(p);
  const placed = Object.keys(p.config.systems).flatMap((system) => placeHand(p, system, credentials));
  const hands = new Map(placed.map(({ system, hand }) => [system, hand]));
  const slots = new Map(placed.flatMap(({ system, slot }) => (slot === null ? [] : [[system, slot] as const])));
  const linking = await openLinking(p, 'write', credentials, slots);
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
  await refuseShared(p, credentials.fingerprints(), 'reader');
  const executor = await startExecutor(
    {
      installation: p.config.installation,
      spent: new Set(),
      alarm: alarmTo(p),
      derive: deciding.derive,
      engine: deciding.engine,
      hands,
      store: p.store,
      recorder: p.recorder,
      trust: p.trust,
      runs: runRecords(p.store, p.trust),
      guarded: () => [...credentials.values(), ...canaries],
      ...(await openContentRules(p.config)),
      directory: openDirectory({
        administrators: p.config.administrators,
        installation: p.config.installation,
        store: p.store,
        trust: p.trust,
      }),
      configuredTargets: (system) => p.config.systems[system]?.targets ?? [],
      ownersOf: (system) => p.config.systems[system]?.owners ?? [],
      proposalTtlMs: p.config.approval.proposalTtlMinutes * 60_000,
      signatureTtlMs: p.config.approval.signatureTtlMinutes * 60_000,
      now: Date.now,
    },
    (error) => {
      p.say('error', { message: 'a proposal could not be looked at; it will be looked at again' });
      // An outcome that cannot be recorded must not be forgotten: a new life reports its intent as unknown.
      if (error instanceof CountersignError && error.code === 'store-failed') process.exit(1);
    },
  );
  return {
    handlers: { ...linking.handlers, ...executor.handlers },
    state: () => `${hands.size} systems, ${deciding.state()}`,
    close: async () => {
      // What is being executed must not wait for an issuer that is slow to revoke.
      await Promise.all([executor.close(), linking.close()]);
      deciding.close();
      await Promise.all([...hands.values()].map((hand) => hand.close()));
      lock.release();
    },
  };
});
