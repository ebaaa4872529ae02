// Why a pipeline could not be made: what the compiler says, at its places in the shaders. Loaded when one fails.
import { KernelError } from '../errors.ts';
import type { Linked } from '../kernel.ts';

/** The error of a kernel whose pipeline failed: `shaders/matmul.wgsl:12:3 ...`. */
export async function explainFailure(kernel: string, linked: Linked, module: GPUShaderModule, cause: unknown): Promise<KernelError> {
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((m) => m.type === 'error').map((m) => `${linked.locate(m.lineNum, m.linePos)} ${m.message}`);
  return new KernelError(errors.length ? errors.join('\n') : `${kernel}: ${String((cause as Error).message ?? cause)}`, { cause });
}
