// Reductions, normalisation, softmax and the losses: what is computed row by row.
import type { Node } from '../graph/graph.ts';
import { type CrossEntropyAttrs, ELEMENTWISE_LOSSES, type ElementwiseLoss, type ElementwiseLossAttrs } from '../ops/losses.ts';
import type { NormalizeAttrs } from '../ops/normalize.ts';
import { sizeOf } from '../shape.ts';
import { rowsOf, sum64, type Tensor64, tensor64, zeros64 } from './tensor64.ts';
import { trueRows, type World } from './world.ts';

type Inputs = readonly Tensor64[];

/** f of each row, which fills the row of the result. */
function eachRow(shape: readonly number[], f: (row: number, out: Float64Array) => void, rows = sizeOf(shape) / (shape.at(-1) ?? 1)): Tensor64 {
  const y = zeros64(shape);
  const columns = y.data.length / rows;
  for (let r = 0; r < rows; r++) f(r, y.data.subarray(r * columns, (r + 1) * columns));
  return y;
}

const row = (x: Tensor64, r: number): Float64Array => {
  const [, columns] = rowsOf(x);
  return x.data.subarray(r * columns, (r + 1) * columns);
};

/** log sum exp, about the largest element. */
export function logSumExp(x: Float64Array): number {
  const high = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high + Math.log(sum64(x.map((value) => Math.exp(value - high))));
}

export function softmax([x]: Inputs): Tensor64[] {
  return [
    eachRow(x!.shape, (r, y) => {
      const whole = logSumExp(row(x!, r));
      y.set(row(x!, r).map((value) => Math.exp(value - whole)));
    }),
  ];
}

export function logSoftmax([x]: Inputs): Tensor64[] {
  return [
    eachRow(x!.shape, (r, y) => {
      const whole = logSumExp(row(x!, r));
      y.set(row(x!, r).map((value) => value - whole));
    }),
  ];
}

/** dx = y (dy - dy . y) */
export function softmaxGrad([dy, y]: Inputs): Tensor64[] {
  return [
    eachRow(y!.shape, (r, dx) => {
      const p = row(y!, r);
      const d = row(dy!, r);
      const dot = sum64(p.map((value, j) => value * d[j]!));
      dx.set(p.map((value, j) => value * (d[j]! - dot)));
    }),
  ];
}

/** dx = dy - exp(y) sum dy */
export function logSoftmaxGrad([dy, y]: Inputs): Tensor64[] {
  return [
    eachRow(y!.shape, (r, dx) => {
      const d = row(dy!, r);
      const total = sum64(d);
      dx.set(row(y!, r).map((value, j) => d[j]! - Math.exp(value) * total));
    }),
  ];
}

/** Losses [rows] and the slopes of their mean over the true rows. */
export function elementwiseLoss([y, t]: Inputs, attrs: ElementwiseLossAttrs, node: Node, world: World): Tensor64[] {
  const entry: ElementwiseLoss = ELEMENTWISE_LOSSES[attrs.loss];
  const params = { ...entry.params, ...attrs.params };
  const [rows, columns] = rowsOf(y!);
  const used = trueRows(world, node.inputs[0]!.type);
  const share = entry.columns === 'mean' ? 1 / columns : 1;
  const losses = eachRow(
    [rows],
    (r, loss) => {
      if (r < used) loss[0] = share * sum64(row(y!, r).map((value, j) => entry.value(value, row(t!, r)[j]!, params)));
    },
    rows,
  );
  const slopes = eachRow(y!.shape, (r, slope) => {
    if (r < used) slope.set(row(y!, r).map((value, j) => (share * entry.slope(value, row(t!, r)[j]!, params)) / used));
  });
  return [losses, slopes];
}

/** Losses [rows] and the slopes of their mean over the true rows. */
export function crossEntropy([logits, labels]: Inputs, { targets, smoothing }: CrossEntropyAttrs, node: Node, world: World): Tensor64[] {
  const [rows, classes] = rowsOf(logits!);
  const used = trueRows(world, node.inputs[0]!.type);
  const target = (r: number): Float64Array =>
    row(logits!, r).map((_, j) => {
      const share = targets === 'index' ? (labels!.data[r] === j ? 1 : 0) : row(labels!, r)[j]!;
      return (1 - smoothing) * share + smoothing / classes;
    });
  const losses = eachRow(
    [rows],
    (r, loss) => {
      if (r >= used) return;
      const x = row(logits!, r);
      const whole = logSumExp(x);
      loss[0] = sum64(target(r).map((q, j) => (q === 0 ? 0 : q * (whole - x[j]!))));
    },
    rows,
  );
  const slopes = eachRow(logits!.shape, (r, slope) => {
    if (r >= used) return;
    const q = target(r);
    const total = sum64(q);
    const whole = logSumExp(row(logits!, r));
    slope.set(row(logits!, r).map((value, j) => (Math.exp(value - whole) * total - q[j]!) / used));
  });
  return [losses, slopes];
}

/** [rows, columns] -> [rows] by a function of each row. */
export function reduction(f: (row: Float64Array) => number): (inputs: Inputs) => Tensor64[] {
  return ([x]) => [tensor64([x!.shape[0]!], (r) => f(row(x!, r)))];
}

/** y = (x - mean) / sqrt(variance + epsilon) per row, or x / sqrt(mean of squares + epsilon); the means and the inverse deviations. */
export function normalizeRows([x]: Inputs, { epsilon, centered }: NormalizeAttrs): Tensor64[] {
  const [rows, columns] = rowsOf(x!);
  const means = tensor64([rows], (r) => (centered ? sum64(row(x!, r)) / columns : 0));
  const inverses = tensor64([rows], (r) => 1 / Math.sqrt(sum64(row(x!, r).map((v) => (v - means.data[r]!) ** 2)) / columns + epsilon));
  return [eachRow(x!.shape, (r, y) => y.set(row(x!, r).map((v) => (v - means.data[r]!) * inverses.data[r]!))), means, inverses];
}

/** dx = inverse (dy - mean dy - y mean(dy y)), without the second term where the mean was left in. */
export function normalizeRowsGrad([dy, y, inverses]: Inputs, { centered }: { centered: boolean }): Tensor64[] {
  const [, columns] = rowsOf(y!);
  return [
    eachRow(y!.shape, (r, dx) => {
      const d = row(dy!, r);
      const normal = row(y!, r);
      const mean = centered ? sum64(d) / columns : 0;
      const along = sum64(d.map((v, j) => v * normal[j]!)) / columns;
      dx.set(d.map((v, j) => inverses!.data[r]! * (v - mean - normal[j]! * along)));
    }),
  ];
}
