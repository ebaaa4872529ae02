// Gradients by autodiff against central differences, both in float64.
import { differentiate } from '../autodiff.ts';
import { requireMap, requireObject, show, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { interpret } from './interpret.ts';
import { maxAbs, sum64, type Tensor64 } from './tensor64.ts';

/** What `gradcheck` needs of a graph. */
export interface GradcheckOptions {
  /** Inputs and parameters by name. */
  readonly inputs: ReadonlyMap<string, Tensor64>;
  /** The gradient that arrives at the output; null for losses, which then mean "the mean over the true rows". */
  readonly upstream: Tensor64 | null;
  /** True rows of the batch; the rows after them are padding. All by default. */
  readonly rows?: number;
  /** Step of the differences, above 0; 1e-3 by default: they are of fourth order, so the error is about 1e-13 for smooth functions of size 1. */
  readonly step?: number;
}

/** How well the gradient of one value agrees with differences. */
export interface GradcheckResult {
  /** The input or parameter. */
  readonly value: Value;
  /** Largest difference, as a fraction of the largest numeric gradient. */
  readonly error: number;
  /** Where it is. */
  readonly index: number;
  /** The gradient there, by automatic differentiation. */
  readonly autodiff: number;
  /** The gradient there, by differences. */
  readonly numeric: number;
}

/** Gradients below this are roundings of zero. */
const ZERO = 1e-8;

/**
 * Checks the gradient d(upstream · output) / dv of every input and parameter v against differences of fourth order, in float64. Appends the backward pass to
 * the graph.
 *
 * @param graph - The graph, without its backward pass.
 * @param output - Where the gradient starts: any value of the graph, or one loss per row.
 * @param options - Inputs and parameters by name, and the gradient that arrives at the output.
 * @returns A result for each input and parameter that has a gradient.
 * @throws UsageError for what is no graph or value of it, and for an input that is missing or has another shape.
 * @example
 * const graph = new Graph();
 * const x = graph.input('x', [2, 3]);
 * const [{ error }] = gradcheck(graph, ops.tanh(x), {
 *   inputs: new Map([['x', tensor64([2, 3], (i) => i / 6)]]),
 *   upstream: tensor64([2, 3], () => 1),
 * });
 */
export function gradcheck(graph: Graph, output: Value, options: GradcheckOptions): GradcheckResult[] {
  if (!(graph instanceof Graph)) throw new UsageError(`gradcheck: expected a graph, got ${show(graph)}`);
  if (Graph.of(output) !== graph) throw new UsageError(`gradcheck: output: expected a value of this graph, got ${show(output)}`);
  requireObject('gradcheck: options', options, 'an object with inputs and upstream');
  const { inputs, upstream, rows, step = 1e-3 } = options;
  requireMap('gradcheck: inputs', inputs, 'a Map from name to tensor');
  const forward = [...graph.nodes];
  const interpretOptions = rows === undefined ? {} : { rows };
  const seed = upstream ? graph.input('upstream', output.type) : null;
  const given = new Map([...inputs, ...(upstream ? ([['upstream', upstream]] as const) : [])]);
  const gradients = differentiate(output, seed);
  const values = interpret(graph, given, interpretOptions);

  const objective = (changed: ReadonlyMap<string, Tensor64>): number => {
    const y = interpret(graph, changed, { ...interpretOptions, nodes: forward }).get(output)!.data;
    return upstream
      ? sum64(y.map((value, i) => value * upstream.data[i]!))
      : sum64(y) / Math.min((rows ?? y.length) * Math.max(1, output.type.rowsPerSample), y.length);
  };
  const checked = graph.values.filter((value) => value !== seed && value.origin !== 'node' && gradients.has(value));
  return checked.map((value) => {
    const at = inputs.get(value.name)!;
    const shifted = (index: number, by: number): number =>
      objective(new Map([...given, [value.name, { shape: at.shape, data: at.data.with(index, at.data[index]! + by) }]]));
    const numeric = at.data.map((_, i) => (8 * (shifted(i, step) - shifted(i, -step)) - (shifted(i, 2 * step) - shifted(i, -2 * step))) / (12 * step));
    const autodiff = values.get(gradients.get(value)!)!.data;
    let index = 0;
    numeric.forEach((n, i) => {
      if (Math.abs(n - autodiff[i]!) > Math.abs(numeric[index]! - autodiff[index]!)) index = i;
    });
    const scale = Math.max(maxAbs(numeric), maxAbs(autodiff), ZERO);
    return { value, error: Math.abs(numeric[index]! - autodiff[index]!) / scale, index, autodiff: autodiff[index]!, numeric: numeric[index]! };
  });
}
