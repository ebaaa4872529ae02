// The engine: a device and its pipelines, from which trainers are made.
import type { DeviceError } from './errors.ts';
import { type AdapterSummary, Device, type EngineOptions } from './gpu/device.ts';
import { PipelineCache } from './gpu/pipelines.ts';
import type { Graph } from './graph/graph.ts';
import { Program, type ProgramOptions } from './program.ts';
import { Trainer, type TrainerOptions } from './train/trainer.ts';

export class Engine {
  /** @internal */
  readonly device: Device;
  /** @internal */
  readonly cache: PipelineCache;

  /** @internal */
  constructor(device: Device) {
    this.device = device;
    this.cache = new PipelineCache(device);
  }

  get adapter(): AdapterSummary {
    return this.device.adapter;
  }

  /** The device, to share it with other code. */
  get gpu(): GPUDevice {
    return this.device.gpu;
  }

  /** Resolves with the reason when the device is lost or destroyed. */
  get lost(): Promise<DeviceError> {
    return this.device.lost;
  }

  /** Builds everything a training run needs; compiles its pipelines without blocking. Many trainers may share an engine. */
  createTrainer(options: TrainerOptions): Promise<Trainer> {
    return Trainer.create(this.device, this.cache, options);
  }

  /** Destroys the device, unless it was given from outside. Pending calls reject. */
  destroy(): void {
    this.device.destroy();
  }
}

/** Asks for a device, or takes an existing one. Works on a page, in a worker and in Node. Throws DeviceError. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return new Engine(await Device.create(options));
}

/** Compiles a graph into a program: inputs in, outputs out, no training. Rejects with KernelError or DeviceError. */
export function compile(engine: Engine, graph: Graph, options: ProgramOptions): Promise<Program> {
  return Program.create(engine.device, engine.cache, graph, options);
}
