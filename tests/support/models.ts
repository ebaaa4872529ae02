// Models, data and step graphs that several tests share.
import type { Dataset } from '../../src/data/dataset.ts';
import { dataset } from '../../src/data/dataset.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import type { AnyModel } from '../../src/nn/model.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { reduceAlong } from '../../src/ops/reduce.ts';
import { regularizationLossOp } from '../../src/ops/regularization.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { Random } from '../../src/random.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { buildStepGraph, type StepGraph, type StepGraphOptions } from '../../src/train/step_graph.ts';

/** SwiftShader, with subgroups of four as in CI and without, and any other adapter with WebGPU's default limits. */
export const SWIFTSHADER: Capabilities = { swiftshader: true, subgroupSize: 4, maxWorkgroups: 65535, maxBufferBytes: 2 ** 27 };
export const SWIFTSHADER_ALONE: Capabilities = { ...SWIFTSHADER, subgroupSize: 0 };
export const PORTABLE: Capabilities = { ...SWIFTSHADER_ALONE, swiftshader: false };
export const ADAPTERS: readonly Capabilities[] = [SWIFTSHADER, SWIFTSHADER_ALONE, PORTABLE];

/** Rows around the centres of their classes: easy to learn, never quite separable. */
export function blobs(rows: number, features = 5, classes = 3, seed = 1): Dataset {
  const random = new Random(seed);
  const y = Array.from({ length: rows }, (_, i) => i % classes);
  return dataset({ x: y.map((label) => Array.from({ length: features }, (_, j) => (j % classes === label ? 1.5 : 0) + random.normal())), y, classes });
}

/** Another shape and back: only the names of values change. */
export const turned: Layer = {
  kind: 'turned',
  residualBlocks: 0,
  build: ({ graph }, x) => {
    const [rows, width] = x.type.shape as [number, number];
    return reshape(graph, reshape(graph, x, [rows, 2, width / 2]), [rows, width]);
  },
};
/** Layers that see twice as many rows, half as wide. */
export function onHalfRows(layers: readonly Layer[]): Layer {
  return {
    kind: 'half_rows',
    residualBlocks: 0,
    build: (context, x) => {
      const [rows, width] = x.type.shape as [number, number];
      return reshape(context.graph, context.nested(layers, reshape(context.graph, x, [2 * rows, width / 2])), [rows, width]);
    },
  };
}

/** Layers that see one row, the mean of the batch, and add what they make of it to every row. */
export function onMean(layers: readonly Layer[]): Layer {
  return {
    kind: 'on_mean',
    residualBlocks: 0,
    build: (context, x) => context.graph.apply(addOp, [x, context.nested(layers, reduceAlong(context.graph, 'mean', x, [0], true))], {})[0]!,
  };
}

/** The step graph of a model with the usual settings. */
export function stepGraph(model: AnyModel, { features = 5, ...options }: Partial<StepGraphOptions> & { features?: number } = {}): StepGraph {
  return buildStepGraph({
    model,
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    batch: 8,
    inputs: { x: { shape: [features], dtype: 'f32' } },
    source: 'batch',
    shuffle: false,
    probes: null,
    regularization: regularizationLossOp,
    ...options,
  });
}
