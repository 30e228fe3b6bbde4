import { hiddenAttacks } from './attacks-hidden.ts';
import { markupAttacks } from './attacks-markup.ts';
import { plainAttacks } from './attacks-plain.ts';
import { quietAttacks } from './attacks-quiet.ts';
import { toolAttacks } from './attacks-tools.ts';
import type { Attack } from './entry.ts';

/** All attacks of the corpus. Every text was written for it; the names of hosts are reserved ones. */
export const attacks: readonly Attack[] = [...hiddenAttacks, ...markupAttacks, ...toolAttacks, ...plainAttacks, ...quietAttacks];
