import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { peers } from '../test/inbound/peers.ts';
import type { Peer } from '../test/inbound/peers.ts';
import { cases } from './hooks-cases.ts';
import type { Attack, Case } from './hooks-cases.ts';
import { ours } from './hooks-ours.ts';
import { snsOutcomes } from './hooks-sns.ts';

/*
 * `npm run bench:hooks-peers`: the same attacks on our verifier and on the packages that people use today. `--json` prints
 * data, `--write` puts the tables into docs/hooks-peers.md, whose rule about names holds for every output of this program.
 */

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } } });

type Outcome = 'refused' | 'accepted' | 'error' | 'n/a';

/** True if the language or the platform failed, and not the package said no by throwing. */
function unmeant(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    error instanceof SyntaxError || code.startsWith('ERR_') || (error instanceof TypeError && /^(?:Cannot|undefined)/.test(error.message))
  );
}

async function theirs(peer: Peer, { before = [], given, nowMs, secrets }: Attack): Promise<Outcome> {
  try {
    for (const honest of before) if (!(await peer.verify(honest))) throw new Error(`${peer.name}: an honest delivery is not taken`);
    const { verifyAny } = peer;
    const several = secrets !== undefined && secrets.length > 1 && verifyAny !== undefined;
    return (await (several ? verifyAny(given, secrets) : peer.verify(given, nowMs, secrets?.[0]))) ? 'accepted' : 'refused';
  } catch (error) {
    return unmeant(error) ? 'error' : 'refused';
  }
}

/** One row: what we say over all senders, and what each package says. */
interface Row {
  readonly row: Case;
  readonly us: Outcome;
  readonly packages: ReadonlyMap<string, Outcome>;
}

/** The package that one way into it belongs to. */
const packageOf = ({ name }: Peer): string => name.split(' ')[0] ?? name;
const worst = (outcomes: readonly Outcome[], wanted: Outcome): Outcome =>
  outcomes.find((outcome) => outcome !== wanted && outcome !== 'n/a') ?? outcomes.find((outcome) => outcome !== 'n/a') ?? 'n/a';

async function measure(row: Case): Promise<Row> {
  const mine: Outcome[] = [];
  const packages = new Map<string, Outcome>();
  for (const peer of peers) {
    const attack = row.attack(peer);
    if (attack !== null) mine.push(ours(peer.sender, attack));
    const name = packageOf(peer);
    packages.set(name, worst([packages.get(name) ?? 'n/a', attack === null ? 'n/a' : await theirs(peer, attack)], row.wanted));
  }
  return { row, us: worst(mine, row.wanted), packages };
}

const rows: Row[] = [];
for (const row of cases) rows.push(await measure(row));
const sns = await snsOutcomes();
const named = rows
  .filter(({ row }) => row.named)
  .map(({ row, us, packages }) => ({
    code: row.code,
    case: row.what,
    wanted: row.wanted,
    us,
    packages: Object.fromEntries([...packages, ['sns-validator', sns[row.code] ?? ('n/a' as const)]]),
  }));
// Of the other rows only counts leave this program: a count of very few would be a name.
const counted = rows
  .filter(({ row }) => !row.named)
  .map(({ row, us, packages }) => {
    const said = [...packages.values()].filter((outcome) => outcome !== 'n/a');
    const of = (outcome: Outcome): number => said.filter((other) => other === outcome).length;
    return {
      code: row.code,
      case: row.what,
      wanted: row.wanted,
      us,
      asked: said.length,
      refused: of('refused'),
      accepted: of('accepted'),
      error: of('error'),
    };
  })
  .filter(({ asked }) => asked >= 4);

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};
const names = Object.keys(named[0]?.packages ?? {});
const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const rule = (cells: readonly unknown[]): string => line(cells.map(() => '---'));

function tables(): string {
  const first = ['case', 'wanted', 'Countersign', ...names];
  const second = ['case', 'wanted', 'Countersign', 'packages asked', 'refused', 'accepted', 'error'];
  return [
    `Measured with ${names.map((name) => `${name} ${manifest.devDependencies[name]}`).join(', ')}; Node ${process.versions.node}.`,
    '',
    line(first),
    rule(first),
    ...named.map((row) => line([`${row.code} ${row.case}`, row.wanted, row.us, ...names.map((name) => row.packages[name] ?? 'n/a')])),
    '',
    line(second),
    rule(second),
    ...counted.map((row) => line([`${row.code} ${row.case}`, row.wanted, row.us, row.asked, row.refused, row.accepted, row.error])),
  ].join('\n');
}

if (values.json) process.stdout.write(`${JSON.stringify({ node: process.versions.node, named, counted }, null, 2)}\n`);
else process.stdout.write(`${tables()}\n`);
if (values.write) {
  const file = new URL('../docs/hooks-peers.md', import.meta.url);
  const page = readFileSync(file, 'utf8');
  const written = page.replace(
    /<!-- measured -->[\s\S]*<!-- \/measured -->/,
    () => `<!-- measured -->\n\n${tables()}\n\n<!-- /measured -->`,
  );
  writeFileSync(file, written);
}
if ([...named, ...counted].some(({ us, wanted }) => us !== wanted)) process.exitCode = 1;
