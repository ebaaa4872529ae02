import { compile } from '../../compile.ts';
import { columnsOf, rowsOfColumn } from '../../data/columns.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import { figure } from '../../inspect/diagnose/read.ts';
import { deriveTaps } from '../../inspect/taps.ts';
import type { Mode } from '../../nn/build.ts';
import { type AnyModel, type BuiltModel, buildAny, declareInputs } from '../../nn/model.ts';
import { lastOf, sizeOf } from '../../shape.ts';
import { type Answer, fail, pass, unknown } from './check.ts';
import { ROWS } from './one_batch.ts';
import { pickRows, rowsAt, type Subject } from './subject.ts';

/** A row's numbers may differ by so much of the largest in two batches: kernels add up a row alike, whatever the others hold. */
const ALIKE = 1e-5;

/**
 * Whether the rows of a batch influence each other: half of a batch is replaced by other rows, and the outputs of the other half must stay ("use backprop to chart
 * dependencies", Karpathy 2019). Weights and the draws of dropout are the same. A batch norm joins its rows in training on purpose: it is named, and the rest is looked at in inference mode,
 * where it does not.
 */
export async function rowsApart(subject: Subject): Promise<Answer> {
  const { rows, inputs, options } = subject;
  if (!rows) return unknown('The rows are not known before they come.');
  const picked = pickRows(rows, Object.keys(inputs), ROWS);
  if (picked.length < 2) return unknown('All rows have the same inputs.');
  const indices = Array.from({ length: ROWS }, (_, i) => picked[i % picked.length]!);
  const columns = columnsOf(rowsAt(rows, indices));
  // The second half is the first row, again and again: the mean of a batch changes too.
  const others = columnsOf(
    rowsAt(
      rows,
      indices.map((row, i) => (i < ROWS / 2 ? row : indices[0]!)),
    ),
  );
  const normed = normsOf(build(options.model as AnyModel, inputs, 'train').built);
  const mode: Mode = normed.length > 0 ? 'infer' : 'train';
  const { graph, values, built } = build(options.model as AnyModel, inputs, mode);
  const places = placesOf(built, Object.values(values));
  const program = await compile(subject.engine, graph, { outputs: places.map(({ value }) => value) });
  try {
    program.setParameters(subject.weights);
    const compute = async (given: typeof columns): Promise<Float32Array[]> => {
      for (const [name, value] of Object.entries(values)) program.write(value, rowsOfColumn(given[name]!, 0, ROWS));
      program.run();
      return program.read(...places.map(({ value }) => value));
    };
    const [before, after] = [await compute(columns), await compute(others)];
    const named: Record<string, string | number> = normed.length > 0 ? { batchNorm: normed.join(', ') } : {};
    for (const [i, { name, value }] of places.entries()) {
      const change = changeOf(before[i]!.subarray(0, half(value)), after[i]!.subarray(0, half(value)));
      if (!(change <= ALIKE))
        return fail(`Rows of a batch influence each other: with other rows beside them, the numbers of ${name} change by ${figure(change)} of the largest.`, {
          layer: name,
          change,
          ...named,
        });
    }
    const aside =
      normed.length > 0
        ? ` in inference mode; in training batch norm joins them on purpose (${normed[0]}${normed.length > 1 ? ` and ${normed.length - 1} more` : ''})`
        : '';
    return pass(`The rows of a batch do not influence each other${aside}.`, { rows: ROWS, mode, ...named });
  } finally {
    program.destroy();
  }
}

function build(model: AnyModel, inputs: Subject['inputs'], mode: Mode): { graph: Graph; values: Record<string, Value>; built: BuiltModel } {
  const graph = new Graph();
  const values = declareInputs(graph, inputs, ROWS);
  return { graph, values, built: buildAny(model, graph, values, mode) };
}

/** Paths of what takes statistics of a batch. */
const normsOf = ({ nodes }: BuiltModel): string[] => [...new Set(nodes.filter(({ op }) => op.name === 'batch_norm').map(({ outputs }) => outputs[0]!.name))];

/** What is compared: z of every layer in order, then the outputs; what has no rows is left out. */
function placesOf({ nodes, outputs }: BuiltModel, inputs: readonly Value[]): { name: string; value: Value }[] {
  const { layers } = deriveTaps({ nodes, inputs, outputs });
  const taps = layers.map(({ name, z }) => ({ name, value: z }));
  return [...taps, ...Object.entries(outputs).map(([name, value]) => ({ name: `the output${name === 'y' ? '' : ` ${name}`}`, value }))].filter(
    ({ value }) => value.type.dtype === 'f32' && value.type.rowsPerSample > 0 && lastOf(value.type) > 0,
  );
}

const half = ({ type }: Value): number => sizeOf(type.shape) / 2;

/** The largest difference, of the largest number; Infinity where one is not finite and the other is. */
function changeOf(a: Float32Array, b: Float32Array): number {
  let [largest, difference] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    largest = Math.max(largest, Math.abs(a[i]!), Math.abs(b[i]!));
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
  }
  return difference === 0
    ? 0
    : difference /
        Math.max(
          largest,
          a.reduce((max, x) => Math.max(max, Math.abs(x)), 0),
        );
}
