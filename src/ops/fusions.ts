// The fusing passes, in the order in which they run.
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion, FusionContext } from '../scheduler/fuse.ts';
import { type ActivationAttrs, activationGradOp, activationOp } from './activations.ts';
import { type BatchNormAttrs, batchNormOp } from './batch_norm.ts';
import { biasAddOp, columnSumOp } from './bias.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp, type GroupedLayer } from './dense.ts';
import { type MatmulAttrs, matmulOp } from './matmul.ts';

const LINEAR: ActivationAttrs = { name: 'linear', params: {} };

/** The only reader of a value that nobody else wants to see. */
function soleConsumer(context: FusionContext, value: Value): Node | undefined {
  const readers = context.consumers(value);
  return readers.length === 1 && !context.kept(value) ? readers[0] : undefined;
}

/** matmul, bias and activation of a layer become one dispatch; z is written too where the backward pass or a probe wants it. */
const denseForward: Fusion = {
  name: 'dense',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const product of nodes) {
      if (product.op !== matmulOp || (product.attrs as MatmulAttrs).transposeA) continue;
      const bias = soleConsumer(context, product.outputs[0]!);
      if (!bias || bias.op !== biasAddOp || bias.inputs[0] !== product.outputs[0]) continue;
      const z = bias.outputs[0]!;
      const activation = context.consumers(z).find((node) => node.op === activationOp);
      const keepZ = activation !== undefined && (context.kept(z) || context.consumers(z).length > 1);
      const last = activation ?? bias;
      replaced.set(product, null);
      replaced.set(bias, activation ? null : bias);
      replaced.set(last, {
        op: denseOp,
        name: product.name,
        group: product.group,
        inputs: [product.inputs[0]!, product.inputs[1]!, bias.inputs[1]!],
        outputs: activation ? [...(keepZ ? [z] : []), activation.outputs[0]!] : [z],
        attrs: { activation: activation ? activation.attrs : LINEAR, matmul: product.attrs, keepZ },
      });
      fused.push(`${product.name} + bias${activation ? ` + ${activation.attrs.name}` : ''}${keepZ ? ', keeping z' : ''}`);
    }
    return { nodes: replace(nodes, replaced), fused };
  },
};

/** The activation behind a batch norm is computed where its input is. */
const normActivation: Fusion = {
  name: 'batch_norm',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const norm of nodes) {
      if (norm.op !== batchNormOp) continue;
      const z = norm.outputs[0]!;
      const activation = context.consumers(z).find((node) => node.op === activationOp);
      if (!activation) continue;
      const keepZ = context.kept(z) || context.consumers(z).length > 1;
      const attrs: BatchNormAttrs = { ...(norm.attrs as BatchNormAttrs), activation: activation.attrs as ActivationAttrs, keepZ };
      replaced.set(norm, { ...norm, outputs: [...(keepZ ? [z] : []), activation.outputs[0]!, norm.outputs[1]!], attrs });
      replaced.set(activation, null);
      fused.push(`${norm.name} + ${activation.attrs.name}${keepZ ? ', keeping z' : ''}`);
    }
    return { nodes: replace(nodes, replaced), fused };
  },
};

/** The gradient of a layer's input and the slope of the activation before it become one dispatch. */
const denseBackward: Fusion = {
  name: 'dense_input_grad',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const product of nodes) {
      if (product.op !== matmulOp || (product.attrs as MatmulAttrs).transposeA) continue;
      const slope = soleConsumer(context, product.outputs[0]!);
      if (!slope || slope.op !== activationGradOp || slope.inputs[0] !== product.outputs[0]) continue;
      replaced.set(product, null);
      replaced.set(slope, {
        op: denseInputGradOp,
        name: product.name,
        group: product.group,
        inputs: [product.inputs[0]!, product.inputs[1]!, slope.inputs[1]!],
        outputs: slope.outputs,
        attrs: { activation: slope.attrs, matmul: product.attrs },
      });
      fused.push(`${product.name} + slope of ${slope.attrs.name}`);
    }
    return { nodes: replace(nodes, replaced), fused };
  },
};

/**
 * The weight and bias gradients of all dense layers become one dispatch, the last of the backward pass. A single layer
 * gains nothing, and the kernel wants a batch that is a multiple of 4, as the trainer makes it.
 */
const weightGrads: Fusion = {
  name: 'dense_weight_grads',
  rewrite(nodes, context) {
    const layers: GroupedLayer[] = [];
    const taken = new Set<Node>();
    const biasOf = new Map<Value, Node>();
    for (const node of nodes) if (node.op === columnSumOp && context.kept(node.outputs[0]!)) biasOf.set(node.inputs[0]!, node);
    for (const node of nodes) {
      const attrs = node.attrs as MatmulAttrs;
      if (node.op !== matmulOp || !attrs.transposeA || attrs.transposeB || !context.kept(node.outputs[0]!)) continue;
      const [x, dz] = node.inputs as [Value, Value];
      if (x.origin === 'parameter' || dz.origin === 'parameter' || x.type.shape[0]! % 4 !== 0) continue;
      const bias = biasOf.get(dz);
      taken.add(node);
      if (bias) taken.add(bias);
      layers.push({ x, dz, dw: node.outputs[0]!, ...(bias ? { db: bias.outputs[0]! } : {}) });
    }
    const batch = layers[0]?.x.type.shape[0];
    if (layers.length < 2 || layers.some((layer) => layer.x.type.shape[0] !== batch)) return { nodes: [...nodes], fused: [] };
    const grouped: Node = {
      op: denseWeightGradsOp,
      name: 'weight_grads',
      group: 'step',
      inputs: [...new Set(layers.flatMap(({ x, dz }) => [x, dz]))],
      outputs: layers.flatMap(({ dw, db }) => (db ? [dw, db] : [dw])),
      attrs: { layers },
    };
    // Behind the last of what it reads; what reads it comes later still.
    const rest = nodes.filter((node) => !taken.has(node));
    const needs = new Set(grouped.inputs);
    const at = rest.findLastIndex((node) => node.outputs.some((value) => needs.has(value))) + 1;
    return { nodes: [...rest.slice(0, at), grouped, ...rest.slice(at)], fused: [`${layers.length} layers in one dispatch`] };
  },
};

function replace(nodes: readonly Node[], replaced: ReadonlyMap<Node, Node | null>): Node[] {
  return nodes.flatMap((node) => {
    const by = replaced.get(node);
    return by === undefined ? [node] : by === null ? [] : [by];
  });
}

export const FUSIONS: readonly Fusion[] = [denseForward, normActivation, denseBackward, weightGrads];
