// Fused forms of a dense layer and its gradients. They appear only after differentiation, so they have none of their own.
import quadText from '../../shaders/dense_weight_grads_quad.wgsl';
import sharedText from '../../shaders/dense_weight_grads_shared.wgsl';
import layersText from '../../shaders/lib/dense_layers.wgsl';
import { ShapeError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Op, Table, Target } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { f32, lastOf, rowsOf, shapeText, sizeOf } from '../shape.ts';
import { type ActivationAttrs, activationOverrides, activationSources } from './activations.ts';
import { type Keep, keepVariants } from './keep.ts';
import { kernelsFor } from './kernel_choice.ts';
import { FINITE, GRID, inShapes, NORM, QUAD, resident, SHARED_TILE } from './kernels.ts';
import { emitMatmul, FINISH, type MatmulAttrs, matmulSizes, productType } from './matmul.ts';

export interface DenseAttrs extends Keep {
  readonly activation: ActivationAttrs;
  readonly matmul: MatmulAttrs;
  /** Of the outputs: those of the product, or others where a reshape stood between it and the activation. */
  readonly shapes: readonly (readonly number[])[];
}

/** h = act(x W + bias): inputs x, W, bias; outputs [z,] h. */
export const denseOp: Op<DenseAttrs> = {
  name: 'dense',
  infer: ([x, w, bias], { matmul, shapes }, where) => {
    const product = productType(x!, w!, matmul, where);
    if (sizeOf(bias!.shape) !== lastOf(product))
      throw new ShapeError(`dense at ${where}: expected a bias per column of ${shapeText(product.shape)}, got ${shapeText(bias!.shape)}`);
    return inShapes(product, shapes, `dense at ${where}`);
  },
  vjp: null,
  lower: (emit, node) => {
    const [x, w, bias] = node.inputs;
    const { activation, matmul } = node.attrs;
    const [z, h] = [node.outputs[0]!, node.outputs.at(-1)!];
    for (const { keeping, when } of keepVariants(node, node.attrs))
      emitMatmul(emit, x!, w!, h, matmul, node.name, {
        module: keeping ? FINISH.biasActivationKeep : FINISH.biasActivation,
        link: activationSources(activation),
        overrides: activationOverrides(activation),
        bindings: keeping ? [bias!, z] : [bias!],
        when,
      });
  },
};

export interface DenseInputGradAttrs {
  readonly activation: ActivationAttrs;
  readonly matmul: MatmulAttrs;
  /** Of dz: that of the product, or another where a reshape stood between. */
  readonly shape: readonly number[];
}

/** dz = (dy Wᵀ) act'(z): inputs dy, W and what the activation saved. */
export const denseInputGradOp: Op<DenseInputGradAttrs> = {
  name: 'dense_input_grad',
  infer: ([dy, w], { matmul, shape }, where) => inShapes(productType(dy!, w!, matmul, where), [shape], `dense_input_grad at ${where}`),
  vjp: null,
  lower: (emit, node) => {
    const [dy, w, saved] = node.inputs;
    const { activation, matmul } = node.attrs;
    emitMatmul(emit, dy!, w!, node.outputs[0]!, matmul, node.name, {
      module: FINISH.activationGrad,
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
const header = {
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
export const denseWeightGradsQuadKernel = kernel('dense_weight_grads_quad', quadText, { ...header, overrides: { ODD: 0, ALIGNED: 0 } });
export const denseWeightGradsSharedKernel = kernel('dense_weight_grads_shared', sharedText, { ...header, overrides: {} });

/** Rows and columns of a tile, which a workgroup makes. */
const TILE = 32;

/** Tiles times rows of the batch from which on layers that can be read as vec4 get a dispatch of their own: a fifth faster, and half a second to compile. */
const WORTH_A_PIPELINE = 2 ** 14;

/** Tiles of the gradients of weights. Each leaves a partial sum of squares of its weights and one of its biases, first those of all weights. */
export function gradTiles(layers: readonly GroupedLayer[]): number {
  return layers.reduce((n, { dw }) => {
    const [inputs, outputs] = dw.type.shape as [number, number];
    return n + Math.ceil(inputs / TILE) * Math.ceil(outputs / TILE);
  }, 0);
}

const isAligned = ({ dw }: GroupedLayer): boolean => dw.type.shape.every((n) => n % 4 === 0);

type Tile = [layer: number, row: number, column: number, place: number];

/** The tiles of all layers; `before`: the tiles of other dispatches. */
function listTiles(layers: readonly GroupedLayer[], before: number): Tile[] {
  let place = before;
  return layers.flatMap((of, layer) => {
    const across = Math.ceil(of.dw.type.shape[1]! / TILE);
    return Array.from({ length: gradTiles([of]) }, (_, i) => [layer, Math.floor(i / across) * TILE, (i % across) * TILE, place++] as Tile);
  });
}

export interface DenseWeightGradsAttrs {
  /** Of each layer, all of which have equally many rows: whether its bias has a gradient. */
  readonly biases: readonly boolean[];
  /** Tiles of the groups before this one, and of all groups: the places of its partial sums of squares. */
  readonly before: number;
  readonly all: number;
}

/** The layers of a node: inputs are the x and dz of each, outputs the dW and, where there is one, db of each. */
export function layersOf({ inputs, outputs, attrs }: Pick<Node<DenseWeightGradsAttrs>, 'inputs' | 'outputs' | 'attrs'>): GroupedLayer[] {
  let at = 0;
  return attrs.biases.map((bias, i) => ({ x: inputs[2 * i]!, dz: inputs[2 * i + 1]!, dw: outputs[at++]!, db: bias ? outputs[at++]! : undefined }));
}

/** dW = xᵀ dz and db of many layers at once, which lie in the gradient arena. Partial sums of squares go to a buffer of their own. */
export const denseWeightGradsOp: Op<DenseWeightGradsAttrs> = {
  name: 'dense_weight_grads',
  infer: (inputs, { biases }, where) =>
    biases.flatMap((bias, i) => {
      const [x, dz] = [inputs[2 * i]!, inputs[2 * i + 1]!];
      const { m, n } = matmulSizes(x.shape, dz.shape, { transposeA: true }, where);
      return bias ? [f32(m, n), f32(n)] : [f32(m, n)];
    }),
  vjp: null,
  lower: (emit, node) => {
    const { before, all } = node.attrs;
    const layers = layersOf(node);
    const batch = rowsOf(layers[0]!.x.type).rows;
    const quads = kernelsFor(emit.capabilities).products === 'quads';
    const tiles = listTiles(layers, before);
    const aligned = new Set(tiles.filter(([layer]) => isAligned(layers[layer]!)));
    const apart = quads && (aligned.size === tiles.length || aligned.size * batch >= WORTH_A_PIPELINE);
    const layerTable: Table = {
      kind: 'table',
      name: `${node.name}/layers`,
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
    emit.walk({ reads: node.inputs, writes: node.outputs, together }, (bufferOf) => {
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
          else parts.set(key, { of: buffers.map((buffer) => resident(buffer)), ALIGNED, tiles: [tile] });
        }
      const words = [...parts.values()].flatMap((part) => part.tiles.flat());
      const tileTable: Table = { kind: 'table', name: `${node.name}/tiles`, words: words.length, fill: () => Uint32Array.from(words) };
      let first = 0;
      for (const { of, ALIGNED, tiles: own } of parts.values()) {
        const [x, dz] = of as [Target, Target];
        emit.dispatch({
          kernel: quads ? denseWeightGradsQuadKernel : denseWeightGradsSharedKernel,
          link: [...(quads ? [QUAD] : SHARED_TILE), DENSE_LAYERS, GRID, FINITE, NORM],
          overrides: quads ? { ODD: (batch % 8) / 4, ALIGNED } : {},
          params: { first, tiles: first + own.length, all, batch },
          bindings: {
            x_values: x,
            x_fours: x,
            dz_values: dz,
            dz_fours: dz,
            layers: layerTable,
            tiles: tileTable,
            gradients: resident('gradients'),
            partials: resident('keep/grad_partials', all * 16),
          },
          workgroups: [own.length],
        });
        first += own.length;
      }
    });
  },
};
