// Which rows of a layer's tensors count where targets are left out, for their statistics. In its own module, so that bundlers drop it when unused.
import type { Graph, Node, Value } from '../graph/graph.ts';
import { broadcastOp } from '../ops/broadcast.ts';
import { maximumOp } from '../ops/compare.ts';
import { maxOp } from '../ops/reduce.ts';
import { reshape } from '../ops/reshape.ts';
import type { Counting } from '../ops/statistics.ts';
import { listRowsOp, type TakeRowsAttrs, takenOf, takeRowsOp } from '../ops/taken_rows.ts';
import { samplesOf, sizeOf, type TensorType } from '../shape.ts';

/** An output that has a loss, and how much each of its rows counts, as the nodes of a group make it: one number for each; undefined where all count. */
export interface CountedOutput {
  readonly output: Value;
  readonly weights: ((group: string) => Value) | undefined;
}

/** Brought along by losses that may leave rows out; undefined where none does. `nodes` are those of the model. */
export type CountingOf = (graph: Graph, nodes: readonly Node[], outputs: readonly CountedOutput[]) => Counting | undefined;

/**
 * A tensor counts for the outputs that are computed of it, and a row counts where it does for one of them. A tensor that has other positions than the mask, a mean
 * over time say, counts by sample: where one of its positions does. What belongs to no sample counts.
 */
export const countingOf: CountingOf = (graph, nodes, outputs) => {
  if (outputs.every(({ weights }) => !weights)) return undefined;
  const reached = outputs.map(({ output }) => ancestors(nodes, output));
  const made = new Map<string, Value>();
  const once = (key: string, make: () => Value): Value => {
    const value = made.get(key) ?? make();
    made.set(key, value);
    return value;
  };
  /** The list of the rows of a tensor that count. */
  const listOf = (of: Value, group: string): Value | undefined => {
    const mine = of.type.rowsPerSample > 0 ? outputs.filter((_, i) => reached[i]!.has(of)) : [];
    if (mine.length === 0 || mine.some(({ weights }) => !weights)) return undefined;
    const masks = mine.map(({ weights }) => bySample(graph, weights!(group)));
    const fit = masks.map(({ type: { shape } }) => hasPositions(of.type, shape[1]!));
    const positions = Math.max(...masks.map(({ type: { shape } }, i) => (fit[i] ? shape[1]! : 1)));
    return once(`${group} ${positions} ${masks.map(({ id }, i) => id + (fit[i] ? '' : ' by sample')).join()}`, () => {
      const shape = [samplesOf(of.type), positions];
      const each = masks.map((mask, i) => {
        const own = fit[i] ? mask : graph.apply(maxOp, [mask], { axes: [1], shape: [shape[0]!, 1] }, 'counted/any', group)[0]!;
        return own.type.shape[1] === positions ? own : graph.apply(broadcastOp, [own], { shape }, 'counted/positions', group)[0]!;
      });
      const union = each.reduce((a, b) => graph.apply(maximumOp, [a, b], {}, 'counted', group)[0]!);
      return graph.apply(listRowsOp, [union], {}, 'counted/rows', group)[0]!;
    });
  };
  const take = (of: Value, x: Value, group: string, attrs: TakeRowsAttrs): Value | undefined => {
    const list = listOf(of, group);
    return list && once(`${group} ${attrs.head} ${x.id}`, () => graph.apply(takeRowsOp, [x, list], attrs, `${x.name}/counted`, group)[0]!);
  };
  return {
    rows(of, x, group, every) {
      const value = take(of, x, group, { head: true, every });
      return value && { value, taken: takenOf(x.type) };
    },
    norm: (of, x, group, every) => take(of, x, group, { head: false, every }),
  };
};

/** Weights as [samples, positions]. */
function bySample(graph: Graph, weights: Value): Value {
  const samples = samplesOf(weights.type);
  return reshape(graph, weights, [samples, sizeOf(weights.type.shape) / samples]);
}

/** Whether the rows of a sample are those positions, or a fixed number for each. */
function hasPositions({ shape, rowsPerSample }: TensorType, positions: number): boolean {
  let rows = rowsPerSample;
  return [1, ...shape.slice(1, -1)].some((size) => {
    rows *= size;
    return rows === positions || positions === 1;
  });
}

/** A value and all that it is computed of. */
function ancestors(nodes: readonly Node[], value: Value): Set<Value> {
  const found = new Set([value]);
  for (const { inputs, outputs } of [...nodes].reverse()) if (outputs.some((output) => found.has(output))) for (const input of inputs) found.add(input);
  return found;
}
