import type { SeedConfig } from 'emulate';

/** Tokens of a pretend system. `admin` is for looking into its state, never for Countersign. */
export interface Tokens {
  readonly read: string;
  readonly write: string;
  readonly admin: string;
}

/** Tokens of pretend GitHub. */
export const githubTokens: Tokens = {
  read: 'github_pat_pretend_read',
  write: 'github_pat_pretend_write',
  admin: 'github_pat_pretend_admin',
};

/** Pretend GitHub: one organisation, a private and a public repository, and somebody else's. */
export const githubSeed: SeedConfig = {
  github: {
    users: [
      { login: 'alice', name: 'Alice Ames', email: 'alice@acme.example' },
      { login: 'bob', name: 'Bob Berg', email: 'bob@acme.example' },
      { login: 'acme-agent', name: 'Acme agent', email: 'agent@acme.example' },
      { login: 'mallory', name: 'Mallory', email: 'mallory@elsewhere.example' },
    ],
    orgs: [
      {
        login: 'acme',
        name: 'Acme',
        members: [
          { login: 'alice', role: 'admin' },
          { login: 'bob', role: 'member' },
          { login: 'admin', role: 'admin' },
          { login: 'acme-agent', role: 'admin' },
        ],
      },
    ],
    repos: [
      { owner: 'acme', name: 'app', private: true, description: 'The product', language: 'TypeScript', auto_init: true },
      { owner: 'acme', name: 'website', description: 'The public website', language: 'HTML', auto_init: true },
      { owner: 'mallory', name: 'elsewhere', description: 'Another tenant', auto_init: true },
    ],
  },
};

/** Tokens of pretend Slack. */
export const slackTokens: Tokens = { read: 'xoxb-pretend-read', write: 'xoxb-pretend-write', admin: 'xoxp-pretend-admin' };
const readScopes = ['channels:read', 'groups:read', 'channels:history', 'groups:history', 'users:read', 'users:read.email', 'team:read'];
/** Writing needs to look as well: who is in the channel now, and whether an earlier message arrived. */
const writeScopes = ['chat:write', 'channels:read', 'groups:read', 'channels:history', 'groups:history', 'users:read'];

/** Pretend Slack: a workspace with two public channels and a private one. */
export const slackSeed: SeedConfig = {
  slack: {
    team: { name: 'Acme', domain: 'acme' },
    users: [
      { name: 'alice', real_name: 'Alice Ames', email: 'alice@acme.example' },
      { name: 'bob', real_name: 'Bob Berg', email: 'bob@acme.example' },
      { name: 'acme-agent', real_name: 'Acme agent', email: 'agent@acme.example' },
    ],
    // #general (C000000001) and #random (C000000002) are the emulator's own
    channels: [{ name: 'incidents', is_private: true, topic: 'What is broken now' }],
    strict_scopes: true,
    tokens: [
      { token: slackTokens.read, type: 'bot', user: 'acme-agent', scopes: readScopes },
      { token: slackTokens.write, type: 'bot', user: 'acme-agent', scopes: writeScopes },
      { token: slackTokens.admin, type: 'user', user: 'admin' },
    ],
  },
};
