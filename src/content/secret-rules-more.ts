import { h, H, n, rule, run, u } from './secret-rule.ts';
import type { SecretRule } from './secret-rule.ts';

/* More vendors: formats that their own documents or tokens show. */

const U = '[A-Z0-9]';
const l = '[a-z0-9]';
const uuid = `${h}{8}(?:-${h}{4}){3}-${h}{12}`;

/** Clouds, building and running of software. */
const running: readonly SecretRule[] = [
  rule(['alibaba-key-id', 'an Alibaba Cloud access key id'], 'LTAI', run(n, 20)),
  rule(['azure-devops', 'an Azure DevOps token'], 'AZDO', run(n, 4), {
    head: { pattern: /(?:^|[^A-Za-z0-9])([A-Za-z0-9]{76})$/, reach: 77 },
  }),
  rule(['openshift', 'an OpenShift token'], 'sha256~', run(u, 43)),
  rule(['scalingo', 'a Scalingo token'], 'tk-us-', run(u, 48)),
  rule(['harness', 'a Harness token'], ['pat.', 'sat.'], [`${u}{22}\\.${h}{24}\\.${n}{20}(?!${n})`, 69]),
  rule(['infracost', 'an Infracost key'], 'ico-', run(n, 32)),
  rule(['prefect', 'a Prefect key'], 'pnu_', run(l, 36)),
  rule(['octopus', 'an Octopus Deploy key'], 'API-', run(U, 26)),
  rule(['sonar', 'a SonarQube token'], ['squ_', 'sqp_', 'sqa_'], run(h, 40)),
  rule(['sourcegraph', 'a Sourcegraph token'], 'sgp_', [`(?:${H}{16}|local)_${H}{40}(?!${H})`, 58]),
  rule(['artifactory', 'an Artifactory key'], 'AKCp', run(n, 69)),
  rule(['clojars', 'a Clojars token'], 'CLOJARS_', run(l, 60)),
  rule(['dynatrace', 'a Dynatrace token'], ['dt0c01.', 'dt0s01.', 'dt0s16.'], [`[A-Z2-7]{24}\\.[A-Z2-7]{64}(?![A-Z2-7])`, 90]),
  rule(['defined-networking', 'a Defined Networking key'], 'dnkey-', [`[A-Z0-9]{26}-[A-Z0-9]{52}(?!${U})`, 80]),
  rule(['readme', 'a ReadMe key'], 'rdme_', run(l, 70)),
];

/** Products and payments. */
const selling: readonly SecretRule[] = [
  rule(['adobe', 'an Adobe client secret'], 'p8e-', run('[A-Za-z0-9_-]', 32)),
  rule(['amazon-mws', 'an Amazon seller token'], 'amzn.mws.', [`${uuid}(?!${n})`, 37]),
  rule(['braintree', 'a Braintree access token'], 'access_token$production$', [`${l}{16}\\$${h}{32}(?!${n})`, 50]),
  rule(['duffel', 'a Duffel token'], ['duffel_live_', 'duffel_test_'], run('[A-Za-z0-9_=-]', 43)),
  rule(['easypost', 'an EasyPost key'], ['EZAK', 'EZTK'], run(n, 54)),
  rule(['frameio', 'a Frame.io token'], 'fio-u-', run('[A-Za-z0-9_=-]', 64)),
  rule(['hubspot', 'a HubSpot token'], ['pat-na1-', 'pat-na2-', 'pat-eu1-', 'pat-ap1-'], [`${uuid}(?!${n})`, 37]),
  rule(['shippo', 'a Shippo token'], ['shippo_live_', 'shippo_test_'], run(h, 40)),
  rule(['mapbox', 'a secret Mapbox token'], 'sk.eyJ', [`${u}{40,200}\\.${u}{22}(?!${u})`, 224]),
  rule(['onepassword-key', 'a 1Password secret key'], 'A3-', [`${U}{6}-(?:${U}{11}|${U}{6}-${U}{5})-${U}{5}-${U}{5}-${U}{5}(?!${U})`, 38]),
];

/** Models and what is around them. */
const models: readonly SecretRule[] = [
  rule(['openrouter', 'an OpenRouter key'], 'sk-or-v1-', run(h, 64)),
  rule(['nvidia', 'an NVIDIA key'], 'nvapi-', run(u, 64)),
  rule(['langsmith', 'a LangSmith key'], ['lsv2_pt_', 'lsv2_sk_'], [`${h}{32}_${h}{10}(?!${h})`, 44]),
  rule(['langfuse', 'a Langfuse secret key'], 'sk-lf-', [`${uuid}(?!${n})`, 37]),
  rule(['tavily', 'a Tavily key'], 'tvly-', [`(?:dev-|prod-)?${n}{32}(?!${n})`, 38]),
];

/** These formats. */
export const moreSecretRules: readonly SecretRule[] = [...running, ...selling, ...models];
