/** What an operation can do, from least to most. The class is curated in a catalogue, never taken from an annotation. */
export const classes = [
  'read',
  'read-secret',
  'write',
  'publish',
  'share',
  'code-write',
  'execute',
  'destructive',
  'admin',
  'tunnel',
] as const;

/** One of the ten classes. */
export type Class = (typeof classes)[number];

/** The trust zone that may carry out an action: the reader or the executor. */
export type Zone = 'read' | 'write';

/** The zone of a class. Only `read` and `read-secret` belong to the reader. */
export function zoneOf(klass: Class): Zone {
  return klass === 'read' || klass === 'read-secret' ? 'read' : 'write';
}

/** The heavier of two classes, for an argument that raises what an operation can do. Never lowers. */
export function heavier(a: Class, b: Class): Class {
  return classes.indexOf(a) >= classes.indexOf(b) ? a : b;
}
