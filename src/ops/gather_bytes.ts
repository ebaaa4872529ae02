// How bytes of a data set are read.
import byteToFloatText from '../../shaders/gather/u8_to_f32.wgsl';
import byteToIntegerText from '../../shaders/gather/u8_to_i32.wgsl';
import type { DispatchRequest } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import type { DType } from '../shape.ts';

/** Bytes as integers, or as the f32 values of their quotients, those that a data set of f32 would hold: a table has that of each byte. */
export function readBytes(dtype: DType, divisor: number): { read: Source; moreBindings?: NonNullable<DispatchRequest['moreBindings']> } {
  if (dtype === 'i32') return { read: { file: 'gather/u8_to_i32', text: byteToIntegerText } };
  const fill = (): Float32Array => Float32Array.from({ length: 256 }, (_, byte) => byte / divisor);
  return {
    read: { file: 'gather/u8_to_f32', text: byteToFloatText },
    moreBindings: [{ access: 'read', target: { kind: 'table', name: `levels / ${divisor}`, words: 256, fill } }],
  };
}
