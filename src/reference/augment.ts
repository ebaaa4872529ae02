// Augmentation of images, as mathematics: where each pixel comes from, and what is drawn for it.
import type { Node } from '../graph/graph.ts';
import { AUGMENT_KEY, type AugmentAttrs, augmentOp, type Stage } from '../ops/augment.ts';
import { type Key, threefry } from '../random.ts';
import { sizeOf } from '../shape.ts';
import type { InterpreterState } from './interpreter_state.ts';
import { map64, type Tensor64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

/** In [0, 1), by 24 bits. */
const uniform = (bits: number): number => (bits >>> 8) / 2 ** 24;
const integer = (bits: number, count: number): number => Math.floor(((bits >>> 16) * count) / 2 ** 16);
/** Box-Muller. */
const normal = ([a, b]: readonly [number, number]): number => Math.sqrt(-2 * Math.log(((a >>> 8) + 1) / 2 ** 24)) * Math.cos(2 * Math.PI * (uniform(b) - 0.5));

/** A place in an image, in pixels from the middle of the first. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where a stage's result at `place` comes from; undefined for nowhere. */
function before({ kind, amount: given = 0, probability = 0 }: Stage, place: Place, [height, width]: readonly number[], draws: readonly number[]) {
  const { x, y } = place;
  const amount = Math.fround(given);
  const [a, b, c] = draws as [number, number, number];
  const flips = uniform(a) < Math.fround(probability);
  switch (kind) {
    case 'flip_horizontal':
      return flips ? { x: width! - 1 - x, y } : place;
    case 'flip_vertical':
      return flips ? { x, y: height! - 1 - y } : place;
    case 'shift':
      return { x: x - integer(a, 2 * amount + 1) + amount, y: y - integer(b, 2 * amount + 1) + amount };
    case 'crop': {
      const side = 1 - (1 - amount) * uniform(c);
      const isInside = x > -0.5 && y > -0.5 && x < width! - 0.5 && y < height! - 0.5;
      const along = (at: number, size: number, draw: number): number => {
        const window = (1 - side) * size * uniform(draw) + side * (at + 0.5) - 0.5;
        return isInside ? Math.min(Math.max(window, 0), size - 1) : window;
      };
      return { x: along(x, width!, a), y: along(y, height!, b) };
    }
    case 'rotate': {
      const angle = amount * (2 * uniform(a) - 1);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [cx, cy] = [(width! - 1) / 2, (height! - 1) / 2];
      return { x: cx + cos * (x - cx) + sin * (y - cy), y: cy - sin * (x - cx) + cos * (y - cy) };
    }
    case 'cut_out': {
      const [left, top] = [integer(a, width!) - Math.floor(amount / 2), integer(b, height!) - Math.floor(amount / 2)];
      const isCut = x >= left - 0.5 && x < left + amount - 0.5 && y >= top - 0.5 && y < top + amount - 0.5;
      return isCut ? undefined : place;
    }
    case 'noise':
      return place;
  }
}

function augment([x]: readonly Tensor64[], { image, stages }: AugmentAttrs, _node: Node, { run }: InterpreterState): Tensor64[] {
  const [height, width, channels] = image;
  const key: Key = threefry(run.key, AUGMENT_KEY, run.batches);
  const pixelOf = (sample: number, row: number, column: number, channel: number): number =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : x!.data[((sample * height + row) * width + column) * channels + channel]!;
  const draw = (sample: number, stage: number): number[] => [...threefry(key, sample, 2 * stage), ...threefry(key, sample, 2 * stage + 1)];
  return [
    map64(x!, (_, i) => {
      const sample = Math.floor(i / sizeOf(image));
      const pixel = Math.floor(i / channels) % (height * width);
      let place: Place | undefined = { x: pixel % width, y: Math.floor(pixel / width) };
      for (let stage = stages.length; stage > 0 && place; stage--) place = before(stages[stage - 1]!, place, image, draw(sample, stage));
      let value = 0;
      if (place) {
        const [column, row] = [Math.floor(place.x), Math.floor(place.y)];
        const [right, down] = [place.x - column, place.y - row];
        const at = (below: number, beside: number): number => pixelOf(sample, row + below, column + beside, i % channels);
        value = (1 - down) * ((1 - right) * at(0, 0) + right * at(0, 1)) + down * ((1 - right) * at(1, 0) + right * at(1, 1));
      }
      stages.forEach(({ kind, amount = 0 }, stage) => {
        if (kind === 'noise') value += amount * normal(threefry(key, i, 0x80000000 + stage));
      });
      return value;
    }),
  ];
}

/** The twin of this file. */
export const TWINS: readonly Twin[] = [twin(augmentOp, augment)];
