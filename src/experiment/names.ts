// Names of layers in documents: where one cannot be.
import { LayerPaths } from '../nn/names.ts';
import type { LayerDocument } from './document.ts';
import { containerOf, copiesOf, innerLists, nextPath } from './registry/layers.ts';

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
    const inline = containerOf(layer)?.inline;
    let path = '';
    try {
      if (!inline) path = `${nextPath(paths, prefix, layer)}/`;
    } catch (error) {
      return { path: `${at}.name`, message: (error as Error).message };
    }
    for (let i = 0; i < copiesOf(layer); i++)
      for (const { list, at: below, prefix: own } of innerLists(layer)) {
        const wrong = walk(list, `${at}${below}`, inline ? prefix : path + own);
        if (wrong) return wrong;
      }
    return undefined;
  };
  return walk(layers, 'layers', '');
}
