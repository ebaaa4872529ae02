// Maximum, minimum and power of two tensors of one shape, and the masks that their gradients need.

import equalText from '../../shaders/binary/equal.wgsl';
import greaterText from '../../shaders/binary/greater.wgsl';
import maximumText from '../../shaders/binary/maximum.wgsl';
import minimumText from '../../shaders/binary/minimum.wgsl';
import powGradBaseText from '../../shaders/binary/pow_grad_base.wgsl';
import powGradExponentText from '../../shaders/binary/pow_grad_exponent.wgsl';
import powerText from '../../shaders/binary/power.wgsl';
import safeDivideText from '../../shaders/binary/safe_divide.wgsl';
import powerLibText from '../../shaders/lib/power.wgsl';
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import { binary, multiplyOp } from './elementwise.ts';

type None = Record<never, never>;

const POWER: Source = { file: 'lib/power', text: powerLibText };

const both = (graph: Graph, op: Op<None>, a: Value, b: Value): Value => graph.apply(op, [a, b], {})[0]!;

/** 1 where a > b, 1/2 where they are equal, else 0: only ever inside a backward pass. */
export const greaterOp: Op<None> = binary('greater', greaterText, null);
/** 1 where a = b, else 0: only ever inside a backward pass. */
export const equalOp: Op<None> = binary('equal', equalText, null);
/** a / b, and 0 where b is 0: only ever inside a backward pass. */
export const safeDivideOp: Op<None> = binary('safe_divide', safeDivideText, null);

/** The larger of the two; equal ones share the gradient, as in PyTorch. NaN stays NaN. */
export const maximumOp: Op<None> = binary('maximum', maximumText, (graph, a, b, _y, dy) => [
  both(graph, multiplyOp, dy, both(graph, greaterOp, a, b)),
  both(graph, multiplyOp, dy, both(graph, greaterOp, b, a)),
]);
/** The smaller of the two; equal ones share the gradient, as in PyTorch. NaN stays NaN. */
export const minimumOp: Op<None> = binary('minimum', minimumText, (graph, a, b, _y, dy) => [
  both(graph, multiplyOp, dy, both(graph, greaterOp, b, a)),
  both(graph, multiplyOp, dy, both(graph, greaterOp, a, b)),
]);

/** b a^(b - 1): only ever inside a backward pass. */
export const powGradBaseOp: Op<None> = binary('pow_grad_base', powGradBaseText, null, [POWER]);
/** a^b log a: only ever inside a backward pass. */
export const powGradExponentOp: Op<None> = binary('pow_grad_exponent', powGradExponentText, null, [POWER]);

/** a to the power b. */
export const powerOp: Op<None> = binary(
  'power',
  powerText,
  (graph, a, b, _y, dy) => [both(graph, multiplyOp, dy, both(graph, powGradBaseOp, a, b)), both(graph, multiplyOp, dy, both(graph, powGradExponentOp, a, b))],
  [POWER],
);
