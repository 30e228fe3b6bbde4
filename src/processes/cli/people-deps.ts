import type { Result } from '../../errors.ts';
import type { Trust } from '../../record/identity.ts';
import type { Recorder } from '../../record/recorder.ts';
import type { Store } from '../../store/store.ts';
import type { MessageName, Question } from '../../wire/messages.ts';
import type { Config } from '../config.ts';

/** The book, opened for the operator. */
export interface Book {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
  close(): Promise<void>;
}

/** How these commands reach the house: the console's socket, and the book. */
export interface PeopleDeps {
  ask<M extends MessageName>(config: Config, to: 'console', message: M, question: Question<M>): Promise<Result<unknown>>;
  openBook(config: Config): Promise<Book>;
}
