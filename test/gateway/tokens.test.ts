// verifies: gateway.tokens, never.forged-rows
import { expect, test } from 'vitest';
import { digestText } from '../../src/action/digest.ts';
import { limits } from '../../src/limits.ts';
import { kindOfBearer, mintToken, secretDigest } from '../../src/propose/bearer.ts';
import { createToken, listTokens, revokeToken } from '../../src/propose/issue.ts';
import { openTokens } from '../../src/propose/tokens.ts';
import { alice, bob, openTestBook } from './doors.ts';

test('a token proves the principal that it was made for, and only its digest is stored', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).toMatchObject({ kind: 'token', id, principal: alice, scope: 'agent' });
  expect(text).toMatch(/^cst_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{43}$/);
  expect(JSON.stringify(await book.store.tokens())).not.toContain(text.slice(-43));
});

test('a text that is nearly a token is nobody', async () => {
  const book = await openTestBook();
  const { text } = await book.make(alice);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  const last = text.endsWith('A') ? 'B' : 'A';
  for (const wrong of ['', 'cst_', text.slice(0, -1), `${text.slice(0, -1)}${last}`, `${text}\n`, ` ${text}`, mintToken().text])
    expect(await tokens.verify(wrong)).toBeNull();
  expect(kindOfBearer(`csr_${text.slice(-43)}`)).toBe('run');
});

test('an expired token is nobody, also while it is remembered', async () => {
  const book = await openTestBook();
  const { text } = await book.make(alice, 'agent', 500);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).not.toBeNull();
  book.clock.ms += 500;
  expect(await tokens.verify(text)).toBeNull();
});

test('a revocation takes effect when the short memory of a token is over, which is before two seconds', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).not.toBeNull();
  expect(await revokeToken(book, id)).toMatchObject({ ok: true });
  expect(await tokens.verify(text)).not.toBeNull(); // remembered: this is what the bound is about
  book.clock.ms += limits.tokenCacheMs;
  expect(await tokens.verify(text)).toBeNull();
  expect(limits.tokenCacheMs).toBeLessThan(2000);
  expect(await listTokens(book, book.clock.ms)).toMatchObject([{ id, state: 'revoked', principal: alice }]);
  expect(await revokeToken(book, id)).toMatchObject({ ok: false, code: 'already-revoked' });
  expect(await revokeToken(book, 't_nobody')).toMatchObject({ ok: false, code: 'no-such-token' });
});

test('a clock that is set back does not keep a revoked token alive', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).not.toBeNull();
  await revokeToken(book, id);
  book.clock.ms -= 60_000;
  expect(await tokens.verify(text)).toBeNull();
});

test('the statement revokes, whatever the column says', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  await revokeToken(book, id);
  // Whoever can write to the store sets the column back.
  const healed = { ...book.store, token: async (secret: `sha256:${string}`) => ({ ...(await book.store.token(secret))!, revoked: false }) };
  const tokens = openTokens({ store: healed, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).toBeNull();
});

test('the column alone refuses too: in doubt a token is nobody', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  await book.recorder.record({ changes: [{ change: 'token-revoked', id }] });
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).toBeNull();
  expect(await revokeToken(book, id)).toMatchObject({ ok: true }); // and the statement can still be made
  expect(await book.store.statementsOfKind('token-revoked')).toHaveLength(1);
});

test('a revocation that nobody trusted has signed revokes nothing', async () => {
  const book = await openTestBook();
  const { id, text } = await book.make(alice);
  await book.stranger.record({ statements: [{ kind: 'token-revoked', body: { token: id } }] });
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).not.toBeNull();
});

test('a row that somebody wrote into the store is nobody: by a stranger, by the wrong signer, or with the statement of another token', async () => {
  const book = await openTestBook();
  const heard: string[] = [];
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms, onForged: (about) => heard.push(about) });
  const forged = await createToken(
    { ...book, recorder: book.stranger },
    { principal: alice, scope: 'host', expiresAtMs: book.clock.ms + 60_000 },
  );
  expect(await tokens.verify(forged.text)).toBeNull();

  // A good statement, but of Bob's own token, put beside the digest of a secret that the forger knows.
  const own = await book.make(bob);
  const known = mintToken();
  const statement = (await book.store.token(secretDigest(own.text)))!.statement;
  const store = { ...book.store, token: async () => ({ id: known.id, secret: known.secret, statement, revoked: false }) };
  const fooled = openTokens({ store, trust: book.trust, now: () => book.clock.ms, onForged: (about) => heard.push(about) });
  expect(await fooled.verify(known.text)).toBeNull();
  const renamed = { ...book.store, token: async () => ({ id: own.id, secret: known.secret, statement, revoked: false }) };
  expect(await openTokens({ store: renamed, trust: book.trust, now: () => book.clock.ms }).verify(known.text)).toBeNull();
  expect(heard).toEqual([forged.id, known.id]);
  expect((await listTokens(book, book.clock.ms)).find((token) => token.id === forged.id)).toMatchObject({
    state: 'forged',
    principal: null,
  });
});

test("a run's secret proves its run, unless the statement, the secret or the token that opened it is not good", async () => {
  const book = await openTestBook();
  const host = await book.make(alice, 'host');
  const text = `csr_${'A'.repeat(43)}`;
  const run = `r_${'B'.repeat(22)}`;
  const body = {
    run,
    principal: bob,
    token: host.id,
    request: null,
    scope: null,
    secret: digestText('token', text),
    expiresAtMs: book.clock.ms + 60_000,
  };
  await book.gateway.record({
    statements: [{ kind: 'run-opened', body }],
    changes: [{ change: 'run', id: run, secret: body.secret, atMs: book.clock.ms }],
  });
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).toMatchObject({ kind: 'run', id: run, principal: bob });
  expect(await tokens.run(run)).toMatchObject({ principal: bob });
  expect(await tokens.run(`r_${'C'.repeat(22)}`)).toBeNull();

  // The row leads to the statement of this run for another secret.
  const moved = { ...book.store, runBySecret: async () => book.store.run(run) };
  expect(await openTokens({ store: moved, trust: book.trust, now: () => book.clock.ms }).verify(`csr_${'D'.repeat(43)}`)).toBeNull();

  await revokeToken(book, host.id);
  book.clock.ms += limits.tokenCacheMs;
  expect(await tokens.verify(text)).toBeNull();
  expect(await tokens.run(run)).toBeNull();
});

test('a run that nobody trusted has opened does not exist', async () => {
  const book = await openTestBook();
  const text = `csr_${'A'.repeat(43)}`;
  const run = `r_${'B'.repeat(22)}`;
  const secret = digestText('token', text);
  const body = { run, principal: bob, token: 't_x', request: null, scope: null, secret, expiresAtMs: book.clock.ms + 60_000 };
  // The operator's key is trusted, but the operator may not make such a statement; openStatement refuses it.
  await book.recorder.record({ statements: [{ kind: 'run-opened', body }], changes: [{ change: 'run', id: run, secret, atMs: 1 }] });
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  expect(await tokens.verify(text)).toBeNull();
  expect(await tokens.run(run)).toBeNull();
});
