import { crm, database, desk, identity, projects } from '../fakes/company/business.ts';
import { build, cloud, cluster, errors, forge, registry } from '../fakes/company/machines.ts';
import { calendar, drive, mail, memory, web, wiki } from '../fakes/company/office.ts';
import type { CompanySystem } from '../fakes/company/tool.ts';

/** Mail, calendar, files, wiki, web and memory. */
export const office: readonly CompanySystem[] = [mail, calendar, drive, wiki, web, memory];

/** Service desk, customers, projects, database and people. */
export const business: readonly CompanySystem[] = [desk, crm, projects, database, identity];

/** Cloud, cluster, forge, registry, builds and error events. */
export const machines: readonly CompanySystem[] = [cloud, cluster, forge, registry, build, errors];
