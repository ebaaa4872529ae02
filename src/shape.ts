// Shapes and element types of tensors: row-major, sizes known when the graph is built.

export type DType = 'f32' | 'u32';

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A tensor on the CPU. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** `[32, 64]`, as messages print it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

export function f32(...shape: number[]): TensorType {
  return { shape, dtype: 'f32' };
}

/** Rounds up to a multiple. */
export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
