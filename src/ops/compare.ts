// Maximum, minimum and power of two tensors of one shape, and the masks that their gradients need.
import divideOrZeroText from '../../shaders/binary/divide_or_zero.wgsl';
import largerText from '../../shaders/binary/larger.wgsl';
import maximumText from '../../shaders/binary/maximum.wgsl';
import minimumText from '../../shaders/binary/minimum.wgsl';
import powerText from '../../shaders/binary/power.wgsl';
import powerLogText from '../../shaders/binary/power_log.wgsl';
import powerSlopeText from '../../shaders/binary/power_slope.wgsl';
import sameText from '../../shaders/binary/same.wgsl';
import powerLibText from '../../shaders/lib/power.wgsl';
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import { binary, multiplyOp } from './elementwise.ts';

type None = Record<never, never>;

const POWER: Source = { file: 'lib/power', text: powerLibText };

const both = (graph: Graph, op: Op<None>, a: Value, b: Value): Value => graph.apply(op, [a, b], {})[0]!;

/** 1 where a > b, 1/2 where they are equal, else 0: only ever inside a backward pass. */
export const largerOp: Op<None> = binary('larger', largerText, null);
/** 1 where a = b, else 0: only ever inside a backward pass. */
export const sameOp: Op<None> = binary('same', sameText, null);
/** a / b, and 0 where b is 0: only ever inside a backward pass. */
export const divideOrZeroOp: Op<None> = binary('divide_or_zero', divideOrZeroText, null);

/** The larger of the two; equal ones share the gradient, as in PyTorch. NaN stays NaN. */
export const maximumOp: Op<None> = binary('maximum', maximumText, (graph, a, b, _y, dy) => [
  both(graph, multiplyOp, dy, both(graph, largerOp, a, b)),
  both(graph, multiplyOp, dy, both(graph, largerOp, b, a)),
]);
/** The smaller of the two; equal ones share the gradient, as in PyTorch. NaN stays NaN. */
export const minimumOp: Op<None> = binary('minimum', minimumText, (graph, a, b, _y, dy) => [
  both(graph, multiplyOp, dy, both(graph, largerOp, b, a)),
  both(graph, multiplyOp, dy, both(graph, largerOp, a, b)),
]);

/** b a^(b - 1): only ever inside a backward pass. */
export const powerSlopeOp: Op<None> = binary('power_slope', powerSlopeText, null, [POWER]);
/** a^b log a: only ever inside a backward pass. */
export const powerLogOp: Op<None> = binary('power_log', powerLogText, null, [POWER]);

/** a to the power b. */
export const powerOp: Op<None> = binary(
  'power',
  powerText,
  (graph, a, b, _y, dy) => [both(graph, multiplyOp, dy, both(graph, powerSlopeOp, a, b)), both(graph, multiplyOp, dy, both(graph, powerLogOp, a, b))],
  [POWER],
);
