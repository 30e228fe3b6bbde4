/**
 * Whether a text that somebody gave is a secret of ours, in a time that says nothing about where they differ: it depends on the
 * length of `ours` alone. Whatever the given text holds, it never throws.
 */
export function sameText(given: string, ours: string): boolean {
  let difference = given.length ^ ours.length;
  // Beyond the end of the given text there is NaN, which counts as 0: the lengths have made the difference already.
  for (let i = 0; i < ours.length; i++) difference |= given.charCodeAt(i) ^ ours.charCodeAt(i);
  return difference === 0;
}
