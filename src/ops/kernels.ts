// Shared modules and small helpers of the lowerings.

import columnTermsText from '../../shaders/lib/column_terms.wgsl';
import finiteText from '../../shaders/lib/finite.wgsl';
import gridText from '../../shaders/lib/grid.wgsl';
import hiddenText from '../../shaders/lib/hidden.wgsl';
import normText from '../../shaders/lib/norm.wgsl';
import permuteText from '../../shaders/lib/permute.wgsl';
import randomText from '../../shaders/lib/random.wgsl';
import ringText from '../../shaders/lib/ring.wgsl';
import rstdText from '../../shaders/lib/rstd.wgsl';
import runStateText from '../../shaders/lib/run_state.wgsl';
import sharedTileText from '../../shaders/lib/shared_tile.wgsl';
import tileMemoryText from '../../shaders/lib/tile_memory.wgsl';
import trueRowsText from '../../shaders/lib/true_rows.wgsl';
import { ShapeError } from '../errors.ts';
import type { BufferName, Padding, PersistentBuffer } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import { rowsOf, sameShape, samplesOf, shapeText, sizeOf, type TensorType } from '../shape.ts';

/* @__NO_SIDE_EFFECTS__ */
function lib(name: string, text: string): Source {
  return { file: `lib/${name}`, text };
}

export const GRID: Source = lib('grid', gridText);
export const RUN_STATE: Source = lib('run_state', runStateText);
export const HIDDEN: Source = lib('hidden', hiddenText);
export const RING: Source = lib('ring', ringText);
/** Rows that count, in a kernel that has `run`. */
export const TRUE_ROWS: Source = lib('true_rows', trueRowsText);
export const COLUMN_TERMS: Source = lib('column_terms', columnTermsText);
export const FINITE: Source = lib('finite', finiteText);
/** 1 / sqrt(mean of squares + epsilon), of squares that overflow too. */
export const RSTD: Source = lib('rstd', rstdText);
export const NORM: Source = lib('norm', normText);
export const RANDOM: Source = lib('random', randomText);
export const PERMUTE: Source = lib('permute', permuteText);
/** Products through workgroup memory, and in tiles of 32 x 32. */
export const TILE_MEMORY: Source = lib('tile_memory', tileMemoryText);
export const SHARED_TILE: readonly Source[] = [lib('shared_tile', sharedTileText), TILE_MEMORY];

/** Invocations of a one-dimensional kernel per workgroup. */
export const WIDTH = 64;

/** Multiply-adds that an element takes the time of in a kernel whose invocations walk rows or columns, which a dispatch's workgroups do not tell. */
export const WALKED = 24;
/** The same of an element of a loss, and how many elements a row takes the time of besides its own. Here, because bundlers write numbers of other files out. */
export const LOSS_WALKED = 4 * WALKED;
export const LOSS_ROW = 8;

/** Workgroups for `count` invocations in groups of `width`. */
export function workgroupsFor(count: number, width: number = WIDTH): [number] {
  return [Math.max(1, Math.ceil(count / width))];
}

export function persistent(name: BufferName, bytes?: number): PersistentBuffer {
  return { kind: 'persistent', name, ...(bytes === undefined ? {} : { bytes }) };
}

/** Throws ShapeError unless two tensors have one shape, and both are batches or neither is. */
export function requireSameShape(where: string, a: TensorType, b: TensorType): void {
  if (!sameShape(a.shape, b.shape)) throw new ShapeError(`${where}: expected two tensors of one shape, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  if (a.rowsPerSample !== b.rowsPerSample)
    throw new ShapeError(
      `${where}: axis 0 counts samples in one of two tensors of ${shapeText(a.shape)} and not in the other: give what belongs to no sample a size of 1 there`,
    );
}

/** The same elements in the shapes of a fused node's outputs: a reshape may have stood between what it is made of. */
export function inShapes(type: TensorType, shapes: readonly (readonly number[])[], where: string): TensorType[] {
  return shapes.map((shape) => {
    if (sizeOf(shape) !== sizeOf(type.shape)) throw new ShapeError(`${where}: expected the elements of ${shapeText(type.shape)}, got ${shapeText(shape)}`);
    const samples = type.rowsPerSample > 0 ? samplesOf(type) : 0;
    return { ...type, shape, rowsPerSample: samples > 0 && shape[0]! % samples === 0 ? shape[0]! / samples : 0 };
  });
}

/** The type of one number for each row of the last axis. */
export function perRow(x: TensorType): TensorType {
  const { rows, rowsPerSample } = rowsOf(x);
  return { shape: [rows], dtype: 'f32', rowsPerSample };
}

/** Padding of what is computed row by row: what a true row could hold from what true rows could. Of zeros it may be anything, their logarithm say. */
export const rowByRow = (inputs: readonly Padding[]): Padding[] => [inputs.every((padding) => padding === 'alike') ? 'alike' : 'any'];
/** Padding of what makes zeros of zeros. */
export const asInput = ([x]: readonly Padding[]): Padding[] => [x!];
/** Padding of what is linear in its first input: a gradient, times what the forward pass left. A derivative at zero may be infinite. */
export const linearInFirst = ([first, ...rest]: readonly Padding[]): Padding[] => {
  const [others] = rowByRow(rest);
  return [others === 'alike' ? first! : 'any'];
};

/** Throws ShapeError where axis 0 counts samples and the op would mix them with padding. */
export function requireNoBatch(where: string, type: TensorType, todo: string): void {
  if (type.rowsPerSample > 0) throw new ShapeError(`${where}: axis 0 of ${shapeText(type.shape)} counts samples, the last of which may be padding: ${todo}`);
}

/** Throws ShapeError where the last axis is the one that counts samples. */
export function requireFeatures(where: string, type: TensorType): void {
  if (type.shape.length < 2) requireNoBatch(where, type, 'give each sample an axis of features');
}

export function requireRank(where: string, type: TensorType, rank: number): void {
  if (type.shape.length !== rank) throw new ShapeError(`${where}: expected ${rank} dimensions, got ${shapeText(type.shape)}`);
}
