import { characters } from './benign-characters.ts';
import { docs } from './benign-docs.ts';
import { languages } from './benign-languages.ts';
import { long } from './benign-long.ts';
import { machine } from './benign-machine.ts';
import { office } from './benign-office.ts';
import { work } from './benign-work.ts';
import type { Benign } from './entry.ts';

/** All benign texts of the corpus, every one of them hard for a rule: written for it, with reserved names of hosts. */
export const benign: readonly Benign[] = [...office, ...languages, ...characters, ...docs, ...work, ...machine, ...long];
