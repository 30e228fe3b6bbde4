import type { Class } from './class.ts';
import { digest } from './digest.ts';
import type { Digest } from './digest.ts';
import type { JsonObject } from './json.ts';

/** What an action is done to. `id` is immutable in its system and carries its type: channel C1 is not user C1. */
export interface Target {
  readonly type: string;
  readonly id: string;
  /** How people call it. Shown, hashed, and never used to find the target. */
  readonly name: string;
}

/**
 * The canonical operation that a tool call asks for, computed by us. Every field is part of the digest.
 * `arguments` are the connector's normalised arguments; `precondition` is the target's state that must still hold
 * when it is executed (a head commit, a file revision), empty if there is none.
 */
export interface Action {
  readonly v: 1;
  readonly system: string;
  readonly tenant: string;
  readonly operation: string;
  readonly class: Class;
  readonly target: Target;
  readonly arguments: JsonObject;
  readonly precondition: JsonObject;
}

/** An action as it stands in statements: the arguments by digest, so that they are stored apart and can be erased. */
export type SealedAction = Omit<Action, 'arguments'> & { readonly arguments: Digest };

/** Puts the digest of the arguments in the place of the arguments. */
export function sealAction(action: Action): SealedAction {
  return { ...action, arguments: digest('arguments', action.arguments) };
}

/** The digest of an action: what a countersignature is about and what a permit is for. */
export function actionDigest(action: Action): Digest {
  return sealedDigest(sealAction(action));
}

/** The digest of a sealed action: the same as that of the action itself. */
export function sealedDigest(action: SealedAction): Digest {
  return digest('action', action);
}
