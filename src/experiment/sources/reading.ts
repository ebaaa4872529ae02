// What rows are read for, the files that they are in, and the parts that come of it.
import type { Dataset } from '../../data/dataset.ts';
import { DataError, UsageError } from '../../errors.ts';
import type { Experiment, FittedDocument } from '../document.ts';

/** The files of the digits. The caller provides them (demo/data has them). */
export const DIGIT_FILES = { train: 'digits-train.csv', test: 'digits-test.csv' } as const;

/** Gives a file by its name, as text or as bytes. */
export type ReadFile = (name: string) => Promise<string | Uint8Array>;

/** What rows are read for, and by what. */
export interface Reading {
  /** The loss, which decides what targets are. */
  readonly loss: Experiment['loss'];
  /** The seed of rows that are made. */
  readonly seed: number;
  /** Gives the files that are named. */
  readonly read?: ReadFile | undefined;
  /** Preprocessing of a saved model, whose classes and columns the rows have. */
  readonly fitted?: FittedDocument | undefined;
  /** Rows that are only to be answered: their targets may be absent, and are 0. */
  readonly unlabelled?: boolean;
}

/** The parts of a run's data. */
export interface Splits {
  /** What the model is trained on. */
  train: Dataset;
  /** What it is validated on meanwhile, where the document sets rows apart for it. */
  validation?: Dataset;
  /** What it is evaluated on at the end only. */
  test?: Dataset;
}

/** A file that a document names. Throws a UsageError where nothing gives it. */
export async function file({ read }: Reading, name: string): Promise<string | Uint8Array> {
  if (!read) throw new UsageError(`data: the file ${name} is needed: give runExperiment a \`read\` that returns it`);
  return read(name);
}

/** The same as text. */
export async function fileText(reading: Reading, name: string): Promise<string> {
  const given = await file(reading, name);
  return typeof given === 'string' ? given : new TextDecoder().decode(given);
}

/** The same as bytes, which `what` are. Rejects with a DataError for text. */
export async function fileBytes(reading: Reading, name: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const given = await file(reading, name);
  if (typeof given === 'string') throw new DataError(`data: ${name}: ${what} is bytes, and \`read\` gave text`);
  return given as Uint8Array<ArrayBuffer>;
}
