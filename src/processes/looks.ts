import type { ChangeLook, DeliveryLook } from '../connectors/connector.ts';
import { openGithubLook } from '../connectors/github/missed.ts';
import { driveScope, openDriveLook } from '../connectors/google/missed.ts';
import { openGraphLook } from '../connectors/microsoft/missed.ts';
import type { DriveChanges, GraphChanges } from '../connectors/settings.ts';
import type { Looks } from '../read/missed.ts';
import { openProgramApi } from '../vault/program-api.ts';
import { openServiceAccount, secretOfServiceAccount } from '../vault/service-account.ts';
import type { Config } from './config.ts';
import type { Credentials } from './credentials.ts';

function driveLook(settings: DriveChanges, text: string): ChangeLook {
  const { email, keyId, key } = openServiceAccount(text);
  const { tokenEndpoint, subject = null, url } = settings;
  const program = { proof: 'assertion', tokenEndpoint, scope: driveScope, issuer: email, subject, key, keyId } as const;
  return openDriveLook(settings, () => openProgramApi(url, program, Date.now));
}

function graphLook(settings: GraphChanges, clientSecret: string): ChangeLook {
  const { clientId, login, tenant, url } = settings;
  const program = {
    proof: 'secret',
    tokenEndpoint: `${login.replace(/\/+$/, '')}/${tenant}/oauth2/v2.0/token`,
    scope: `${new URL(url).origin}/.default`,
    clientId,
    clientSecret,
  } as const;
  return openGraphLook(settings, () => openProgramApi(url, program, Date.now), Date.now);
}

/**
 * Whom the reader can ask for what an endpoint missed, with which credential. Nothing is sent yet.
 * @throws CountersignError `bad-credential`, `bad-config`
 */
export function openLooks(config: Config, credentials: Credentials): Looks {
  const deliveries = new Map<string, DeliveryLook>();
  const changes = new Map<string, ChangeLook>();
  for (const [id, { reconcile }] of Object.entries(config.hooks.endpoints)) {
    const owner = `hooks.endpoints.${id}`;
    const { github, drive, graph } = reconcile ?? {};
    const settings = github === undefined ? undefined : config.systems[github.system];
    if (github !== undefined && settings?.connector === 'github')
      deliveries.set(id, openGithubLook(settings, credentials.find(github.system, settings.credentials.read), github));
    if (drive !== undefined) changes.set(id, driveLook(drive, credentials.find(owner, drive.credential, secretOfServiceAccount)));
    if (graph !== undefined) changes.set(id, graphLook(graph, credentials.find(owner, graph.credential)));
  }
  return { deliveries, changes };
}
