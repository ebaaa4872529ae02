// Measured against predicted: how much of the gradient each layer passes on, in fresh networks on the GPU.
import { dataset } from '../../src/data/dataset.ts';
import { activation, batchNorm, dense, type Engine, type Layer, mse, sequential, sgd } from '../../src/index.ts';
import { predictSignal, type SignalStep } from '../../src/inspect/theory.ts';
import type { ActivationName } from '../../src/ops/activation_table.ts';
import { activationAttrs, activationOf } from '../../src/ops/activations.ts';
import { Random } from '../../src/random.ts';

export interface SignalCase {
  name: string;
  activation: ActivationName;
  /** fan-in times the variance of the weights. */
  sw2: number;
  widths: readonly number[];
  batchNorm?: boolean;
}

const ROWS = 64;

/** Widths that alternate: fan-in is not fan-out. */
export const rectangular = (wide: number, narrow: number, depth: number): number[] => Array.from({ length: depth }, (_, i) => (i % 2 ? narrow : wide));

/**
 * The mean factor of |delta|² from a layer to the one before it, in the geometric mean over layers and seeds, measured at the first step and as
 * the mean-field recursion predicts it.
 */
export async function backwardFactors(engine: Engine, c: SignalCase, seeds: number): Promise<{ measured: number; predicted: number }> {
  const { params } = activationAttrs(c.activation);
  const entry = activationOf(c.activation);
  const phi = { value: (x: number) => entry.value(x, params), derivative: (x: number) => entry.derivative(x, params), kinks: entry.kinks?.(params) ?? [] };
  const features = c.widths[0]!;
  const steps: SignalStep[] = [];
  const layers: Layer[] = [];
  let fanIn = features;
  c.widths.forEach((width, i) => {
    steps.push({ kind: 'dense', name: String(i), fanIn, width, sw2: c.sw2 });
    layers.push(dense({ units: width, initializer: { scheme: 'variance_scaling', scale: c.sw2 } }));
    if (c.batchNorm) {
      steps.push({ kind: 'batch_norm', batch: ROWS });
      layers.push(batchNorm());
    }
    steps.push({ kind: 'activation', activation: phi });
    layers.push(activation(c.activation));
    fanIn = width;
  });
  steps.push({ kind: 'dense', name: 'output', fanIn, width: fanIn, sw2: 1 });
  layers.push(dense({ units: fanIn, initializer: { scheme: 'lecun_normal' } }));
  const hidden = c.widths.length;
  // rms to squared norms: times the widths.
  const perLayer = (first: number, last: number): number => Math.log((first ** 2 * c.widths[0]!) / (last ** 2 * c.widths[hidden - 1]!)) / (hidden - 1);

  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = new Random(1000 + seed);
    const noise = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
    // Targets far larger than the outputs: the theory's gradient at the top is independent of the weights, and y - t is so only where t rules.
    const targets = noise(ROWS * fanIn).map((t) => 1e4 * t);
    const train = dataset({ x: noise(ROWS * features), shape: [features], y: targets, targetSize: fanIn });
    const trainer = await engine.createTrainer({
      model: sequential(layers),
      loss: mse(),
      optimizer: sgd({ learningRate: 0 }),
      data: { train },
      batchSize: ROWS,
      seed,
      probes: { tensors: ['delta'] },
    });
    const [record] = await trainer.step();
    sum += perLayer(record!.layers![0]!.tensors.delta!.rms, record!.layers![hidden - 1]!.tensors.delta!.rms);
    trainer.destroy();
  }
  const predicted = predictSignal(steps, 1);
  return { measured: Math.exp(sum / seeds), predicted: Math.exp(perLayer(predicted[0]!.delta, predicted[hidden - 1]!.delta)) };
}

const same = (n: number, depth: number): number[] => new Array<number>(depth).fill(n);

/** The networks that are compared, with the relative error per layer that theory is held to. */
export function signalCases(n: number, depth = 20): { case: SignalCase; tolerance: number }[] {
  return [
    { case: { name: `tanh, sw2 = 1, N = ${n}`, activation: 'tanh', sw2: 1, widths: same(n, depth) }, tolerance: 0.02 },
    { case: { name: `tanh, sw2 = 2, N = ${n}`, activation: 'tanh', sw2: 2, widths: same(n, depth) }, tolerance: 0.02 },
    { case: { name: `sigmoid, sw2 = 1, N = ${n}`, activation: 'sigmoid', sw2: 1, widths: same(n, depth) }, tolerance: 0.02 },
    { case: { name: `selu, sw2 = 1, N = ${n}`, activation: 'selu', sw2: 1, widths: same(n, depth) }, tolerance: 0.02 },
    { case: { name: `relu, sw2 = 2, N = ${n}`, activation: 'relu', sw2: 2, widths: same(n, depth) }, tolerance: 0.03 },
    { case: { name: `relu, sw2 = 1, N = ${n}`, activation: 'relu', sw2: 1, widths: same(n, depth) }, tolerance: 0.03 },
    { case: { name: `relu with batch norm, N = ${n}`, activation: 'relu', sw2: 2, widths: same(n, depth), batchNorm: true }, tolerance: 0.03 },
    { case: { name: `tanh with batch norm, N = ${n}`, activation: 'tanh', sw2: 1, widths: same(n, depth), batchNorm: true }, tolerance: 0.03 },
    { case: { name: `relu, widths ${n} and ${n / 2} in turn`, activation: 'relu', sw2: 2, widths: rectangular(n, n / 2, depth) }, tolerance: 0.03 },
  ];
}
