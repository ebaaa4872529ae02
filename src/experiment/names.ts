// Names and paths of layers in documents: where one cannot be.
import { meant } from '../nearest.ts';
import { matches } from '../nn/groups.ts';
import { LayerPaths } from '../nn/names.ts';
import type { GroupDocument, LayerDocument } from './document.ts';
import { containerOf, copiesOf, innerLists, nextPath } from './registry/layers.ts';

/** What is wrong, and where below the model. */
interface Wrong {
  readonly path: string;
  readonly message: string;
}

/** The paths of all layers of a document, copies of repeats included; or the first name that is another layer's of its block. */
export function layerPaths(layers: readonly LayerDocument[]): string[] | Wrong {
  const paths = new LayerPaths();
  const found: string[] = [];
  const walk = (list: readonly LayerDocument[], at: string, prefix: string): Wrong | undefined => {
    for (const [i, layer] of list.entries()) {
      const wrong = visit(layer, `${at}[${i}]`, prefix);
      if (wrong) return wrong;
    }
    return undefined;
  };
  const visit = (layer: LayerDocument, at: string, prefix: string): Wrong | undefined => {
    const inline = containerOf(layer)?.inline;
    try {
      if (!inline) found.push(nextPath(paths, prefix, layer));
    } catch (error) {
      return { path: `${at}.name`, message: (error as Error).message };
    }
    const path = inline ? '' : `${found.at(-1)}/`;
    for (let i = 0; i < copiesOf(layer); i++)
      for (const { list, at: below, prefix: own } of innerLists(layer)) {
        const wrong = walk(list, `${at}${below}`, inline ? prefix : path + own);
        if (wrong) return wrong;
      }
    return undefined;
  };
  return walk(layers, 'layers', '') ?? found;
}

/**
 * The first path of a group that holds no layer and no tensor of one, by its place below the optimizer. Which tensors a layer has is known once the model is built, so that
 * of a path only what stands before its last part, or up to its last star, must be there.
 */
export function wrongGroup(groups: readonly GroupDocument[], paths: readonly string[]): Wrong | undefined {
  const holds = (pattern: string): boolean => paths.some((path) => matches(pattern, path));
  for (const [i, { match }] of groups.entries())
    for (const each of [match].flat()) {
      if ([each, each.split('/').slice(0, -1).join('/'), each.slice(0, each.lastIndexOf('*') + 1)].some(holds)) continue;
      const some = `${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ', ...' : ''}`;
      return { path: `groups[${i}].match`, message: `${each} is no path of the model${meant(each, paths) || ';'} there are ${some}` };
    }
  return undefined;
}
