/*
 * What a call names, and what a run has learned about such things. These are the words in which hands tell it in signed
 * statements; the deciding itself is in `decide/`.
 */

/** Something that a call names: a recipient, a channel, a file, an address. Ids carry their type: file 13 is not event 13. */
export interface Named {
  readonly type: string;
  readonly id: string;
  /** What people call it in the system, if the system makes sure that nothing else there is called so. */
  readonly names: readonly string[];
}

/** A thing that was seen in what a run has read. Its names may be anybody's: two things of one type with one name are none. */
export interface Seen extends Named {
  readonly system: string;
}

/** A field that the system itself sets, in a record that was read: the value whole, with the type of thing that it names. */
export interface Field {
  readonly system: string;
  readonly type: string;
  readonly value: string;
}

/** A thing that was made in the run. */
export interface Made {
  readonly system: string;
  readonly type: string;
  readonly id: string;
}
