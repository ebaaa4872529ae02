// Muon: steps of matrices that move every direction by the same amount; AdamW for all that is no matrix.
import wgsl from '../../../shaders/optimizers/muon.wgsl';
import { UsageError } from '../../errors.ts';
import type { Graph, Value } from '../../graph/graph.ts';
import type { Op } from '../../graph/op.ts';
import { matches } from '../../nn/groups.ts';
import { combineOp } from '../../ops/combine.ts';
import { maximumOp } from '../../ops/compare.ts';
import { constantOp } from '../../ops/constant.ts';
import { CORRECTIONS } from '../../ops/corrections.ts';
import { divideOp } from '../../ops/elementwise.ts';
import { NO_FACTORS } from '../../ops/hyper.ts';
import { matmulOp } from '../../ops/matmul.ts';
import { momentumOp, storeStepOp } from '../../ops/prepared.ts';
import { normOp } from '../../ops/reduce.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type OptionTable, readOptions, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { BETAS, EPSILON, type Optimizer, type OptimizerFeature, type OptimizerOptions, optimizerOf, optimizerOptions } from './optimizer.ts';

/** What AdamW takes where it has the parameters that Muon does not take. */
export interface MuonAdamwOptions {
  /** Its learning rate, at least 0; the schedule changes it by the same factor. That of Muon by default. */
  learningRate?: number;
  /** Each at least 0 and below 1. [0.9, 0.999] by default. */
  betas?: readonly [number, number];
  /** At least 0. 1e-8 by default. */
  eps?: number;
}

/** Options of Muon. */
export interface MuonOptions extends OptimizerOptions {
  /** Fraction of each weight, times the learning rate, that is taken off in a step, with AdamW too. At least 0; 0.1 by default. */
  weightDecay?: number;
  /** Decay of the running mean of the gradient, at least 0 and below 1. 0.95 by default. */
  momentum?: number;
  /** Nesterov's momentum. True by default. */
  nesterov?: boolean;
  /** Iterations of Newton and Schulz, from 1 to 20. 5 by default. */
  nsSteps?: number;
  /** a, b, c of an iteration, X = a X + (b X Xᵀ + c (X Xᵀ)²) X. [3.4445, -4.775, 2.0315] by default. */
  nsCoefficients?: readonly [number, number, number];
  /** The least norm that a matrix is divided by, above 0. 1e-7 by default. */
  eps?: number;
  /**
   * What the step of a matrix [in, out] is multiplied with: 'original', the root of out / in, at least 1, or 'match_rms_adamw', 0.2 times the root of the larger
   * of the two, for which rates and decays of AdamW fit. 'original' by default.
   */
  adjustLrFn?: 'original' | 'match_rms_adamw';
  /** Paths of matrices that AdamW takes too, as in groups: embeddings and the last layer, say. None by default. */
  exclude?: readonly string[];
  /** What AdamW takes for the parameters that Muon does not train; its own defaults where left out. */
  adamw?: MuonAdamwOptions;
}

const adamwOptions = {
  learningRate: { type: 'number', min: 0 },
  betas: BETAS,
  eps: EPSILON,
} as const satisfies OptionTable<MuonAdamwOptions>;

export const options = withOptions(optimizerOptions, {
  weightDecay: { type: 'number', min: 0, default: 0.1 },
  momentum: { type: 'number', min: 0, below: 1, default: 0.95 },
  nesterov: { type: 'boolean', default: true },
  nsSteps: { type: 'integer', min: 1, max: 20, default: 5 },
  nsCoefficients: { type: 'list', of: { type: 'number' }, length: 3, expected: 'three numbers', default: [3.4445, -4.775, 2.0315] },
  eps: { type: 'number', above: 0, default: 1e-7 },
  adjustLrFn: { type: 'name', names: ['original', 'match_rms_adamw'], default: 'original' },
  exclude: { type: 'list', of: { type: 'string' }, empty: true, expected: 'a list of paths', default: [] },
  adamw: { type: 'record', options: adamwOptions },
}) satisfies OptionTable<MuonOptions>;

const update: UpdateFunction = { name: 'muon', wgsl, states: ['exp_avg', 'exp_avg_sq'], link: [CORRECTIONS] };

/**
 * Muon for matrices (Jordan et al. 2024; PyTorch's torch.optim.Muon): the momentum is brought near the orthogonal matrix next to it by iterations of Newton and
 * Schulz, in f32 here, bfloat16 there. AdamW takes all that is no matrix [in, out]: biases, scales, kernels of convolutions, and what `exclude` names.
 *
 * @param given - The learning rate is needed; other defaults are PyTorch's.
 * @returns The optimizer, for `createTrainer`.
 * @throws UsageError for another option, for a value outside its range, and with the trainer for an excluded path that is none of the model's.
 * @example
 * const optimizer = muon({ learningRate: 0.02, exclude: ['embedding', 'head'], adamw: { learningRate: 0.0003 } });
 */
export function muon(given: MuonOptions): Optimizer {
  const read = readOptions<MuonOptions, typeof options>('muon', options, given);
  const { momentum, nesterov, exclude, ...common } = read;
  const { learningRate, betas, eps } = readOptions<MuonAdamwOptions, typeof adamwOptions>('muon: adamw', adamwOptions, read.adamw);
  const [beta1, beta2] = betas;
  const takes = (path: string, shape: readonly number[]): boolean => shape.length === 2 && !exclude.some((pattern) => matches(pattern, path));
  const ofLearningRate = learningRate === undefined || common.learningRate === 0 ? 1 : learningRate / common.learningRate;
  return optimizerOf('muon', common, {
    update,
    params: { beta1, beta2, eps },
    betas,
    decoupled: true,
    factorsWith: (groups) => (path, shape) => {
      const factors = groups?.(path, shape) ?? NO_FACTORS;
      const prepared = takes(path, shape);
      return { ...factors, prepared, learningRateFactor: factors.learningRateFactor * (prepared ? 1 : ofLearningRate) };
    },
    prepare(graph, { name: path, type }, gradient, { group, ...attrs }) {
      checkPaths(graph, exclude);
      const [rows, columns] = type.shape as [number, number];
      if (!takes(path, type.shape)) return;
      const made = graph.apply(momentumOp, [gradient], { path, momentum, nesterov, ...attrs }, `${path}/momentum`, group)[0]!;
      const step = orthogonal(graph, made, read, `${path}/muon`, group);
      const factor = read.adjustLrFn === 'original' ? Math.sqrt(Math.max(1, columns / rows)) : 0.2 * Math.sqrt(Math.max(rows, columns));
      graph.apply(storeStepOp, [step], { path, factor }, `${path}/step`, group);
    },
  });
}
export { muon as create };

/** Throws a UsageError for a pattern that holds no parameter. */
function checkPaths({ values }: Graph, exclude: readonly string[]): void {
  const paths = values.filter(({ origin, frozen }) => origin === 'parameter' || frozen).map(({ name }) => name);
  for (const pattern of exclude)
    if (!paths.some((path) => matches(pattern, path))) throw new UsageError(`muon: exclude: ${pattern} is no path of the model; there are ${paths.join(', ')}`);
}

type Iterations = Pick<Required<MuonOptions>, 'nsSteps' | 'nsCoefficients' | 'eps'>;

/** Near the orthogonal matrix that is next to x: all singular values about 1. The smaller side of it is multiplied. */
function orthogonal(graph: Graph, x: Value, { nsSteps, nsCoefficients: [a, b, c], eps }: Iterations, name: string, group: string): Value {
  const node = <Attrs>(op: Op<Attrs>, inputs: Value[], attrs: NoInfer<Attrs>): Value => graph.apply(op, inputs, attrs, name, group)[0]!;
  const [rows, columns] = x.type.shape as [number, number];
  const norm = node(normOp, [x], { axes: [0, 1], shape: [1, 1] });
  let y = node(divideOp, [x, node(maximumOp, [norm, node(constantOp, [], { value: eps, type: norm.type })], {})], {});
  const wide = rows <= columns;
  for (let step = 0; step < nsSteps; step++) {
    const gram = node(matmulOp, [y, y], wide ? { transposeB: true } : { transposeA: true });
    const polynomial = node(combineOp, [gram, node(matmulOp, [gram, gram], {})], { factors: [b, c] });
    y = node(combineOp, [y, node(matmulOp, wide ? [polynomial, y] : [y, polynomial], {})], { factors: [a, 1] });
  }
  return y;
}

export const update64: OptimizerFeature['update64'] = [
  [
    update,
    (g, state, { t, learningRate, prepared }, p) => {
      if (prepared) return -learningRate * state[1]!;
      state[0] = p.beta1! * state[0]! + (1 - p.beta1!) * g;
      state[1] = p.beta2! * state[1]! + (1 - p.beta2!) * g ** 2;
      return (-learningRate * (state[0] / (1 - p.beta1! ** t))) / (Math.sqrt(state[1] / (1 - p.beta2! ** t)) + p.eps!);
    },
  ],
];

export const adaptive = true;
export const torch = 'Muon';
export const text: Texts = {
  en: { title: 'Muon', summary: 'Moves every direction of a weight matrix by the same amount, and the rest as AdamW does.' },
  zh: { title: 'Muon', summary: '使权重矩阵的每个方向移动相同的距离，其余参数用 AdamW。' },
};
