// Moves a trainer to another step of a run, whose state is on the GPU already.
import { cutHistory } from '../inspect/steps.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Key } from '../random.ts';
import type { Trainer } from './trainer.ts';

/** Continues at a step with the keys of another run; later steps are removed from the history. */
export function goTo({ current, loop, history }: Trainer<AnyModel>, step: number, key: Key): void {
  current.goTo(step, key);
  loop.stream?.restart();
  cutHistory(history, step);
  delete history.nonFinite;
}
