// What a format of training logs is. A new one is one file and its line in index.ts: `fathom diagnose` then reads it.
import type { History } from '../../inspect/history.ts';
import type { Texts } from '../../texts.ts';
import type { LogSource } from './log_source.ts';

/** What a reader is told beside the file. */
export interface LogOptions {
  /** What columns mean, `column=what` or with `{layer}` in the column: `grad_norm/{layer}=weight_gradient.l2`. Guessed where nothing is said. */
  map?: readonly string[];
  /** Which run of a file that has several, from 1; the last by default. */
  run?: number;
  /** Classes of a classification, where the log does not say it: the loss of knowing nothing follows from them. */
  classes?: number;
  /** The loss of the best constant answer, where the log does not say it. */
  baselineLoss?: number;
}

/** What was read. */
export interface ReadLog {
  history: History;
  /** What a reader should know of how it was read, a sentence each: columns that nothing is known of, restarts, lines that were passed over. */
  notes: string[];
  /** Whether another framework trained: advice is then in PyTorch's words. */
  foreign: boolean;
}

export interface LogFormat {
  readonly text: Texts;
  /** Where its sample in the tests comes from. */
  readonly sample: string;
  /** Endings of file names, without the dot; `/` stands for a part of the name anywhere: `/tfevents`. */
  readonly extensions: readonly string[];
  /** Whether a file is meant in this format. Of several formats with one ending it decides, in their order; it need not be right in this format. */
  recognises(source: LogSource): boolean;
  /** Reads it. Throws a DataError that names the line, where nothing can be read of it. */
  read(source: LogSource, options: LogOptions): ReadLog;
}
