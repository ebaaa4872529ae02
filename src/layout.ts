// Where each parameter lies in the flat arena: every plan of a model (train, evaluate, predict) and every arena of the same
// layout (gradients, optimizer states) uses the same offsets, so that an update is one dispatch whatever the depth.
import { UsageError } from './errors.ts';
import { roundUp, sizeOf } from './shape.ts';

/** Entries start at multiples of this many words: 256 bytes, WebGPU's alignment of a binding. */
export const BLOCK = 64;

/** Hyperparameters of one parameter. */
export interface ParameterOptions {
  /** Coefficient of the L1 penalty, l1 |w|. */
  l1?: number;
  /** Coefficient of the L2 penalty, l2/2 |w|²: its gradient is l2 w. */
  l2?: number;
  /** False for parameters that weight decay of the optimizer leaves out (biases, batch norm). */
  decay?: boolean;
}

export interface LayoutEntry extends Required<ParameterOptions> {
  readonly path: string;
  readonly shape: readonly number[];
  /** In words from the start of the arena. */
  readonly offset: number;
  readonly size: number;
}

/** Parameters or running statistics of a model, in the order in which they were declared. */
export class ParameterLayout {
  readonly entries: LayoutEntry[] = [];
  readonly #byPath = new Map<string, LayoutEntry>();
  /** Words in all, a multiple of BLOCK. */
  words = 0;

  add(path: string, shape: readonly number[], options: ParameterOptions = {}): LayoutEntry {
    const known = this.#byPath.get(path);
    if (known) return known;
    const size = sizeOf(shape);
    const entry: LayoutEntry = { path, shape, offset: this.words, size, l1: options.l1 ?? 0, l2: options.l2 ?? 0, decay: options.decay ?? true };
    this.entries.push(entry);
    this.#byPath.set(path, entry);
    this.words += roundUp(size, BLOCK);
    return entry;
  }

  get(path: string): LayoutEntry {
    const entry = this.#byPath.get(path);
    if (!entry)
      throw new UsageError(
        `there is no parameter ${path}; there are ${this.entries
          .map((e) => e.path)
          .slice(0, 8)
          .join(', ')}${this.entries.length > 8 ? ', ...' : ''}`,
      );
    return entry;
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }
}
