// Whole training runs, and diagnoses of one backward pass: models of the public layers, with given weights, watched by probes.
import { classify } from '../../src/inspect/diagnose/index.ts';
import type { LayerRecord, StepRecord } from '../../src/inspect/history.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, batchNorm, conv2d, dense, flatten, layerNorm, maxPool2d, reshape, residual } from '../../src/nn/layers.ts';
import { LOSSES, type Loss, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { LayerPaths } from '../../src/nn/names.ts';
import { sequential } from '../../src/nn/sequential.ts';
import type { ActivationName } from '../../src/ops/activation_table.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { type Case, FINE, marginOf, Skip, scalar, type TensorRef, type Tensors, type Verdict, type Worst, worse } from './format.ts';
import { functionAttrs } from './functions.ts';
import type { Stage } from './stage.ts';
import { optimizerOf } from './torch_optim.ts';

type Image = readonly [channels: number, height: number, width: number];

/** A model of the manifest in the engine's layers, its weights by path, and which probe point belongs to which of its names. */
interface Built {
  readonly layers: Layer[];
  readonly tensors: Map<string, HostTensor>;
  readonly paths: LayerPaths;
  /** Names of the weight layers in the order of the probe points. */
  readonly weights: string[];
  /** Channels, height and width of what comes next, where these are images; after `flatten`, of what the next dense layer has a column for. */
  image?: Image | undefined;
  /** For each activation layer, the index of the point that it follows. */
  readonly activations: Map<string, number>;
}

function transposed(data: Float32Array, [outputs, inputs]: readonly [number, number]): Float32Array {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % outputs) * inputs + Math.floor(i / outputs)]!);
}

/** Numbers in the order [channels, height, width], as those of channels last; each of `size` numbers. */
function channelsLast(data: Float32Array, [channels, height, width]: Image, size = 1): Float32Array {
  const pixels = height * width;
  return Float32Array.from({ length: data.length }, (_, i) => {
    const [sample, place, inner] = [Math.floor(i / size / channels / pixels), Math.floor(i / size) % (channels * pixels), i % size];
    return data[((sample * channels + (place % channels)) * pixels + Math.floor(place / channels)) * size + inner]!;
  });
}

function build(layers: readonly Case[], tensors: Tensors, prefix: string, into: Built): Layer[] {
  // The last layer that an activation can belong to: a weight layer, or a norm behind one.
  let open = false;
  return layers.map((description) => {
    const at = (path: string, name: string, data: Float32Array, shape: readonly number[]): void => void into.tensors.set(`${path}/${name}`, { shape, data });
    const vector = (path: string, name: string, ref: TensorRef): void => at(path, name, tensors.f32(ref), ref.shape);
    switch (description.type) {
      case 'dense': {
        const [outputs, inputs] = description.w.shape as [number, number];
        const path = into.paths.next(prefix, 'dense');
        const weight = transposed(tensors.f32(description.w), [outputs, inputs]);
        at(path, 'weight', into.image ? channelsLast(weight, into.image, outputs) : weight, [inputs, outputs]);
        into.image = undefined;
        if (description.b) vector(path, 'bias', description.b);
        into.weights.push(description.name);
        open = true;
        return dense({ units: outputs, bias: Boolean(description.b) });
      }
      case 'batchnorm':
      case 'layernorm': {
        const norm = description.type === 'batchnorm' ? batchNorm() : layerNorm();
        const path = into.paths.next(prefix, norm.kind);
        vector(path, 'gamma', description.gamma);
        vector(path, 'beta', description.beta);
        return norm;
      }
      case 'act': {
        if (!open) throw new Skip('an activation behind a residual block, which no probe watches');
        const { name, params } = functionAttrs(description.fn, { alpha: description.alpha });
        into.activations.set(description.name, into.weights.length - 1);
        open = false;
        return activation(name as ActivationName, params);
      }
      case 'residual': {
        open = false;
        return residual(build(description.layers, tensors, `${into.paths.next(prefix, 'residual')}/`, into));
      }
      case 'conv2d': {
        const { w, b, stride = 1, padding = 0, name } = description;
        const [filters, channels, height, width] = w.shape as [number, number, number, number];
        const path = into.paths.next(prefix, 'conv2d');
        // [filters, channels, height, width] to [height, width, channels, filters].
        const taps = channelsLast(tensors.f32(w), [channels, height, width]);
        at(path, 'weight', transposed(taps, [filters, channels * height * width]), [height, width, channels, filters]);
        if (b) vector(path, 'bias', b);
        into.weights.push(name);
        open = true;
        into.image = windowsIn(into.image, filters, [height, width], stride, padding);
        return conv2d({ filters, kernelSize: [height, width], stride, padding, bias: Boolean(b) });
      }
      case 'maxpool2d': {
        const { k, stride = k } = description;
        into.image = windowsIn(into.image, into.image?.[0] ?? 0, [k, k], stride, 0);
        return maxPool2d({ kernelSize: k, stride });
      }
      case 'flatten':
        return flatten();
      default:
        throw new Skip(`layer ${description.type}`);
    }
  });
}

/** What windows make of images. */
function windowsIn(image: Image | undefined, filters: number, [height, width]: readonly [number, number], stride: number, padding: number): Image {
  if (!image) throw new Skip('a convolution of rows');
  const along = (size: number, kernel: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return [filters, along(image[1], height), along(image[2], width)];
}

function lossOf(name: string): Loss {
  if (name === 'cross_entropy') return softmaxCrossEntropy();
  if (name === 'mse' || name === 'mae' || name === 'bce_with_logits' || name === 'hinge' || name === 'huber') return LOSSES[name].create();
  throw new Skip(`loss ${name}`);
}

async function trainerOf(
  stage: Stage,
  c: Case,
  tensors: Tensors,
  rows: number,
  features: number,
  options: Pick<TrainerOptions, 'optimizer' | 'clip'>,
  image?: Image,
): Promise<{ trainer: Trainer; built: Built }> {
  const built: Built = { layers: [], tensors: new Map(), paths: new LayerPaths(), weights: [], activations: new Map(), image };
  if (image) built.layers.push(reshape({ shape: [image[1], image[2], image[0]] }));
  built.layers.push(...build(c.layers, tensors, '', built));
  const trainer = await stage.engine.createTrainer({
    model: sequential(built.layers),
    loss: lossOf(c.loss),
    features,
    batchSize: rows,
    probes: { tensors: ['h', 'weight_gradient', 'weight', 'update', 'delta', 'z'] },
    ...options,
  });
  trainer.setParameters(built.tensors);
  return { trainer, built };
}

/** The largest float32. */
const LARGEST = 3.4028234663852886e38;

/** Batches of a tensor with a leading axis of batches. */
function batches(data: Float32Array, count: number): Float32Array[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size));
}

const l2Of = (layer: LayerRecord, tensor: 'weight_gradient'): number => {
  const stats = layer.tensors[tensor]!;
  return stats.nanCount + stats.infCount > 0 ? Number.NaN : stats.l2;
};

/** What a step showed, by the names of the manifest. */
function observed(record: StepRecord, built: Built, weightLayers: readonly string[], actLayers: readonly string[]): Record<string, number[]> {
  const layers = record.layers!;
  const weight = weightLayers.map((name) => layers[built.weights.indexOf(name)]!);
  const act = actLayers.map((name) => layers[built.activations.get(name)!]!.tensors.h!);
  return {
    loss: [record.loss],
    totalGradNorm: [record.gradientNorm],
    gradNorm: weight.map((layer) => l2Of(layer, 'weight_gradient')),
    updateRatio: weight.map((layer) => layer.updateToWeight!.l2),
    actMean: act.map((h) => h.mean),
    actStd: act.map((h) => h.std),
  };
}

/** Steps 0 to 2 all inside, of the steps below validSteps 95 %; from firstNonFiniteStep on the run is reported as non-finite. */
export async function runTrain(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  // PyTorch's optimizers decay biases too, the engine's leave them out.
  if (c.optimizerArgs.weight_decay) throw new Skip('weight decay of biases');
  const [nBatches, rows] = c.x.shape as [number, number];
  const features = c.x.n / nBatches / rows;
  const image = c.x.shape.length === 5 ? (c.x.shape.slice(2) as unknown as Image) : undefined;
  const { trainer, built } = await trainerOf(
    stage,
    c,
    tensors,
    rows,
    features,
    { optimizer: optimizerOf(c.optimizer, c.optimizerArgs), ...(c.clipGlobalNorm ? { clip: { norm: c.clipGlobalNorm } } : {}) },
    image,
  );
  try {
    const xs = batches(image ? channelsLast(tensors.f32(c.x), image) : tensors.f32(c.x), nBatches);
    const ys = batches(Float32Array.from(tensors.numbers(c.target)), nBatches);
    const expected = Object.fromEntries(Object.entries(c.expected as Record<string, TensorRef>).map(([key, ref]) => [key, tensors.f32(ref)]));
    const quantities = Object.keys(expected).filter((key) => !key.endsWith('Tol'));
    const nonFinite: number | null = c.firstNonFiniteStep;
    let worst: Worst = FINE;
    let inside = 0;
    let all = 0;
    for (let step = 0; step < c.steps; step++) {
      const record = await trainer.trainOnBatch({ x: xs[step % nBatches]!, y: ys[step % nBatches]! });
      if (trainer.history.nonFinite) {
        const first = trainer.history.nonFinite.step - 1;
        if (nonFinite === null || first < c.validSteps || first > nonFinite)
          worst = { margin: Number.MAX_VALUE, where: `non-finite at step ${first}, expected ${nonFinite === null ? 'never' : nonFinite}` };
        break;
      }
      if (nonFinite !== null && step >= nonFinite) {
        worst = { margin: Number.MAX_VALUE, where: `step ${step} was not reported as non-finite` };
        break;
      }
      if (step >= c.validSteps) continue;
      const seen = observed(record!, built, c.weightLayers, c.actLayers);
      for (const key of quantities) {
        const values = seen[key];
        if (!values) throw new Skip(`the quantity ${key} of a run`);
        values.forEach((got, i) => {
          const at = step * values.length + i;
          const margin = marginOf(got, expected[key]![at]!, { atol: expected[`${key}Tol`]![at]! });
          all++;
          if (margin <= 1) inside++;
          if (step < 3) worst = worse(worst, { margin, where: `${key}[${i}] at step ${step}: got ${got}, expected ${expected[key]![at]}` });
        });
      }
    }
    const fraction = all > 0 ? inside / all : 1;
    if (fraction < 0.95) worst = worse(worst, { margin: Number.MAX_VALUE, where: `${(fraction * 100).toFixed(1)} % of the values inside, expected 95 %` });
    return { worst, strict: worst };
  } finally {
    trainer.destroy();
  }
}

/** One backward pass: the norms of the weight gradients, the share of zero activations, and the engine's own label. */
export async function runDiagnosis(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const rows: number = c.x.shape[0];
  const image = c.x.shape.length === 4 ? (c.x.shape.slice(1) as unknown as Image) : undefined;
  const { trainer, built } = await trainerOf(stage, c, tensors, rows, c.x.n / rows, { optimizer: sgd({ learningRate: 0 }) }, image);
  try {
    const x = image ? channelsLast(tensors.f32(c.x), image) : tensors.f32(c.x);
    const record = await trainer.trainOnBatch({ x, y: Float32Array.from(tensors.numbers(c.target)) });
    const layers = record!.layers!;
    let worst: Worst = FINE;
    const expect = (where: string, got: number, expected: number, tolerance: { rtol?: number; atol?: number }): void => {
      worst = worse(worst, { margin: marginOf(got, expected, tolerance), where: `${where}: got ${got}, expected ${expected}` });
    };
    (c.weightLayers as string[]).forEach((name, i) => {
      const got = l2Of(layers[built.weights.indexOf(name)]!, 'weight_gradient');
      const norm = scalar(c.gradNorm[i]);
      // What float32 cannot hold has no number there: the layer must be reported as non-finite.
      if (Math.abs(norm) > LARGEST && !Number.isFinite(got)) return;
      expect(`gradient norm of ${name}`, got, norm, { rtol: c.gradNormTol.rtol, atol: c.gradNormTol.atol[i] });
    });
    if (c.label !== 'non-finite')
      [...built.activations.values()].forEach((point, i) => {
        const width = layers[point]!.tensors.h!.count;
        // An activation next to a kink may fall on either side of it.
        if (c.actZeroFraction?.[i] !== undefined)
          expect(`zero share of activation ${i}`, layers[point]!.tensors.h!.zeroFraction, c.actZeroFraction[i], { atol: 1.5 / width });
      });
    if (c.label !== null) {
      const label = classify(trainer.history);
      if (label !== c.label) worst = { margin: Number.MAX_VALUE, where: `label: got ${label}, expected ${c.label}` };
    }
    return { worst, strict: worst };
  } finally {
    trainer.destroy();
  }
}
