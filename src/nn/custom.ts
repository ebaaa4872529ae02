// A custom layer: a function of a value, with parameters, buffers, mode and key handed to it.
import { requireNumber, ShapeError, show, UsageError } from '../errors.ts';
import { functionsIn } from '../graph/functions.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { ParameterOptions } from '../layout.ts';
import { assignBufferOp } from '../ops/copy.ts';
import { foldIn, keyOf } from '../random.ts';
import { isSizes, sameShape, shapeText } from '../shape.ts';
import { fansOf, type Initializer, readInitializer } from './initializers.ts';
import { type CallableLayer, callable } from './layer.ts';
import { checkKind } from './names.ts';

/** What the function of a layer is given besides its input. */
export interface LayerContext {
  /** True where a training step is built; false for evaluation and prediction. */
  readonly training: boolean;
  /** True where a norm is to use what it has kept in buffers, not the batch: in evaluation and prediction, and in training where the layer is frozen. */
  readonly keepsStatistics: boolean;
  /** Tells this layer's random numbers from those of others: `dropout(x, 0.1, { key, training })`. Add 1 for further ones in the same layer. */
  readonly key: number;
  /**
   * A trained tensor, below the layer's path: `scale_1/gain`. It is saved, updated and counted like those of other layers; the same name gives the same
   * tensor.
   *
   * @param name - Any but an empty one, without a slash.
   * @param shape - Positive integers.
   * @param initializer - How it starts: `ones()`, `zeros()` or a scheme, `{ scheme: 'he_normal' }`. The last two axes are in and out, those before them a
   * receptive field; `fanIn` and `fanOut` say otherwise.
   * @param options - `l1` and `l2` penalties, and `decay: false` where weight decay of the optimizer leaves it out.
   * @returns The tensor, of the graph that is being built.
   * @throws UsageError for another name, shape or start, for a random start of a shape that tells no fans, and for a name that has another shape already.
   */
  parameter(name: string, shape: readonly number[], initializer: Initializer, options?: ParameterOptions): Value;
  /**
   * A tensor that is kept from step to step and saved, but not trained: a running mean, say. `assign` changes it.
   *
   * @param start - The number that it is full of at first; 0 by default.
   * @param name - Any but an empty one, without a slash.
   * @param shape - Positive integers.
   * @returns The tensor, of the graph that is being built.
   * @throws UsageError as of `parameter`.
   */
  buffer(name: string, shape: readonly number[], start?: number): Value;
  /**
   * In training, what a buffer holds after the step; what is read in the step is the value from before. A step that is not finite changes nothing, nor does
   * an element that is not finite. Evaluation ignores it, and so does a layer that is frozen.
   *
   * @param buffer - From `buffer`.
   * @param value - f32, of the buffer's shape, which does not count samples.
   * @throws UsageError for what is no buffer; ShapeError for a value of another shape, or one that counts samples.
   */
  assign(buffer: Value, value: Value): void;
}

/**
 * The initializer that starts at 1 everywhere.
 *
 * @returns An initializer, for `parameter` and for the options of layers.
 * @example
 * layer('scale', (x, { parameter }) => ops.mul(x, parameter('gain', [ops.last(x)], ones())));
 */
export function ones(): Initializer {
  return { scheme: 'constant', value: 1 };
}

/**
 * The initializer that starts at 0 everywhere.
 *
 * @returns An initializer, for `parameter` and for the options of layers.
 * @example
 * dense({ units: 10, initializer: zeros() });
 */
export function zeros(): Initializer {
  return { scheme: 'constant', value: 0 };
}

/**
 * A custom layer from functions of `fathom-webgpu/ops`. It is trained, saved, probed and printed like any other: where it multiplies its input with a
 * weight, statistics show it under its path, and a function of single elements, `mul(x, sigmoid(x))` say, is the activation of the layer before it.
 *
 * @param kind - Its name in paths and tables, as in `scale_1`: letters, digits, `_` and `-`.
 * @param build - From the input, `[batch, ...]`, to the output. It is called for each graph that the model is built in, in training and without.
 * @returns A layer, as often in a model as wanted; each place has parameters of its own.
 * @throws UsageError for another name; while a model is built, for a function that returns no value of its graph, and what the functions that it calls throw.
 * @example
 * import { layer, ones } from 'fathom-webgpu';
 * import { last, mul } from 'fathom-webgpu/ops';
 * const scale = () => layer('scale', (x, { parameter }) => mul(x, parameter('gain', [last(x)], ones())));
 */
export function layer(kind: string, build: (x: Value, context: LayerContext) => Value): CallableLayer {
  checkKind('layer', kind);
  if (typeof build !== 'function') throw new UsageError(`layer ${kind}: expected a function from a value to a value, got ${show(build)}`);
  return callable({
    kind,
    residualBlocks: 0,
    build(context, x) {
      const { graph, path, keepsStatistics } = context;
      const training = context.mode === 'train';
      const where = `layer ${path}`;
      const check = (name: unknown, shape: unknown): void => {
        if (typeof name !== 'string' || name === '' || name.includes('/')) throw new UsageError(`${where}: expected a name without a slash, got ${show(name)}`);
        if (!isSizes(shape)) throw new UsageError(`${where}: ${name}: expected a shape of positive integers, got ${show(shape)}`);
      };
      const before = graph.nodes.length;
      const body = () =>
        build(x, {
          training,
          keepsStatistics,
          key: foldIn(keyOf(0), path)[0],
          parameter(name, shape, initializer, options) {
            check(name, shape);
            if (typeof initializer !== 'object' || initializer === null)
              throw new UsageError(`${where}: ${name}: expected how it starts, as ones() or { scheme: 'he_normal' }, got ${show(initializer)}`);
            const start = readInitializer(where, name, initializer);
            fansOf(`${where}: ${name}`, start, shape);
            return graph.unscoped(() => context.parameter(name, [...shape], start, options));
          },
          buffer(name, shape, start = 0) {
            check(name, shape);
            requireNumber(`${where}: ${name}`, start);
            return graph.unscoped(() => context.buffer(name, [...shape], start));
          },
          assign(buffer, value) {
            if (Graph.of(buffer) !== graph || buffer.origin !== 'buffer') throw new UsageError(`${where}: assign: expected a buffer, got ${show(buffer)}`);
            if (Graph.of(value) !== graph) throw new UsageError(`${where}: assign: expected a value of this graph, got ${show(value)}`);
            if (value.type.dtype !== 'f32' || value.type.rowsPerSample > 0 || !sameShape(buffer.type.shape, value.type.shape))
              throw new ShapeError(
                `${where}: assign: expected f32 ${shapeText(buffer.type.shape)} for ${buffer.name}, no batch, got ${value.type.dtype} ${shapeText(value.type.shape)}`,
              );
            if (!keepsStatistics) context.assignments.push({ op: assignBufferOp, buffer, value });
          },
        });
      // Layers that it calls have whole paths of their own.
      const output = context.calling(() => graph.scope(path, body));
      if (Graph.of(output) !== graph) throw new UsageError(`${where}: expected the function to return a value of this graph, got ${show(output)}`);
      for (const [z, found] of functionsIn(graph.nodes.slice(before), x, output)) graph.functions.set(z, { ...found, name: kind });
      return output;
    },
  });
}
