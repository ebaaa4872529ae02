// Fused forms of a dense layer and its gradients. They appear only after differentiation, so they have none of their own.
import sharedText from '../../shaders/dense_weight_grads_shared.wgsl';
import layersText from '../../shaders/lib/dense_layers.wgsl';
import { ShapeError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Emitter, Op, Table, Target } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { f32, lastOf, rowsOf, shapeText, sizeOf } from '../shape.ts';
import { activationOverrides, activationSources } from './activations.ts';
import type { FusedInputGradAttrs, FusedProductAttrs } from './fused_product.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { FINITE, GRID, inShapes, NORM, persistent, SHARED_TILE } from './kernels.ts';
import { EPILOGUE, emitMatmul, type MatmulAttrs, matmulSizes, productType } from './matmul.ts';
import { storedZVariants } from './stored_z.ts';

export type DenseAttrs = FusedProductAttrs<MatmulAttrs>;

/** h = act(x W + bias): inputs x, W, bias; outputs [z,] h. */
export const denseOp: Op<DenseAttrs> = {
  name: 'dense',
  infer: ([x, w, bias], { product: attrs, shapes }, where) => {
    const product = productType(x!, w!, attrs, where);
    if (sizeOf(bias!.shape) !== lastOf(product))
      throw new ShapeError(`dense at ${where}: expected a bias per column of ${shapeText(product.shape)}, got ${shapeText(bias!.shape)}`);
    return inShapes(product, shapes, `dense at ${where}`);
  },
  vjp: null,
  lower: (emit, node) => {
    const [x, w, bias] = node.inputs;
    const { activation, product } = node.attrs;
    const [z, h] = [node.outputs[0]!, node.outputs.at(-1)!];
    for (const { storing, when } of storedZVariants(node, node.attrs))
      emitMatmul(emit, x!, w!, h, product, node.name, {
        module: storing ? EPILOGUE.biasActivationStoreZ : EPILOGUE.biasActivation,
        link: activationSources(activation),
        overrides: activationOverrides(activation),
        bindings: storing ? [bias!, z] : [bias!],
        when,
      });
  },
};

export type DenseInputGradAttrs = FusedInputGradAttrs<MatmulAttrs>;

/** dz = (dy Wᵀ) act'(z): inputs dy, W and what the activation saved. */
export const denseInputGradOp: Op<DenseInputGradAttrs> = {
  name: 'dense_input_grad',
  infer: ([dy, w], { product, shape }, where) => inShapes(productType(dy!, w!, product, where), [shape], `dense_input_grad at ${where}`),
  vjp: null,
  lower: (emit, node) => {
    const [dy, w, saved] = node.inputs;
    const { activation, product } = node.attrs;
    emitMatmul(emit, dy!, w!, node.outputs[0]!, product, node.name, {
      module: EPILOGUE.activationGrad,
      link: activationSources(activation),
      overrides: activationOverrides(activation),
      bindings: [saved!],
    });
  },
};

/** One layer of the grouped weight gradient. */
export interface GroupedLayer {
  readonly x: Value;
  readonly dz: Value;
  readonly dw: Value;
  readonly db: Value | undefined;
}

const DENSE_LAYERS: Source = { file: 'lib/dense_layers', text: layersText };
export const DENSE_WEIGHT_GRADS_HEADER = {
  bindings: {
    x_values: 'read',
    x_fours: 'read',
    dz_values: 'read',
    dz_fours: 'read',
    layers: 'read',
    tiles: 'read',
    gradients: 'read_write',
    partials: 'read_write',
  },
  params: { first: 'u32', tiles: 'u32', all: 'u32', batch: 'u32' },
} as const;
export const denseWeightGradsSharedKernel = kernel('dense_weight_grads_shared', sharedText, { ...DENSE_WEIGHT_GRADS_HEADER, overrides: {} });

/** Rows and columns of a tile, which a workgroup makes. */
const TILE = 32;

/** Tiles times rows of the batch from which on layers that can be read as vec4 get a dispatch of their own: a fifth faster, and half a second to compile. */
const WORTH_A_PIPELINE = 2 ** 14;

const tilesIn = (inputs: number, outputs: number): number => Math.ceil(inputs / TILE) * Math.ceil(outputs / TILE);

/** Tiles of the gradients of weights. Each leaves a partial sum of squares of its weights and one of its biases, first those of all weights. */
export function gradTiles(layers: readonly GroupedLayer[]): number {
  return layers.reduce((n, { dw }) => {
    const [inputs, outputs] = dw.type.shape as [number, number];
    return n + tilesIn(inputs, outputs);
  }, 0);
}

const isAligned = ({ dw }: GroupedLayer): boolean => dw.type.shape.every((n) => n % 4 === 0);

type Tile = [layer: number, row: number, column: number, place: number];

/** The tiles of a group's layers; `before`: the tiles of other groups. */
function listTiles(layers: readonly GroupedLayer[], before: number): Tile[] {
  let place = before;
  return layers.flatMap((of, layer) => {
    const across = Math.ceil(of.dw.type.shape[1]! / TILE);
    return Array.from({ length: gradTiles([of]) }, (_, i) => [layer, Math.floor(i / across) * TILE, (i % across) * TILE, place++] as Tile);
  });
}

export interface DenseWeightGradsAttrs {
  /** Of each layer whether its bias has a gradient. Layers with equally many rows stand together. */
  readonly biases: readonly boolean[];
}

type Layers = Pick<Node<DenseWeightGradsAttrs>, 'inputs' | 'outputs' | 'attrs'>;

/** The layers of a node by their inputs and outputs. */
function layersOf({ inputs, outputs, attrs }: Layers): GroupedLayer[] {
  let at = 1;
  return attrs.biases.map((bias, i) => ({ x: inputs[2 * i]!, dz: inputs[2 * i + 1]!, dw: outputs[at++]!, db: bias ? outputs[at++]! : undefined }));
}

/**
 * dW = xᵀ dz and db of many layers at once, a dispatch for each number of rows. Inputs: the x and dz of each layer; outputs: partial sums of squares
 * [2, tiles, 2], of the tiles of all weights and then of all biases, and the dW and, where there is one, db of each layer, which lie in the gradient arena.
 */
export const denseWeightGradsOp: Op<DenseWeightGradsAttrs> = {
  name: 'dense_weight_grads',
  infer: (inputs, { biases }, where) => {
    const sizes = biases.map((_, i) => matmulSizes(inputs[2 * i]!.shape, inputs[2 * i + 1]!.shape, { transposeA: true }, where));
    const tiles = sizes.reduce((count, { m, n }) => count + tilesIn(m, n), 0);
    return [f32(2, tiles, 2), ...sizes.flatMap(({ m, n }, i) => (biases[i] ? [f32(m, n), f32(n)] : [f32(m, n)]))];
  },
  vjp: null,
  lower: (emit, node) => {
    const groups = new Map<number, GroupedLayer[]>();
    for (const layer of layersOf(node)) {
      const { rows } = rowsOf(layer.x.type);
      const group = groups.get(rows);
      if (group) group.push(layer);
      else groups.set(rows, [layer]);
    }
    let before = 0;
    for (const [rows, layers] of groups) {
      emitGroup(emit, groups.size === 1 ? node.name : `${node.name}/${rows}_rows`, layers, rows, node.outputs[0]!, before);
      before += gradTiles(layers);
    }
  },
};

/** The gradients of layers with equally many rows; `before`: the tiles of other groups, whose sums stand before these. */
function emitGroup(emit: Emitter, name: string, layers: readonly GroupedLayer[], batch: number, sums: Value, before: number): void {
  const all = sums.type.shape[1]!;
  const quads = kernelsFor(emit.capabilities).products === 'quads' ? kernelsOf('swiftshader') : undefined;
  const tiles = listTiles(layers, before);
  const aligned = new Set(tiles.filter(([layer]) => isAligned(layers[layer]!)));
  const apart = !!quads && (aligned.size === tiles.length || aligned.size * batch >= WORTH_A_PIPELINE);
  const layerTable: Table = {
    kind: 'table',
    name: `${name}/layers`,
    words: layers.length * 8,
    fill: (place) =>
      Uint32Array.from(
        layers.flatMap((layer) => {
          const { x, dz, dw, db } = layer;
          const [inputs, outputs] = dw.type.shape as [number, number];
          return [place(x).offset, place(dz).offset, place(dw).offset, db ? place(db).offset : 0, inputs, outputs, db ? 1 : 0, isAligned(layer) ? 1 : 0];
        }),
      ),
  };
  const together = layers.map(({ x, dz }) => [x, dz]);
  const reads = together.flat();
  const writes = layers.flatMap(({ dw, db }) => (db ? [dw, db] : [dw]));
  emit.walk({ reads, writes, together, apart: [sums] }, (bufferOf) => {
    // By the buffers of x and dz; in each pair those that are read element by element first.
    const parts = new Map<string, { of: Target[]; ALIGNED: number; tiles: Tile[] }>();
    for (const ALIGNED of [0, 1])
      for (const tile of tiles) {
        if (Number(apart && aligned.has(tile)) !== ALIGNED) continue;
        const { x, dz } = layers[tile[0]]!;
        const buffers = [bufferOf(x), bufferOf(dz)];
        const key = [...buffers, ALIGNED].join();
        const part = parts.get(key);
        if (part) part.tiles.push(tile);
        else parts.set(key, { of: buffers.map((buffer) => persistent(buffer)), ALIGNED, tiles: [tile] });
      }
    const words = [...parts.values()].flatMap((part) => part.tiles.flat());
    const tileTable: Table = { kind: 'table', name: `${name}/tiles`, words: words.length, fill: () => Uint32Array.from(words) };
    let first = 0;
    for (const { of, ALIGNED, tiles: own } of parts.values()) {
      const [x, dz] = of as [Target, Target];
      emit.dispatch({
        kernel: quads ? quads.denseWeightGradsQuadKernel : denseWeightGradsSharedKernel,
        link: [...(quads ? [quads.QUAD] : SHARED_TILE), DENSE_LAYERS, GRID, FINITE, NORM],
        overrides: quads ? { INNER_TAIL: (batch % 8) / 4, ALIGNED } : {},
        params: { first, tiles: first + own.length, all, batch },
        bindings: {
          x_values: x,
          x_fours: x,
          dz_values: dz,
          dz_fours: dz,
          layers: layerTable,
          tiles: tileTable,
          gradients: persistent('gradients'),
          partials: sums,
        },
        workgroups: [own.length],
        work: own.length * TILE * TILE * batch,
      });
      first += own.length;
    }
  });
}
