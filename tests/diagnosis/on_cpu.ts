// Trains plain networks of dense layers in this thread, without the engine, and writes a history as the engine does: hundreds of small networks a minute, so that
// the rules can be asked about many. Float32 where the engine has float32; dropout and batches come from other random numbers.
import type { Experiment } from '../../src/experiment/document.ts';
import type { InputFacts, OutputFacts, RunFacts } from '../../src/inspect/facts.ts';
import type { HistoryData, LayerInfo, LayerRecord, StepRecord, TensorStats, ValidationRecord } from '../../src/inspect/history.ts';
import { type AllTargets, bestConstantError } from '../../src/nn/losses/constant.ts';
import type { LossFeature } from '../../src/nn/losses/loss.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import { ACTIVATIONS, type Activation } from '../../src/ops/activation_table.ts';
import type { ElementwiseLoss } from '../../src/ops/losses.ts';
import { measureInput, measureTargets } from '../../src/train/measure_data.ts';
import { Random } from './data.ts';

interface Block {
  name: string;
  inputs: number;
  units: number;
  activation: string;
  norm?: 'batch_norm' | 'layer_norm';
  dropout: number;
  l1: number;
  l2: number;
  w: Float32Array;
  b: Float32Array;
  gw: Float32Array;
  gb: Float32Array;
  runningMean: Float64Array;
  runningVar: Float64Array;
}
type Any = Record<string, unknown> & { type: string };

export interface CpuRun {
  history: HistoryData;
  /** What was won over the best constant answer on the test rows: accuracy over the largest class, R², or F1 of class 1. */
  won: { accuracy: number; r2: number; f1: number };
}

const flat = (layers: readonly Any[]): Any[] =>
  layers.flatMap((layer) => (layer.type === 'repeat' ? Array.from({ length: layer.times as number }, () => flat(layer.layers as Any[])).flat() : [layer]));

function weightsOf(initializer: Record<string, unknown> | undefined, fanIn: number, fanOut: number, random: Random): Float32Array {
  const { scheme = 'he_normal', std = 0.01, value = 0, gain = 1 } = (initializer ?? {}) as { scheme?: string; std?: number; value?: number; gain?: number };
  const deviation = {
    he_normal: gain * Math.sqrt(2 / fanIn),
    lecun_normal: gain * Math.sqrt(1 / fanIn),
    glorot_uniform: gain * Math.sqrt(2 / (fanIn + fanOut)),
    normal: std,
    zeros: 0,
    constant: 0,
  }[scheme]!;
  const limit = deviation * Math.sqrt(3);
  return Float32Array.from({ length: fanIn * fanOut }, () =>
    scheme === 'constant' ? value : scheme.endsWith('uniform') ? random.uniform(-limit, limit) : random.normal(deviation),
  );
}

export function statsOf(values: ArrayLike<number>): TensorStats {
  let [n, sum, squares, abs, zeros, nanCount, infCount, min, max] = [0, 0, 0, 0, 0, 0, 0, Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (Number.isNaN(v)) nanCount++;
    else if (!Number.isFinite(v)) infCount++;
    else {
      n++;
      sum += v;
      squares += v * v;
      abs += Math.abs(v);
      if (v === 0) zeros++;
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  const d = Math.max(1, n);
  return {
    count: values.length,
    l2: Math.sqrt(squares),
    rms: Math.sqrt(squares / d),
    mean: sum / d,
    std: Math.sqrt(Math.max(0, squares / d - (sum / d) ** 2)),
    min: n ? min : 0,
    max: n ? max : 0,
    absMean: abs / d,
    zeroFraction: values.length ? zeros / values.length : 0,
    nanCount,
    infCount,
  };
}

/** Runs a document whose rows are in it and whose layers are dense. */
export function runOnCpu(document: Experiment): CpuRun {
  const { data, training, seed = 1 } = document;
  if (data.source !== 'arrays') throw new Error('expected rows in the document');
  const random = new Random(seed + 17);
  const classes = data.classes;
  const count = data.x.length;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => ((a * 2654435761) % 4294967296) - ((b * 2654435761) % 4294967296));
  const part = Math.floor(count / 5);
  const parts = { validation: order.slice(0, part), test: order.slice(part, 2 * part), train: order.slice(2 * part) };
  const columns = data.x[0]!.length;
  const xOf = (rows: number[]): Float32Array => Float32Array.from(rows.flatMap((row) => data.x[row]!));
  const yOf = (rows: number[]): Float32Array => Float32Array.from(rows.map((row) => data.y[row] as number));
  const [trainX, trainY] = [xOf(parts.train), yOf(parts.train)];

  // The network.
  const { name: lossName, ...lossOptions } = typeof document.loss === 'string' ? { name: document.loss } : document.loss;
  const layers = flat(document.model.layers as unknown as Any[]);
  const blocks: Block[] = [];
  let width = columns;
  for (const layer of layers) {
    const last = blocks.at(-1);
    if (layer.type === 'dense') {
      const units = layer.units as number;
      const bias = (layer.biasInitializer as { value?: number } | undefined)?.value ?? 0;
      const zeros = (size: number): Float32Array => new Float32Array(size);
      blocks.push({
        name: `dense_${blocks.length + 1}`,
        inputs: width,
        units,
        activation: 'linear',
        dropout: 0,
        l1: (layer.l1 as number) ?? 0,
        l2: (layer.l2 as number) ?? 0,
        w: weightsOf(layer.initializer as Record<string, unknown>, width, units, random),
        b: zeros(units).fill(bias),
        gw: zeros(width * units),
        gb: zeros(units),
        runningMean: new Float64Array(units),
        runningVar: new Float64Array(units).fill(1),
      });
      width = units;
    } else if (layer.type === 'activation') last!.activation = layer.name as string;
    else if (layer.type === 'dropout') last!.dropout = layer.rate as number;
    else if (layer.type === 'batch_norm' || layer.type === 'layer_norm') last!.norm = layer.type;
    else throw new Error(`no ${layer.type} on the CPU`);
  }
  const output = blocks.at(-1)!;
  const { units } = output;
  const functionOf = (name: string): Activation => ACTIVATIONS[name as keyof typeof ACTIVATIONS] as Activation;

  interface Pass {
    h: Float32Array[];
    z: Float32Array[];
    stds: Float64Array[];
    raw: Float32Array[];
    masks: (Float32Array | undefined)[];
  }
  const forward = (x: Float32Array, rows: number, training: boolean): Pass => {
    const pass: Pass = { h: [x], z: [], stds: [], raw: [], masks: [] };
    for (const block of blocks) {
      const { w, b, inputs, units, norm } = block;
      const a = pass.h.at(-1)!;
      const z = new Float32Array(rows * units);
      for (let r = 0; r < rows; r++) {
        const at = r * units;
        for (let u = 0; u < units; u++) z[at + u] = b[u]!;
        for (let i = 0; i < inputs; i++) {
          const x = a[r * inputs + i]!;
          const from = i * units;
          if (x !== 0) for (let u = 0; u < units; u++) z[at + u]! += x * w[from + u]!;
        }
      }
      const stds = new Float64Array(norm === 'batch_norm' ? units : norm ? rows : 0);
      if (norm === 'batch_norm')
        for (let u = 0; u < units; u++) {
          let [mean, square] = [0, 0];
          for (let r = 0; r < rows; r++) mean += z[r * units + u]! / rows;
          for (let r = 0; r < rows; r++) square += (z[r * units + u]! - mean) ** 2 / rows;
          if (training) {
            block.runningMean[u] = 0.9 * block.runningMean[u]! + 0.1 * mean;
            block.runningVar[u] = 0.9 * block.runningVar[u]! + 0.1 * ((square * rows) / Math.max(1, rows - 1));
          } else [mean, square] = [block.runningMean[u]!, block.runningVar[u]!];
          stds[u] = Math.sqrt(square + 1e-5);
          for (let r = 0; r < rows; r++) z[r * units + u] = (z[r * units + u]! - mean) / stds[u]!;
        }
      else if (norm)
        for (let r = 0; r < rows; r++) {
          let [mean, square] = [0, 0];
          for (let u = 0; u < units; u++) mean += z[r * units + u]! / units;
          for (let u = 0; u < units; u++) square += (z[r * units + u]! - mean) ** 2 / units;
          stds[r] = Math.sqrt(square + 1e-5);
          for (let u = 0; u < units; u++) z[r * units + u] = (z[r * units + u]! - mean) / stds[r]!;
        }
      pass.z.push(z);
      pass.stds.push(stds);
      const h = new Float32Array(z.length);
      if (block.activation === 'softmax')
        for (let r = 0; r < rows; r++) {
          const row = z.subarray(r * units, (r + 1) * units);
          const most = Math.max(...row);
          let sum = 0;
          for (const value of row) sum += Math.exp(value - most);
          for (let u = 0; u < units; u++) h[r * units + u] = Math.exp(row[u]! - most) / sum;
        }
      else {
        const { value, params } = functionOf(block.activation);
        for (let i = 0; i < z.length; i++) h[i] = value(z[i]!, params);
      }
      pass.raw.push(h);
      if (training && block.dropout > 0) {
        const keep = 1 - block.dropout;
        const mask = Float32Array.from(h, () => (random.uniform() < keep ? 1 / keep : 0));
        pass.masks.push(mask);
        pass.h.push(h.map((value, i) => value * mask[i]!));
      } else {
        pass.masks.push(undefined);
        pass.h.push(h);
      }
    }
    return pass;
  };

  // The loss, and its gradient by the answers.
  const index = lossName === 'softmax_cross_entropy';
  const entry = index ? undefined : (LOSSES[lossName as 'mse'] as unknown as { entry: ElementwiseLoss }).entry;
  const positive = ((lossOptions as { posWeight?: number | number[] }).posWeight ?? 1) as number;
  const posWeight = Array.isArray(positive) ? (positive[0] as number) : positive;
  const params = { ...(entry?.params ?? {}), ...lossOptions };
  const lossOf = (answers: Float32Array, targets: Float32Array, gradient?: Float32Array): number => {
    const rows = targets.length;
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      if (index) {
        const row = answers.subarray(r * units, (r + 1) * units);
        let most = -Infinity;
        for (const value of row) most = Math.max(most, value);
        let total = 0;
        for (const value of row) total += Math.exp(value - most);
        sum += most + Math.log(total) - row[targets[r]!]!;
        if (gradient) for (let u = 0; u < units; u++) gradient[r * units + u] = (Math.exp(row[u]! - most) / total - Number(u === targets[r])) / rows;
      } else {
        const weight = lossName === 'bce_with_logits' ? 1 + targets[r]! * (posWeight - 1) : 1;
        sum += weight * (entry!.value(answers[r]!, targets[r]!, params) as number);
        if (gradient) gradient[r] = (weight * (entry!.derivative(answers[r]!, targets[r]!, params) as number)) / rows;
      }
    }
    return sum / rows;
  };
  const classification = index || ['bce_with_logits', 'hinge', 'squared_hinge'].includes(lossName);
  const answerOf = (answers: Float32Array, r: number): number => {
    if (!index) return Number(answers[r]! > 0);
    let best = 0;
    for (let u = 1; u < units; u++) if (answers[r * units + u]! > answers[r * units + best]!) best = u;
    return best;
  };
  const classOf = (target: number): number =>
    lossName === 'hinge' || lossName === 'squared_hinge' || (lossName === 'bce_with_logits' && target < 0) ? Number(target > 0) : target;

  // What changes the weights.
  const {
    name: optimizerName,
    learningRate: rate,
    ...more
  } = document.optimizer as unknown as Record<string, number> & { name: string; schedule?: { gamma: number } };
  const { momentum = 0, weightDecay = optimizerName === 'adamw' ? 0.01 : 0 } = more;
  const gamma = more.schedule?.gamma ?? 1;
  const clip = (document.optimizer as { clip?: { norm?: number } }).clip?.norm;
  const states = blocks.map(({ w, b }) => [w, b].map(({ length }) => [new Float32Array(length), new Float32Array(length)] as const));
  const updateOf = (g: number, [m, v]: readonly [Float32Array, Float32Array], i: number, t: number, lr: number): number => {
    if (optimizerName === 'sgd') {
      m[i] = momentum * m[i]! + g;
      return -lr! * m[i]!;
    }
    if (optimizerName === 'rmsprop') {
      v[i] = 0.99 * v[i]! + 0.01 * g * g;
      return (-lr! * g) / (Math.sqrt(v[i]!) + 1e-8);
    }
    if (optimizerName === 'adagrad') {
      v[i] = v[i]! + g * g;
      return (-lr! * g) / (Math.sqrt(v[i]!) + 1e-10);
    }
    m[i] = 0.9 * m[i]! + 0.1 * g;
    v[i] = 0.999 * v[i]! + 0.001 * g * g;
    return (-lr! * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
  };

  const steps: StepRecord[] = [];
  const validations: ValidationRecord[] = [];
  const [validX, validY] = [xOf(parts.validation), yOf(parts.validation)];
  const rowsOfTraining = parts.train.length;
  const batchSize = Math.min(training.batchSize, rowsOfTraining);
  const total = training.steps!;
  const every = (document.probes as { every?: number } | undefined)?.every ?? 10;
  let nonFinite: HistoryData['nonFinite'];
  let shuffled: number[] = [];
  let since: number[] = [];
  for (let step = 1; step <= total && !nonFinite; step++) {
    if (shuffled.length === 0) {
      shuffled = Array.from({ length: rowsOfTraining }, (_, i) => i);
      for (let i = rowsOfTraining - 1; i > 0; i--) {
        const j = Math.floor(random.uniform() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
      }
    }
    const batch = shuffled.splice(0, batchSize);
    const rows = batch.length;
    const x = Float32Array.from(batch.flatMap((row) => Array.from(trainX.subarray(row * columns, (row + 1) * columns))));
    const y = Float32Array.from(batch, (row) => trainY[row]!);
    const pass = forward(x, rows, true);
    let delta = new Float32Array(rows * units);
    const loss = Math.fround(lossOf(pass.h.at(-1)!, y, delta));
    const deltas: Float32Array[] = [];
    for (let l = blocks.length - 1; l >= 0; l--) {
      const block = blocks[l]!;
      const mask = pass.masks[l];
      const [z, h, a] = [pass.z[l]!, pass.raw[l]!, pass.h[l]!];
      if (mask) delta = delta.map((value, i) => value * mask[i]!);
      if (block.activation === 'softmax')
        for (let r = 0; r < rows; r++) {
          let dot = 0;
          for (let u = 0; u < units; u++) dot += delta[r * units + u]! * h[r * units + u]!;
          for (let u = 0; u < units; u++) delta[r * units + u] = h[r * units + u]! * (delta[r * units + u]! - dot);
        }
      else {
        const { derivative, params } = functionOf(block.activation);
        for (let i = 0; i < z.length; i++) delta[i] = delta[i]! * derivative(z[i]!, params);
      }
      deltas[l] = delta.slice();
      const { inputs, units: n, w, gw, gb } = block;
      if (block.norm) {
        const perUnit = block.norm === 'batch_norm';
        const [outer, inner] = perUnit ? [n, rows] : [rows, n];
        for (let o = 0; o < outer; o++) {
          const at = (i: number): number => (perUnit ? i * n + o : o * n + i);
          let [mean, along] = [0, 0];
          for (let i = 0; i < inner; i++) {
            mean += delta[at(i)]! / inner;
            along += (delta[at(i)]! * z[at(i)]!) / inner;
          }
          for (let i = 0; i < inner; i++) delta[at(i)] = (delta[at(i)]! - mean - z[at(i)]! * along) / pass.stds[l]![o]!;
        }
      }
      gw.fill(0);
      gb.fill(0);
      for (let r = 0; r < rows; r++) {
        const at = r * n;
        for (let u = 0; u < n; u++) gb[u]! += delta[at + u]!;
        for (let i = 0; i < inputs; i++) {
          const x = a[r * inputs + i]!;
          const from = i * n;
          if (x !== 0) for (let u = 0; u < n; u++) gw[from + u]! += x * delta[at + u]!;
        }
      }
      if (l > 0) {
        const back = new Float32Array(rows * inputs);
        for (let r = 0; r < rows; r++)
          for (let i = 0; i < inputs; i++) {
            let sum = 0;
            for (let u = 0; u < n; u++) sum += delta[r * n + u]! * w[i * n + u]!;
            back[r * inputs + i] = sum;
          }
        delta = back;
      }
    }
    let squares = 0;
    for (const { gw, gb } of blocks) for (const list of [gw, gb]) for (const g of list) squares += g * g;
    const gradientNorm = Math.fround(Math.sqrt(squares));
    const lr = rate! * gamma ** (step - 1);
    const looked = step === 1 || step === total || step % every === 0 || !Number.isFinite(loss + gradientNorm);
    const before = looked ? blocks.map(({ w }) => w.slice()) : [];
    const updates = blocks.map(({ w }) => (looked ? new Float32Array(w.length) : undefined));
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const bad = blocks.findIndex((_, l) => pass.z[l]!.some((value) => !Number.isFinite(value)));
      nonFinite = { step, ...(bad >= 0 ? { layer: blocks[bad]!.name, tensor: 'z' } : { tensor: 'loss' }), nanCount: 1, infCount: 0 };
    } else {
      const scale = clip !== undefined && gradientNorm > clip ? clip / gradientNorm : 1;
      blocks.forEach((block, l) => {
        for (const [k, list, gradient] of [
          [0, block.w, block.gw],
          [1, block.b, block.gb],
        ] as const)
          for (let i = 0; i < list.length; i++) {
            const own = list[i]!;
            let g = gradient[i]! * scale;
            if (k === 0) g += block.l2 * own + block.l1 * Math.sign(own);
            if (optimizerName !== 'adamw') g += weightDecay * own;
            let update = updateOf(g, states[l]![k]!, i, step, lr);
            if (optimizerName === 'adamw') update -= lr * weightDecay * own;
            list[i] = own + update;
            if (k === 0 && updates[l]) updates[l]![i] = update;
          }
      });
    }
    since.push(loss);
    const record: StepRecord = { step, epoch: (step * batchSize) / rowsOfTraining, loss, regularizationLoss: 0, gradientNorm, learningRate: lr };
    if (looked)
      record.layers = blocks.map((block, l): LayerRecord => {
        const [weight, update] = [statsOf(before[l]!), statsOf(updates[l]!)];
        const activation = functionOf(block.activation);
        const h = pass.raw[l]!;
        let dead = 0;
        let flatCount = 0;
        const saturation = activation?.saturation?.(activation.params);
        for (let u = 0; u < block.units; u++) {
          let active = 0;
          for (let r = 0; r < rows; r++) if (h[r * block.units + u] !== 0) active++;
          if (active * 100 < rows) dead++;
        }
        if (saturation) for (const value of h) if (value < (saturation.low ?? -Infinity) || value > (saturation.high ?? Infinity)) flatCount++;
        return {
          tensors: {
            z: statsOf(pass.z[l]!),
            h: statsOf(h),
            delta: statsOf(deltas[l]!),
            weight_gradient: statsOf(block.gw),
            weight,
            update,
          },
          updateToWeight: { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean, applied: 1 },
          ...(activation?.deadAtZero ? { deadFraction: dead / block.units } : {}),
          ...(saturation ? { saturatedFraction: flatCount / h.length } : {}),
        } as LayerRecord;
      });
    steps.push(record);
    if (!nonFinite && (step % (training.validateEvery ?? 10) === 0 || step === total)) {
      const answers = forward(validX, validY.length, false).h.at(-1)!;
      const predicted = new Array<number>(index ? units : 2).fill(0);
      if (classification) for (let r = 0; r < validY.length; r++) predicted[answerOf(answers, r)]!++;
      let right = 0;
      if (classification) for (let r = 0; r < validY.length; r++) right += Number(answerOf(answers, r) === classOf(validY[r]!));
      validations.push({
        step,
        epoch: (step * batchSize) / rowsOfTraining,
        trainLoss: since.reduce((sum, value) => sum + value, 0) / since.length,
        validationLoss: lossOf(answers, validY),
        ...(classification ? { validationAccuracy: right / validY.length, predictedClasses: predicted } : {}),
      });
      since = [];
    }
  }

  // What it is made of.
  const feature = LOSSES[lossName as keyof typeof LOSSES] as unknown as LossFeature;
  const x: InputFacts = measureInput('input', { values: trainX, shape: [columns] } as never);
  const targets = measureTargets({ values: trainY }, { kind: index ? 'classes' : 'values', columns: 1, classes: index ? units : 0 });
  const options = index ? { ...lossOptions, targets: 'index', labelSmoothing: 0 } : { ...params };
  const lossOfBest = (all: AllTargets): number => feature.bestConstant(all, options).loss;
  const allOf = (values: Float32Array): AllTargets => ({ values, columns: 1, outputs: units });
  const shares = new Map<number, number>();
  for (const value of trainY) shares.set(value, (shares.get(value) ?? 0) + 1);
  const out = functionOf(output.activation);
  const ends = out ? [-1e6, 0, 1e6].map((value) => out.value(value, out.params)) : [0, 0, 1];
  const bounded = (value: number): number => (Math.abs(value) > 10 ? Math.sign(value) * Infinity : value);
  const outputFacts: OutputFacts = {
    name: 'output',
    loss: lossName,
    task: classification ? 'classification' : 'regression',
    units,
    activation: output.activation,
    range: output.activation === 'linear' ? [-Infinity, Infinity] : [bounded(Math.min(...ends)), bounded(Math.max(...ends))],
    targets,
    baselineLoss: lossOfBest(allOf(trainY)),
    validationBaselineLoss: lossOfBest(allOf(validY)),
    validationBaselineError: bestConstantError(allOf(validY), lossOfBest),
    ...(classification ? { baselineAccuracy: Math.max(...shares.values()) / trainY.length } : {}),
  };
  const facts: RunFacts = {
    inputs: [x],
    outputs: [outputFacts],
    training: {
      optimizer: optimizerName,
      learningRate: rate!,
      weightDecay,
      decoupled: optimizerName === 'adamw',
      batchSize,
      rows: rowsOfTraining,
      ...(gamma === 1 ? {} : { schedule: 'exponential' }),
      ...(clip === undefined ? {} : { clip: { norm: clip } }),
    },
    layers: blocks
      .filter(({ l1, l2, dropout, norm }) => l1 + l2 + dropout > 0 || norm === 'batch_norm')
      .map(({ name, l1, l2, dropout, norm }) => ({ name, l1, l2, dropout, ...(norm === 'batch_norm' ? { batchNormSamples: batchSize } : {}) })),
  };
  const info = blocks.map(
    ({ name, inputs, units, activation, norm }, l): LayerInfo => ({
      name,
      role: l === blocks.length - 1 ? 'output' : 'hidden',
      activation,
      fanIn: inputs,
      width: units,
      batchNorm: norm === 'batch_norm',
      ...(norm === 'layer_norm' ? { normalised: true } : {}),
      residual: false,
    }),
  );

  // What was won on the test rows.
  const [testX, testY] = [xOf(parts.test), yOf(parts.test)];
  const answers = forward(testX, testY.length, false).h.at(-1)!;
  let [right, tp, fp, fn, error] = [0, 0, 0, 0, 0];
  const mean = testY.reduce((sum, value) => sum + value, 0) / testY.length;
  const spread = testY.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const counts = new Map<number, number>();
  for (let r = 0; r < testY.length; r++) {
    const target = classes === undefined && !classification ? testY[r]! : classOf(testY[r]!);
    const answer = classification ? answerOf(answers, r) : classes === undefined ? answers[r]! : Math.round(answers[r]!);
    counts.set(target, (counts.get(target) ?? 0) + 1);
    right += Number(answer === target);
    tp += Number(answer === 1 && target === 1);
    fp += Number(answer === 1 && target !== 1);
    fn += Number(answer !== 1 && target === 1);
    error += (answers[r]! - testY[r]!) ** 2;
  }
  const largest = Math.max(...counts.values()) / testY.length;
  const won = (value: number): number => (nonFinite || !Number.isFinite(value) ? 0 : Math.max(0, value));
  return {
    history: { layers: info, steps, validations, facts, ...(nonFinite ? { nonFinite } : {}) } as HistoryData,
    won: { accuracy: won(right / testY.length - largest), r2: won(1 - error / spread), f1: won(tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn)) },
  };
}
