// Paths of layers: the given name, else the kind and a number that counts the layers of that kind in their block from 1, as in `dense_2` and
// `residual_1/head`. So adding a layer without weights changes no weight's path, and with it no initial value and no file; nor does a name change another path.
import { show, UsageError } from '../errors.ts';

/** Throws a UsageError where a kind could not be told from the block and the number around it in a path. */
export function checkKind(where: string, kind: unknown): asserts kind is string {
  if (typeof kind !== 'string' || !/^[\w-]+$/.test(kind)) throw new UsageError(`${where}: expected a name of letters, digits, _ and -, got ${show(kind)}`);
}

/** Prefixes of paths in files that do not belong to the model (src/io/checkpoint.ts). */
const IN_FILES = /^(optimizer|best)\//;

/**
 * Names the layers of one model, in the order in which they are built. No two layers get one path: what follows the last `_` is the number, so that a layer
 * of the kind `dense_1` is `dense_1_1` beside the dense layer `dense_1`.
 */
export class LayerPaths {
  readonly #counts = new Map<string, number>();
  readonly #used = new Set<string>();

  /**
   * The path of the next layer in a block. `block` is what stands before it in its path: '' for the model, `residual_1/` inside a block. Throws UsageError for a
   * given name that no path can hold, or that is another layer's.
   */
  next(block: string, kind: string, givenName?: string): string {
    const counted = `${block}${kind}`;
    const number = (this.#counts.get(counted) ?? 0) + 1;
    this.#counts.set(counted, number);
    if (givenName !== undefined) checkKind(`${counted}_${number}: name`, givenName);
    const path = givenName === undefined ? `${counted}_${number}` : block + givenName;
    if (IN_FILES.test(`${path}/`)) throw new UsageError(`${path}: files have a run's state under optimizer/ and best/: choose another name`);
    if (this.#used.has(path)) throw new UsageError(`${path}: two layers of a block have this name: give one another`);
    this.#used.add(path);
    return path;
  }
}
