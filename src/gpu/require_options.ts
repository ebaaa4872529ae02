// Whether what an engine is asked for makes sense. Loaded by those who ask for something.
import { requireMethod, requireNumber } from '../errors.ts';
import type { EngineOptions } from './request.ts';

/** Throws a UsageError for options that are none. */
export function requireOptions({ device, gpu, timeout, signal }: EngineOptions): void {
  if (device !== undefined) requireMethod('createEngine: device', device, 'createBuffer', 'a GPUDevice');
  if (gpu !== undefined) requireMethod('createEngine: gpu', gpu, 'requestAdapter', 'what `navigator.gpu` is, or `create([])` of the `webgpu` package makes');
  if (timeout !== undefined && timeout !== Number.POSITIVE_INFINITY) requireNumber('createEngine: timeout', timeout, 0);
  if (signal !== undefined) requireMethod('createEngine: signal', signal, 'addEventListener', 'the signal of an AbortController');
}
