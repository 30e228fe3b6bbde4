// verifies: log.statements
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { actionDigest, sealAction } from '../../src/action/action.ts';
import type { Action } from '../../src/action/action.ts';
import { canonical, parseCanonical } from '../../src/action/canonical.ts';
import { classes } from '../../src/action/class.ts';
import { digestText } from '../../src/action/digest.ts';
import { roles } from '../../src/action/principal.ts';
import { reaches } from '../../src/action/audience.ts';
import { egressKinds, levels, scopes } from '../../src/action/vocabulary.ts';
import { madeBy, parseStatement, signers, statementShapes } from '../../src/action/statement.ts';
import { handCodes } from '../../src/connectors/connector.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { exits } from '../../src/processes/cli/context.ts';
import type { ProposalState } from '../../src/store/store.ts';
import { listeners, messages } from '../../src/wire/messages.ts';

/*
 * What others can observe, written out. A change here changes what an installed policy, a kept log, a script or a signature
 * means: it belongs into CHANGELOG.md.
 */

test('the package', () => {
  const pkg = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<string, unknown>;
  expect({ name: pkg['name'], type: pkg['type'], license: pkg['license'], engines: pkg['engines'] }).toEqual({
    name: 'countersign',
    type: 'module',
    license: 'Apache-2.0',
    engines: { node: '>=22.15' },
  });
  expect(pkg['bin']).toEqual({ countersign: 'dist/src/processes/cli.js' });
  expect(pkg['files']).toEqual([
    'dist',
    'policies',
    'schema',
    'docs',
    'examples/verify-log.mjs',
    'README.md',
    'ARCHITECTURE.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'bench/README.md',
    'redteam/README.md',
    'redteam/agentdojo/README.md',
    'LICENSE',
  ]);
  expect([pkg['exports'], pkg['main']]).toEqual([undefined, undefined]); // a program, not a library
});

test('the classes, from least to most', () => {
  expect(classes).toEqual(['read', 'read-secret', 'write', 'publish', 'share', 'code-write', 'execute', 'destructive', 'admin', 'tunnel']);
});

test('the reaches, from narrowest to widest, and the roles', () => {
  expect(reaches).toEqual(['self', 'named', 'team', 'org', 'partner', 'customer', 'internet']);
  expect(roles).toEqual(['requester', 'second', 'owner']);
});

test('the exit codes', () => {
  expect(exits).toEqual({ ok: 0, failed: 1, usage: 2, refused: 3 });
});

test('the codes of broken contracts and the states of a proposal', () => {
  // the compiler refuses a list that lacks one or has one too many; the literal below is what others see
  const codes: Record<ErrorCode, null> = {
    'not-canonical': null,
    'bad-config': null,
    'bad-policy': null,
    'bad-catalogue': null,
    'bad-key': null,
    'bad-credential': null,
    'store-failed': null,
    'log-corrupt': null,
    'not-reachable': null,
    'wire-protocol': null,
    bug: null,
  };
  const states: Record<ProposalState, null> = {
    open: null,
    ready: null,
    executing: null,
    done: null,
    failed: null,
    unknown: null,
    refused: null,
    cancelled: null,
    expired: null,
    denied: null,
  };
  expect([Object.keys(codes).length, Object.keys(states).length]).toEqual([11, 10]);
});

test('the codes with which a hand refuses', () => {
  expect(handCodes).toEqual([
    'not-found',
    'forbidden',
    'bad-credential',
    'bad-arguments',
    'rate-limited',
    'not-reachable',
    'timed-out',
    'third-party-error',
    'too-large',
    'broken-reply',
    'wrong-tenant',
    'tool-changed',
    'precondition-changed',
    'target-changed',
    'audience-widened',
    'not-supported',
  ]);
});

test('the kinds of statement, and who may make each', () => {
  expect(signers).toEqual(['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger', 'operator']);
  expect(Object.keys(statementShapes)).toEqual(Object.keys(madeBy));
  expect(madeBy).toEqual({
    started: ['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger'],
    'token-created': ['operator'],
    'token-revoked': ['operator'],
    'run-opened': ['gateway'],
    words: ['gateway'],
    proposed: ['gateway'],
    resolved: ['reader'],
    decided: ['gateway'],
    read: ['reader'],
    'content-opened': ['operator'],
    'read-failed': ['reader'],
    signed: ['console'],
    refused: ['console'],
    intent: ['executor'],
    outcome: ['executor'],
    cancelled: ['executor'],
    enrolled: ['console', 'operator'],
    'event-received': ['hooks'],
    'deliveries-refused': ['hooks'],
    handshake: ['hooks'],
    'event-confirmed': ['operator'],
    'event-given': ['hooks'],
    'event-settled': ['hooks'],
    'hook-secret': ['operator', 'hooks'],
    'account-begun': ['hooks'],
    'account-linked': ['reader', 'executor'],
    'account-refused': ['reader', 'executor'],
    'account-revoked': ['reader', 'executor'],
    alarm: ['gateway', 'hooks', 'console', 'reader', 'executor', 'ledger', 'operator'],
  });
});

test('the words for what is found, and for where an operation stands to its task', () => {
  expect(levels).toEqual(['none', 'noted', 'suspicious', 'hostile']);
  expect(scopes).toEqual(['inside', 'outside', 'undeclared']);
  expect(egressKinds).toEqual(['secret', 'guarded', 'link', 'image', 'new-host', 'overlap']);
  expect(reaches).toEqual(['self', 'named', 'team', 'org', 'partner', 'customer', 'internet']);
});

test('the words between processes, and who answers them', () => {
  expect(listeners).toEqual(['gateway', 'reader', 'executor', 'console', 'hooks', 'ledger']);
  expect(Object.fromEntries(Object.entries(messages).map(([name, row]) => [name, row.to]))).toEqual({
    health: ['gateway', 'reader', 'executor', 'console', 'hooks', 'ledger'],
    resolve: ['reader'],
    read: ['reader'],
    wake: ['executor'],
    reconcile: ['executor'],
    proposals: ['console'],
    show: ['console'],
    countersign: ['console'],
    'event-take': ['hooks'],
    'event-give': ['hooks'],
    'event-settle': ['hooks'],
    'event-run': ['gateway'],
    'event-read': ['gateway'],
    events: ['hooks'],
    event: ['hooks'],
    'event-replay': ['hooks'],
    endpoints: ['hooks'],
    judge: ['hooks'],
    missed: ['reader'],
    cursor: ['hooks'],
    changes: ['reader'],
    recovered: ['hooks'],
    'account-start': ['hooks'],
    'account-begin': ['reader', 'executor'],
    'account-exchange': ['reader', 'executor'],
    'account-confirm': ['reader', 'executor'],
    'account-abandon': ['reader', 'executor'],
  });
});

const action: Action = {
  v: 1,
  system: 'github',
  tenant: 'github.com/acme',
  operation: 'merge_pull_request',
  class: 'code-write',
  target: { type: 'pull-request', id: 'repository:42/pull:7', name: 'acme/app#7' },
  arguments: { title: 'Keep the last row – ö', method: 'squash' },
  precondition: { head: '9f0c' },
};
const argumentsBytes = '{"method":"squash","title":"Keep the last row – ö"}';
const sealedBytes =
  '{"arguments":"sha256:e99440b589a2fa78aebe32779889bf3b026963c0cff94b77aacabc35f4fb37aa","class":"code-write","operation":"merge_pull_request","precondition":{"head":"9f0c"},"system":"github","target":{"id":"repository:42/pull:7","name":"acme/app#7","type":"pull-request"},"tenant":"github.com/acme","v":1}';

const sha256 = (tag: string, text: string): string =>
  `sha256:${createHash('sha256').update(`countersign/${tag}/v1\0${text}`).digest('hex')}`;

test('the bytes and the digest of an action', () => {
  expect(canonical(sealAction(action))).toBe(sealedBytes);
  expect(sealAction(action).arguments).toBe(sha256('arguments', argumentsBytes));
  expect(actionDigest(action)).toBe('sha256:2272e5b84e6bf587b4ffde7ebc6548d2a6864e6d367d8e3596fc70f9f11d58f9');
  expect(actionDigest(action)).toBe(sha256('action', sealedBytes));
});

const statementBytes =
  '{"atMs":1790000000000,"body":{"action":"sha256:2272e5b84e6bf587b4ffde7ebc6548d2a6864e6d367d8e3596fc70f9f11d58f9","basis":"call","code":"done","content":null,"effect":"sha256:1111111111111111111111111111111111111111111111111111111111111111","facts":null,"message":"merged","outcome":"done","proposal":"p_AAAAAAAAAAAAAAAAAAAAAA","receipt":{"sha":"9f0c"},"result":null,"run":"r_AAAAAAAAAAAAAAAAAAAAAA","source":null},"boot":"AAAAAAAAAAAAAAAA","by":"executor","kind":"outcome","n":3,"v":1}';

test('the bytes of a statement, and that only its maker may make it', () => {
  const statement = parseStatement(parseCanonical(statementBytes));
  expect(statement?.kind).toBe('outcome');
  expect(canonical(statement)).toBe(statementBytes);
  expect(digestText('statement', statementBytes)).toBe(sha256('statement', statementBytes));
  for (const by of signers.filter((name) => name !== 'executor'))
    expect(parseStatement(parseCanonical(statementBytes.replace('"executor"', `"${by}"`)))).toBeNull();
});

test.each([
  ['another version', '"v":1', '"v":2'],
  ['another kind', '"kind":"outcome"', '"kind":"intent"'],
  ['a kind that there is not', '"kind":"outcome"', '"kind":"toString"'],
  ['a name too many', '"n":3', '"more":1,"n":3'],
  ['a name too many inside', '"source":null', '"source":null,"x":1'],
  ['a name that is missing', '"basis":"call",', ''],
  ['another outcome', '"outcome":"done","proposal"', '"outcome":"fine","proposal"'],
  ['a proposal that is none', 'p_AAAAAAAAAAAAAAAAAAAAAA', 'p_A'],
  ['a digest that is none', 'sha256:1111', 'sha256:111'],
  ['a number that no life counts', '"n":3', '"n":-1'],
])('a statement with %s is none', (_, from, to) => {
  expect(statementBytes).toContain(from);
  expect(parseStatement(parseCanonical(statementBytes.replace(from, to)))).toBeNull();
});
