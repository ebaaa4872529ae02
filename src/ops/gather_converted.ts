// How a data set is read whose elements are stored otherwise than they are used.
import floatToIntegerText from '../../shaders/gather/f32_to_i32.wgsl';
import integerToFloatText from '../../shaders/gather/i32_to_f32.wgsl';
import byteToFloatText from '../../shaders/gather/u8_to_f32.wgsl';
import byteToIntegerText from '../../shaders/gather/u8_to_i32.wgsl';
import type { DispatchRequest } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import type { DType, StoredDType } from '../shape.ts';

/** How an element is read, and the bindings that it needs besides. */
export interface Reading {
  readonly read: Source;
  readonly moreBindings?: NonNullable<DispatchRequest['moreBindings']>;
}

/** Bytes as integers, or as the f32 values of their quotients, those that a data set of f32 would hold: a table has that of each byte. Else numbers of one type as those of the other. */
export function readConverted(stored: StoredDType, dtype: DType, divisor: number): Reading {
  if (stored === 'f32') return { read: { file: 'gather/f32_to_i32', text: floatToIntegerText } };
  if (stored === 'i32') return { read: { file: 'gather/i32_to_f32', text: integerToFloatText } };
  if (dtype === 'i32') return { read: { file: 'gather/u8_to_i32', text: byteToIntegerText } };
  const fill = (): Float32Array => Float32Array.from({ length: 256 }, (_, byte) => byte / divisor);
  return {
    read: { file: 'gather/u8_to_f32', text: byteToFloatText },
    moreBindings: [{ access: 'read', target: { kind: 'table', name: `levels / ${divisor}`, words: 256, fill } }],
  };
}
