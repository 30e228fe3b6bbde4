import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { digestText } from '../../src/action/digest.ts';
import type { Approver, Body, Countersignature, Envelope, Verdict } from '../../src/action/statement.ts';
import { mintToken, secretDigest } from '../../src/propose/bearer.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { signEnrolment } from '../../src/record/approvers.ts';
import { signEnvelope } from '../../src/record/countersignature.ts';
import { publicText } from '../../src/record/identity.ts';
import type { Identity } from '../../src/record/identity.ts';
import { eventually, startCompany } from './company.ts';
import type { Company, Run } from './company.ts';
import { openForging } from './forging.ts';
import type { Forging } from './forging.ts';
import { verifies } from './requirements.ts';
import { openSigning } from './signing.ts';
import type { Signing } from './signing.ts';

/*
 * What must never execute. The attacker here can write to the store, and mostly has taken over the console as well and
 * signs with its real key: whatever then holds, the executor holds alone. Each attack ends with a look into the third
 * party; most go on to an honest signature, which shows that nothing but the attack was in the way.
 */

let company: Company;
let forging: Forging;
let signing: Signing;
let consoleKey: Identity;
let operatorKey: Identity;

beforeAll(async () => {
  company = await startCompany();
  forging = await openForging(company.world);
  signing = openSigning(company.world, forging.store);
  consoleKey = forging.stolen('console');
  operatorKey = forging.stolen('operator');
}, 120_000);

afterAll(async () => {
  await forging.close();
  await company.close();
}, 60_000);

interface Held {
  readonly run: Run;
  readonly proposal: string;
  readonly text: string;
}

/** A post that waits for alice. */
async function held(text: string, callId = 'one'): Promise<Held> {
  const run = await company.openRun();
  const call = { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text }, call_id: callId };
  const answer = await company.act(run, call);
  expect(answer).toMatchObject({ kind: 'waiting', state: 'open', needs: ['requester'] });
  return { run, proposal: answer.proposal, text };
}

const posted = async (text: string): Promise<number> =>
  (await company.world.slack.messages('random')).filter((message) => message.text.includes(text)).length;

/** Brings a countersignature to the executor past the checks of the console: a `signed` row with the console's real key. */
async function smuggle(proposal: string, countersignature: Countersignature): Promise<void> {
  await forging.write(consoleKey, { statements: [{ kind: 'signed', body: { proposal, countersignature } }] });
}

const unsigned = { state: 'open', code: null } as const;

/** An honest signature, after all the attacks, is executed: they were stopped, not everything. */
async function honest({ run, proposal, text }: Held): Promise<void> {
  expect(await posted(text)).toBe(0);
  const waiting = company.outcome(run, proposal);
  expect(await signing.sign(proposal, 'alice')).toMatchObject({ ok: true });
  expect(await waiting).toMatchObject({ kind: 'outcome', outcome: 'done' });
  expect(await posted(text)).toBe(1);
}

verifies(
  'never.other-action',
  'a signature for one action, or for the same action asked for before, executes no other proposal',
  async () => {
    const first = await held('signed for');
    const other = await held('not signed for');
    const twin = await held('signed for', 'two');
    const signature = await signing.countersignature(first.proposal, 'alice');
    const { envelope } = signature;
    for (const target of [other, twin]) {
      await smuggle(target.proposal, signature);
      // The words changed to fit, under the old signature; and the true words of the other proposal, likewise.
      await smuggle(target.proposal, { ...signature, envelope: { ...envelope, proposal: target.proposal } });
      const fitting = (await signing.countersignature(target.proposal, 'alice')).envelope;
      await smuggle(target.proposal, { ...signature, envelope: fitting });
      expect(await forging.push(target.proposal)).toEqual(unsigned);
    }
    expect(await posted('signed for')).toBe(0);
    await honest(other);
  },
);

verifies(
  'never.changed-argument',
  'arguments that were changed after signing are not executed, wherever in the store they are changed',
  async () => {
    const attacks: Record<string, (proposal: string, evil: string) => Promise<void>> = {
      'the text of the resolved arguments': async (proposal, evil) => {
        const { resolved } = await signing.open(proposal);
        const text = (await forging.store.body(resolved.body.action.arguments)) ?? '';
        forging.sql(
          'UPDATE bodies SET text = ? WHERE digest = ?',
          text.replace(/"text":"[^"]*"/, `"text":"${evil}"`),
          resolved.body.action.arguments,
        );
      },
      'the text of the asked arguments': async (proposal, evil) => {
        const { proposed } = await signing.open(proposal);
        forging.sql('UPDATE bodies SET text = ? WHERE digest = ?', `{"channel":"#random","text":"${evil}"}`, proposed.body.arguments);
      },
      'the digests in the statements, with a text that has them': async (proposal, evil) => {
        const { proposed, resolved } = await signing.open(proposal);
        for (const [digest, text] of [
          [proposed.body.arguments, `{"channel":"#random","text":"${evil}"}`],
          [resolved.body.action.arguments, `{"link_names":false,"text":"${evil}","unfurl_links":false,"unfurl_media":false}`],
        ] as const) {
          const fitting = digestText('arguments', text);
          forging.sql('INSERT INTO bodies (digest, text) VALUES (?, ?)', fitting, text);
          forging.sql(
            'UPDATE statements SET bytes = replace(bytes, ?, ?) WHERE proposal = ? AND instr(bytes, ?)',
            digest,
            fitting,
            proposal,
            digest,
          );
        }
      },
      'a second record of the reader, with its real key': async (proposal, evil) => {
        const { resolved } = await signing.open(proposal);
        const text = `{"link_names":false,"text":"${evil}","unfurl_links":false,"unfurl_media":false}`;
        const changed = digestText('arguments', text);
        const body = { ...resolved.body, action: { ...resolved.body.action, arguments: changed } };
        await forging.write(forging.stolen('reader'), { statements: [{ kind: 'resolved', body }], bodies: [{ digest: changed, text }] });
      },
    };
    for (const [what, attack] of Object.entries(attacks)) {
      const { proposal, text } = await held(`before: ${what}`);
      const evil = `after: ${what}`;
      await smuggle(proposal, await signing.countersignature(proposal, 'alice'));
      await attack(proposal, evil);
      expect([what, await forging.push(proposal)]).toMatchObject([what, { state: 'cancelled' }]);
      expect([what, await posted(text), await posted(evil)]).toEqual([what, 0, 0]);
    }
    expect((await forging.alarms('forged-proposal')).length).toBeGreaterThan(0);
  },
);

verifies(
  ['never.expired-signature', 'hands.signature-expiry'],
  'a signature outside of its time, or with more time than is allowed, executes nothing',
  async () => {
    const target = await held('too late');
    const minute = 60_000;
    const now = Date.now();
    const times: readonly Pick<Envelope, 'issuedAtMs' | 'expiresAtMs'>[] = [
      { issuedAtMs: now - 20 * minute, expiresAtMs: now - 6 * minute },
      { issuedAtMs: now - minute, expiresAtMs: now - 1 },
      { issuedAtMs: now - 20 * minute, expiresAtMs: now + 10 * minute },
      { issuedAtMs: now + 30 * minute, expiresAtMs: now + 40 * minute },
    ];
    for (const time of times) {
      const late = await signing.countersignature(target.proposal, 'alice', time);
      expect(await signing.ask('console', 'countersign', { countersignature: late })).toMatchObject({ ok: false });
      await smuggle(target.proposal, late);
      expect(await forging.push(target.proposal)).toEqual(unsigned);
    }
    await honest(target);
  },
);

verifies(
  ['never.replayed-signature', 'never.second-signature', 'hands.once'],
  'a signature that was used is worth nothing, though its row is copied, its reservation removed and its state set back',
  async () => {
    const target = await held('only once');
    const signature = await signing.countersignature(target.proposal, 'alice');
    const bring = (): Promise<unknown> => signing.ask('console', 'countersign', { countersignature: signature });
    expect(await bring()).toMatchObject({ ok: true });
    await eventually('the post is executed', async () => ((await forging.store.proposal(target.proposal))?.state === 'done' ? true : null));
    expect(await bring()).toMatchObject({ ok: false, code: 'already-executed' });
    const second = await signing.countersignature(target.proposal, 'bob');
    expect(await signing.ask('console', 'countersign', { countersignature: second })).toMatchObject({
      ok: false,
      code: 'already-executed',
    });

    await smuggle(target.proposal, signature);
    await smuggle(target.proposal, second);
    forging.sql('DELETE FROM effects WHERE proposal = ?', target.proposal);
    forging.sql("UPDATE proposals SET state = 'ready', created_at_ms = 0 WHERE id = ?", target.proposal);
    await signing.ask('executor', 'wake', { proposal: target.proposal });
    // The executor takes the oldest first: once a later post has gone through, it has looked at the older one as well.
    await honest(await held('after the replay'));
    forging.sql("UPDATE proposals SET state = 'done' WHERE id = ?", target.proposal);
    expect(await posted('only once')).toBe(1);
    expect((await forging.statements(target.proposal)).filter((one) => one.kind === 'intent')).toHaveLength(1);
  },
);

verifies(
  'never.foreign-signature',
  'a signature for another installation, another purpose or with a foreign key executes nothing',
  async () => {
    const target = await held('not from here');
    const real = await signing.countersignature(target.proposal, 'alice');
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const attempts: readonly Countersignature[] = [
      await signing.countersignature(target.proposal, 'alice', { installation: 'cs_anotherhouse' }),
      await signing.countersignature(target.proposal, 'alice', { purpose: 'countersign/settlement' }),
      await signing.countersignature(target.proposal, 'alice', { tenant: 'T999999999' }),
      await signing.countersignature(target.proposal, 'alice', { display: digestText('display', 'another card') }),
      signEnvelope(stranger, real.envelope),
      { ...real, envelope: { ...real.envelope, note: 'changed' } },
      { ...(await signing.countersignature(target.proposal, 'bob')), approver: 'alice' },
    ];
    for (const countersignature of attempts) {
      expect(await signing.ask('console', 'countersign', { countersignature })).toMatchObject({ ok: false });
      await smuggle(target.proposal, countersignature);
      expect(await forging.push(target.proposal)).toEqual(unsigned);
    }
    await honest(target);
  },
);

/** A record of an approver, as an administrator would vouch for it. */
function recordOf(approver: string, user: string, key: KeyObject): Approver {
  const { installation } = loadConfig(company.world.configFile);
  const rights = { administrator: false, owns: ['github'], withdrawn: false, issuedAtMs: Date.now() };
  return { v: 1, purpose: 'countersign/approver', installation, approver, user, key: publicText(key), ...rights };
}

verifies(
  ['never.self-signed', 'hands.self-approval', 'people.first-administrator'],
  'who enrols themselves, and the requester under another name, are no second person',
  async () => {
    const { github } = company.world;
    const [pull] = await github.pulls('acme/app');
    const number = pull?.number ?? 0;
    const run = await company.openRun();
    const call = { system: 'github', operation: 'merge_pull_request', arguments: { repository: 'app', number } };
    const { proposal, needs } = await company.act(run, call);
    expect(needs).toEqual(['requester', 'second']);
    expect(await signing.sign(proposal, 'alice')).toMatchObject({ ok: true, value: { state: 'open' } });

    const pair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ed25519');
    const enrol = async (record: Approver, by: string, key: KeyObject): Promise<void> => {
      const body: Body<'enrolled'> = { record, by, signature: signEnrolment(key, record) };
      await forging.write(operatorKey, { statements: [{ kind: 'enrolled', body }] });
    };
    const bring = async (approver: string, key: KeyObject): Promise<void> => {
      const { envelope } = await signing.countersignature(proposal, 'alice', { approver });
      const countersignature = signEnvelope(key, envelope);
      expect(await signing.ask('console', 'countersign', { countersignature })).toMatchObject({ ok: false });
      await smuggle(proposal, countersignature);
      expect(await forging.push(proposal)).toEqual(unsigned);
      expect((await github.pull('acme/app', number)).merged).toBe(false);
    };
    const mallory = pair();
    const forged = recordOf('mallory', 'mallory', mallory.publicKey);
    // By her own word, by alice's name under her own key, and by bob, who is enrolled but no administrator.
    await enrol(forged, 'mallory', mallory.privateKey);
    await enrol(forged, 'alice', mallory.privateKey);
    await enrol(forged, 'bob', signing.key('bob'));
    await bring('mallory', mallory.privateKey);
    // Alice may have many keys, and they are all hers, however her name is spelled.
    for (const [name, user] of [['alice-two', 'alice'] as const, ['alice-three', 'ＡLICE'] as const]) {
      const own = pair();
      await enrol(recordOf(name, user, own.publicKey), 'alice', signing.key('alice'));
      await bring(name, own.privateKey);
    }
    const listed = await company.world.json<{ approvers: { approver: string }[]; problems: string[] }>('approver', 'list');
    expect(listed.approvers.map((one) => one.approver).toSorted()).toEqual(['alice', 'alice-three', 'alice-two', 'bob']);
    expect(listed.problems).toHaveLength(3);

    expect(await signing.sign(proposal, 'bob')).toMatchObject({ ok: true, value: { state: 'ready' } });
    expect(await company.outcome(run, proposal)).toMatchObject({ outcome: 'done' });
    expect((await github.pull('acme/app', number)).merged).toBe(true);
  },
);

const newId = (letter: 'p' | 'r'): string => `${letter}_${randomBytes(16).toString('base64url')}`;

verifies(
  'never.forged-rows',
  'a proposal that only the index calls ready, and a signature that the console did not record, execute nothing',
  async () => {
    const target = await held('nobody signed this');
    expect(await forging.push(target.proposal)).toEqual(unsigned);
    const countersignature = await signing.countersignature(target.proposal, 'alice');
    // Even around a real signature of alice: what the console has not recorded was never given.
    await forging.write(forging.made('console'), {
      statements: [{ kind: 'signed', body: { proposal: target.proposal, countersignature } }],
    });
    expect(await forging.push(target.proposal)).toEqual(unsigned);
    // The gateway's own key is of no more use for it: it may not make such a statement.
    await forging.write(forging.stolen('gateway'), {
      statements: [{ kind: 'signed', body: { proposal: target.proposal, countersignature } }],
    });
    expect(await forging.push(target.proposal)).toEqual(unsigned);
    await eventually('the ledger tells of the forged rows', async () => ((await forging.alarms('forged-entry')).length > 1 ? true : null));
    await honest(target);
  },
);

verifies('never.forged-rows', 'a proposal that was never made, with statements by nobody or with none, executes nothing', async () => {
  const model = await held('the model');
  const row = await forging.store.proposal(model.proposal);
  const { proposed, resolved, decided } = await signing.open(model.proposal);
  if (row === null) throw new Error('unreachable');
  const [bare, dressed] = [newId('p'), newId('p')];
  for (const id of [bare, dressed]) {
    const copy = { ...row, id, state: 'open', callKey: digestText('effect', id) } as const;
    await forging.write(operatorKey, { changes: [{ change: 'proposal', row: copy }] });
  }
  const gateway = forging.made('gateway');
  await forging.write(gateway, { statements: [{ kind: 'proposed', body: { ...proposed.body, proposal: dressed } }] });
  await forging.write(forging.made('reader'), { statements: [{ kind: 'resolved', body: { ...resolved.body, proposal: dressed } }] });
  const verdict: Verdict = { ...decided.body.verdict, effect: 'allow', countersignatures: [] };
  await forging.write(gateway, { statements: [{ kind: 'decided', body: { ...decided.body, proposal: dressed, verdict } }] });
  for (const id of [bare, dressed]) {
    expect(await forging.push(id)).toEqual({ state: 'cancelled', code: 'not-proven' });
    expect((await forging.alarms('forged-proposal')).map((alarm) => alarm.about)).toContain(id);
  }
  expect(await posted('the model')).toBe(0);
});

verifies(['never.forged-rows', 'gateway.tokens'], 'a token and a run that were written into the store open nothing', async () => {
  const { world } = company;
  const body = { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text: 'by a forged token' } };
  const principal = { user: 'alice', agent: 'assistant' };
  const expiresAtMs = Date.now() + 3_600_000;
  const token = mintToken();
  await forging.write(forging.made('operator'), {
    statements: [
      { kind: 'token-created', body: { token: token.id, secret: secretDigest(token.text), principal, expiresAtMs, scope: 'agent' } },
    ],
    changes: [{ change: 'token', id: token.id, secret: secretDigest(token.text) }],
  });
  const run = newId('r');
  const secret = `csr_${randomBytes(32).toString('base64url')}`;
  await forging.write(forging.made('gateway'), {
    statements: [
      {
        kind: 'run-opened',
        body: { run, principal, token: token.id, request: null, scope: null, secret: secretDigest(secret), expiresAtMs },
      },
    ],
    changes: [{ change: 'run', id: run, secret: secretDigest(secret), atMs: Date.now() }],
  });
  for (const bearer of [token.text, secret]) {
    expect(await company.ask(bearer, 'POST', '/v1/actions', body)).toMatchObject({ status: 401 });
    const reply = await fetch(`${world.gatewayUrl}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${bearer}` }, body: '{}' });
    expect(reply.status).toBe(401);
  }
  const alarms = await eventually('the forged rows are told', async () => {
    const found = await forging.alarms('forged-token');
    return found.length >= 2 ? found : null;
  });
  expect(alarms.map((alarm) => alarm.about).toSorted()).toEqual([run, token.id].toSorted());
  expect(await posted('by a forged token')).toBe(0);
});
