// A live model: its weights are on a device, and it predicts without a trainer.
import { type AnyDataset, givenTensors, type NamedDataset } from '../data/columns.ts';
import type { Dataset } from '../data/dataset.ts';
import { isObject, requireMap, requireMethod, requireObject, show, UsageError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { type Initializers, initialValuesOf } from '../nn/build.ts';
import { type Loss, requireLoss } from '../nn/losses/loss.ts';
import type { AnyModel, InputType, Model } from '../nn/model.ts';
import { SEQUENTIAL, type Sequential } from '../nn/sequential.ts';
import type { Numbers } from '../numbers.ts';
import { foldIn, keyOf } from '../random.ts';
import type { HostTensor } from '../shape.ts';
import type { Evaluation } from './evaluation.ts';
import type { Evaluators } from './evaluators.ts';
import type { AsIs, Inference, InferenceParts } from './inference.ts';
import { later } from './later.ts';
import type { Metrics } from './metrics/metric.ts';
import type { Losses } from './objective.ts';
import type { HostNumbers, Weights } from './parameters.ts';

/** What `createModel` is told beside the description. */
export interface ModelOptions {
  /** Numbers in a sample, for a model of layers in a row, which needs it; a model of named inputs says their shapes itself, and has none by default. */
  features?: number;
  /** Decides the initial values, as a trainer's does; 0 by default. */
  seed?: number;
  /** Live models whose descriptions the model calls: it has their weights, and they have what it learns. None by default. */
  share?: readonly LiveModel<AnyModel>[];
}

/** What is evaluated in addition to the loss. */
export interface EvaluateOptions {
  /** Metrics of a model with one loss, or by output: `[accuracy(), topK({ k: 3 })]`. Those of the trainer by default. */
  metrics?: Metrics;
}

/** What a model is asked with: rows for a model of layers in a row, rows by name for one of named inputs, or a data set. */
export type Asked<M extends AnyModel> = (M extends Model<infer In, string> ? Readonly<Record<In, Numbers>> | NamedDataset : Numbers | Dataset) | AnyDataset;

/** What a model answers: the outputs, row after row, by name where it has names. */
export type Answer<M extends AnyModel> = M extends Model<string, infer Out> ? Record<Out, Float32Array> : Float32Array;

/**
 * A model whose weights are on a device. `createTrainer({ model })` trains it, several trainers in turn; it predicts and evaluates with what it has learned so
 * far.
 */
export class LiveModel<M extends AnyModel = Sequential> {
  /** What it was made from. */
  readonly description: M;
  /** Shape and element type of a sample of each input. */
  readonly inputs: Readonly<Record<string, Required<InputType>>>;
  /** @internal Others once the device was lost, as all of these. */
  weights: Weights;
  /** @internal The trainers that train it: none can continue without it. */
  readonly trainers = new Set<{ destroy(): void }>();
  /** @internal */
  device: Device;
  /** @internal Those whose weights it has. */
  readonly shares: readonly LiveModel<AnyModel>[];
  /** @internal */
  parts: InferenceParts;
  /** @internal What computes answers, made when the first is wanted; loaded then, too. */
  inference: Promise<Inference> | undefined;
  /** @internal */
  evaluating: Promise<Evaluators> | undefined;
  /** @internal */
  readonly made = new Set<{ readonly bytes: number; destroy(): void }>();
  /** @internal */
  destroyed = false;

  /** @internal */
  constructor(
    device: Device,
    cache: PipelineCache,
    description: M,
    inputs: Readonly<Record<string, Required<InputType>>>,
    weights: Weights,
    shares: readonly LiveModel<AnyModel>[] = [],
  ) {
    this.device = device;
    this.description = description;
    this.inputs = inputs;
    this.weights = weights;
    this.shares = shares;
    this.parts = { device, cache, model: description, inputs, weights };
  }

  /** Bytes on the device. */
  get bytes(): number {
    return [...this.made].reduce((sum, { bytes }) => sum + bytes, this.weights.bytes);
  }

  /**
   * Computes the model's outputs (logits) for any number of rows, in inference mode.
   *
   * The weights are those of the call's turn, not of the call: it waits for calls before it and, the first time, for its kernels, and takes some hundred rows
   * at a time. Steps that are taken meanwhile count for the rows that are still to come, so await it before further steps. `evaluate` and `measure` do the
   * same.
   *
   * @param asked - Arrays, typed arrays or rows of numbers; by name for a model of named inputs; or a data set. NaN and infinity are taken as they are.
   * @returns [rows, outputs], row after row; by name for a model of named outputs. Whole numbers come as the nearest floats.
   * @throws DataError for other widths, no rows, or what is no number.
   * @example
   * const logits = await live.predict([[0.2, -0.7], [1, 0.5]]); // row after row
   */
  async predict(asked: Asked<M>): Promise<Answer<M>> {
    const asIs = this.#asIs(asked);
    const results = await this.#answer(async () => {
      this.inference ??= this.#make(later().then(({ Inference }) => new Inference(this.parts)));
      return (await this.inference).answer(asIs);
    });
    return (this.description.kind === 'sequential' ? results[SEQUENTIAL.output] : results) as Answer<M>;
  }

  /**
   * Measures the mean loss on a data set, and for a classification the accuracy and confusion matrix (rows: true class), in inference mode, with the weights of
   * its turn as `predict` says.
   *
   * @param loss - As of a trainer.
   * @param options - `metrics`, to be measured beside the loss.
   * @param usual - Of a trainer: its metrics, which are measured where none are asked for.
   * @param dataset - Rows with targets.
   * @returns Loss, accuracy from 0 to 1, confusion matrix and metrics.
   * @throws DataError where a data set does not fit the model, or its targets the loss; UsageError for metrics that make no sense of an output.
   * @example
   * const { loss, metrics } = await live.evaluate(test, softmaxCrossEntropy(), { metrics: [f1({ average: 'macro' }), auc()] });
   */
  async evaluate(dataset: AnyDataset, loss: Loss | Losses, options?: EvaluateOptions, usual?: Metrics): Promise<Evaluation> {
    if (!Array.isArray((loss as Losses | undefined)?.parts)) requireLoss(loss);
    const given = givenTensors('evaluate', dataset, true);
    return this.#answer(async () => (await this.evaluators()).evaluate(given, loss, options, usual));
  }

  /** What it answers; on another device where this one was lost. It begins at once: what is done to the model after the call does not change the answer. */
  async #answer<Result>(answer: () => Promise<Result>): Promise<Result> {
    const ask = async (): Promise<Result> => {
      this.alive();
      this.weights.linked?.pull();
      return answer();
    };
    const asked = ask();
    // Its error is told below.
    asked.catch(() => {});
    return (await later()).answerOf(this, ask, asked);
  }

  /** @internal */
  evaluators(): Promise<Evaluators> {
    this.evaluating ??= this.#make(later().then(({ Evaluators }) => new Evaluators(this.parts)));
    return this.evaluating;
  }

  /**
   * Reads parameters and running statistics from the device.
   *
   * @returns Tensors by path.
   */
  async parameters(): Promise<Map<string, HostTensor>> {
    return this.#answer(() => this.weights.read());
  }

  /**
   * Sets parameters and running statistics; nothing is written unless all fit.
   *
   * @param tensors - By path: tensors, or plain numbers.
   * @throws UsageError for one that is missing, unknown or of another shape; DataError for what is no number.
   * @example
   * live.setParameters(await trainer.parameters());
   */
  setParameters(tensors: ReadonlyMap<string, HostTensor | HostNumbers>): void {
    this.alive();
    requireMap('setParameters', tensors, 'a Map from path to tensor');
    this.weights.set(tensors);
    this.weights.linked?.push((path) => tensors.has(path));
  }

  /** Frees everything, and the trainers of this model with it. Pending calls reject. Models that share its weights go on with their own. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    for (const each of [...this.trainers]) each.destroy();
    for (const each of this.made) each.destroy();
    this.weights.destroy();
  }

  /** @internal Throws a UsageError where it is on another device. */
  on(where: string, device: Device): void {
    if (this.device !== device) throw new UsageError(`${where}: the live model is on another device: take models of one engine`);
  }

  /** @internal Throws where the model was destroyed or its device has failed. */
  alive(): void {
    if (this.destroyed) throw new UsageError('this model was destroyed: create a new one');
    this.device.check();
  }

  /** Registers a resource that is destroyed with the model. */
  async #make<Made extends { readonly bytes: number; destroy(): void }>(making: Promise<Made>): Promise<Made> {
    const made = await making;
    this.made.add(made);
    if (this.destroyed) made.destroy();
    return made;
  }

  /** A copy of what was asked for. */
  #asIs(asked: unknown): AsIs {
    if (isDataset(asked)) return givenTensors('predict', asked, true);
    if (this.description.kind === 'model') requireObject('predict', asked, `rows by name, { ${Object.keys(this.inputs).join(', ')} }`);
    const given = (this.description.kind === 'sequential' ? { [SEQUENTIAL.input]: asked } : asked) as Readonly<Record<string, Numbers>>;
    return new Map(Object.keys(this.inputs).map((name) => [name, copyOf(given[name])]));
  }
}

/** Throws a UsageError for anything but a model. */
export function requireModel(where: string, given: unknown): void {
  const what = 'a model, as sequential([...]) or model(...) makes it';
  requireMethod(where, given, 'build', what);
  // A layer builds itself, too.
  const { kind, layers, inputs } = given as unknown as Partial<Sequential & Model>;
  if (!(kind === 'sequential' ? layers : inputs)) throw new UsageError(`${where}: expected ${what}, got a layer, ${show(kind)}: put it into sequential([...])`);
}

/** First values of a model's tensors from a seed. */
export function initialWeights(initializers: Initializers, seed: number): Map<string, HostNumbers> {
  return new Map([...initialValuesOf(initializers, foldIn(keyOf(seed), 'initial values'))].map(([path, data]) => [path, { data }]));
}

/** A copy of rows as they were handed over. What they are is looked at where they are used. */
function copyOf(given: unknown, depth = 0): unknown {
  if (ArrayBuffer.isView(given) && given.byteLength > 0 && 'length' in given) return Uint8Array.prototype.slice.call(given);
  return Array.isArray(given) && depth < 3 ? given.map((each) => copyOf(each, depth + 1)) : given;
}

const isDataset = (given: unknown): given is AnyDataset => isObject(given) && typeof (given as AnyDataset).rows === 'number';
