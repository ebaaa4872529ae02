// Firefox, whose WebGPU is wgpu, as Deno's is: found, never fetched, and started headless on the machine's Vulkan driver.
import type { Browser } from 'puppeteer';
import { findProgram } from './find_program.ts';
import { vulkanEnvironment } from './vulkan.ts';

/** Firefox and the environment that it needs, or a sentence on what is missing. */
export type FoundFirefox = { readonly path: string; readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

/** Looks in FIREFOX and on PATH; without a GPU (GPU=1) also for llvmpipe, Mesa's software driver. Throws UsageError where FIREFOX names no program. */
export function findFirefox(): FoundFirefox {
  const driver = vulkanEnvironment('Firefox');
  if ('missing' in driver) return driver;
  const path = findProgram('FIREFOX', ['firefox', 'firefox-esr']);
  return path
    ? { path, env: { ...process.env, ...driver.env } }
    : { missing: 'Firefox is not installed (Debian: apt-get install firefox-esr), nor named by FIREFOX' };
}

/** Starts it with WebGPU, in workers too, which not every Firefox on Linux has by default. */
export async function launchFirefox({ path, env }: { path: string; env: NodeJS.ProcessEnv }): Promise<Browser> {
  const { launch } = await import('puppeteer');
  return launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
    env,
    extraPrefsFirefox: {
      'dom.webgpu.enabled': true,
      'dom.webgpu.workers.enabled': true,
      'gfx.webgpu.ignore-blocklist': true,
      // Only WebGPU needs the driver.
      'gfx.webrender.software': true,
    },
  });
}
