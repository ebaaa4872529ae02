// Writes the factors of a trainer's groups to a table that its plan reads, so that they change without another plan.
import type { AnyModel } from '../nn/model.ts';
import { HYPER, hyperWords, NO_FACTORS } from '../ops/hyper.ts';
import type { Trainer } from './trainer.ts';

/** Writes the factors that hold, for the steps that are submitted from now on. */
export function writeFactors({ parts, runner }: Trainer<AnyModel>): void {
  const { groups, optimizer } = parts.graphOptions;
  const factors = optimizer.factorsWith?.(groups) ?? groups ?? (() => NO_FACTORS);
  const { since } = parts.grouping;
  runner.write(
    `table/${HYPER}`,
    hyperWords(runner.plan.layout, (path, shape) => ({ ...factors(path, shape), since: since.get(path) ?? 0 })),
  );
}
