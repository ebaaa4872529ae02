// The fusing passes of dense layers, which nearly every network has; those of other ops come with the op.
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion, FusionContext } from '../graph/op.ts';
import { lastOf, rowsOf } from '../shape.ts';
import { activationGradOp, activationOp, LINEAR } from './activations.ts';
import { biasAddOp, columnSumOp } from './bias.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp, type GroupedLayer, gradPartials, gradTiles } from './dense.ts';
import { type FinishAttrs, finishStepOp, type SegmentNormAttrs, squaredNormOp } from './finish.ts';
import { KEEP_NOTHING, keepOf, keepText } from './keep.ts';
import { resident } from './kernels.ts';
import { LONG_INNER, type MatmulAttrs, matmulOp } from './matmul.ts';

/** The only reader of a value that nobody else wants to see, whatever its shape there. */
function soleReader(context: FusionContext, value: Value): Node | undefined {
  const readers = context.readers(value);
  return readers.length === 1 && !context.kept(value) ? readers[0] : undefined;
}

/** The inner size of a product whose first operand is not transposed. */
const innerOf = (product: Node): number => lastOf(product.inputs[0]!.type);

/** Whether the node's first input is this value, in its own shape or another. */
function takes(context: FusionContext, node: Node, value: Value): boolean {
  return context.root(node.inputs[0]!) === value;
}

/** matmul, bias and activation of a layer become one dispatch; z is written too where the backward pass or a probe wants it. */
const denseForward: Fusion = {
  name: 'dense',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const product of nodes) {
      if (product.op !== matmulOp || (product.attrs as MatmulAttrs).transposeA || innerOf(product) > LONG_INNER) continue;
      const y = product.outputs[0]!;
      const bias = soleReader(context, y);
      // A bias in another shape may be one per column of that shape.
      if (!bias || bias.op !== biasAddOp || !takes(context, bias, y) || bias.inputs[1]!.type.shape.at(-1) !== lastOf(y.type)) continue;
      const z = bias.outputs[0]!;
      const activation = context.readers(z).find((node) => node.op === activationOp);
      const keep = activation ? keepOf(context, z, activation) : KEEP_NOTHING;
      for (const gone of [product, ...context.aliases(y), ...(activation && !keep.keepZ ? context.aliases(z) : [])]) replaced.set(gone, null);
      if (activation) replaced.set(activation, null);
      // In the place of the bias: other readers of z may come before the activation.
      replaced.set(bias, {
        op: denseOp,
        name: product.name,
        group: product.group,
        inputs: [product.inputs[0]!, product.inputs[1]!, bias.inputs[1]!],
        outputs: activation ? [...(keep.keepZ ? [z] : []), activation.outputs[0]!] : [z],
        attrs: { activation: activation ? activation.attrs : LINEAR, matmul: product.attrs, ...keep },
      });
      fused.push(`${product.name} + bias${activation ? ` + ${activation.attrs.name}` : ''}${keepText(keep)}`);
    }
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};

/** The gradient of a layer's input and the slope of the activation before it become one dispatch. */
const denseBackward: Fusion = {
  name: 'dense_input_grad',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const product of nodes) {
      if (product.op !== matmulOp || (product.attrs as MatmulAttrs).transposeA || innerOf(product) > LONG_INNER) continue;
      const y = product.outputs[0]!;
      const slope = soleReader(context, y);
      if (!slope || slope.op !== activationGradOp || !takes(context, slope, y)) continue;
      for (const gone of [product, ...context.aliases(y)]) replaced.set(gone, null);
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
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};

/**
 * The weight and bias gradients of all dense layers become one dispatch, the last of the backward pass. A single layer
 * gains nothing, and the kernel wants a batch that is a multiple of 4, as the trainer makes it, and not too long a sum. It writes to the gradient arena.
 */
const weightGrads: Fusion = {
  name: 'dense_weight_grads',
  rewrite(nodes, context) {
    const layers: GroupedLayer[] = [];
    const taken = new Set<Node>();
    const biasOf = new Map<Value, Node>();
    for (const node of nodes) if (node.op === columnSumOp && context.pinned(node.outputs[0]!)) biasOf.set(node.inputs[0]!, node);
    for (const node of nodes) {
      const attrs = node.attrs as MatmulAttrs;
      if (node.op !== matmulOp || !attrs.transposeA || attrs.transposeB || !context.pinned(node.outputs[0]!)) continue;
      const [x, dz] = node.inputs as [Value, Value];
      const { rows } = rowsOf(x.type);
      if (!context.activation(x) || !context.activation(dz) || rows % 4 !== 0 || rows > LONG_INNER) continue;
      // Two weights may share a dz, a branch's last and its shortcut's: one of them brings the bias.
      const bias = biasOf.get(dz);
      biasOf.delete(dz);
      taken.add(node);
      if (bias) taken.add(bias);
      layers.push({ x, dz, dw: node.outputs[0]!, ...(bias ? { db: bias.outputs[0]! } : {}) });
    }
    const batch = layers[0]?.x.type.shape[0];
    if (layers.length < 2 || layers.some((layer) => layer.x.type.shape[0] !== batch)) return { nodes: [...nodes], fused: [] };
    // A norm of a gradient that is not among them would still need its own sum.
    const gradients = new Set(layers.flatMap(({ dw, db }) => (db ? [dw, db] : [dw])));
    const summed = new Set(
      nodes.filter((node) => node.op === squaredNormOp && node.inputs.some((value) => gradients.has(value))).map((node) => node.outputs[0]),
    );
    // By its name: who asks for norms brings the op along, and a program without them does not carry it.
    const single = nodes.filter((node) => node.op.name === 'segment_norm' && summed.has(node.inputs[0]));
    if (single.some((node) => (node.attrs as SegmentNormAttrs).wanted.some((value) => !layers.some((layer) => layer.dw === value))))
      return { nodes: [...nodes], fused: [] };
    const grouped: Node = {
      op: denseWeightGradsOp,
      name: 'weight_grads',
      group: 'step',
      inputs: [...new Set(layers.flatMap(({ x, dz }) => [x, dz]))],
      outputs: layers.flatMap(({ dw, db }) => (db ? [dw, db] : [dw])),
      attrs: { layers },
    };
    const rest = withTileSums(
      nodes.filter((node) => !taken.has(node)),
      layers,
      new Set(grouped.outputs),
    );
    // Behind the last of what it reads; what reads it comes later still.
    const needs = new Set(grouped.inputs);
    const at = rest.findLastIndex((node) => node.outputs.some((value) => needs.has(value))) + 1;
    return { nodes: [...rest.slice(0, at), grouped, ...rest.slice(at)], fused: [`${layers.length} layers in one dispatch, with their sums of squares`] };
  },
};

/** The global norm takes the sums of squares that the grouped kernel leaves, and reads only the other gradients itself. */
function withTileSums(nodes: readonly Node[], layers: readonly GroupedLayer[], summed: ReadonlySet<Value>): Node[] {
  const norm = nodes.find((node) => node.op === squaredNormOp && node.inputs.some((value) => summed.has(value)));
  if (!norm) return [...nodes];
  const others = norm.inputs.filter((value) => !summed.has(value));
  const [remaining] = others.length
    ? norm.op.infer(
        others.map((value) => value.type),
        norm.attrs,
        norm.name,
      )
    : [];
  const before = norm.outputs[0]!;
  const left: Value | undefined = remaining && { ...before, type: remaining };
  const count = gradPartials(layers).shape[0]!;
  const partials = resident('keep/grad_partials', count * 8);
  return nodes.flatMap((node): Node[] => {
    if (node === norm) return left ? [{ ...node, inputs: others, outputs: [left] }] : [];
    if (!node.inputs.includes(before)) return [node];
    const inputs = node.inputs.flatMap((value) => (value !== before ? [value] : left ? [left] : []));
    if (node.op === finishStepOp) return [{ ...node, inputs, attrs: { ...(node.attrs as FinishAttrs), tileSums: { partials, count } } }];
    // Norms of single weights: each is the sum over its tiles.
    const attrs = node.attrs as SegmentNormAttrs;
    return [
      {
        ...node,
        inputs: [...layers.map((layer) => layer.dw), ...attrs.deltas],
        attrs: { ...attrs, partials, segments: attrs.wanted.map((value) => tilesOf(layers, value)) },
      },
    ];
  });
}

function tilesOf(layers: readonly GroupedLayer[], dw: Value): [number, number] {
  const at = layers.findIndex((layer) => layer.dw === dw);
  return [layers.slice(0, at).reduce((n, layer) => n + gradTiles(layer.dw), 0), gradTiles(dw)];
}

/** Leaves out the nodes that map to null and puts others in the place of the rest. */
export function replaceNodes(nodes: readonly Node[], replaced: ReadonlyMap<Node, Node | null>): Node[] {
  return nodes.flatMap((node) => {
    const by = replaced.get(node);
    return by === undefined ? [node] : by === null ? [] : [by];
  });
}

const DENSE: readonly Fusion[] = [denseForward, denseBackward, weightGrads];

/** The passes for a list of nodes, in the order in which they run. */
export function fusionsFor(nodes: readonly Node[]): Fusion[] {
  return [...new Set([...DENSE, ...nodes.flatMap((node) => node.op.fusions ?? [])])];
}
