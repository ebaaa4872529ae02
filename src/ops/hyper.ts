// What the update and the penalties read of each block of parameters.
import type { Table } from '../graph/op.ts';
import { BLOCK, type ParameterLayout } from '../layout.ts';

/** How a parameter's update differs from that of the others. */
export interface UpdateFactors {
  /** Times the optimizer's learning rate. */
  readonly learningRateFactor: number;
  /** Times the optimizer's weight decay, where that applies. */
  readonly weightDecayFactor: number;
  /** Updates of the run before the parameter was unfrozen: its own are counted from there. */
  readonly since: number;
  /** Whether nodes before the update have prepared its step. */
  readonly prepared?: boolean;
}

/** By the path of the parameter, and its shape. */
export type FactorsOf = (path: string, shape: readonly number[]) => UpdateFactors;

export const NO_FACTORS: UpdateFactors = { learningRateFactor: 1, weightDecayFactor: 1, since: 0 };

/** Of each block of 64 parameters: l1, l2, the factor on weight decay (0 where it does not apply), the factor on the learning rate; after all of them, since when it is updated, as low and high half, and 1 where its step is prepared. */
export function hyperWords({ entries, words }: ParameterLayout, factors: FactorsOf = () => NO_FACTORS): Float32Array {
  const blocks = words / BLOCK;
  const table = new Float32Array(blocks * 8);
  entries.forEach(({ path, shape, offset, l1, l2, decay }, i) => {
    const { learningRateFactor, weightDecayFactor, since, prepared } = factors(path, shape);
    const end = (entries[i + 1]?.offset ?? words) / BLOCK;
    for (let block = offset / BLOCK; block < end; block++) {
      table.set([l1, l2, decay ? weightDecayFactor : 0, learningRateFactor], block * 4);
      // In two numbers: the bits of a small integer are a denormal float, of which a device may make 0.
      table.set([since % 2 ** 16, Math.floor(since / 2 ** 16), prepared ? 1 : 0], (blocks + block) * 4);
    }
  });
  return table;
}

export const HYPER = 'hyper';

export function hyperTable(layout: ParameterLayout, factors: FactorsOf | undefined): Table {
  return { kind: 'table', name: HYPER, words: (layout.words / BLOCK) * 8, fill: () => hyperWords(layout, factors) };
}
