// What the parts of the page share.

import type { Palette } from './draw/canvas.ts';
import type { Picture } from './draw/picture.ts';
import type { Frame } from './frame.ts';
import type { Translate } from './i18n.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

export interface App {
  readonly store: Store;
  readonly session: Session;
  readonly frame: Frame;
  /** Words in the present language. */
  t: Translate;
  ink: Palette;
  /** The layer pointed at, from 0 at the input; the open one when nothing is. */
  pointed: number | null;
  /** True where there is no engine: a recorded run plays. */
  recorded: boolean;
  /** Experiments that stay in the profile as thin lines, each with its letter. */
  lines: Picture['lines'];
  /** Runs that were kept, each with its letter (demo/kept). */
  kept: Picture['lines'];
  /** A log of another program in the place of the network: its run, the names of its layers, and what its panels show. */
  foreign: { run: Run; names: readonly string[]; sub(panel: 'strip' | 'profile'): string } | null;
  /** What the headline's number is of: log10 of each layer's gradient over the last one's, as it was when that was written. */
  calm: readonly number[];
  /** What one layer does to the gradient, as a formula with its numbers, by its number from 1; empty where it has none. */
  formula: ((layer: number) => string) | null;
  /** What a layer, by its number from 1, has of its own; empty where that is nothing. Without a number, how many differ. */
  differs: ((layer?: number) => string) | null;
  /** The hand on the theory line, once it is loaded. */
  hand: Picture['hand'];
  /** Controls that may be used, where a lesson names them; null for all. */
  open: ReadonlySet<keyof Settings> | null;
  /** Where a lesson wants the gradient of layer 1. */
  target: Picture['target'];
  picture(): Picture;
  /** A short line at the bottom that goes away by itself. */
  toast(words: string): void;
}

/** The layer that the magenta line marks, from 0. */
export function markedLayer(app: App): number | null {
  const { layer } = app.store.state;
  return app.pointed ?? (layer === null ? null : layer - 1);
}
