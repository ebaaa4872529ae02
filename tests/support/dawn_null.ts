// Compiles WGSL with Dawn's null backend: Tint's messages without a GPU or a driver.
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);

/** One message of the compiler; `line` and `column` count from 1 in the text given, 0 where the message is about the whole pipeline. */
export interface WgslMessage {
  type: 'error' | 'warning' | 'info';
  line: number;
  column: number;
  text: string;
}

const gpu = create(['backend=null']);
let device: Promise<GPUDevice> | undefined;

/**
 * What Dawn says of a shader; empty where all is well.
 *
 * @param code whole WGSL with a compute entry point, as the engine would give it to the device (linked)
 * @param label the shader's name in Dawn's messages
 * @param overrides pipeline constants. Sizes that depend on them are checked only when a pipeline is made, so one is made.
 * @param entryPoint the compute entry point
 */
export async function compileWgsl(code: string, label: string, overrides: Record<string, number> = {}, entryPoint = 'main'): Promise<WgslMessage[]> {
  device ??= createDevice();
  const ready = await device;
  ready.pushErrorScope('validation');
  const module = ready.createShaderModule({ code, label });
  const scope = ready.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  await scope;
  const found: WgslMessage[] = messages.map((m) => ({ type: m.type, line: m.lineNum, column: m.linePos, text: m.message }));
  if (found.some((m) => m.type === 'error')) return found;
  try {
    await ready.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint, constants: overrides } });
  } catch (error) {
    found.push({ type: 'error', line: 0, column: 0, text: (error as Error).message });
  }
  return found;
}

/** With every feature that a shader of ours can `enable`. */
async function createDevice(): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("Dawn's null backend gives no adapter: is the `webgpu` package complete?");
  const optional: GPUFeatureName[] = ['shader-f16', 'subgroups'];
  return adapter.requestDevice({ requiredFeatures: optional.filter((feature) => adapter.features.has(feature)) });
}
