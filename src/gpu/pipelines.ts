// Pipelines: each distinct source compiled once, asynchronously, with work in flight shared.
import { link, sourcesKey } from '../kernel.ts';
import type { Dispatch } from '../scheduler/plan.ts';
import type { Device } from './device.ts';
import { later } from './later.ts';
import { withTexts } from './shader_texts.ts';

export class PipelineCache {
  readonly #device: Device;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Distinct pipelines so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The layout of a dispatch's bindings: the uniform block first, where there is one. */
  layout(dispatch: Dispatch): GPUBindGroupLayout {
    const types: GPUBufferBindingType[] = [
      ...(dispatch.params === undefined ? [] : (['uniform'] as const)),
      ...dispatch.bindings.map(({ access }) => (access === 'read' ? ('read-only-storage' as const) : ('storage' as const))),
    ];
    const key = `${dispatch.params === undefined ? 1 : 0}:${types.join()}`;
    let layout = this.#layouts.get(key);
    if (!layout) {
      const first = dispatch.params === undefined ? 1 : 0;
      layout = this.#device.gpu.createBindGroupLayout({
        label: key,
        entries: types.map((type, i) => ({ binding: i + first, visibility: 4 /* GPUShaderStage.COMPUTE */, buffer: { type } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** The pipeline of a dispatch; `more` are layouts of groups after that of its own bindings. Rejects with KernelError, which names file, line and column. */
  pipeline(dispatch: Dispatch, ...more: GPUBindGroupLayout[]): Promise<GPUComputePipeline> {
    const key = `${sourcesKey(dispatch.sources)} ${JSON.stringify(dispatch.overrides)}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(dispatch, more);
      pipeline.catch(() => this.#pipelines.delete(key));
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(dispatch: Dispatch, more: readonly GPUBindGroupLayout[]): Promise<GPUComputePipeline> {
    const { gpu } = this.#device;
    const linked = link(await withTexts(dispatch.sources));
    let module = this.#modules.get(linked.code);
    if (!module) {
      // Errors of a shader surface through its pipeline; the scope keeps them from being reported twice.
      gpu.pushErrorScope('validation');
      try {
        module = gpu.createShaderModule({ label: dispatch.kernel, code: linked.code });
      } finally {
        gpu.popErrorScope().catch(() => undefined);
      }
      this.#modules.set(linked.code, module);
    }
    const constants = Object.fromEntries(Object.entries(dispatch.overrides).filter(([name]) => RegExp(`override\\s+${name}\\b`).test(linked.code)));
    try {
      return await gpu.createComputePipelineAsync({
        label: dispatch.kernel,
        layout: gpu.createPipelineLayout({ bindGroupLayouts: [this.layout(dispatch), ...more] }),
        compute: { module, entryPoint: 'main', constants },
      });
    } catch (cause) {
      await this.#device.checkLoss();
      throw await (await later()).explainFailure(dispatch.kernel, linked, module, cause);
    }
  }
}
