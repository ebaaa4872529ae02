// Plans that between them dispatch every kernel in every way it is linked.
import { expect } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { ProbeOptions } from '../../src/inspect/probes.ts';
import { rank } from '../../src/inspect/rank.ts';
import { layer } from '../../src/nn/custom.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { weightedCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { ACTIVATIONS, type ActivationName } from '../../src/ops/activation_table.ts';
import { gatherRowsOp } from '../../src/ops/batches.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import type { Dispatch, Plan } from '../../src/scheduler/plan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { batch } from '../../src/shape.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { averageWeights } from '../../src/train/average.ts';
import { adadelta, adagrad, adam, adamax, adamw, lion, muon, nadam, type Optimizer, radam, rmsprop, sgd } from '../../src/train/optimizers.ts';
import { pooledNetwork, twoConvolutions } from './convolutions.ts';
import { ADAPTERS, PORTABLE, SWIFTSHADER, stepGraph } from './models.ts';
import { ALL_CASES, buildCase, type OpCase } from './op_cases.ts';

/** A layer with a buffer. */
const centred = layer('centred', (x, { buffer, assign }) => {
  const mean = buffer('mean', [ops.last(x)]);
  assign(mean, ops.mean(x, 0));
  return ops.sub(x, mean);
});

export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  'plain sgd': sgd({ learningRate: 0.1, weightDecay: 0.01 }),
  'sgd with momentum': sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.1 }),
  'nesterov sgd': sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: adam({ learningRate: 0.02, weightDecay: 0.01 }),
  adamw: adamw({ learningRate: 0.02, weightDecay: 0.1 }),
  amsgrad: adam({ learningRate: 0.02, amsgrad: true }),
  adagrad: adagrad({ learningRate: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.1 }),
  rmsprop: rmsprop({ learningRate: 0.01 }),
  'centred rmsprop with momentum': rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5, weightDecay: 0.01 }),
  adadelta: adadelta({ learningRate: 0.5, weightDecay: 0.01 }),
  adamax: adamax({ learningRate: 0.02, weightDecay: 0.01 }),
  nadam: nadam({ learningRate: 0.02, weightDecay: 0.01 }),
  radam: radam({ learningRate: 0.02, weightDecay: 0.01 }),
  'nadam with decoupled decay': nadam({ learningRate: 0.02, weightDecay: 0.1, decoupledWeightDecay: true }),
  'radam with decoupled decay': radam({ learningRate: 0.02, weightDecay: 0.1, decoupledWeightDecay: true }),
  lion: lion({ learningRate: 0.02, weightDecay: 0.1 }),
  muon: muon({ learningRate: 0.02, weightDecay: 0.1 }),
};

/** Every case of every op, forward and backward; whole steps with every activation and optimizer, fused and not; on both kinds of adapter. */
export function allPlans(): Plan[] {
  const plans: Plan[] = [];
  const ofCase = (op: OpCase, columns: number, adapters: readonly Capabilities[]): void => {
    const { graph, output } = buildCase(op, { rows: 4, columns }, new Graph());
    const keep: Value[] = [output];
    if (!op.noGradient) keep.push(...differentiate(output, graph.input('upstream', output.type)).values());
    for (const capabilities of adapters) plans.push(schedule(graph, { capabilities, retain: keep }));
  };
  for (const op of ALL_CASES) {
    ofCase(op, 8, ADAPTERS);
    if (op.name.startsWith('max_pool2d')) ofCase(op, 3, [PORTABLE]);
    // Rows that a workgroup shares, in two widths.
    if (op.batched || op.sum) for (const columns of [64, 1024]) ofCase(op, columns, [PORTABLE]);
  }
  // Convolutions in all kinds of tiles.
  for (const channels of [
    [3, 5, 6],
    [8, 16, 20],
  ] as const)
    for (const capabilities of ADAPTERS) {
      const { graph, outputs } = twoConvolutions({}, channels);
      plans.push(schedule(graph, { capabilities, retain: outputs }));
      const depthwise = twoConvolutions({}, [8, 8, 8], 8);
      plans.push(schedule(depthwise.graph, { capabilities, retain: depthwise.outputs }));
      // Without the gradients of the biases.
      plans.push(schedule(graph, { capabilities, retain: outputs.filter(({ name }) => !name.includes('/db')) }));
    }
  const large = new Graph();
  const [images, weight] = [large.input('x', [32, 32, 32, 16]), large.input('w', [3, 3, 16, 16])];
  plans.push(schedule(large, { capabilities: SWIFTSHADER, retain: [ops.conv2d(images, weight, { padding: 1 })] }));
  for (const channels of [1, 3, 8])
    for (const capabilities of ADAPTERS) {
      const { graph, outputs } = pooledNetwork([8, 10, channels]);
      plans.push(schedule(graph, { capabilities, retain: outputs }));
    }
  // Inner sizes that are made in pieces.
  for (const [m, n, k] of [
    [8, 8, 2 ** 15],
    [5, 3, 2 ** 15 + 1],
  ] as const)
    for (const transpose of [false, true]) {
      const graph = new Graph();
      const [a, b] = [graph.input('a', transpose ? [k, m] : [m, k]), graph.input('b', transpose ? [n, k] : [k, n])];
      const keep = graph.apply(matmulOp, [a, b], { transposeA: transpose, transposeB: transpose });
      plans.push(schedule(graph, { capabilities: PORTABLE, retain: keep }));
    }
  for (const stored of ['f32', 'i32', 'u8'] as const)
    for (const dtype of ['f32', 'i32'] as const) {
      const graph = new Graph();
      const type = { ...batch(4, 8), dtype };
      const keep = graph.apply(gatherRowsOp, [], { data: 'data/x', type, stored, divisor: 255, shuffle: true, ringBatches: 2, ringBatchSize: 3 });
      plans.push(schedule(graph, { capabilities: ADAPTERS[0]!, retain: keep }));
    }
  const probes = (every: number): ProbeOptions => ({
    activity: activity(),
    every,
    tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
    histograms: histograms({ every: 10 }),
    norms: norms({ every: 5 }),
    rank: rank({ every: 10 }),
  });
  // Statistics of the rows that count.
  const masked = stepGraph(sequential([dense(8), activation('tanh'), dense(3)]), { loss: weightedCrossEntropy({ ignoreIndex: -100 }), probes: probes(1) });
  for (const capabilities of ADAPTERS) plans.push(schedule(masked.graph, { capabilities, gradientSlots: masked.gradientSlots, retain: [masked.losses] }));
  const step = (names: readonly ActivationName[], rows: number, width: number, optimizer: Optimizer, batches = 1, every = 1): void => {
    for (const name of names) {
      const layers = [dense({ units: width, l1: 1e-4 }), activation(name), dropout(0.2), dense(width), batchNorm(), activation(name), centred, dense(3)];
      const built = stepGraph(sequential(layers), {
        batch: rows,
        features: width,
        source: 'dataset',
        optimizer,
        accumulate: accumulate(batches),
        average: averageWeights({ decay: 0.9 }),
        clip: { norm: 1 },
        probes: probes(every),
      });
      for (const capabilities of ADAPTERS)
        for (const fuse of [true, false]) plans.push(schedule(built.graph, { capabilities, gradientSlots: built.gradientSlots, retain: [built.losses], fuse }));
    }
  };
  const names = Object.keys(ACTIVATIONS) as ActivationName[];
  // Shapes for the plain kernel, aligned and not, for quads, and for large tiles.
  step(names, 8, 5, OPTIMIZERS.adam!);
  step(['relu', 'gelu'], 8, 8, OPTIMIZERS.adam!);
  step(['relu', 'gelu'], 64, 16, OPTIMIZERS.adam!);
  step(['relu', 'gelu'], 1024, 512, OPTIMIZERS.adam!);
  step(['relu'], 8, 8, OPTIMIZERS.adam!, 3);
  // Probes that sample now and then.
  for (const [batch, width] of [
    [8, 5],
    [64, 16],
    [1024, 512],
  ] as const)
    step(['relu'], batch, width, OPTIMIZERS.adam!, 1, 10);
  for (const optimizer of Object.values(OPTIMIZERS)) step(['relu'], 8, 8, optimizer);
  return plans;
}

/** Every two bindings of a dispatch that share a buffer: WebGPU refuses mixed access and overlap of what is written. */
export function expectSound(plan: Plan): void {
  for (const { label, bindings } of plan.dispatches)
    bindings.forEach((a, i) => {
      if (a.range.size > 0) expect(a.range.offset % 256, label).toBe(0);
      for (const b of bindings.slice(i + 1)) {
        if (a.range.buffer !== b.range.buffer) continue;
        expect(a.access, `${label}: ${a.range.buffer} is bound ${a.access} and ${b.access}`).toBe(b.access);
        if (a.access === 'read') continue;
        const apart =
          a.range.size > 0 && b.range.size > 0 && (a.range.offset + a.range.size <= b.range.offset || b.range.offset + b.range.size <= a.range.offset);
        expect(apart, `${label}: two ranges of ${a.range.buffer} overlap`).toBe(true);
      }
    });
}

/** One dispatch of each linked shader with its overrides. */
export function distinctDispatches(plans: readonly Plan[]): Dispatch[] {
  const distinct = new Map<string, Dispatch>();
  for (const dispatch of plans.flatMap((plan) => plan.dispatches))
    distinct.set(`${dispatch.sources.map((source) => source.file).join('+')} ${JSON.stringify(dispatch.overrides)}`, dispatch);
  return [...distinct.values()];
}
