// Walks and rewrites of a document's layers, for the remedies and the theory.
import type { ActivationDocument, BatchNormDocument, DenseDocument, DropoutDocument, GraphDocument, LayerDocument } from './document.ts';
import { inOrder } from './graph.ts';

/** A weight matrix and what belongs to it: the layers up to the next weight matrix. */
export interface Block {
  dense: DenseDocument;
  batchNorm?: BatchNormDocument;
  activation?: ActivationDocument;
  dropout?: DropoutDocument;
  /** True inside the branch of a residual block. */
  residual: boolean;
  /** How often the enclosing repeats multiply it. */
  times: number;
}

/** The hidden blocks in order, those of a repeat once with their number; the output layer, the last dense of the top level, is left out. */
export function hiddenBlocks(layers: readonly LayerDocument[]): Block[] {
  const output = outputIndex(layers);
  const collect = (list: readonly LayerDocument[], residual: boolean, times: number, skip: number): Block[] => {
    const blocks: Block[] = [];
    let open: Block | undefined;
    list.forEach((layer, i) => {
      if ('layers' in layer) {
        blocks.push(...collect(layer.layers, residual || layer.type === 'residual', times * (layer.type === 'repeat' ? layer.times : 1), -1));
        open = undefined;
      } else if (layer.type === 'graph') {
        // No remedy rewires a graph: its blocks are not looked at.
        open = undefined;
      } else if (layer.type === 'concat' || layer.type === 'add') {
        blocks.push(...layer.branches.flatMap((branch) => collect(branch, residual, times, -1)));
        open = undefined;
      } else if (layer.type === 'dense') {
        open = i === skip ? undefined : { dense: layer, residual, times };
        if (open) blocks.push(open);
      } else if (open && layer.type === 'batch_norm') open.batchNorm = layer;
      else if (open && layer.type === 'activation') open.activation ??= layer;
      else if (open && layer.type === 'dropout') open.dropout = layer;
    });
    return blocks;
  };
  return collect(layers, false, 1, output);
}

/** Layers made of others: no block goes on behind one. */
const isContainer = ({ type }: LayerDocument): boolean => ['sequential', 'repeat', 'residual', 'graph', 'concat', 'add'].includes(type);

/** Weight matrices in depth, without the output layer. */
export function depthOf(layers: readonly LayerDocument[]): number {
  return hiddenBlocks(layers).reduce((sum, block) => sum + block.times, 0);
}

/** Where the output layer stands in the list: the last dense with nothing but its activation behind it; -1 where there is none. */
export function outputIndex(layers: readonly LayerDocument[]): number {
  const index = layers.findLastIndex((layer) => layer.type === 'dense');
  return layers.slice(index + 1).some(isContainer) ? -1 : index;
}

/** What stands around a run of layers that is rewritten. */
export interface Around {
  residual: boolean;
  /** Units that flow in; undefined where they are the features of the data or unknown. */
  width: number | undefined;
}

/**
 * The layers with every hidden block replaced by what `rewrite` gives for it: a block is a dense with all that follows it up to the next
 * dense, repeat or residual. Repeats and residuals are entered. The output layer stays.
 */
export function mapBlocks(
  layers: readonly LayerDocument[],
  rewrite: (block: LayerDocument[], dense: DenseDocument, around: Around) => LayerDocument[],
): LayerDocument[] {
  const walk = (list: readonly LayerDocument[], around: Around, output: number): LayerDocument[] => {
    const result: LayerDocument[] = [];
    let width = around.width;
    for (let i = 0; i < list.length; ) {
      const layer = list[i]!;
      if ('layers' in layer) {
        const end = widthAfter(layer.layers) ?? width;
        // The first of several copies may see another width than the others: what holds for all of them is what the second sees, where the widths agree.
        const inner = layer.type === 'repeat' && width !== end ? undefined : width;
        result.push({ ...layer, layers: walk(layer.layers, { residual: around.residual || layer.type === 'residual', width: inner }, -1) });
        width = end;
        i++;
      } else if (layer.type === 'concat' || layer.type === 'add') {
        const inside = { residual: around.residual, width };
        result.push({ ...layer, branches: layer.branches.map((branch) => walk(branch, inside, -1)) });
        width = widthAfter([layer]);
        i++;
      } else if (layer.type === 'graph') {
        result.push(layer);
        width = widthAfter([layer]);
        i++;
      } else if (layer.type === 'dense' && i !== output) {
        let end = i + 1;
        while (end < list.length && list[end]!.type !== 'dense' && !isContainer(list[end]!)) end++;
        result.push(...rewrite(list.slice(i, end), layer, { ...around, width }));
        width = layer.units;
        i = end;
      } else {
        result.push(layer);
        if (layer.type === 'dense') width = layer.units;
        i++;
      }
    }
    return result;
  };
  return walk(layers, { residual: false, width: undefined }, outputIndex(layers));
}

/** Units that a list of layers gives; undefined where it has no dense. */
export function widthAfter(layers: readonly LayerDocument[]): number | undefined {
  for (const layer of [...layers].reverse()) {
    if (layer.type === 'dense') return layer.units;
    if ('layers' in layer) return widthAfter(layer.layers);
    if (layer.type === 'graph') return widthOf(layer);
    if (layer.type === 'add') return widthAfter(layer.branches[0]!);
    if (layer.type === 'concat') {
      const widths = layer.branches.map(widthAfter);
      return widths.every((width) => width !== undefined) ? widths.reduce((sum, width) => sum + width) : undefined;
    }
  }
  return undefined;
}

/** Units that a graph gives; undefined where they come from outside. */
function widthOf(graph: GraphDocument): number | undefined {
  const widths = new Map<string, number | undefined>();
  for (const { name, from, join, layers = [] } of inOrder(graph)) {
    const given = from.map((each) => widths.get(each));
    // What is added up is of one width.
    const added = given.find((width) => width !== undefined);
    const beside = given.reduce((sum, width) => (sum === undefined || width === undefined ? undefined : sum + width), 0);
    widths.set(name, widthAfter(layers) ?? (join === 'concat' ? beside : added));
  }
  return widths.get(graph.output);
}

/** Repeats that start on another width than their own layers give, with their first copy written out: then all later copies see one width. */
export function unrollFirst(layers: readonly LayerDocument[]): LayerDocument[] {
  let width: number | undefined;
  return layers.flatMap((layer): LayerDocument[] => {
    const before = width;
    if (layer.type === 'dense' || isContainer(layer)) width = widthAfter([layer]) ?? width;
    if (layer.type !== 'repeat' || layer.times < 2 || before === width) return [layer];
    return [...layer.layers, { ...layer, times: layer.times - 1 }];
  });
}
