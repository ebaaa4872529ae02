// Where a run is: how far it came, by which keys, and what would end it. A trainer has one; the loop takes it on, a checkpoint sets it.
import type { Key } from '../random.ts';
import type { Ending } from './ending.ts';

export class Run {
  /** Steps submitted since its beginning. */
  submitted = 0;
  /** Its last step, where that is known: every probe looks at it. */
  last: number | undefined;
  /** The step at which it turned non-finite. */
  halted: number | undefined;
  /** Why it cannot go on: steps that were submitted never ran, or their records were lost. */
  failure: unknown;
  /** What its random numbers come from; the GPU has the same. */
  key: Key;
  /** The lowest validation loss so far, where checkpoints are kept by it. */
  best: { readonly step: number; readonly validationLoss: number } | undefined;
  /** What ends the call that takes steps, while there is one. */
  ending: Ending | undefined;

  constructor(key: Key) {
    this.key = key;
  }

  /** Goes on at a step of another run. */
  goTo(step: number, key: Key): void {
    this.submitted = step;
    this.key = key;
    this.halted = undefined;
    this.failure = undefined;
  }
}
