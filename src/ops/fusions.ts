// The fusing passes of dense layers, which nearly every network has; those of other ops come with the op.
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion, FusionContext, Op, SumSegment } from '../graph/op.ts';
import { lastOf, rowsOf } from '../shape.ts';
import { activationGradOp, activationOp, LINEAR } from './activations.ts';
import { sumsRows } from './broadcast.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp, type GroupedLayer, gradTiles } from './dense.ts';
import { addOp, isBias } from './elementwise.ts';
import { chunkSegments, squaredNormOp } from './end_step.ts';
import type { FusedInputGradAttrs, FusedProductAttrs } from './fused_product.ts';
import { LONG_INNER, type MatmulAttrs, matmulOp } from './matmul.ts';
import { NOT_STORED, storedZOf, storedZText } from './stored_z.ts';

/** The only reader of a value that is not retained, in whatever shape it reads it. */
function soleReader(context: FusionContext, value: Value): Node | undefined {
  const readers = context.readers(value);
  return readers.length === 1 && !context.retained(value) ? readers[0] : undefined;
}

/** Whether the node's first input is this value, in its own shape or another. */
function takes(context: FusionContext, node: Node, value: Value): boolean {
  return context.root(node.inputs[0]!) === value;
}

const addsBias = ({ op, inputs }: Node): boolean => op === addOp && isBias(inputs.map(({ type }) => type));

/** Product, bias and activation of a layer become one dispatch; z is written too where the backward pass or a probe wants it. */
/* @__NO_SIDE_EFFECTS__ */
export function forwardFusion<Attrs>(op: Op<FusedProductAttrs<Attrs>>, suits: (node: Node) => boolean): Fusion {
  return {
    name: op.name,
    rewrite(nodes, context) {
      const replaced = new Map<Node, Node | null>();
      const fused: string[] = [];
      for (const product of nodes) {
        if (!suits(product)) continue;
        const y = product.outputs[0]!;
        const bias = soleReader(context, y);
        // A bias in another shape may be one per column of that shape.
        if (!bias || !addsBias(bias) || !takes(context, bias, y) || bias.inputs[1]!.type.shape.at(-1) !== lastOf(y.type)) continue;
        const z = bias.outputs[0]!;
        const activation = context.readers(z).find((node) => node.op === activationOp);
        const storedZ = activation ? storedZOf(context, z, activation) : NOT_STORED;
        for (const gone of [product, ...context.aliases(y), ...(activation && !storedZ.storeZ ? context.aliases(z) : [])]) replaced.set(gone, null);
        if (activation) replaced.set(activation, null);
        // In the place of the bias: other readers of z may come before the activation.
        const outputs = activation ? [...(storedZ.storeZ ? [z] : []), activation.outputs[0]!] : [z];
        const attrs = { activation: activation ? activation.attrs : LINEAR, product: product.attrs, shapes: outputs.map(({ type }) => type.shape), ...storedZ };
        const inputs = [product.inputs[0]!, product.inputs[1]!, bias.inputs[1]!];
        replaced.set(bias, context.node(op, inputs, attrs, { name: product.name, group: product.group, outputs }));
        fused.push(`${product.name} + bias${activation ? ` + ${activation.attrs.name}` : ''}${storedZText(storedZ)}`);
      }
      return { nodes: replaceNodes(nodes, replaced), fused };
    },
  };
}

/** The gradient of a layer's input and the derivative of the activation before it become one dispatch. */
/* @__NO_SIDE_EFFECTS__ */
export function backwardFusion<Attrs>(op: Op<FusedInputGradAttrs<Attrs>>, suits: (node: Node) => boolean): Fusion {
  return {
    name: op.name,
    rewrite(nodes, context) {
      const replaced = new Map<Node, Node | null>();
      const fused: string[] = [];
      for (const product of nodes) {
        if (!suits(product)) continue;
        const y = product.outputs[0]!;
        const derivative = soleReader(context, y);
        if (!derivative || derivative.op !== activationGradOp || !takes(context, derivative, y)) continue;
        for (const gone of [product, ...context.aliases(y)]) replaced.set(gone, null);
        const attrs = { activation: derivative.attrs, product: product.attrs, shape: derivative.outputs[0]!.type.shape };
        const inputs = [product.inputs[0]!, product.inputs[1]!, derivative.inputs[1]!];
        replaced.set(derivative, context.node(op, inputs, attrs, { name: product.name, group: product.group, outputs: derivative.outputs }));
        fused.push(`${product.name} + derivative of ${derivative.attrs.name}`);
      }
      return { nodes: replaceNodes(nodes, replaced), fused };
    },
  };
}

/** Products whose sum is whole: those of long inner sizes are made in pieces. */
const wholeProduct = ({ op, attrs, inputs }: Node): boolean => op === matmulOp && !(attrs as MatmulAttrs).transposeA && lastOf(inputs[0]!.type) <= LONG_INNER;

/**
 * The weight and bias gradients of all dense layers with equally many rows become one dispatch, the last of the backward pass. A single layer in a
 * network gains nothing, and the kernel wants a number of rows that is a multiple of 4, as the trainer makes it, and not too
 * long a sum. It writes to the gradient arena, and leaves the sums of squares that the global norm needs.
 */
const weightGrads: Fusion = {
  name: 'dense_weight_grads',
  rewrite(nodes, context) {
    const groups = groupsOf(nodes, context);
    const layers = groups.flat();
    if (layers.length < 2) return { nodes: [...nodes], fused: [] };
    const inputs = layers.flatMap(({ x, dz }) => [x, dz]);
    const grouped = context.node(
      denseWeightGradsOp,
      inputs,
      { biases: layers.map(({ db }) => db !== undefined) },
      { name: 'weight_grads', group: 'step', outputs: [undefined, ...layers.flatMap(({ dw, db }) => (db ? [dw, db] : [dw]))] },
    );
    const taken = new Set(layers.flatMap(({ nodes: made }) => made));
    const rest = nodes.filter((node) => !taken.has(node));
    const fused = groups.map((group) => {
      const many = `${group.length} layer${group.length > 1 ? 's' : ''}`;
      return `${groups.length === 1 ? many : `${many} of ${rowsOf(group[0]!.x.type).rows} rows`} in one dispatch, with their sums of squares`;
    });
    return { nodes: insertAfter(withTileSums(rest, context, layers, grouped.outputs[0]!), context, grouped), fused };
  },
};

/** A layer whose gradients can be made with those of others, and the nodes that make them now. */
interface Candidate extends GroupedLayer {
  /** What dw and db are in the gradient arena: themselves, or aliases. */
  readonly gradients: readonly Value[];
  readonly nodes: readonly Node[];
}

/** The layers by number of rows, each in the order of the backward pass. */
function groupsOf(nodes: readonly Node[], context: FusionContext): Candidate[][] {
  const layers: Candidate[] = [];
  const biasOf = new Map<Value, Node>();
  for (const node of nodes) if (sumsRows(node) && context.pinnedAs(node.outputs[0]!)) biasOf.set(node.inputs[0]!, node);
  for (const node of nodes) {
    const attrs = node.attrs as MatmulAttrs;
    const dw = node.outputs[0]!;
    const gradientSlots = context.pinnedAs(dw);
    if (node.op !== matmulOp || !attrs.transposeA || attrs.transposeB || !gradientSlots) continue;
    const [x, dz] = node.inputs as [Value, Value];
    const { rows } = rowsOf(x.type);
    if (!context.activation(x) || !context.activation(dz) || rows % 4 !== 0 || rows > LONG_INNER) continue;
    // Two weights may share a dz, a branch's last and its shortcut's: one of them brings the bias.
    const bias = biasOf.get(dz);
    biasOf.delete(dz);
    const db = bias?.outputs[0];
    layers.push({ x, dz, dw, db, gradients: db ? [gradientSlots, context.pinnedAs(db)!] : [gradientSlots], nodes: bias ? [node, bias] : [node] });
  }
  // What reads a gradient while others are still to be computed cannot wait for all.
  const places = new Map(nodes.map((node, at) => [node, at]));
  const needs = new Set(layers.flatMap(({ x, dz }) => [x, dz]));
  const last = nodes.findLastIndex((node) => node.outputs.some((value) => needs.has(value)));
  const waits = (value: Value | undefined): boolean => !value || context.readers(value).every((node) => places.get(node)! > last);
  const groups = new Map<number, Candidate[]>();
  for (const layer of layers.filter(({ dw, db }) => waits(dw) && waits(db))) {
    const { rows } = rowsOf(layer.x.type);
    const group = groups.get(rows);
    if (group) group.push(layer);
    else groups.set(rows, [layer]);
  }
  return [...groups.values()];
}

/** Puts the grouped gradients after the last of what they read, and takes along the aliases of what they make: those may stand before it. */
function insertAfter(nodes: readonly Node[], context: FusionContext, grouped: Node): Node[] {
  const aliases = grouped.outputs.flatMap((value) => context.aliases(value));
  const moved = new Set(aliases);
  const rest = nodes.filter((node) => !moved.has(node));
  const needs = new Set(grouped.inputs);
  const at = rest.findLastIndex((node) => node.outputs.some((value) => needs.has(value))) + 1;
  return [...rest.slice(0, at), grouped, ...aliases, ...rest.slice(at)];
}

/** Whoever takes the sums of squares of all gradients takes those that the grouped kernels leave, and from chunks only the others. */
function withTileSums(nodes: readonly Node[], context: FusionContext, layers: readonly Candidate[], tiles: Value): Node[] {
  const summed = new Set(layers.flatMap(({ gradients }) => gradients));
  const norm = nodes.find((node) => node.op === squaredNormOp && node.inputs.some((value) => summed.has(value)));
  const from = norm?.outputs[0];
  if (!norm || !from || context.readers(from).some(({ op }) => !op.moveSums)) return [...nodes];
  const others = norm.inputs.filter((value) => !summed.has(value));
  const chunked = others.length ? context.node(squaredNormOp, others, {}, { ...norm, outputs: [undefined] }) : undefined;
  const chunks = chunked?.outputs[0];
  const segments = new Map(chunkSegments(others, others).map((segment, i) => [others[i]!, segment]));
  const segmentOf = (gradient: Value): SumSegment => {
    if (summed.has(gradient)) return { sums: tiles, ...tilesOf(layers, gradient) };
    const [first, count] = segments.get(gradient)!;
    return { sums: chunks!, first, count };
  };
  const moved = { from, to: chunks ? [chunks, tiles] : [tiles], segmentOf };
  return nodes.flatMap((node): Node[] => {
    if (node === norm) return chunked ? [chunked] : [];
    if (!node.inputs.includes(from)) return [node];
    const { inputs, attrs } = node.op.moveSums!(node, moved);
    return [context.node(node.op, inputs, attrs, node)];
  });
}

/** The partial sums of a gradient: of its weights or, in the second half, of its biases. */
function tilesOf(layers: readonly Candidate[], gradient: Value): Pick<SumSegment, 'first' | 'count'> {
  const at = layers.findIndex(({ gradients }) => gradients.includes(gradient));
  const bias = layers[at]!.gradients.indexOf(gradient) === 1;
  return { first: gradTiles(layers.slice(0, at)) + (bias ? gradTiles(layers) : 0), count: gradTiles([layers[at]!]) };
}

/** Leaves out the nodes that map to null and puts others in the place of the rest. */
export function replaceNodes(nodes: readonly Node[], replaced: ReadonlyMap<Node, Node | null>): Node[] {
  return nodes.flatMap((node) => {
    const by = replaced.get(node);
    return by === undefined ? [node] : by === null ? [] : [by];
  });
}

const DENSE: readonly Fusion[] = [forwardFusion(denseOp, wholeProduct), backwardFusion(denseInputGradOp, wholeProduct), weightGrads];

/** The passes for a list of nodes, in the order in which they run. */
export function fusionsFor(nodes: readonly Node[]): Fusion[] {
  const own = [...new Set(nodes.flatMap((node) => node.op.fusions ?? []))];
  return [...own.filter(({ early }) => early), ...DENSE, ...own.filter(({ early }) => !early)];
}
