// WebGPU in Node, without a browser: Dawn, from the package `webgpu`. The command line tool, the tests and the bench share it.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { DeviceError, UsageError } from '../errors.ts';
import { findChrome } from './chrome.ts';

/** The package leaves Dawn to those who run without a browser, so it can be absent. */
export function hasDawn(): boolean {
  try {
    createRequire(import.meta.url).resolve('webgpu');
    return true;
  } catch {
    return false;
  }
}

type DawnModule = Pick<typeof import('webgpu'), 'create' | 'globals'>;

const load = (): Promise<DawnModule> => import('webgpu');

/**
 * Dawn's GPU, with the options of its `create`. It lives as long as this object and keeps Node alive. Defines WebGPU's globals (GPUBufferUsage ...) too.
 * @throws UsageError where the package is not installed, DeviceError where it does not load on this system.
 */
export async function createDawn(options: string[] = [], loadModule = load): Promise<GPU> {
  const { create, globals } = await loadModule().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ERR_MODULE_NOT_FOUND')
      throw new UsageError(
        '--runtime node runs on Dawn, from the package `webgpu`, which is not installed: run `npm install webgpu`, or use --runtime chrome.',
        {
          cause,
        },
      );
    throw new DeviceError('no-webgpu', `the package \`webgpu\` does not load here: ${cause.message}. Use --runtime chrome.`, { cause });
  });
  Object.assign(globalThis, globals);
  return create(options);
}

/**
 * Lets Vulkan find SwiftShader, and nothing else: Chrome brings it as a driver beside its binary; Debian's /usr/bin/chromium is a script, its binary is in /usr/lib.
 * @throws DeviceError where there is none.
 */
export async function useSwiftShader(): Promise<void> {
  // Without puppeteer, in the usual places alone.
  const chrome = await findChrome().catch(() => undefined);
  const folders = [...(chrome ? [dirname(realpathSync(chrome))] : []), '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
  const folder = folders.find((candidate) => existsSync(join(candidate, 'vk_swiftshader_icd.json')));
  if (!folder)
    throw new DeviceError(
      'no-adapter',
      `SwiftShader comes with Chrome, and there is no vk_swiftshader_icd.json in ${folders.join(', ')}: install Chrome or Chromium`,
    );
  process.env.VK_ICD_FILENAMES = join(folder, 'vk_swiftshader_icd.json');
  // The newer name of the same setting, which would hide it.
  delete process.env.VK_DRIVER_FILES;
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

/** Whether this is a GPU server: Linux with a GPU's device file and without a screen. */
export function isGpuServer(env: NodeJS.ProcessEnv = process.env, devices: readonly string[] = gpuDevices()): boolean {
  return process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY && devices.length > 0;
}

/** Device files of GPUs: NVIDIA's, and those of drivers in the kernel. */
function gpuDevices(): string[] {
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return [...list('/dev').filter((name) => /^nvidia\d+$/.test(name)), ...list('/dev/dri').filter((name) => name.startsWith('renderD'))];
}
