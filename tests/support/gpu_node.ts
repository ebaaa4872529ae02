// WebGPU in Node, without a browser: for quick programs, and for tests and measurements on machines that have a GPU and no Chrome.
import { wantedAdapter } from '../../src/cli/chrome.ts';
import { createDawn, useSwiftShader } from '../../src/cli/dawn.ts';
import type { ChromePage } from './chrome_page.ts';
import { pageHere } from './page_here.ts';

/**
 * A GPU in Node, from Dawn: SwiftShader out of the Chrome that is installed, or with GPU=1 the machine's own. DAWN holds options of `create` for
 * experiments, with spaces between them: `DAWN="backend=vulkan enable-dawn-features=dump_shaders"`.
 * Defines WebGPU's globals (GPUBufferUsage ...) too. Dawn lives as long as the returned object and keeps Node alive; a program that run_ts.mjs
 * started ends all the same.
 */
export async function gpuInNode(): Promise<GPU> {
  // A driver that the environment names is meant.
  if (wantedAdapter() === 'swiftshader' && !process.env.VK_ICD_FILENAMES) await useSwiftShader();
  // Dawn rounds time stamps to 0.1 ms, against pages that spy; there are none here.
  return createDawn(['disable-dawn-features=timestamp_quantization', ...(process.env.DAWN?.split(' ') ?? [])]);
}

/** Puts that GPU where a page has it, at `navigator.gpu`. */
export async function provideGpu(): Promise<void> {
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: await gpuInNode() }, configurable: true });
}

/** What `openChromePage` offers, in this process through Dawn: for programs that run_ts.mjs started. */
export async function openNodePage(): Promise<Pick<ChromePage, 'call' | 'close'>> {
  await provideGpu();
  return pageHere();
}
