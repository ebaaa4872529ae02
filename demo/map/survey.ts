// Which cells of the map are trained to find where networks learn: every eighth in each direction, then those between cells that disagree.
// Whatever lies next to the outline is trained, on both sides of it; the others take what all trained cells around them say.
import { DEPTHS, GAINS, LEARNS } from './cells.ts';

/** Cells that are asked, by row and by gain. */
const [ACROSS, DOWN] = [Math.ceil(GAINS.length / LEARNS.every), Math.ceil(DEPTHS.length / LEARNS.every)];
/** Cells that are asked if all are trained. */
export const ASKED = ACROSS * DOWN;
/** Of those every fourth first, then every second, then all: the last row and column are among the first. */
const PASSES = [4, 2, 1] as const;

export interface Survey {
  /** 1 where networks learn and 0 where they do not, trained or not, by row and by gain; NaN is not known. */
  learns: Float32Array;
  /** Cells to train next; empty where all is known. */
  wanted: { i: number; j: number }[];
  /** Cells that are known for good, as a fraction. */
  settled: number;
}

/**
 * What is known of where networks learn.
 * @param trained - By row and by gain: 1 for a network that was trained and learns, 0 for one that does not, NaN for one that was not trained.
 * @param ratio - log10 of what arrives at layer 1: between a gradient that vanishes and one that explodes a channel may hide.
 */
export function survey(trained: Float32Array, ratio: Float32Array): Survey {
  const cell = (a: number, b: number): number => b * LEARNS.every * GAINS.length + a * LEARNS.every;
  // 'learns', or on which side of the channel a network is that does not.
  const kinds = Array.from({ length: ASKED }, (_, k) => {
    const at = cell(k % ACROSS, Math.floor(k / ACROSS));
    return Number.isNaN(trained[at]!) ? undefined : trained[at] === 1 ? 'learns' : ratio[at]! > 0 ? 'above' : 'below';
  });
  const own = [...kinds];
  let wanted: [a: number, b: number][] = [];
  for (const pass of PASSES) {
    for (let b = 0; b < DOWN; b += pass)
      for (let a = 0; a < ACROSS; a += pass) {
        if (kinds[b * ACROSS + a]) continue;
        const coarse = 2 * pass;
        const around = (at: number): number[] => [at - (at % coarse), Math.ceil(at / coarse) * coarse];
        const corners = around(b).flatMap((y) => around(a).map((x) => kinds[y * ACROSS + x]));
        if (pass !== PASSES[0] && corners.every((each) => each === corners[0])) kinds[b * ACROSS + a] = corners[0];
        else wanted.push([a, b]);
      }
    if (wanted.length > 0) break;
  }
  const all = wanted.length === 0;
  // Nothing was trained in such a cell, and a neighbour is otherwise.
  if (all)
    wanted = kinds.flatMap((kind, k): [number, number][] => {
      const [a, b] = [k % ACROSS, Math.floor(k / ACROSS)];
      const beside = [a > 0 ? k - 1 : k, a < ACROSS - 1 ? k + 1 : k, b > 0 ? k - ACROSS : k, b < DOWN - 1 ? k + ACROSS : k];
      return !own[k] && beside.some((each) => kinds[each] !== kind) ? [[a, b]] : [];
    });
  const learns = new Float32Array(trained.length).fill(Number.NaN);
  kinds.forEach((kind, k) => {
    if (kind) learns[cell(k % ACROSS, Math.floor(k / ACROSS))] = kind === 'learns' ? 1 : 0;
  });
  const known = kinds.filter((kind) => kind).length - (all ? wanted.length : 0);
  return { learns, wanted: wanted.map(([a, b]) => ({ i: a * LEARNS.every, j: b * LEARNS.every })), settled: known / ASKED };
}
