// Tensors shared by sets of weights: a model that is part of another, or a trainer that freezes some. They are copied on the GPU around each
// submit that uses them: before a copy is read, and after it was changed. Loaded by trainers that share or freeze.
import { UsageError } from '../errors.ts';
import { copyRanges } from '../gpu/copies.ts';
import type { Device } from '../gpu/device.ts';
import { sameShape, shapeText } from '../shape.ts';
import type { Placement, Weights } from './parameters.ts';

/** What keeps copies alike. */
export interface Linked {
  /** Brings what others hold. */
  pull(): void;
  /** Copies changes made here to the others; by default everything that a step changes. */
  push(changed?: (path: string) => boolean): void;
}

/** Another set of weights, whose tensors are here below a path (which ends in a slash, or is empty). */
export interface Part {
  readonly weights: Weights;
  readonly placement: string;
}

interface Copy {
  readonly path: string;
  readonly here: Placement;
  readonly there: Placement;
}

/** Links weights to those that they share tensors with, as long as those live. Throws UsageError for a tensor of another shape. */
export function link(device: Device, own: Weights, parts: readonly Part[], changes?: ReadonlySet<string>): Linked {
  const homes = own.homes();
  const linked = parts.map(({ weights, placement }) => {
    weights.lent = true;
    const copies: Copy[] = [];
    for (const [path, there] of weights.homes()) {
      const here = homes.get(placement + path);
      if (!here && placement !== '')
        throw new UsageError(`share: the model has no tensor ${placement}${path}: is a layer of the model that it shares called before that, outside of it?`);
      // A tensor that only the other has, a buffer of training say, stays there.
      if (!here) continue;
      if (!sameShape(here.shape, there.shape))
        throw new UsageError(`share: ${placement}${path} is ${shapeText(here.shape)} in the model, and ${shapeText(there.shape)} in the one that it shares`);
      copies.push({ path: placement + path, here, there });
    }
    return { weights, placement, copies };
  });
  const run = (copies: readonly Copy[], weights: Weights, direction: 'pull' | 'push'): void => {
    if (copies.length === 0 || !weights.alive) return;
    copyRanges(
      device,
      copies.map(({ here, there }) => {
        const outside = { buffer: weights.buffer(there.arena)!, offset: there.offset * 4 };
        const inside = { buffer: own.buffer(here.arena)!, offset: here.offset * 4 };
        const [from, to] = direction === 'pull' ? [outside, inside] : [inside, outside];
        return { from: from.buffer, fromOffset: from.offset, to: to.buffer, toOffset: to.offset, size: here.size * 4 };
      }),
    );
  };
  return {
    pull() {
      for (const { weights, copies } of linked) {
        if (weights.alive) weights.linked?.pull();
        run(copies, weights, 'pull');
      }
    },
    push(changed = (path) => changes?.has(path) ?? true) {
      for (const { weights, placement, copies } of linked) {
        run(
          copies.filter(({ path }) => changed(path)),
          weights,
          'push',
        );
        if (weights.alive) weights.linked?.push((path) => changed(placement + path));
      }
    },
  };
}
