// verifies: content.secret-rules
import { expect, test } from 'vitest';
import { secretRules } from '../../src/content/secret-rules.ts';
import { findSecrets, scanSecrets } from '../../src/content/secrets.ts';

/*
 * Every fixture is put together here, at run time, from a format written down independently of the rule: no file of this
 * repository holds anything that a scanner, or a person, could take for a live credential.
 */

const alphabets: Readonly<Record<string, string>> = {
  n: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  w: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  h: '0123456789abcdef',
  d: '0123456789',
  a: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  U: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  l: 'abcdefghijklmnopqrstuvwxyz0123456789',
  B: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  X: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
};

/** Letters and digits that look random and are the same in every run. */
function fill(alphabet: string, length: number, seed: number): string {
  let state = seed * 2654435761 + 12345;
  let out = '';
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out += alphabet[(state >>> 16) % alphabet.length];
  }
  return out;
}

/** A format: `{n36}` stands for 36 characters of the alphabet `n`, everything else for itself. */
const make = (format: string, seed: number, shorter = 0): string => {
  const runs = [...format.matchAll(/\{([a-zA-Z])(\d+)\}/g)].length;
  let at = 0;
  return format.replaceAll(/\{([a-zA-Z])(\d+)\}/g, (_, alphabet: string, length: string) =>
    fill(alphabets[alphabet] ?? '', Math.max(1, Number(length) - (++at === runs ? shorter : 0)), seed + at * 101),
  );
};

const jwtHeader = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');

const formats: Readonly<Record<string, string>> = {
  'github-personal': 'ghp_{n36}', 'github-oauth': 'gho_{n36}', 'github-user': 'ghu_{n36}', 'github-installation': 'ghs_{n36}',
  'github-installation-jwt': `ghs_{d7}_${jwtHeader}.eyJ{w120}.{w342}`, 'github-refresh': 'ghr_{n76}', 'github-fine-grained': 'github_pat_{n22}_{n59}',
  'gitlab-personal': 'glpat-{w20}', 'gitlab-trigger': 'glptt-{h40}', 'gitlab-other': 'gldt-{w20}', 'gitlab-ci-job': 'glcbt-{n2}_{w20}',
  'bitbucket-app-password': 'ATBB{n32}', npm: 'npm_{n36}', pypi: 'pypi-AgEIcHlwaS5vcmc{w120}', rubygems: 'rubygems_{h48}', nuget: 'oy2{l43}', 'docker-hub': 'dckr_pat_{w27}',
  buildkite: 'bkua_{h40}', circleci: 'CCIPAT_{n22}_{h40}', postman: 'PMAK-{h24}-{h34}',
  'aws-key-id': 'AKIA{B16}', 'aws-secret': 'aws_secret_access_key = "{n40}"', 'aws-bedrock': 'ABSK{n128}', 'google-api': 'AIza{w35}', 'google-oauth-secret': 'GOCSPX-{w28}',
  'google-oauth-token': 'ya29.{w120}', 'google-refresh': '1//0{w90}', 'azure-storage': 'AccountKey={n86}==', 'azure-client-secret': '{n3}{d1}Q~{w34}', 'azure-sas': 'sig={n43}%3D',
  digitalocean: 'dop_v1_{h64}', heroku: 'HRKU-{h8}-{h4}-{h4}-{h4}-{h12}', 'hashicorp-vault': 'hvs.{w95}', terraform: '{n14}.atlasv1.{w67}', pulumi: 'pul-{h40}',
  'cloudflare-origin': 'v1.0-{h24}-{h146}', doppler: 'dp.pt.{n43}', databricks: 'dapi{h32}', grafana: 'glsa_{n32}_{h8}', 'grafana-cloud': 'glc_{n80}', 'new-relic': 'NRAK-{U27}',
  sentry: 'sntryu_{h64}', 'sentry-org': 'sntrys_eyJ{n120}_{n43}', planetscale: 'pscale_tkn_{w43}', supabase: 'sbp_{h40}', tailscale: 'tskey-auth-{n17}-{n32}', fly: 'fm2_{n300}',
  netlify: 'nfp_{n36}', age: 'AGE-SECRET-KEY-1{X58}',
  'slack-bot': 'xoxb-{d12}-{d12}-{n24}', 'slack-user': 'xoxp-{d12}-{d12}-{d12}-{h32}', 'slack-app': 'xapp-1-{U11}-{d13}-{h64}', 'slack-rotating': 'xoxe.xoxp-1-{n163}',
  'slack-session': 'xoxc-{d12}-{d12}-{d12}-{h64}', 'slack-webhook': 'https://hooks.slack.com/services/T{U10}/B{U10}/{n24}', 'discord-webhook': 'https://discord.com/api/webhooks/{d18}/{w68}',
  'telegram-bot': '{d10}:AA{w33}', stripe: 'sk_live_{n99}', 'stripe-webhook': 'whsec_{n32}', square: 'sq0csp-{w43}', 'square-token': 'sq0atp-{w22}', shopify: 'shpat_{h32}',
  plaid: 'access-sandbox-{h8}-{h4}-{h4}-{h4}-{h12}', razorpay: 'rzp_live_{n14}', 'twilio-key': 'SK{h32}', 'twilio-secret': 'TWILIO_AUTH_TOKEN={h32}', sendgrid: 'SG.{w22}.{w43}',
  mailgun: 'key-{h32}', mailchimp: '{h32}-us12', brevo: 'xkeysib-{h64}-{n16}', resend: 're_{n8}_{n24}', atlassian: 'ATATT3xFfGF0{w180}', linear: 'lin_api_{n40}', notion: 'ntn_{n46}',
  airtable: 'pat{n14}.{h64}', figma: 'figd_{w40}', dropbox: 'sl.{w140}', okta: 'SSWS 00{w40}', salesforce: '00D{n12}!{n96}', typeform: 'tfp_{w44}', contentful: 'CFPAT-{w43}',
  facebook: 'EAA{n180}', onepassword: 'ops_eyJ{n700}',
  anthropic: 'sk-ant-api03-{w93}AA', openai: 'sk-proj-{w74}T3BlbkFJ{w74}', 'openai-legacy': 'sk-{n20}T3BlbkFJ{n20}', 'hugging-face': 'hf_{a34}', groq: 'gsk_{n52}', xai: 'xai-{n80}',
  perplexity: 'pplx-{n48}', replicate: 'r8_{n37}',
  'private-key': '-----BEGIN OPENSSH PRIVATE KEY-----\n{n70}\n{n70}\n-----END OPENSSH PRIVATE KEY-----', 'putty-key': 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n',
  jwt: `${jwtHeader}.eyJ{w80}.{w86}`, 'url-credentials': 'postgres://{l8}:{n16}@db.internal:5432/app',
  'alibaba-key-id': 'LTAI{n20}', 'azure-devops': '{n76}AZDO{n4}', openshift: 'sha256~{w43}', scalingo: 'tk-us-{w48}', harness: 'pat.{w22}.{h24}.{n20}', infracost: 'ico-{n32}',
  prefect: 'pnu_{l36}', octopus: 'API-{U26}', sonar: 'squ_{h40}', sourcegraph: 'sgp_{h16}_{h40}', artifactory: 'AKCp{n69}', clojars: 'CLOJARS_{l60}', dynatrace: 'dt0c01.{B24}.{B64}',
  'defined-networking': 'dnkey-{U26}-{U52}', readme: 'rdme_{l70}',
  adobe: 'p8e-{w32}', 'amazon-mws': 'amzn.mws.{h8}-{h4}-{h4}-{h4}-{h12}', braintree: 'access_token$production${l16}${h32}', duffel: 'duffel_live_{w43}', easypost: 'EZAK{n54}',
  frameio: 'fio-u-{w64}', hubspot: 'pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}', shippo: 'shippo_live_{h40}', mapbox: 'sk.eyJ{w80}.{w22}', 'onepassword-key': 'A3-{U6}-{U11}-{U5}-{U5}-{U5}',
  openrouter: 'sk-or-v1-{h64}', nvidia: 'nvapi-{w64}', langsmith: 'lsv2_pt_{h32}_{h10}', langfuse: 'sk-lf-{h8}-{h4}-{h4}-{h4}-{h12}', tavily: 'tvly-dev-{n32}',
}; // prettier-ignore

/** Formats whose last run may be one character shorter, or that end in something fixed: what makes them wrong is said here. */
const spoiled: Readonly<Record<string, string>> = {
  'github-installation-jwt': 'ghs_{d7}_{w200}', 'github-refresh': 'ghr_{n20}', pypi: 'pypi-AgEIcHlwaS5vcmc{w30}', 'gitlab-other': 'gldt-{w12}', 'docker-hub': 'dckr_pat_{w20}',
  'aws-bedrock': 'ABSK{n60}', 'google-oauth-token': 'ya29.{w20}', 'google-refresh': '1//0{w20}', 'azure-storage': 'AccountKey={n86}', 'azure-client-secret': '{n3}xQ~{w34}', 'azure-sas': 'sig={n20}%3D',
  'hashicorp-vault': 'hvs.{w20}', terraform: '{n9}.atlasv1.{w67}', doppler: 'dp.pt.{n30}', databricks: 'dapi{h20}', 'grafana-cloud': 'glc_{n12}', planetscale: 'pscale_tkn_{w12}',
  tailscale: 'tskey-auth-{n17}-{n9}', fly: 'fm2_{n40}', 'slack-bot': 'xoxb-{n24}', 'slack-user': 'xoxp-{d12}-{h32}', 'slack-rotating': 'xoxe.xoxp-1-{n60}', 'slack-session': 'xoxc-{h64}',
  'slack-webhook': 'https://hooks.slack.com/docs/T{U10}/B{U10}/{n24}', 'discord-webhook': 'https://discord.com/api/webhooks/{d18}/{w20}', stripe: 'sk_live_{n12}', 'stripe-webhook': 'whsec_{n12}',
  'twilio-key': 'XSK{h32}', mailchimp: '{h31}-us12', atlassian: 'ATATT3xFfGF0{w80}', linear: 'lin_api_{n20}', dropbox: 'sl.{w40}', salesforce: '00D{n12}!{n20}', typeform: 'tfp_{w10}',
  facebook: 'EAA{n40}', onepassword: 'ops_eyJ{n80}', anthropic: 'sk-ant-api03-{w93}BB', openai: 'sk-proj-{w74}T4BlbkFJ{w74}', 'private-key': '-----BEGIN PUBLIC KEY-----\n{n70}\n{n70}\n',
  'putty-key': 'PuTTY-User-Key-File-1: dsa', jwt: `{w20}.eyJ{w80}.{w86}`, 'url-credentials': 'postgres://db.internal:5432/app@x', 'sentry-org': 'sntrys_eyJ{n120}',
}; // prettier-ignore

const rulesIn = (text: string): readonly string[] => findSecrets(text).map(({ rule }) => rule);
const cut = (text: string): readonly string[] => findSecrets(text).map(({ from, end }) => text.slice(from, end));

test('there is a fixture for every rule and a rule for every fixture', () => {
  expect(secretRules.map(({ id }) => id).toSorted()).toEqual(Object.keys(formats).toSorted());
  expect(secretRules.length).toBeGreaterThanOrEqual(100);
});

test.each(Object.entries(formats))('%s is found wherever it stands', (id, format) => {
  for (let seed = 1; seed <= 25; seed++) {
    const secret = make(format, seed);
    for (const text of [
      secret,
      `The value is ${secret} today.`,
      `{"a":"${secret}","b":1}`,
      `x=${secret}\n`,
      `(${secret})`,
      `日本語${secret}。`,
    ])
      expect(rulesIn(text), text).toContain(id);
  }
});

test.each(Object.entries(formats))('%s is not found in what is nearly one', (id, format) => {
  for (let seed = 1; seed <= 25; seed++) {
    const near = spoiled[id] === undefined ? make(format, seed, 1) : make(spoiled[id], seed);
    expect(rulesIn(`The value is ${near} today.`), near).not.toContain(id);
  }
});

test.each(Object.entries(formats))('%s as a placeholder is not found', (id, format) => {
  const placeholder = format.replaceAll(/\{[a-zA-Z](\d+)\}/g, (_, length: string) => 'x'.repeat(Number(length)));
  if (/\{/.test(format) && id !== 'putty-key') expect(rulesIn(` ${placeholder} `)).toEqual([]);
});

test('what is cut out is the secret, and no more', () => {
  const [key, value] = [make('ghp_{n36}', 7), make('{n40}', 8)];
  expect(cut(`token=${key}; rest`)).toEqual([key]);
  expect(cut(`secretAccessKey: '${value}',`)).toEqual([value]);
  expect(cut(`${key} and ${key}`)).toEqual([key, key]);
});

test('a finding holds nothing of the secret', () => {
  const key = make('ghp_{n36}', 9);
  expect(JSON.stringify(findSecrets(`a ${key}`))).not.toContain(key.slice(4, 16));
});

test.each([
  'The order number is 550e8400-e29b-41d4-a716-446655440000, commit 1f7a7a472abf3dd9643fd615f6da379c4acb3e3a.',
  'See https://example.com/path?sig=abc&x=1 and mailto:someone@example.com, or ssh://git@github.com/acme/app.git',
  'integrity sha512-9dTzp1YbJPXHkJkS3pTqmAcR1oGHHLrVoqNqQJ4dLyPPR9u0X9lXzPl2rkCVBzqqT6mK2jPWE5XGmWQJ2Mr3qw==',
  'npm_config_cache, ghp_ is a prefix, AKIA begins a key id, eyJ begins a JWT, sk- is OpenAI, -----BEGIN CERTIFICATE-----',
  'Set SLACK_TOKEN=xoxb-your-token-here and AWS_SECRET_ACCESS_KEY=<your key>; keyboard-us1, key-value, r8_c, SKU',
])('ordinary text holds none: %s', (text) => {
  expect(findSecrets(text)).toEqual([]);
});

test('what only has the shape is looked into: a JWT says how it is signed, a password is no sample', () => {
  expect(rulesIn(make('eyJ{w40}.eyJ{w80}.{w86}', 4))).toEqual([]);
  expect(rulesIn('https://user:password@host.example/')).toEqual([]);
});

/** For each rule: beginnings that are never finished, in the ways that make a scanner look again. */
function hard(id: string, format: string): readonly string[] {
  const start = secretRules.find((rule) => rule.id === id)?.starts[0] ?? '';
  const token = make(format, 3);
  const tail = token.slice(token.indexOf(start) + start.length);
  const near = token.slice(0, -1);
  return [
    start, `${start} `, ` ${start}`, `-${start}`, `.${start}`, `_${start}`, `${start}.`, `${start}-`, `${start}A`, `${start}a1`, `${start}${start.slice(0, -1)}`, `"${start}"`,
    near, `${near} `, `${near}-`, `${near}.`, token, `${token} `, `${start}${tail.slice(0, tail.length >> 1)}`, `${start}${'Ab1'.repeat(40)}`,
  ];
} // prettier-ignore

test.each(Object.entries(formats))('%s: four times the text costs about four times the work', (id, format) => {
  const texts = hard(id, format);
  expect(texts.length).toBe(20);
  for (const unit of texts) {
    const [small, large] = [20_000, 80_000].map((chars) => scanSecrets(unit.repeat(Math.ceil(chars / unit.length)).slice(0, chars)).steps);
    expect(large, unit).toBeLessThanOrEqual(4.2 * (small ?? 0) + 80_000);
    expect(small, unit).toBeLessThanOrEqual(400 * 20_000);
  }
});
