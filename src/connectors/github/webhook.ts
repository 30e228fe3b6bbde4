import { limits } from '../../limits.ts';
import type { Shape, WebhookProvider } from '../webhook.ts';

/*
 * GitHub signs the body and nothing else: the name of the event and the delivery's id are headers that anybody can change
 * (docs.github.com, "Validating webhook deliveries"). Which event a body is of is therefore told from its shape.
 */

const changes = ['changes'];

/**
 * What bodies look like (the events and top-level names of github.com's own description of its webhooks, and of real
 * payloads). Names that are not here are put in quarantine, not refused.
 */
const shapes: Readonly<Record<string, Shape>> = {
  branch_protection_configuration: { has: ['action', 'repository'], actions: ['disabled', 'enabled'] },
  branch_protection_rule: { has: ['action', 'rule'], may: changes },
  check_run: { has: ['action', 'check_run'], may: ['requested_action'] },
  check_suite: { has: ['action', 'check_suite'] },
  code_scanning_alert: { has: ['action', 'alert.rule', 'alert.tool', 'commit_oid', 'ref'] },
  commit_comment: { has: ['action', 'comment.commit_id'] },
  create: { has: ['ref', 'ref_type', 'master_branch', 'pusher_type'] },
  custom_property: { has: ['action', 'definition'] },
  custom_property_values: { has: ['action', 'new_property_values', 'old_property_values'] },
  delete: { has: ['ref', 'ref_type', 'pusher_type'] },
  dependabot_alert: { has: ['action', 'alert.dependency', 'alert.security_advisory'] },
  deploy_key: { has: ['action', 'key'] },
  deployment: { has: ['deployment'], may: ['action', 'workflow', 'workflow_run'] }, // older Enterprise Servers say no action
  deployment_protection_rule: {
    has: ['action', 'deployment_callback_url'],
    may: ['environment', 'event', 'deployment', 'pull_requests'],
  },
  deployment_review: { has: ['action', 'workflow_run', 'since'], may: ['workflow_job', 'comment', 'reviewers', 'environment', 'approver'] },
  deployment_status: { has: ['deployment', 'deployment_status'], may: ['action', 'check_run', 'workflow', 'workflow_run'] },
  discussion: { has: ['action', 'discussion'], may: ['answer', 'changes', 'label', 'old_answer'] },
  discussion_comment: { has: ['action', 'comment', 'discussion'], may: changes },
  fork: { has: ['forkee'] },
  github_app_authorization: { has: ['action', 'sender'], lacks: ['repository', 'organization', 'installation'], actions: ['revoked'] },
  gollum: { has: ['pages'] },
  installation: {
    has: ['action', 'installation.app_id', 'installation.account'],
    may: ['repositories', 'requester'],
    lacks: ['repository'],
    actions: ['created', 'deleted', 'new_permissions_accepted', 'suspend', 'unsuspend'],
  },
  installation_repositories: { has: ['action', 'installation.app_id', 'repositories_added', 'repositories_removed'], may: ['requester'] },
  installation_target: { has: ['action', 'account', 'target_type'], may: changes },
  issue_comment: { has: ['action', 'comment', 'issue'], may: changes },
  issue_dependencies: { has: ['action', 'blocked_issue', 'blocking_issue'] },
  issues: { has: ['action', 'issue'], may: ['assignee', 'changes', 'label', 'milestone'] },
  label: { has: ['action', 'label'], may: changes },
  marketplace_purchase: { has: ['action', 'marketplace_purchase'] },
  member: { has: ['action', 'member', 'repository'], may: changes },
  membership: { has: ['action', 'member', 'team', 'scope'] },
  merge_group: { has: ['action', 'merge_group'] },
  meta: { has: ['action', 'hook', 'hook_id'], lacks: ['zen'] },
  milestone: { has: ['action', 'milestone'], may: changes },
  org_block: { has: ['action', 'blocked_user'] },
  organization: {
    has: ['action', 'organization'],
    may: ['changes', 'invitation', 'membership', 'user'],
    lacks: ['repository'],
    actions: ['deleted', 'member_added', 'member_invited', 'member_removed', 'renamed'],
  },
  package: { has: ['action', 'package'] },
  page_build: { has: ['build', 'id'] },
  personal_access_token_request: { has: ['action', 'personal_access_token_request'] },
  ping: { has: ['zen', 'hook', 'hook_id'] },
  project: { has: ['action', 'project'], may: changes },
  project_card: { has: ['action', 'project_card'], may: changes },
  project_column: { has: ['action', 'project_column'], may: changes },
  projects_v2: { has: ['action', 'projects_v2'], may: changes },
  projects_v2_item: { has: ['action', 'projects_v2_item'], may: changes },
  projects_v2_status_update: { has: ['action', 'projects_v2_status_update'], may: changes },
  public: { has: ['repository', 'sender'], lacks: ['action'] },
  pull_request: {
    has: ['action', 'number', 'pull_request'],
    may: ['after', 'assignee', 'before', 'changes', 'label', 'milestone', 'requested_reviewer', 'requested_team', 'reason'],
  },
  pull_request_review: { has: ['action', 'pull_request', 'review'], may: changes },
  pull_request_review_comment: { has: ['action', 'comment', 'pull_request'], may: changes },
  pull_request_review_thread: { has: ['action', 'pull_request', 'thread'] },
  push: { has: ['ref', 'before', 'after', 'commits', 'pusher'], may: ['created', 'deleted', 'forced'] },
  registry_package: { has: ['action', 'registry_package'] },
  release: { has: ['action', 'release'], may: changes },
  repository: {
    has: ['action', 'repository'],
    may: changes,
    actions: ['archived', 'created', 'deleted', 'edited', 'privatized', 'publicized', 'renamed', 'transferred', 'unarchived'],
  },
  repository_advisory: { has: ['action', 'repository_advisory'] },
  repository_dispatch: { has: ['action', 'client_payload'] },
  repository_import: { has: ['status'] },
  repository_ruleset: { has: ['action', 'repository_ruleset'], may: changes },
  repository_vulnerability_alert: { has: ['action', 'alert.affected_package_name'] },
  secret_scanning_alert: { has: ['action', 'alert.secret_type'] },
  secret_scanning_alert_location: { has: ['action', 'alert.secret_type', 'location'] },
  secret_scanning_scan: { has: ['action', 'source', 'started_at', 'completed_at'] },
  security_advisory: { has: ['action', 'security_advisory'] },
  security_and_analysis: { has: ['changes', 'repository'] },
  sponsorship: { has: ['action', 'sponsorship'], may: changes },
  star: { has: ['action', 'starred_at'] },
  status: { has: ['sha', 'state', 'context', 'branches', 'commit'], may: ['id'] },
  sub_issues: { has: ['action', 'parent_issue', 'sub_issue'] },
  team: { has: ['action', 'team'], may: changes },
  team_add: { has: ['team', 'repository'] },
  watch: { has: ['action', 'repository'], actions: ['started'] },
  workflow_dispatch: { has: ['inputs', 'ref', 'workflow'] },
  workflow_job: { has: ['action', 'workflow_job'], may: ['deployment'] },
  workflow_run: { has: ['action', 'workflow', 'workflow_run'] },
};

/** GitHub: HMAC-SHA256 of the body. The SHA-1 header beside it is never read. No time is signed, and redeliveries are identical. */
export const githubWebhook: WebhookProvider = {
  id: 'github',
  proof: {
    kind: 'signed',
    signature: { name: 'x-hub-signature-256', layout: { kind: 'one', prefix: 'sha256=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: null,
    id: null,
    parts: { json: ['body'], form: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: {
    kind: 'shapes',
    header: 'x-github-event',
    common: ['repository', 'organization', 'installation', 'enterprise', 'sender'],
    shapes,
  },
  binds: {
    repository: { at: [{ in: 'body', path: 'repository.id' }], needed: false },
    organization: { at: [{ in: 'body', path: 'organization.id' }], needed: false },
    installation: { at: [{ in: 'body', path: 'installation.id' }], needed: false },
  },
  handshake: { kind: 'constant', event: 'ping', status: 200, body: '{}', when: 'always' },
  form: { jsonIn: 'payload', names: 'none', needed: [] },
  twins: {},
  bodyBytesMax: limits.webhookBodyBytesMax, // GitHub itself sends no more than 25 MB
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};
