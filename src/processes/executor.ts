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
import { catalogueDigests, main } from './boot.ts';
import type { Process } from './boot.ts';
import { loadCatalogueFile } from './catalogue-file.ts';
import { paths } from './config.ts';
import { openCanaries, openCredentials, refuseShared } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { openContentRules } from './content-rules.ts';
import { openDeciding } from './deciding.ts';

function openHand(p: Process, system: string, credentials: Credentials): [string, WriteHand][] {
  const settings = p.config.systems[system];
  switch (settings?.connector) {
    case 'github':
      return [[system, openGithubWriter(system, settings, credentials.find(system, settings.credentials.write))]];
    case 'slack':
      return [[system, openSlackWriter(system, settings, credentials.find(system, settings.credentials.write))]];
    case 'mcp': {
      if (settings.write === undefined) return [];
      const file = loadCatalogueFile(resolve(p.config.folder, settings.catalogue));
      return [
        [
          system,
          openMcpWriter(system, settings, file, {
            credential: (ref) => credentials.find(system, ref),
            folder: p.config.folder,
            onAlarm: alarmTo(p),
          }),
        ],
      ];
    }
    case undefined:
      throw new Error('unreachable: the system is one of the configuration');
  }
}

// The executor holds the writing credentials. It takes nobody's word for a verdict or an approval.
await main('executor', async (p) => {
  // One executor at a time, for its whole life: another one's unfinished calls are not this one's to judge.
  const lock = takeLock(resolve(paths(p.config).run, 'executor.lock'), 'the executor of this installation');
  const credentials = openCredentials(p.config, 'write');
  const canaries = openCanaries(p.config);
  const deciding = await openDeciding(p);
  const hands = new Map(Object.keys(p.config.systems).flatMap((system) => openHand(p, system, credentials)));
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
    handlers: executor.handlers,
    state: () => `${hands.size} systems, ${deciding.state()}`,
    close: async () => {
      await executor.close();
      deciding.close();
      await Promise.all([...hands.values()].map((hand) => hand.close()));
      lock.release();
    },
  };
});
