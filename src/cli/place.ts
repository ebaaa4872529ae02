// Where the engine is: in a page of Chrome, or in this process. Calls go in and answers come out as text (api.ts).
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError, DeviceError, FathomError, KernelError, ShapeError, UsageError } from '../errors.ts';
import type { Answer, EngineApi, RunEvent } from './api.ts';
import { fromWire } from './wire.ts';

export interface Place {
  /** Calls a function of the engine's side; its answer as it comes. */
  call(name: keyof EngineApi, ...args: readonly (string | boolean | object)[]): Promise<string>;
  /** What the engine's side can read, by name. */
  readonly files: Map<string, string | Uint8Array>;
  /** What takes the files that it writes, by name; it gets what they throw. */
  readonly uploads: Map<string, (bytes: Uint8Array, step: number) => void>;
  /** Who is told what happens in a run. */
  readonly listeners: Set<(event: RunEvent) => void>;
  close(): Promise<void>;
}

/** Calls the engine's side. Its errors come back as what they were. */
export async function ask<Value>(place: Place, name: keyof EngineApi, ...args: readonly (string | boolean | object)[]): Promise<Value> {
  const answer = fromWire(await place.call(name, ...args)) as Answer<Value>;
  if ('value' in answer) return answer.value;
  const { name: type, message, reason } = answer.error;
  if (type === 'DeviceError') throw new DeviceError((reason ?? 'failed') as DeviceError['reason'], message);
  const types: Record<string, new (message: string) => FathomError> = { ShapeError, KernelError, DataError, UsageError };
  throw new (types[type] ?? FathomError)(types[type] ? message : `${type}: ${message}`);
}

/** Tells the listeners what happened, given as text. */
export function tellAll(listeners: Place['listeners'], text: string): void {
  const event = fromWire(text) as RunEvent;
  for (const listener of listeners) listener(event);
}

/** The built package that contains this file: dist/cli, or the project's dist when run from sources. */
export function moduleFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [join(here, '..'), join(here, '../../dist')].find((candidate) => existsSync(join(candidate, 'cli/page.js')));
  if (!folder) throw new UsageError('the engine is not built: run `npm run build`');
  return folder;
}
