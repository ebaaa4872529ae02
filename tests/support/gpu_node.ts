// WebGPU in Node, without a browser: for quick programs, and for tests and measurements on machines that have a GPU and no Chrome.
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { create, globals } from 'webgpu';
import { findChrome, wantedAdapter } from '../../src/cli/chrome.ts';
import type { ChromePage } from './chrome_page.ts';
import { pageHere } from './page_here.ts';

/**
 * A GPU in Node, from Dawn: SwiftShader out of the Chrome that is installed, or with GPU=1 the machine's own. DAWN holds options of `create` for
 * experiments, with spaces between them: `DAWN="backend=vulkan enable-dawn-features=dump_shaders"`.
 * Defines WebGPU's globals (GPUBufferUsage ...) too. Dawn lives as long as the returned object and keeps Node alive; a program that run_ts.mjs
 * started ends all the same.
 */
export async function gpuInNode(): Promise<GPU> {
  Object.assign(globalThis, globals);
  if (wantedAdapter() === 'swiftshader') await useSwiftShader();
  // Dawn rounds time stamps to 0.1 ms, against pages that spy; there are none here.
  return create(['disable-dawn-features=timestamp_quantization', ...(process.env.DAWN?.split(' ') ?? [])]);
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

/** Chrome brings SwiftShader as a Vulkan driver beside its binary; Debian's /usr/bin/chromium is a script, its binary is in /usr/lib. */
async function useSwiftShader(): Promise<void> {
  const chrome = await findChrome();
  const folders = [...(chrome ? [dirname(realpathSync(chrome))] : []), '/usr/lib/chromium', '/usr/lib/chromium-browser'];
  const folder = folders.find((f) => existsSync(join(f, 'vk_swiftshader_icd.json')));
  if (!folder) throw new Error(`No vk_swiftshader_icd.json in ${folders.join(', ')}. Install Chrome or Chromium, or run with GPU=1 on a machine with a GPU.`);
  process.env.VK_ICD_FILENAMES ??= join(folder, 'vk_swiftshader_icd.json');
  keepLoaded(join(folder, 'libvulkan.so.1'));
}

/**
 * Dawn asks for libvulkan.so.1 by name, which a machine without a driver lacks; Chrome brings that too. A library that is in memory already is
 * found by its name. Node can only load it as an add-on, says that it is none and closes it, so it is marked to stay.
 */
function keepLoaded(library: string): void {
  if (process.platform !== 'linux' || !existsSync(library)) return;
  const RTLD_NODELETE = 0x1000; // glibc and musl; Node does not name it
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // "Module did not self-register"
  }
}
