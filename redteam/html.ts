import type { CallRecord } from './agent.ts';
import { isUnexpected, isUntried, wordOf } from './report.ts';
import type { Report } from './report.ts';
import type { Attack } from './run.ts';

/*
 * The report as one page: no scripts, nothing loaded from anywhere, and every text escaped, because much of it is an attacker's.
 */

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text as HTML shows it: no character of it is markup, and what cannot be seen is written out. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (char) => entities[char] ?? '')
    .replaceAll(
      /(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu,
      (char) => `&lt;U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}&gt;`,
    );
}

const style = `
:root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --good: #1b6e3c; --odd: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #7fd8a0; --odd: #f0b860; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .6rem; font-size: 13px; }
section { border-top: 2px solid var(--line); margin-top: 2rem; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); } .odd { color: var(--odd); }
dt { font-weight: 600; } dd { margin: 0 0 .6rem; }
summary { cursor: pointer; }`;

const e = escapeHtml;
const colour = (attack: Attack): string =>
  attack.result === 'got-through' ? 'bad' : attack.result === 'outside' || isUntried(attack) ? 'odd' : 'good';

function row(attack: Attack, index: number): string {
  const held = attack.calls.filter((call) => call.outcome === 'held').length;
  const note = isUnexpected(attack) ? ' <strong>unexpected</strong>' : '';
  return `<tr><td><a href="#a${index}">${e(attack.id)}</a></td><td>${e(attack.title)}</td><td class="${colour(attack)}">${e(wordOf(attack))}${note}</td><td>${held}</td></tr>`;
}

function call(record: CallRecord): string {
  const args = e(JSON.stringify(record.arguments));
  const what = record.outcome === 'held' ? `held: asks ${e(record.needs.join(', '))}` : `${record.outcome} (${e(record.code)})`;
  const reasons = record.reasons.map((reason) => `<li>${e(reason)}</li>`).join('');
  const card =
    record.card === null ? '' : `<details><summary>what the approver would have seen</summary><pre>${e(record.card)}</pre></details>`;
  return `<li><code>${e(record.tool)}</code> ${what}<br><small>${args}</small>${reasons === '' ? '' : `<ul>${reasons}</ul>`}${card}</li>`;
}

const items = (list: readonly string[]): string => `<ul>${list.map((one) => `<li>${e(one)}</li>`).join('')}</ul>`;

function section(attack: Attack, index: number): string {
  const facts: readonly (readonly [string, string])[] = [
    ['What happened', e(attack.incident)],
    ['The user says', e(attack.userText)],
    ['What stops it, or should', e(attack.control)],
    ['What this does not show', `${e(attack.limits)} (${attack.scope})`],
    ...(attack.known === null ? [] : [['Known to get through, because', e(attack.known)] as const]),
    ['What the attacker got', attack.evidence.length === 0 ? 'nothing' : items(attack.evidence)],
    ['What the attacker gets without Countersign', items(attack.unprotected)],
    ['What the agent tried', `<ol>${attack.calls.map(call).join('')}</ol>`],
  ];
  return `<section id="a${index}"><h2>${e(attack.id)}: ${e(attack.title)}</h2><p class="${colour(attack)}">${e(wordOf(attack))}</p><dl>${facts
    .map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`)
    .join('')}</dl></section>`;
}

/** The report as a page of its own. */
export function htmlOf(report: Report): string {
  const { counts } = report;
  const about = report.configuration === null ? 'the built-in configuration' : report.configuration;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Countersign: red team</title><style>${style}</style></head>
<body><h1>Red team</h1>
<p>${e(about)}, policy ${e(report.preset)}, ${e(report.startedAt)}. Real processes, pretend systems; whatever was held stayed undecided. The pretend systems’ own state says what got through.</p>
<p><strong>${counts.gotThrough} got through</strong>, ${counts.stopped} stopped, ${counts.outside} outside of what a gateway can see, ${counts.untried} not tried; ${counts.unexpected} not as expected. Calls: ${counts.executed} executed, ${counts.held} held for a person, ${counts.denied} refused.</p>
<table><thead><tr><th>Attack</th><th>What it is</th><th>Result</th><th>Held</th></tr></thead><tbody>
${report.attacks.map(row).join('\n')}
</tbody></table>
${report.attacks.map(section).join('\n')}
</body></html>
`;
}
