// Operations on two tensors, and scaling by a constant.
import addText from '../../shaders/binary/add.wgsl';
import divideText from '../../shaders/binary/divide.wgsl';
import multiplyText from '../../shaders/binary/multiply.wgsl';
import subtractText from '../../shaders/binary/subtract.wgsl';
import scaleText from '../../shaders/scale.wgsl';
import type { Graph, Value } from '../graph/graph.ts';
import type { Gradient, Op, Padding, Signal } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { lastOf, sameShape, sizeOf, type TensorType } from '../shape.ts';
import { broadcastShape, broadcastType, sumTo } from './broadcast.ts';
import { kernelsOf } from './kernel_choice.ts';
import { asInput, GRID, linearInFirst, rowByRow, workgroupsFor } from './kernels.ts';

type None = Record<never, never>;

export const scaleKernel = kernel('scale', scaleText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32', factor: 'f32' },
});
/** An operation on two tensors, which are broadcast to one shape; `text` is its file in shaders/binary, `link` what that calls. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(
  name: string,
  text: string,
  vjp: ((graph: Graph, a: Value, b: Value, y: Value, dy: Value) => Gradient[]) | null,
  link: readonly Source[] = [],
  padding: (inputs: readonly Padding[]) => Padding[] = rowByRow,
  signal?: Op<None>['signal'],
  kind: Op['elementwise'] = 'curved',
): Op<None> {
  return {
    name,
    padding,
    elementwise: kind,
    ...(signal ? { signal } : {}),
    infer: ([a, b], _attrs, at) => {
      const where = `${name} at ${at}`;
      const shape = broadcastShape(where, a!.shape, b!.shape);
      const rowsPerSample = Math.max(a!.rowsPerSample, b!.rowsPerSample);
      broadcastType(where, b!, shape, rowsPerSample);
      return [broadcastType(where, a!, shape, rowsPerSample)];
    },
    vjp:
      vjp &&
      ((graph, node, [dy]) => {
        const [a, b] = node.inputs as [Value, Value];
        return vjp(graph, a, b, node.outputs[0]!, dy!).map((d, i) => d && sumTo(graph, d, node.inputs[i]!.type, `${node.name}/d${'ab'[i]}`));
      }),
    lower: (emit, { inputs: [a, b], outputs: [y] }) => kernelsOf('seldom').emitBinary(emit, a!, b!, y!, [GRID, { file: `binary/${name}`, text }, ...link]),
  };
}

const bothZero = (inputs: readonly Padding[]): Padding[] => (inputs.every((padding) => padding === 'zero') ? ['zero'] : rowByRow(inputs));
const eitherZero = (inputs: readonly Padding[]): Padding[] => (inputs.includes('zero') && !inputs.includes('any') ? ['zero'] : rowByRow(inputs));

const one = (graph: Graph, op: Op<None>, a: Value, b: Value): Value => graph.apply(op, [a, b], {})[0]!;

/** Whether b is added to each row of a: one number for each of its features, and of no sample. */
export function isBias([a, b]: readonly TensorType[]): boolean {
  return a!.shape.length > 1 && b!.rowsPerSample === 0 && sameShape(b!.shape, [lastOf(a!)]);
}

/** y = a + b. Where b is a bias it belongs to the layer before. */
export const addOp: Op<None> = binary(
  'add',
  addText,
  (_graph, _a, _b, _y, dy) => [dy, dy],
  [],
  bothZero,
  (inputs): Signal => ({ kind: isBias(inputs) ? 'bias' : 'sum' }),
  'linear',
);
/** y = a - b. */
export const subtractOp: Op<None> = binary(
  'subtract',
  subtractText,
  (graph, _a, b, _y, dy) => [dy, scale(graph, sumTo(graph, dy, b.type), -1)],
  [],
  bothZero,
  undefined,
  'linear',
);
/** y = a b. */
export const multiplyOp: Op<None> = binary(
  'multiply',
  multiplyText,
  (graph, a, b, _y, dy) => [one(graph, multiplyOp, dy, b), one(graph, multiplyOp, dy, a)],
  [],
  eitherZero,
  undefined,
  'product',
);
/** y = a / b; db = -dy y / b. */
export const divideOp: Op<None> = binary(
  'divide',
  divideText,
  (graph, _a, b, y, dy) => {
    const da = one(graph, divideOp, dy, b);
    return [da, scale(graph, one(graph, multiplyOp, da, y), -1)];
  },
  [],
  linearInFirst,
  undefined,
  'quotient',
);

/** y = factor x. */
export const scaleOp: Op<{ factor: number }> = {
  name: 'scale',
  elementwise: 'linear',
  padding: asInput,
  infer: ([x]) => [x!],
  vjp: (graph, node, [dy]) => [scale(graph, dy!, node.attrs.factor)],
  lower: (emit, node) => {
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: scaleKernel,
      link: [GRID],
      params: { count, factor: node.attrs.factor },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};

function scale(graph: Graph, x: Value, factor: number): Value {
  return graph.apply(scaleOp, [x], { factor })[0]!;
}
