// Where two runs part: the first step at which they differ by more than rounding, the layer where that shows first, and how far they are apart.
import type { History, TensorKind } from './history.ts';
import { placesOf } from './places.ts';

/** Where two runs part. */
export interface Parting {
  /** The first step at which any number differs by more than the tolerance. */
  step: number;
  /** The layer where the difference begins: the first that differs on the way forward, else the last on the way back; absent where no layer was logged. */
  layer?: string;
  /** What differs there. */
  figure: TensorKind | 'loss' | 'gradientNorm' | 'learningRate';
  /** The two numbers, and their difference over the larger of them. */
  values: readonly [number, number];
  difference: number;
}

/** Two runs side by side. */
export interface Comparison {
  /** Steps that both have. */
  steps: number;
  /** The last of them. */
  last: number;
  /** Undefined where they never part. */
  parting: Parting | undefined;
  /** The losses of the last step that both have. */
  losses: readonly [number, number];
  /** The largest relative difference of any loss, and its step. */
  largest: { step: number; difference: number };
}

/** |a - b| over the larger of the two; 0 where both are the same, or not finite in the same manner. */
export function relativeDifference(a: number, b: number): number {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

/** On the way forward, then back, then what the update did. */
const FORWARD: readonly TensorKind[] = ['weight', 'z', 'h'];
const BACKWARD: readonly TensorKind[] = ['delta', 'weight_gradient'];

/** Compares two histories step by step, by their numbers. Undefined where they have no step in common. */
export function compareRuns(a: History, b: History, tolerance: number): Comparison | undefined {
  const places = new Map(Array.from(b.steps.numbers, (step, i) => [step, i]));
  let parting: Parting | undefined;
  let largest = { step: 0, difference: -1 };
  let [steps, last] = [0, 0];
  let losses: readonly [number, number] = [Number.NaN, Number.NaN];
  for (let i = 0; i < a.steps.length; i++) {
    const step = a.steps.numbers[i]!;
    const j = places.get(step);
    if (j === undefined) continue;
    steps++;
    last = step;
    losses = [a.steps.loss[i]!, b.steps.loss[j]!];
    const difference = relativeDifference(...losses);
    if (difference > largest.difference) largest = { step, difference };
    parting ??= partingAt(a, b, i, j, tolerance);
  }
  return steps === 0 ? undefined : { steps, last, parting, losses, largest };
}

function partingAt(a: History, b: History, i: number, j: number, tolerance: number): Parting | undefined {
  const [left, right] = [a.steps.at(i)!, b.steps.at(j)!];
  const { step } = left;
  const others = new Map(placesOf(b).map((place) => [place.name, place]));
  const ofLayers = (kinds: readonly TensorKind[], places: ReturnType<typeof placesOf>): Parting | undefined => {
    for (const { name, recordOf } of places)
      for (const figure of kinds) {
        const values = [recordOf(left)?.tensors[figure]?.l2, others.get(name)?.recordOf(right)?.tensors[figure]?.l2] as const;
        const [x, y] = values;
        if (x === undefined || y === undefined) continue;
        const difference = relativeDifference(x, y);
        if (difference > tolerance) return { step, layer: name, figure, values: [x, y], difference };
      }
    return undefined;
  };
  const ofStep = (figure: 'loss' | 'gradientNorm' | 'learningRate'): Parting | undefined => {
    const [x, y] = [left[figure], right[figure]];
    if (x === undefined || y === undefined) return undefined;
    const difference = relativeDifference(x, y);
    return difference > tolerance ? { step, figure, values: [x, y], difference } : undefined;
  };
  const places = left.layers && right.layers ? placesOf(a) : [];
  return (
    ofStep('learningRate') ??
    ofLayers(FORWARD, places) ??
    ofStep('loss') ??
    ofLayers(BACKWARD, places.toReversed()) ??
    ofStep('gradientNorm') ??
    ofLayers(['update'], places)
  );
}
