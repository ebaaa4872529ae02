// What the network answers on a square around two-dimensional data, and the points that lie in it.
import type { Dataset } from '../../src/data/dataset.ts';
import { MARGIN, type PointsMessage } from '../protocol.ts';

/** Points that are shown. */
const SHOWN = 240;
const MOST_CLASSES = 3;

/** The points of a data set with two features and few classes, thinned; null for any other. `half` is half the side of their plane, where they have one. */
export function pointsOf({ x, y, rows, features, classes }: Dataset, half?: number): PointsMessage | null {
  if (features !== 2 || classes === undefined || classes > MOST_CLASSES) return null;
  const n = Math.min(SHOWN, rows);
  const points = new Float32Array(2 * n);
  const label = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const row = Math.floor((i * rows) / n);
    points[2 * i] = x[2 * row]!;
    points[2 * i + 1] = x[2 * row + 1]!;
    label[i] = y[row]!;
  }
  const reach = MARGIN * (half ?? x.reduce((max, value) => Math.max(max, Math.abs(value)), 0.1));
  return { x: points, label, reach };
}

/** size x size points from the top left, row by row. */
export function gridOf(size: number, reach: number): Float32Array {
  const grid = new Float32Array(size * size * 2);
  const at = (i: number): number => (((i + 0.5) / size) * 2 - 1) * reach;
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      grid[(j * size + i) * 2] = at(i);
      grid[(j * size + i) * 2 + 1] = -at(j);
    }
  }
  return grid;
}

/** Softmax of each row of logits. */
export function probabilities(logits: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    let max = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) max = Math.max(max, logits[row + k]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += out[row + k] = Math.exp(logits[row + k]! - max);
    for (let k = 0; k < classes; k++) out[row + k]! /= sum;
  }
  return out;
}

/** Class plus certainty of each row: how far the best is ahead of the second. */
export function answers(logits: Float32Array, classes: number): Float32Array {
  const p = probabilities(logits, classes);
  return Float32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    let second = 0;
    let answer = 0;
    for (let k = 0; k < classes; k++) {
      const value = p[row * classes + k]!;
      if (value > best) {
        second = best;
        best = value;
        answer = k;
      } else second = Math.max(second, value);
    }
    return answer + Math.min(0.999, Math.max(0, best - second));
  });
}
