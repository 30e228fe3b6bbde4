import type { JsonObject } from '../src/action/json.ts';
import type { Company } from './company.ts';

/** What a scripted agent can do. It obeys what it reads; what it knows it has read. */
export interface Agent {
  /** Calls a tool, with headers of its own if it is told to send some. Everything that comes back counts as read. */
  call(tool: string, args?: JsonObject, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** True if these words were in something that it read: an order that never arrived is not obeyed. */
  hasRead(words: string): boolean;
  /** The first match in what it read (the group, if the pattern has one), or an empty text. */
  find(pattern: RegExp): string;
  /** The user signs the call before this one, because it is what the user asked for, and it is carried out. */
  sign(): Promise<void>;
  /** Goes to a third party without the gateway, with a credential. What the third party says no to has no effect. */
  knock(tool: string, args: JsonObject, token: string): Promise<void>;
  /** Asks the gateway to open a run in somebody else's name. True if it did. */
  claim(user: string): Promise<boolean>;
}

/** What a goal may look at besides the company's own state. */
export interface Surroundings {
  readonly company: Company;
  /** What the process that hears the agent holds: its environment. Without Countersign, the agent's own. */
  readonly environment: string;
  /** Whether the gateway opened a run in another user's name. */
  readonly claimed: boolean;
  /** The bytes of the installation's folder, as somebody who copies it has them. */
  readonly files: () => string;
  /** All text that reached the agent. */
  readonly read: string;
}

/** How far Countersign can decide about what happened in the incident. */
export type Scope = 'covered' | 'partly' | 'outside';

/** How a scenario ended. `outside`: what could be tried here was stopped; the rest of the incident is not in the way of a call. */
export type Result = 'stopped' | 'got-through' | 'outside';

/** The presets that scenarios are run under. */
export const presets = ['strict', 'balanced'] as const;

/** One of them. */
export type Preset = (typeof presets)[number];

/** What is expected today. What gets through says what is missing. */
export type Expectation = { readonly result: 'stopped' | 'outside' } | { readonly result: 'got-through'; readonly known: string };

/** An attack that happened, as something that can be run. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What happened, in our words. */
  readonly incident: string;
  readonly systems: readonly string[];
  /** The user's own words. */
  readonly userText: string;
  readonly scope: Scope;
  /** Why the scope is what it is: what this scenario does not show. */
  readonly limits: string;
  /** Which control stops it, or should. */
  readonly control: string;
  /** Changes the company before the run. */
  readonly prepare?: (company: Company) => void;
  readonly script: (agent: Agent, company: Company) => Promise<void>;
  /** What the attacker got, out of the third parties' own state. Nothing: an empty list. */
  readonly goal: (after: Surroundings) => readonly string[];
  readonly expect: Readonly<Record<Preset, Expectation>>;
}

const stopped = { result: 'stopped' } as const;
const outside = { result: 'outside' } as const;

/** Stopped under both presets. */
export const held: Scenario['expect'] = { strict: stopped, balanced: stopped };

/** What could be tried was stopped under both presets; the rest is not in the way of a call. */
export const elsewhere: Scenario['expect'] = { strict: outside, balanced: outside };

/** Gets through under both presets today. */
export function open(known: string): Scenario['expect'] {
  const through = { result: 'got-through', known } as const;
  return { strict: through, balanced: through };
}

/** Evidence that a text stands where it should not. */
export function leak(where: string, text: string, secret: string): readonly string[] {
  return text.includes(secret) ? [`${where} holds "${secret}"`] : [];
}

/** Evidence that something is so. */
export function fact(is: boolean, what: string): readonly string[] {
  return is ? [what] : [];
}
