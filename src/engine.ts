// The engine: a device and its pipelines, from which trainers are made.
import { type DeviceError, requireObject } from './errors.ts';
import { type AdapterSummary, Device } from './gpu/device.ts';
import { PipelineCache } from './gpu/pipelines.ts';
import type { EngineOptions } from './gpu/request.ts';
import type { AnyModel } from './nn/model.ts';
import { later } from './train/later.ts';
import type { LiveModel, ModelOptions } from './train/live_model.ts';
import { Trainer, type TrainerOptions } from './train/trainer.ts';

/** A GPU device, and what is made on it: trainers, models, programs. `createEngine` makes one. */
export class Engine {
  /** @internal Another one once this was lost. */
  device: Device;
  /** @internal */
  cache: PipelineCache;

  /** @internal */
  constructor(device: Device) {
    this.device = device;
    this.cache = new PipelineCache(device);
    device.engine = this;
  }

  /** What the platform says of the adapter: vendor, architecture, whether it is a software one. */
  get adapter(): AdapterSummary {
    return this.device.adapter;
  }

  /** The device, to share it with other code. */
  get gpu(): GPUDevice {
    return this.device.gpu;
  }

  /** Resolves with the reason when the device is lost, or the engine destroyed. */
  get lost(): Promise<DeviceError> {
    return this.device.lost;
  }

  /**
   * Builds everything a training run needs; compiles its pipelines without blocking. Many trainers may share an engine.
   *
   * @param options - Model, loss, optimizer and data at least.
   * @returns The trainer, ready for its first step.
   * @throws UsageError for options that make no sense, ShapeError where a layer does not fit, DataError where targets do not fit the loss, DeviceError where
   *   the device has too little memory.
   * @example
   * const trainer = await engine.createTrainer({
   *   model: sequential([dense(16), relu(), dense(2)]),
   *   loss: softmaxCrossEntropy(),
   *   optimizer: adam({ learningRate: 0.001 }),
   *   data: { train, validation },
   * });
   * const history = await trainer.fit({ epochs: 10 });
   */
  createTrainer<M extends AnyModel>(options: TrainerOptions<M>): Promise<Trainer<M>> {
    return this.make(() => Trainer.create(this.device, this.cache, options));
  }

  /**
   * Puts a model on the device, with initial values: it predicts without a trainer, and trainers can train it in turn (`createTrainer({ model })`).
   *
   * @param description - `sequential([...])` or `model(...)`.
   * @param options - `features`, the numbers in a sample, is needed for layers in a row.
   * @returns The live model.
   * @throws ShapeError, UsageError or DeviceError.
   * @example
   * const model = await engine.createModel(sequential([dense(8), relu(), dense(2)]), { features: 5 });
   * const outputs = await model.predict(rows);
   */
  async createModel<M extends AnyModel>(description: M, options: ModelOptions = {}): Promise<LiveModel<M>> {
    requireObject('createModel: options', options, 'an object');
    const { share } = options;
    const given = { ...options, ...(Array.isArray(share) ? { share: [...share] } : {}) };
    return this.make(() => this.device.making(async () => (await later()).createModel(this.device, this.cache, description, given)));
  }

  /** @internal Makes something; anew on another device where this one is lost. */
  async make<Made>(make: () => Promise<Made>): Promise<Made> {
    try {
      return await make();
    } catch (error) {
      if (!this.device.failure) throw error;
      return (await later()).makeAnew(this, make);
    }
  }

  /** Destroys the device, unless it was given from outside. Pending calls and later ones reject. */
  destroy(): void {
    this.device.destroy();
  }
}

/**
 * Asks for a device, or takes an existing one. Works on a page, in a worker and in Node. Where a device that it asked for is lost, it asks for another one, and trainers
 * with a data set go on there to the same bits: in a run, which tells `recovered`, and between two calls, when the next `run`, `fit`, `step`, `predict`, `evaluate`, `parameters`,
 * `loss` or `checkpoint` comes. A call that waits for an answer meanwhile rejects with DeviceError('lost'). The arrays of the data set are read again then: they must be as they were.
 * So do live models without a trainer, at their next `predict`, `evaluate` or `parameters`, from a copy of their weights that is taken after an answer. What cannot go on rejects with that error and says
 * what to do: programs, which are to be compiled and written again; what shares weights; trainers that are given batches one by one; models that were loaded just before.
 *
 * @param options - The platform's own GPU, a limit of 60 s and recovery by default.
 * @returns The engine; `destroy` frees it.
 * @throws DeviceError where there is none, or none in time; its `cause` is what the platform said. UsageError for options that are none.
 * @example
 * const engine = await createEngine({ timeout: 10_000 });
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return new Engine(await Device.create(options));
}
