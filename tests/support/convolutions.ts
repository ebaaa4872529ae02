// Graphs of convolutions and the gradients of their parameters: what is fused is in them.
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { relu, tanh } from '../../src/nn/activations.ts';
import { conv2d, maxPool2d, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { convTranspose2dOp } from '../../src/ops/conv_transpose2d.ts';
import { type Conv2dAttrs, conv2dOp } from '../../src/ops/conv2d.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { lastOf } from '../../src/shape.ts';

/** Of four images of 6 x 5; `channels`: of the images, between the two, and of the result. */
export function twoConvolutions(
  type: { batch?: boolean },
  [channels, between, filters]: readonly [number, number, number],
  groups = 1,
): { graph: Graph; outputs: Value[] } {
  const graph = new Graph();
  const convolved = (name: string, x: Value, filters: number, attrs: Partial<Conv2dAttrs>): Value => {
    const weight = graph.input(`${name}/weight`, [3, 3, lastOf(x.type) / groups, filters]);
    const y = graph.apply(conv2dOp, [x, weight], { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups, ...attrs }, name)[0]!;
    return graph.apply(addOp, [y, graph.input(`${name}/bias`, [filters])], {}, `${name}/z`)[0]!;
  };
  const z = convolved('a', graph.input('x', [4, 6, 5, channels], type), between, {});
  const y = convolved('b', graph.apply(activationOp, [z], activationAttrs('tanh'), 'h')[0]!, filters, { stride: [2, 1] });
  const gradients = differentiate(y, graph.input('upstream', y.type.shape, type));
  const parameters = [...graph.values].filter(({ name }) => /^[ab]\/(weight|bias)$/.test(name));
  return { graph, outputs: [y, ...parameters.map((value) => gradients.get(value)!)] };
}

/** The same of transposed convolutions, which make of 3 x 2 pixels 7 x 4. */
export function twoTransposed(
  type: { batch?: boolean },
  [channels, between, filters]: readonly [number, number, number],
  groups = 1,
): { graph: Graph; outputs: Value[] } {
  const graph = new Graph();
  const spread = (name: string, x: Value, filters: number, attrs: Partial<Conv2dAttrs>): Value => {
    const weight = graph.input(`${name}/weight`, [3, 3, filters / groups, lastOf(x.type)]);
    const y = graph.apply(convTranspose2dOp, [x, weight], { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups, ...attrs }, name)[0]!;
    return graph.apply(addOp, [y, graph.input(`${name}/bias`, [filters])], {}, `${name}/z`)[0]!;
  };
  const z = spread('a', graph.input('x', [4, 3, 2, channels], type), between, { stride: [2, 1], padding: [0, 0, 1, 1] });
  const y = spread('b', graph.apply(activationOp, [z], activationAttrs('tanh'), 'h')[0]!, filters, { stride: [1, 2], padding: [1, 1, 1, 0] });
  const gradients = differentiate(y, graph.input('upstream', y.type.shape, type));
  const parameters = [...graph.values].filter(({ name }) => /^[ab]\/(weight|bias)$/.test(name));
  return { graph, outputs: [y, ...parameters.map((value) => gradients.get(value)!)] };
}

/** Of four images: convolutions, pools by windows of 2 x 2 and a block with a shortcut. */
export function pooledNetwork(image: readonly [height: number, width: number, channels: number]): { graph: Graph; outputs: Value[] } {
  const graph = new Graph();
  const x = graph.input('x', [4, ...image], { batch: true });
  const { output } = sequential([
    conv2d({ filters: 4, kernelSize: 3, padding: 1 }),
    tanh(),
    maxPool2d({ kernelSize: 2 }),
    residual([conv2d({ filters: 4, kernelSize: 3, padding: 1 })]),
    relu(),
    conv2d({ filters: 20, kernelSize: 3, padding: 1 }),
    relu(),
    maxPool2d({ kernelSize: 2 }),
    conv2d({ filters: 3, kernelSize: 1 }),
  ]).build(graph, x, 'train');
  const gradients = differentiate(output, graph.input('upstream', output.type.shape, { batch: true }));
  const parameters = graph.values.filter(({ origin }) => origin === 'parameter');
  return { graph, outputs: [output, ...parameters.map((value) => gradients.get(value)!)] };
}
