// What a network of the scoreboard is, and short ways to write its document.
import type { Experiment } from '../../src/experiment/document.ts';
import type { Rows } from './data.ts';

/** By what a network is judged: a metric of the test rows that grows with what was learned, or the share of the loss of the best constant answer that is gone. */
export type Score = 'accuracy' | 'r2' | 'f1' | 'loss';

/** A sick network: a cause was planted in it, and its twin has all but that. */
export interface Sick {
  name: string;
  /** What was planted. */
  cause: string;
  /** The rules whose finding, first of all, names the cause; written down before the network was first diagnosed. */
  accepted: readonly string[];
  score: Score;
  document: Experiment;
  twin: Experiment;
}

/** A healthy network, and what may look odd in it. */
export interface Healthy {
  name: string;
  awkward?: string;
  document: Experiment;
}

type Layers = Experiment['model']['layers'];
type Layer = Layers[number];

/** Hidden layers: `depth` times weights of `units` and an activation, with more layers behind each where wanted. */
export function hidden(depth: number, units: number, activation = 'relu', { weights = {}, behind = [] }: { weights?: object; behind?: Layer[] } = {}): Layer[] {
  const block = [{ type: 'dense', units, ...weights }, { type: 'activation', name: activation }, ...behind] as Layer[];
  return [{ type: 'repeat', times: depth, layers: block } as Layer];
}

/** The last weights, and an activation behind them where one is wrongly there. */
export function output(units: number, { activation, weights = {} }: { activation?: string; weights?: object } = {}): Layer[] {
  return [{ type: 'dense', units, ...weights }, ...(activation ? [{ type: 'activation', name: activation }] : [])] as Layer[];
}

export interface Written {
  data: Rows | Experiment['data'];
  layers: Layers;
  loss: Experiment['loss'];
  optimizer?: Experiment['optimizer'];
  steps?: number;
  batchSize?: number;
  training?: Partial<Experiment['training']>;
  standardise?: boolean;
}

/** A document with a fifth of the rows each for validation and test, and few looks. */
export function document({ data, layers, loss, optimizer, steps = 200, batchSize = 32, training = {}, standardise }: Written): Experiment {
  const classes = loss === 'mse' || loss === 'mae' || (typeof loss === 'object' && loss.name === 'huber') ? 'r2' : 'f1';
  return {
    seed: 1,
    data: 'source' in data ? data : { source: 'arrays', ...data, split: { validation: 0.2, test: 0.2 }, ...(standardise ? { standardise } : {}) },
    model: { layers },
    loss,
    metrics: [classes],
    optimizer: optimizer ?? { name: 'adam', learningRate: 0.01 },
    training: { steps, batchSize, validateEvery: Math.ceil(steps / 10), ...training },
    probes: { every: Math.max(1, Math.round(steps / 40)) },
  };
}

export const sgd = (learningRate: number, more: object = {}): Experiment['optimizer'] => ({ name: 'sgd', learningRate, ...more });
export const adam = (learningRate: number, more: object = {}): Experiment['optimizer'] => ({ name: 'adam', learningRate, ...more });

const CE = 'softmax_cross_entropy' as const;
export const LOSS = { ce: CE, bce: 'bce_with_logits', mse: 'mse' } as const;

/** Layers of a document, unchecked: sick networks have what types refuse. */
export const layers = (...given: object[]): Layers => given as Layers;

/** A sick network and its twin, written once: `planted` and `twin` are what the two differ in. */
export function planted(
  name: string,
  cause: string,
  accepted: readonly string[],
  score: Score,
  same: Partial<Written>,
  sick: Partial<Written>,
  twin: Partial<Written>,
): Sick {
  return { name, cause, accepted, score, document: document({ ...same, ...sick } as Written), twin: document({ ...same, ...twin } as Written) };
}
