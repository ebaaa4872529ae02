// Trainers on a device that computes some kernels wrongly: their WGSL is changed on its way there.
import { expect } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';

/** What becomes of the WGSL of a kernel, by its name. */
export type Plants = Readonly<Record<string, (wgsl: string) => string>>;

/** A trainer on an engine of its own whose kernels of these names the device computes wrongly. */
export async function trainerWhere(options: TrainerOptions, wrong: Plants = {}, swiftshader?: boolean): Promise<{ engine: Engine; trainer: Trainer }> {
  const engine = await createEngine();
  if (swiftshader !== undefined) Object.assign(engine.device, { capabilities: { ...engine.device.capabilities, swiftshader } });
  plant(engine, wrong);
  return { engine, trainer: await engine.createTrainer(options) };
}

/** Changes what the engine compiles from now on. */
export function plant({ gpu }: Engine, wrong: Plants): void {
  const compileRight = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (descriptor) => {
    const change = wrong[descriptor.label!];
    if (!change) return compileRight(descriptor);
    const code = change(descriptor.code);
    expect(code, `nothing was planted into ${descriptor.label}`).not.toBe(descriptor.code);
    return compileRight({ ...descriptor, code });
  };
}

/** As if workgroups lost half of what their lanes have, in a workgroup of 4 or in all: what llvmpipe does to squared_norm. */
export const lostHalf = (small: string) => (wgsl: string) => wgsl.replace('half = LANES / 2u', `half = select(LANES / 2u, LANES / 4u, ${small})`);
