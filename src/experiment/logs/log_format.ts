// What a format of training logs is. A new one is one file and its line in index.ts: `fathom diagnose` then reads it.
import type { History } from '../../inspect/history.ts';
import type { Texts } from '../../texts.ts';

export interface LogFormat {
  readonly text: Texts;
  /** Endings of file names, without the dot. */
  readonly extensions: readonly string[];
  /** Whether a text is meant in this format. Of several formats with one ending it decides; it need not be right in this format. */
  recognises(text: string): boolean;
  /** The history in the text. Throws a DataError that names the line. */
  read(text: string): History;
}
