// Checks the options of an engine. Loaded only where some are given.
import { type OptionTable, objectWith, readOptions } from '../option_table.ts';
import type { EngineOptions, RecoveryOptions } from './request.ts';

const RECOVERY = {
  every: { type: 'number', min: 0 },
  max: { type: 'integer', min: 1 },
} as const satisfies OptionTable<RecoveryOptions>;

const OPTIONS = {
  device: objectWith('createBuffer', 'a GPUDevice'),
  gpu: objectWith('requestAdapter', 'what `navigator.gpu` is, or `create([])` of the `webgpu` package makes'),
  powerPreference: { type: 'name', names: ['low-power', 'high-performance'] },
  timeout: { type: 'number', above: 0, infinite: true },
  signal: objectWith('addEventListener', 'the signal of an AbortController'),
  recovery: {
    type: 'either',
    of: [
      { type: 'object', expected: 'false', accepts: (value) => value === false },
      { type: 'record', options: RECOVERY },
    ],
    expected: 'false, or { every, max }',
  },
} as const satisfies OptionTable<EngineOptions>;

/** Throws a UsageError for options that are none. */
export function requireOptions(options: EngineOptions): void {
  readOptions<EngineOptions, typeof OPTIONS>('createEngine', OPTIONS, options);
}
