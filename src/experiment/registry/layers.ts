// Layers as documents name them, from the list of layers.
import type { AnyLayerRecord, Layer, Role, WrittenLayer } from '../../nn/layer.ts';
import type { LayerFeature } from '../../nn/layers/feature.ts';
import { LAYERS } from '../../nn/layers.ts';
import { named } from '../../nn/named.ts';
import type { LayerPaths } from '../../nn/names.ts';
import type { LayerDocument } from '../document.ts';

/** All layers that a document may have, by their types. */
export const LAYER_FEATURES = Object.entries(LAYERS as unknown as Record<string, LayerFeature<LayerDocument>>);

/** The exports of a layer's file. */
export function featureOf({ type }: WrittenLayer): LayerFeature<LayerDocument> {
  return LAYERS[type as LayerDocument['type']] as unknown as LayerFeature<LayerDocument>;
}

export const roleOf = (layer: LayerDocument): Role => featureOf(layer).record.role;

/** What a container is; undefined for any other layer. */
export function containerOf(layer: WrittenLayer): Extract<AnyLayerRecord, { role: 'container' }> | undefined {
  const { record } = featureOf(layer);
  return record.role === 'container' ? record : undefined;
}

/** Whether a layer may be named: copies may not, nor layers that have an option called `name`. */
export const hasName = (record: AnyLayerRecord): boolean => !('name' in record.options || (record.role === 'container' && record.inline));

/** The function or type that a path counts. */
export function kindOf(layer: WrittenLayer): string {
  return 'name' in featureOf(layer).record.options ? layer.name! : layer.type;
}

/** The path of the next layer of a block. Throws UsageError for a name that is another layer's. */
export function nextPath(paths: LayerPaths, prefix: string, layer: WrittenLayer): string {
  return paths.next(prefix, kindOf(layer), hasName(featureOf(layer).record) ? layer.name : undefined);
}

/** A nested list of layers, its place in the document, and the prefix of its layers' paths. */
interface Inner {
  readonly list: readonly LayerDocument[];
  readonly at: string;
  readonly prefix: string;
}

/** Where containers hold their layers. */
interface Held {
  layers: LayerDocument[];
  branches: LayerDocument[][];
  nodes: Record<string, { layers?: LayerDocument[] }>;
}

/** The lists of layers in a layer; none in any that is no container. */
export function innerLists(layer: LayerDocument): Inner[] {
  const holds = containerOf(layer)?.holds;
  const { layers, branches, nodes } = layer as unknown as Held;
  switch (holds) {
    case undefined:
      return [];
    case 'layers':
      return [{ list: layers, at: '.layers', prefix: '' }];
    case 'branches':
      return branches.map((list, i) => ({ list, at: `.branches[${i}]`, prefix: `branch_${i + 1}/` }));
    case 'nodes':
      return Object.entries(nodes).map(([name, { layers: list = [] }]) => ({ list, at: `.nodes.${name}.layers`, prefix: `${name}/` }));
    default:
      return never(holds);
  }
}

/** The layer with other layers in it, list by list. */
export function withInner(layer: LayerDocument, change: (list: readonly LayerDocument[]) => LayerDocument[]): LayerDocument {
  const holds = containerOf(layer)?.holds;
  const { layers, branches, nodes } = layer as unknown as Held;
  const changed = (more: Partial<Held>): LayerDocument => ({ ...layer, ...more }) as LayerDocument;
  switch (holds) {
    case undefined:
      return layer;
    case 'layers':
      return changed({ layers: change(layers) });
    case 'branches':
      return changed({ branches: branches.map(change) });
    case 'nodes': {
      const entries = Object.entries(nodes).map(([name, node]) => [name, node.layers ? { ...node, layers: change(node.layers) } : node]);
      return changed({ nodes: Object.fromEntries(entries) });
    }
    default:
      return never(holds);
  }
}

/** How many times a layer repeats its inner layers. */
export function copiesOf(layer: LayerDocument): number {
  return 'times' in layer ? layer.times : 1;
}

export function buildLayers(layers: readonly WrittenLayer[]): Layer[] {
  return layers.flatMap((layer) => {
    const { record, build } = featureOf(layer);
    const { type: _type, name, ...options } = layer;
    const own = hasName(record);
    const built = [build((own || name === undefined ? options : { name, ...options }) as LayerDocument, buildLayers)].flat();
    return own && name !== undefined ? built.map((each) => named(name, each)) : built;
  });
}

/** Where a switch has no case: a new role, say, does not compile. */
export function never(missing: never): never {
  throw new Error(`no case for ${String(missing)}`);
}
