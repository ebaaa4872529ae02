// Where the command line runs: in Chrome, or on Dawn in Node.
import { describe, expect, it } from 'vitest';
import { createDawn, hasDawn, isGpuServer } from '../../src/cli/dawn.ts';
import { DeviceError, UsageError } from '../../src/errors.ts';

describe('Dawn in Node', () => {
  it('is found where the package is installed', () => {
    expect(hasDawn()).toBe(true);
  });

  it('is a sentence where the package is missing, or does not load', async () => {
    const missing = Object.assign(new Error("Cannot find package 'webgpu'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(createDawn([], () => Promise.reject(missing))).rejects.toThrow(UsageError);
    await expect(createDawn([], () => Promise.reject(missing))).rejects.toThrow(
      '`webgpu`, which is not installed: run `npm install webgpu`, or use --runtime chrome',
    );
    const broken = Object.assign(new Error('GLIBC_2.38 not found'), { code: 'ERR_DLOPEN_FAILED' });
    await expect(createDawn([], () => Promise.reject(broken))).rejects.toThrow(DeviceError);
    await expect(createDawn([], () => Promise.reject(broken))).rejects.toThrow('GLIBC_2.38 not found');
  });

  it.runIf(process.platform === 'linux')('is the default on a GPU server: a GPU and no screen', () => {
    expect(isGpuServer({}, ['nvidia0'])).toBe(true);
    expect(isGpuServer({}, [])).toBe(false);
    expect(isGpuServer({ DISPLAY: ':0' }, ['nvidia0'])).toBe(false);
    expect(isGpuServer({ WAYLAND_DISPLAY: 'wayland-0' }, ['renderD128'])).toBe(false);
  });
});
