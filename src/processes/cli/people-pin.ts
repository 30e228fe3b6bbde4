import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { isSeq, parseDocument } from 'yaml';
import { CountersignError } from '../../errors.ts';
import type { Administrator } from '../../record/approvers.ts';
import { parseConfig } from '../config.ts';

/**
 * Adds an administrator to the text of a configuration, keeping comments and order.
 * @throws CountersignError `bad-config` if the result would not be a valid configuration.
 */
export function withAdministrator(text: string, file: string, administrator: Administrator): string {
  const doc = parseDocument(text);
  const list = doc.get('administrators', true);
  const node = doc.createNode({ ...administrator, owns: [...administrator.owns] });
  if (isSeq(list)) {
    list.flow = false;
    list.add(node);
  } else {
    doc.set('administrators', doc.createNode([node]));
  }
  const changed = doc.toString({ lineWidth: 0 });
  const parsed = parseConfig(changed, file);
  if (!parsed.ok)
    throw new CountersignError(
      'bad-config',
      `the administrator could not be added to ${file}: ${parsed.problems[0]?.message ?? 'unknown'}`,
    );
  return changed;
}

/** Pins an administrator in a configuration file. A crash leaves the old file or the new one, and perhaps a `.new` beside it. */
export function pinAdministrator(file: string, administrator: Administrator): void {
  const changed = withAdministrator(readFileSync(file, 'utf8'), file, administrator);
  const beside = `${file}.new`;
  writeFileSync(beside, changed, { mode: statSync(file).mode & 0o777, flush: true });
  renameSync(beside, file);
}
