// Every error that Fathom throws on purpose. Each message says where, what was expected, what came and what to do.

/** The base of all of Fathom's errors; `catch (e) { if (e instanceof FathomError) ... }` tells ours from a bug. */
export class FathomError extends Error {
  // Spelled out, in every class: minifiers rename classes.
  override name = 'FathomError';
}

/** Shapes or element types do not fit: of a graph, thrown while it is built, or of a tensor on the CPU. */
export class ShapeError extends FathomError {
  override name = 'ShapeError';
}

/** A shader does not compile or a dispatch is invalid: `shaders/matmul.wgsl:12:3 ...`. */
export class KernelError extends FathomError {
  override name = 'KernelError';
}

/** The device is missing, silent, lost, out of memory or too small. What the platform said is the `cause`. */
export class DeviceError extends FathomError {
  override name = 'DeviceError';
  /** What went wrong, for a program to act on; the message says it in words. */
  readonly reason: 'no-webgpu' | 'no-adapter' | 'timeout' | 'aborted' | 'lost' | 'out-of-memory' | 'limit' | 'failed';
  constructor(reason: DeviceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The data cannot be used: empty, ragged, not finite, labels out of range, a damaged file. */
export class DataError extends FathomError {
  override name = 'DataError';
}

/** The library was called in a way that makes no sense: an unknown name, a negative size, a destroyed trainer. */
export class UsageError extends FathomError {
  override name = 'UsageError';
}

/** A value for a message: strings quoted, long things cut. */
export function show(value: unknown): string {
  const text = textOf(value, 0);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Enough of a value for 80 characters, whatever it is: it may be huge, contain itself, or throw. */
function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  // Not its source, which does not help the reader.
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (Array.isArray(value)) return depth > 3 ? '[...]' : `[${Array.from(value.slice(0, 40), (item) => textOf(item, depth + 1)).join(', ')}]`;
    return isObject(value) ? (JSON.stringify(value) ?? '{...}') : kindOf(value).replace(/^Promise$/, 'a Promise: await it');
  } catch {
    return '{...}';
  }
}

/** `Float32Array`, `Array`, `Null`, `Promise`: the same for objects of every realm. A class of the caller's own is an `Object`. */
export const kindOf = (value: unknown): string => ({}).toString.call(value).slice(8, -1);

/** Throws a UsageError unless `value` is an integer of at least `least`. */
export function requireInteger(where: string, value: unknown, min = 1): asserts value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min)
    throw new UsageError(`${where}: expected ${min === 1 ? 'a positive integer' : `an integer of at least ${min}`}, got ${show(value)}`);
}

/** Throws a UsageError unless `value` is a number of 32 bits, finite there, inside [least, most]. */
export function requireNumber(where: string, value: unknown, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)) || value < min || value > max) {
    const range = max < Number.POSITIVE_INFINITY ? ` from ${min} to ${max}` : min > Number.NEGATIVE_INFINITY ? ` of at least ${min}` : '';
    throw new UsageError(`${where}: expected a finite number${range}, got ${show(value)}`);
  }
}

/** Throws a UsageError for a name that every object of JavaScript has a property of: a tensor of it would be found where there is none. */
export function requireFree(where: string, name: string): void {
  if (name in Object.prototype) throw new UsageError(`${where}: ${name} is a name that every object of JavaScript has: take another`);
}

/** Throws a UsageError unless `value` is a function. */
export function requireFunction(where: string, value: unknown): void {
  if (typeof value !== 'function') throw new UsageError(`${where}: expected a function, got ${show(value)}`);
}

/** Throws a UsageError unless `value` is an object with this method: `what` says how one is made. */
export function requireMethod(where: string, value: unknown, method: string, what: string): void {
  if (typeof (value as Record<string, unknown> | null | undefined)?.[method] !== 'function')
    throw new UsageError(`${where}: expected ${what}, got ${show(value)}`);
}

/** Whether it is an object of properties: no list, and no Map, Promise, Date or array of numbers, whose properties are none of the caller's. */
export const isObject = (value: unknown): value is object => kindOf(value) === 'Object';

/** Throws a UsageError unless `value` is an object, and no list. */
export function requireObject(where: string, value: unknown, what: string): asserts value is object {
  if (!isObject(value)) throw new UsageError(`${where}: expected ${what}, got ${show(value)}`);
}

/** Throws a UsageError unless `value` is a Map, of any realm. */
export function requireMap(where: string, value: unknown, what: string): void {
  if (kindOf(value) !== 'Map') throw new UsageError(`${where}: expected ${what}, got ${show(value)}`);
}

/** Throws a UsageError unless `value` is true or false. */
export function requireBoolean(where: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new UsageError(`${where}: expected true or false, got ${show(value)}`);
}

/** Throws a UsageError that lists the names unless `value` is one of them. */
export function requireName<Name extends string>(where: string, value: unknown, names: readonly Name[]): asserts value is Name {
  if (!names.includes(value as Name)) throw new UsageError(`${where}: expected one of ${names.join(', ')}; got ${show(value)}`);
}
