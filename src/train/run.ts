// The state of a run on the CPU: its step, its keys, and what would end it. A trainer has one; the loop advances it, a checkpoint sets it.
import type { Key } from '../random.ts';
import type { Ending } from './ending.ts';

export class Run {
  /** Steps submitted since its beginning. */
  submitted = 0;
  /** Whether no step of it has left its gradients on the device. */
  fresh = true;
  /** Its last step, where that is known: every probe looks at it. */
  last: number | undefined;
  /** The step at which it turned non-finite. */
  halted: number | undefined;
  /** Why it cannot continue: submitted steps never ran, or their records were lost. */
  failure: unknown;
  /** The key of its random numbers; the GPU has the same. */
  key: Key;
  /** The lowest validation loss so far, where checkpoints are kept by it. */
  best: { readonly step: number; readonly validationLoss: number } | undefined;
  /** Ends the call that is taking steps; undefined when none is. */
  ending: Ending | undefined;

  constructor(key: Key) {
    this.key = key;
  }

  /** Continues at a step of another run. */
  goTo(step: number, key: Key): void {
    this.submitted = step;
    this.fresh = true;
    this.key = key;
    this.halted = undefined;
    this.failure = undefined;
  }
}
