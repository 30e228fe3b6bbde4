import { base64Text } from './decode.ts';
import { assigned, h, H, n, rule, run, u } from './secret-rule.ts';
import type { SecretRule } from './secret-rule.ts';
import { moreSecretRules } from './secret-rules-more.ts';

/*
 * Formats of credentials, from the vendors' own documents and from tokens that they issue. Each rule is anchored at a
 * literal that the automaton finds; `tail` is matched right behind it. All quantifiers are bounded.
 */

/** The header of a JWT says how it is signed (RFC 7515, section 4.1.1). */
function isJwt(match: string): boolean {
  return /"(?:alg|enc)"\s*:/.test(base64Text(match.slice(match.indexOf('eyJ')).split('.')[0] ?? ''));
}

/** Documentation is full of `user:password@host`. */
const notSample = (match: string): boolean => !/:(?:pass(?:word|wd)?|pwd|secret|token|user|changeme)@/i.test(match);

/** Code hosting and packages. */
const code: readonly SecretRule[] = [
  rule(['github-personal', 'a GitHub personal access token (classic)'], 'ghp_', run(n, 36)),
  rule(['github-oauth', 'a GitHub OAuth token'], 'gho_', run(n, 36)),
  rule(['github-user', 'a GitHub App user token'], 'ghu_', run(n, 36)),
  rule(['github-installation', 'a GitHub App installation token'], 'ghs_', run(n, 36)),
  rule(['github-installation-jwt', 'a GitHub App installation token'], 'ghs_', [
    `\\d{1,12}_eyJ${u}{10,600}\\.${u}{10,2000}\\.${u}{20,1000}`,
    3620,
  ]),
  rule(['github-refresh', 'a GitHub refresh token'], 'ghr_', run(n, 36, 76)),
  rule(['github-fine-grained', 'a GitHub fine-grained access token'], 'github_pat_', [`${n}{22}_${n}{59}(?!${n})`, 84]),
  rule(['gitlab-personal', 'a GitLab access token'], 'glpat-', [`(?:${u}{27,300}\\.[0-9a-z]{2}\\.[0-9a-z]{9}|${u}{20})(?!${u})`, 320]),
  rule(['gitlab-trigger', 'a GitLab pipeline trigger token'], 'glptt-', run(h, 40)),
  rule(
    ['gitlab-other', 'a GitLab token'],
    ['gldt-', 'glrt-', 'glsoat-', 'glft-', 'glimt-', 'gloas-', 'glffct-'],
    [`(?:t\\d_)?${u}{20,64}(?!${u})`, 68],
  ),
  rule(['gitlab-ci-job', 'a GitLab job token'], 'glcbt-', [`(?:[0-9a-zA-Z]{1,5}_)?${u}{20}(?!${u})`, 27]),
  rule(['bitbucket-app-password', 'a Bitbucket app password'], 'ATBB', run(n, 32)),
  rule(['npm', 'an npm access token'], 'npm_', run(n, 36)),
  rule(['pypi', 'a PyPI token'], 'pypi-AgEIcHlwaS5vcmc', run(u, 50, 1000)),
  rule(['rubygems', 'a RubyGems key'], 'rubygems_', run(h, 48)),
  rule(['nuget', 'a NuGet key'], 'oy2', run('[a-z0-9]', 43)),
  rule(['docker-hub', 'a Docker Hub access token'], ['dckr_pat_', 'dckr_oat_'], run(u, 27, 32)),
  rule(['buildkite', 'a Buildkite token'], 'bkua_', run(h, 40)),
  rule(['circleci', 'a CircleCI token'], 'CCIPAT_', [`${n}{22}_${h}{40}(?!${n})`, 64]),
  rule(['postman', 'a Postman key'], 'PMAK-', [`${h}{24}-${h}{34}(?!${n})`, 60]),
];

/** Clouds and infrastructure. */
const clouds: readonly SecretRule[] = [
  rule(['aws-key-id', 'an AWS access key id'], ['AKIA', 'ASIA', 'ABIA', 'ACCA'], run('[A-Z2-7]', 16)),
  rule(
    ['aws-secret', 'an AWS secret access key'],
    ['secret_access_key', 'secretaccesskey', 'aws_secret_key', 'aws_secret'],
    assigned('[A-Za-z0-9/+]', 40),
    { anyCase: true },
  ),
  rule(['aws-bedrock', 'an Amazon Bedrock key'], 'ABSK', run('[A-Za-z0-9+/=]', 109, 269)),
  rule(['google-api', 'a Google API key'], 'AIza', run(u, 35)),
  rule(['google-oauth-secret', 'a Google OAuth client secret'], 'GOCSPX-', run(u, 28)),
  rule(['google-oauth-token', 'a Google OAuth access token'], 'ya29.', run(u, 60, 1000)),
  rule(['google-refresh', 'a Google OAuth refresh token'], '1//0', run(u, 60, 120)),
  rule(['azure-storage', 'an Azure storage key'], 'accountkey=', ['[A-Za-z0-9+/]{86}==', 88], { anyCase: true }),
  rule(['azure-client-secret', 'an Azure client secret'], 'Q~', run('[A-Za-z0-9_~.-]', 31, 34), {
    head: { pattern: /(?:^|[^A-Za-z0-9_~.-])([A-Za-z0-9_~.-]{3}\d)$/, reach: 5 },
  }),
  rule(['azure-sas', 'an Azure shared access signature'], 'sig=', ['[A-Za-z0-9/+]{43}=(?!=)|[A-Za-z0-9%]{43,63}%3[dD]', 67]),
  rule(['digitalocean', 'a DigitalOcean token'], ['dop_v1_', 'doo_v1_', 'dor_v1_'], run(h, 64)),
  rule(['heroku', 'a Heroku key'], 'HRKU-', [`(?:AA${u}{58}|${h}{8}(?:-${h}{4}){3}-${h}{12})(?!${u})`, 61]),
  rule(['hashicorp-vault', 'a HashiCorp Vault token'], ['hvs.', 'hvb.'], run(u, 90, 300)),
  rule(['terraform', 'a Terraform Cloud token'], '.atlasv1.', run('[A-Za-z0-9_=-]', 60, 70), {
    head: { pattern: /(?:^|[^A-Za-z0-9])([A-Za-z0-9]{14})$/, reach: 15 },
  }),
  rule(['pulumi', 'a Pulumi token'], 'pul-', run(h, 40)),
  rule(['cloudflare-origin', 'a Cloudflare origin CA key'], 'v1.0-', [`${h}{24}-${h}{146}(?!${n})`, 172]),
  rule(['doppler', 'a Doppler token'], ['dp.pt.', 'dp.st.', 'dp.sa.', 'dp.ct.'], [`(?:[a-z0-9_-]{2,35}\\.)?${n}{40,44}(?!${n})`, 82]),
  rule(['databricks', 'a Databricks token'], 'dapi', [`${h}{32}(?:-\\d)?(?!${n})`, 35]),
  rule(['grafana', 'a Grafana service account token'], 'glsa_', [`${n}{32}_${H}{8}(?!${n})`, 42]),
  rule(['grafana-cloud', 'a Grafana Cloud token'], 'glc_', run('[A-Za-z0-9+/=]', 32, 400)),
  rule(['new-relic', 'a New Relic user key'], 'NRAK-', run('[A-Z0-9]', 27)),
  rule(['sentry', 'a Sentry token'], ['sntryu_', 'sntrya_'], run(h, 64)),
  rule(['sentry-org', 'a Sentry organisation token'], 'sntrys_eyJ', ['[A-Za-z0-9+/=]{40,400}_[A-Za-z0-9+/]{43}', 444]),
  rule(['planetscale', 'a PlanetScale credential'], ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], run('[A-Za-z0-9_.=-]', 32, 64)),
  rule(['supabase', 'a Supabase token'], 'sbp_', run(h, 40)),
  rule(['tailscale', 'a Tailscale key'], 'tskey-', [`(?:auth|api|client|scim|webhook)-${n}{8,20}-${n}{24,40}(?!${n})`, 70]),
  rule(['fly', 'a Fly.io token'], 'fm2_', run('[A-Za-z0-9+/=]', 100, 1000)),
  rule(['netlify', 'a Netlify token'], 'nfp_', run(n, 36)),
  rule(['age', 'an age secret key'], 'AGE-SECRET-KEY-1', run('[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]', 58)),
];

/** Products that people and programs work with. */
const products: readonly SecretRule[] = [
  rule(['slack-bot', 'a Slack bot token'], 'xoxb-', [`\\d{9,14}-(?:\\d{9,14}-)?${n}{18,34}(?!${n})`, 66]),
  rule(['slack-user', 'a Slack user token'], ['xoxp-', 'xoxe-', 'xoxa-2-', 'xoxr-'], [`(?:\\d{9,14}-){2,3}${n}{26,64}(?!${n})`, 110]),
  rule(['slack-app', 'a Slack app-level token'], 'xapp-', [`\\d-[A-Z0-9]{9,14}-\\d{9,14}-${h}{64}(?!${n})`, 97]),
  rule(['slack-rotating', 'a Slack rotating token'], ['xoxe.xoxp-', 'xoxe.xoxb-', 'xoxe-1-'], [`(?:1-)?${n}{140,180}(?!${n})`, 183]),
  rule(['slack-session', 'a Slack session token'], ['xoxc-', 'xoxs-'], [`(?:\\d{9,14}-){2,3}${h}{32,64}(?!${n})`, 110]),
  rule(['slack-webhook', 'a Slack webhook address'], 'hooks.slack.com/', [
    `(?:services|workflows|triggers)/[A-Z0-9]{8,14}/[A-Z0-9]{8,20}/${n}{16,64}`,
    110,
  ]),
  rule(
    ['discord-webhook', 'a Discord webhook address'],
    ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    [`\\d{17,20}/${u}{60,80}`, 101],
  ),
  rule(['telegram-bot', 'a Telegram bot token'], ':AA', run(u, 33), { head: { pattern: /(?:^|[^0-9])(\d{8,10})$/, reach: 11 } }),
  rule(['stripe', 'a Stripe key'], ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'], run(n, 24, 247)),
  rule(['stripe-webhook', 'a Stripe webhook secret'], 'whsec_', run('[A-Za-z0-9+/=]', 32, 64)),
  rule(['square', 'a Square secret'], 'sq0csp-', run(u, 43)),
  rule(['square-token', 'a Square access token'], 'sq0atp-', run(u, 22)),
  rule(['shopify', 'a Shopify token'], ['shpat_', 'shpca_', 'shppa_', 'shpss_'], run(H, 32)),
  rule(
    ['plaid', 'a Plaid access token'],
    ['access-sandbox-', 'access-production-', 'access-development-'],
    [`${h}{8}(?:-${h}{4}){3}-${h}{12}(?!${n})`, 37],
  ),
  rule(['razorpay', 'a Razorpay key'], ['rzp_live_', 'rzp_test_'], run(n, 14)),
  rule(['twilio-key', 'a Twilio key'], ['SK', 'AC'], run(h, 32)),
  rule(['twilio-secret', 'a Twilio auth token'], ['twilio_auth_token', 'twilio_api_secret'], assigned(n, 32), { anyCase: true }),
  rule(['sendgrid', 'a SendGrid key'], 'SG.', [`${u}{22}\\.${u}{43}(?!${u})`, 67]),
  rule(['mailgun', 'a Mailgun key'], 'key-', run(h, 32)),
  rule(['mailchimp', 'a Mailchimp key'], '-us', ['\\d{1,2}(?!\\d)', 3], { head: { pattern: /(?:^|[^0-9a-f])([0-9a-f]{32})$/, reach: 33 } }),
  rule(['brevo', 'a Brevo key'], 'xkeysib-', [`${h}{64}-${n}{16}(?!${n})`, 82]),
  rule(['resend', 'a Resend key'], 're_', [`${n}{8}_${n}{24}(?!${n})`, 34]),
  rule(
    ['atlassian', 'an Atlassian API token'],
    ['ATATT3xFfGF0', 'ATCTT3xFfGF0', 'ATSTT3xFfGF0'],
    ['[A-Za-z0-9_=-]{140,260}(?![A-Za-z0-9_-])', 261],
  ),
  rule(['linear', 'a Linear key'], ['lin_api_', 'lin_oauth_'], run(n, 40, 64)),
  rule(['notion', 'a Notion token'], 'ntn_', run(n, 46)),
  rule(['airtable', 'an Airtable token'], 'pat', [`${n}{14}\\.${h}{64}(?!${n})`, 80]),
  rule(['figma', 'a Figma token'], ['figd_', 'figdr_'], run(u, 40)),
  rule(['dropbox', 'a Dropbox token'], 'sl.', run(u, 130, 1500)),
  rule(['okta', 'an Okta token'], 'SSWS ', ['00[A-Za-z0-9_-]{40}(?![A-Za-z0-9_-])', 43]),
  rule(['salesforce', 'a Salesforce session'], '00D', [`${n}{12,15}![A-Za-z0-9._]{80,120}`, 136]),
  rule(['typeform', 'a Typeform token'], 'tfp_', run('[A-Za-z0-9_.=-]', 40, 60)),
  rule(['contentful', 'a Contentful token'], 'CFPAT-', run(u, 43)),
  rule(['facebook', 'a Facebook access token'], 'EAA', run(n, 100, 300)),
  rule(['onepassword', 'a 1Password service account token'], 'ops_eyJ', run('[A-Za-z0-9+/=_-]', 200, 1500)),
];

/** Models. */
const models: readonly SecretRule[] = [
  rule(
    ['anthropic', 'an Anthropic key'],
    ['sk-ant-api03-', 'sk-ant-admin01-', 'sk-ant-oat01-', 'sk-ant-ort01-'],
    [`${u}{93}AA(?!${u})`, 96],
  ),
  rule(['openai', 'an OpenAI key'], ['sk-proj-', 'sk-svcacct-', 'sk-admin-'], [`${u}{20,80}T3BlbkFJ${u}{20,80}(?!${u})`, 169]),
  rule(['openai-legacy', 'an OpenAI key'], 'sk-', [`${n}{20}T3BlbkFJ${n}{20}(?!${n})`, 49]),
  rule(['hugging-face', 'a Hugging Face token'], ['hf_', 'api_org_'], run('[A-Za-z]', 34)),
  rule(['groq', 'a Groq key'], 'gsk_', run(n, 52)),
  rule(['xai', 'an xAI key'], 'xai-', run(n, 80)),
  rule(['perplexity', 'a Perplexity key'], 'pplx-', run(n, 48)),
  rule(['replicate', 'a Replicate token'], 'r8_', run(n, 37)),
];

/** Formats of no vendor. */
const open: readonly SecretRule[] = [
  rule(['private-key', 'a private key'], '-----BEGIN ', [
    '(?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP|SSH2 ENCRYPTED) ){0,1}PRIVATE KEY(?: BLOCK)?-----(?:[\\s\\\\rn]{1,8}(?:[A-Za-z-]{4,20}: [^\\n\\\\]{1,80}[\\s\\\\rn]{1,8}){0,4})[A-Za-z0-9+/=\\s\\\\]{40,16384}',
    16_900,
  ]),
  rule(['putty-key', 'a private key (PuTTY)'], 'PuTTY-User-Key-File-', [
    '[23]: (?:ssh|ecdsa)-[a-z0-9-]{3,20}\\s{1,2}Encryption: [a-z0-9-]{4,20}',
    70,
  ]),
  rule(['jwt', 'a signed token (JWT)'], 'eyJ', [`${u}{10,2000}\\.eyJ${u}{10,4000}\\.${u}{20,1400}`, 7410], { verify: isJwt }),
  rule(
    ['url-credentials', 'a password in a URL'],
    '://',
    ['([^\\s/?#:@\'"<>`{}$]{1,64}:[^\\s/?#@\'"<>`{}$]{3,128})@[A-Za-z0-9.-]{1,253}', 448],
    { verify: notSample },
  ),
];

/** All rules. A match is only a warning: it raises what is asked for, and nothing is decided by there being none. */
export const secretRules: readonly SecretRule[] = [...code, ...clouds, ...products, ...models, ...open, ...moreSecretRules];

/** What stands in place of a credential says so, or repeats itself. */
export const placeholder: RegExp = /example|placeholder|redacted|x{6}|\*{4}|1234567890|your[_-]?/i;
