// Names of layers in documents: where one cannot be.
import { LayerPaths } from '../nn/names.ts';
import type { LayerDocument } from './document.ts';

/** The first name in a document that is another layer's of its block, by its place below `model`; repeats count as their copies. Undefined where there is none. */
export function wrongName(layers: readonly LayerDocument[]): { path: string; message: string } | undefined {
  const paths = new LayerPaths();
  const walk = (list: readonly LayerDocument[], at: string, prefix: string): ReturnType<typeof wrongName> => {
    for (const [i, layer] of list.entries()) {
      const wrong = visit(layer, `${at}[${i}]`, prefix);
      if (wrong) return wrong;
    }
    return undefined;
  };
  const visit = (layer: LayerDocument, at: string, prefix: string): ReturnType<typeof wrongName> => {
    if (layer.type === 'repeat') {
      for (let i = 0; i < layer.times; i++) {
        const wrong = walk(layer.layers, `${at}.layers`, prefix);
        if (wrong) return wrong;
      }
      return undefined;
    }
    let path: string;
    try {
      path = layer.type === 'activation' ? paths.next(prefix, layer.name) : paths.next(prefix, layer.type, layer.name);
    } catch (error) {
      return { path: `${at}.name`, message: (error as Error).message };
    }
    for (const { list, at: below, prefix: own } of listsOf(layer)) {
      const wrong = walk(list, `${at}.${below}`, `${path}/${own}`);
      if (wrong) return wrong;
    }
    return undefined;
  };
  return walk(layers, 'layers', '');
}

/** The lists of layers in a layer, with their places and what stands before their paths. */
function listsOf(layer: LayerDocument): { list: readonly LayerDocument[]; at: string; prefix: string }[] {
  switch (layer.type) {
    case 'sequential':
    case 'residual':
      return [{ list: layer.layers, at: 'layers', prefix: '' }];
    case 'concat':
    case 'add':
      return layer.branches.map((list, i) => ({ list, at: `branches[${i}]`, prefix: `branch_${i + 1}/` }));
    case 'graph':
      return Object.entries(layer.nodes).map(([name, { layers: list = [] }]) => ({ list, at: `nodes.${name}.layers`, prefix: `${name}/` }));
    default:
      return [];
  }
}
