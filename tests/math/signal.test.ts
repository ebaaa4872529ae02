// Predictions against real networks: random weights, forward and backward in float64, a few seeds.
import { describe, expect, it } from 'vitest';
import { LINEAR } from '../../src/inspect/theory/mean_field.ts';
import { batchNormFactor, type LayerPrediction, type Nonlinearity, predictSignal, type SignalStep } from '../../src/inspect/theory.ts';
import { Random } from '../../src/random.ts';

const relu: Nonlinearity = { value: (x) => Math.max(0, x), derivative: (x) => (x > 0 ? 1 : 0) };
const tanh: Nonlinearity = { value: Math.tanh, derivative: (x) => 1 - Math.tanh(x) ** 2 };

/** Rows of samples: matrix[row * width + unit]. */
type Matrix = { data: Float64Array; rows: number; width: number };
type Backward = (gradient: Float64Array) => Float64Array;
interface Measured {
  q: number;
  norm: number;
}

/** One pass through a network with the given steps; `measured` receives mean z² and |dL/dz|² by layer name. */
function simulate(steps: readonly SignalStep[], x: Matrix, random: Random, measured: Map<string, Measured>): { y: Matrix; back: Backward } {
  let at = x;
  const backs: Backward[] = [];
  const square = (values: Float64Array): number => values.reduce((sum, v) => sum + v * v, 0);
  steps.forEach((step, index) => {
    const { data, rows, width } = at;
    const next = steps[index + 1];
    let name = step.kind === 'dense' && !next?.kind.endsWith('_norm') ? step.name : undefined;
    if (step.kind === 'dense') {
      const w = Float64Array.from({ length: step.fanIn * step.width }, () => random.normal() * Math.sqrt(step.sw2 / step.fanIn));
      const b = Float64Array.from({ length: step.width }, () => random.normal() * Math.sqrt(step.sb2 ?? 0));
      const out = new Float64Array(rows * step.width);
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < step.width; j++) {
          let sum = b[j] as number;
          for (let i = 0; i < step.fanIn; i++) sum += w[j * step.fanIn + i]! * data[r * width + i]!;
          out[r * step.width + j] = sum;
        }
      at = { data: out, rows, width: step.width };
      backs.push((g) => {
        const dx = new Float64Array(rows * width);
        for (let r = 0; r < rows; r++)
          for (let j = 0; j < step.width; j++) {
            const up = g[r * step.width + j] as number;
            if (up !== 0) for (let i = 0; i < width; i++) dx[r * width + i] = dx[r * width + i]! + w[j * width + i]! * up;
          }
        return dx;
      });
    } else if (step.kind === 'activation') {
      const { value, derivative } = step.activation;
      at = { data: data.map(value), rows, width };
      backs.push((g) => g.map((up, i) => up * derivative(data[i]!)));
    } else if (step.kind === 'dropout') {
      const mask = data.map(() => (random.uniform() < step.keepProbability ? 1 / step.keepProbability : 0));
      at = { data: data.map((v, i) => v * mask[i]!), rows, width };
      backs.push((g) => g.map((up, i) => up * mask[i]!));
    } else if (step.kind === 'layer_norm' || step.kind === 'rms_norm') {
      const centred = step.kind === 'layer_norm' ? 1 : 0;
      const average = (values: Float64Array): number => values.reduce((a, b) => a + b) / values.length;
      const row = (values: Float64Array, r: number): Float64Array => values.subarray(r * width, (r + 1) * width);
      const out = new Float64Array(data.length);
      const scale = Array.from({ length: rows }, (_, r) => {
        const centre = centred * average(row(data, r));
        const inverse = 1 / Math.sqrt(average(row(data, r).map((v) => (v - centre) ** 2)) + (step.eps ?? 0));
        row(out, r).set(row(data, r).map((v) => (v - centre) * inverse));
        return inverse;
      });
      const before = steps[index - 1];
      if (before?.kind === 'dense') name = before.name;
      at = { data: out, rows, width };
      backs.push((g) => {
        const dx = new Float64Array(g.length);
        for (let r = 0; r < rows; r++) {
          const [gs, zs] = [row(g, r), row(out, r)];
          const [centre, along] = [centred * average(gs), average(gs.map((v, i) => v * zs[i]!))];
          row(dx, r).set(gs.map((v, i) => scale[r]! * (v - centre - zs[i]! * along)));
        }
        return dx;
      });
    } else if (step.kind === 'batch_norm') {
      const out = new Float64Array(data.length);
      const scale = new Float64Array(width);
      const column = (values: Float64Array, u: number): number[] => Array.from({ length: rows }, (_, r) => values[r * width + u] as number);
      const average = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
      for (let u = 0; u < width; u++) {
        const values = column(data, u);
        const centre = average(values);
        scale[u] = 1 / Math.sqrt(average(values.map((v) => (v - centre) ** 2)));
        values.forEach((v, r) => {
          out[r * width + u] = (v - centre) * scale[u]!;
        });
      }
      const before = steps[index - 1];
      if (before?.kind === 'dense') name = before.name;
      at = { data: out, rows, width };
      backs.push((g) => {
        const dx = new Float64Array(g.length);
        for (let u = 0; u < width; u++) {
          const [gs, zs] = [column(g, u), column(out, u)];
          const [centre, along] = [average(gs), average(gs.map((v, r) => v * zs[r]!))];
          gs.forEach((v, r) => {
            dx[r * width + u] = scale[u]! * (v - centre - zs[r]! * along);
          });
        }
        return dx;
      });
    } else if (step.kind === 'residual') {
      const scale = step.scale ?? 1;
      const shortcut = step.projection
        ? simulate(
            [{ kind: 'dense', name: '', fanIn: width, width: (step.branch.at(-1) as { width: number }).width, sw2: step.projection.sw2 }],
            at,
            random,
            new Map(),
          )
        : undefined;
      const branch = simulate(step.branch, at, random, measured);
      at = { ...branch.y, data: branch.y.data.map((v, i) => scale * v + ((shortcut?.y.data ?? data)[i] as number)) };
      backs.push((g) => {
        const dx = branch.back(g.map((up) => up * scale));
        const through = shortcut ? shortcut.back(g) : g;
        return dx.map((v, i) => v + through[i]!);
      });
    }
    if (name !== undefined) {
      const site = { q: square(at.data) / at.data.length, norm: 0 };
      measured.set(name, site);
      backs.push((g) => {
        site.norm = square(g);
        return g;
      });
    }
  });
  return { y: at, back: (gradient) => backs.reduceRight((g, back) => back(g), gradient) };
}

/**
 * Prediction against the mean over `seeds` networks: the largest difference of ln q, the largest of ln(rms delta), and that of the first layer
 * per layer crossed.
 */
function deviation(steps: readonly SignalStep[], rows: number, fanIn: number, seeds: number): { q: number; delta: number; perLayer: number } {
  const predicted = predictSignal(steps, 1);
  const logs = predicted.map(() => ({ q: 0, rms: 0 }));
  for (let seed = 1; seed <= seeds; seed++) {
    const random = new Random(seed);
    const measured = new Map<string, Measured>();
    const net = simulate(steps, { data: Float64Array.from({ length: rows * fanIn }, () => random.normal()), rows, width: fanIn }, random, measured);
    net.back(net.y.data.map(() => random.normal()));
    predicted.forEach((layer, l) => {
      const { q, norm } = measured.get(layer.name) as Measured;
      const log = logs[l] as { q: number; rms: number };
      log.q += Math.log(q) / seeds;
      log.rms += Math.log(norm / layer.width) / 2 / seeds;
    });
  }
  const last = predicted.findLastIndex((layer) => layer.delta === 1);
  const offs = predicted.map((layer, l) => {
    const log = logs[l] as { q: number; rms: number };
    return { q: Math.abs(log.q - Math.log(layer.q)), delta: Math.abs(log.rms - (logs[last] as { rms: number }).rms - Math.log(layer.delta)) };
  });
  return { q: Math.max(...offs.map((off) => off.q)), delta: Math.max(...offs.map((off) => off.delta)), perLayer: (offs[0] as { delta: number }).delta / last };
}

const dense = (l: number, fanIn: number, width: number, sw2: number, sb2 = 0): SignalStep => ({ kind: 'dense', name: `dense_${l}`, fanIn, width, sw2, sb2 });
const act = (activation: Nonlinearity): SignalStep => ({ kind: 'activation', activation });
/** `widths[0]` inputs, hidden layers, an output layer of `widths.at(-1)`. */
const stack = (widths: number[], sw2: number, phi: Nonlinearity, extra: SignalStep[] = [], sb2 = 0): SignalStep[] =>
  widths.slice(1).flatMap((width, l) => {
    const layer = dense(l, widths[l] as number, width, sw2, sb2);
    return l === widths.length - 2
      ? [layer]
      : [layer, ...extra.filter((step) => step.kind.endsWith('_norm')), act(phi), ...extra.filter((step) => step.kind === 'dropout')];
  });

// ln q of one ReLU network of width N strays by sqrt(5 / N) per layer, 0.16 at N = 192; five seeds leave 0.2 over eight layers.
describe('predictSignal against networks', () => {
  it.each([
    ['tanh, sw2 = 2', stack(Array(9).fill(192), 2, tanh), 0.06, 0.01],
    ['tanh with bias', stack(Array(9).fill(192), 1.5, tanh, [], 0.1), 0.1, 0.01],
    ['ReLU, He', stack(Array(9).fill(192), 2, relu), 0.2, 0.015],
    ['ReLU, rectangular', stack([64, 256, 96, 256, 96, 256, 10], 1, relu), 0.2, 0.02],
    ['ReLU with dropout', stack(Array(7).fill(192), 1, relu, [{ kind: 'dropout', keepProbability: 0.5 }]), 0.25, 0.02],
    ['tanh with layer norm', stack(Array(9).fill(192), 3, tanh, [{ kind: 'layer_norm' }]), 0.06, 0.02],
    ['ReLU with layer norm', stack(Array(9).fill(192), 0.5, relu, [{ kind: 'layer_norm' }]), 0.06, 0.02],
    ['ReLU with layer norm whose eps counts', stack(Array(5).fill(192), 0.5, relu, [{ kind: 'layer_norm', eps: 0.5 }]), 0.1, 0.02],
    ['tanh with RMS norm', stack(Array(9).fill(192), 3, tanh, [{ kind: 'rms_norm' }]), 0.06, 0.02],
    ['ReLU with RMS norm whose eps counts', stack(Array(5).fill(192), 0.5, relu, [{ kind: 'rms_norm', eps: 0.5 }]), 0.1, 0.02],
    ['ReLU with batch norm', stack(Array(9).fill(192), 1, relu, [{ kind: 'batch_norm', batch: 12 }]), 0.05, 0.02],
  ] as [string, SignalStep[], number, number][])('%s', (_name, steps, q, perLayer) => {
    const first = steps[0] as { fanIn: number };
    const worst = deviation(steps, 12, first.fanIn, 5);
    expect(worst.q).toBeLessThan(q);
    expect(worst.delta).toBeLessThan(0.15);
    expect(worst.perLayer).toBeLessThan(perLayer);
  });

  it('residual blocks, scaled, plain and with a projection', () => {
    const block = (l: number, scale: number): SignalStep => ({ kind: 'residual', scale, branch: [act(relu), dense(l, 160, 160, 2)] });
    const steps: SignalStep[] = [
      dense(0, 160, 160, 1),
      ...[1, 2, 3, 4].map((l) => block(l, 1)),
      { kind: 'residual', projection: { sw2: 1 }, branch: [act(tanh), dense(5, 160, 80, 2), act(relu), dense(6, 80, 120, 2)] },
      act(tanh),
      dense(7, 120, 10, 1),
    ];
    const worst = deviation(steps, 12, 160, 5);
    expect(worst.q).toBeLessThan(0.1);
    expect(worst.delta).toBeLessThan(0.1);
    expect(worst.perLayer).toBeLessThan(0.02);
  });
});

describe('predictSignal', () => {
  const trunk = (depth: number, scale: number): { q: number; gradient: number } => {
    const steps: SignalStep[] = [
      dense(0, 8, 8, 1),
      ...Array.from({ length: depth }, (_, l): SignalStep => ({ kind: 'residual', scale, branch: [act(relu), dense(l + 1, 8, 8, 2)] })),
      dense(99, 8, 8, 1),
    ];
    const layers = predictSignal(steps, 1);
    return { q: (layers.at(-1) as { q: number }).q, gradient: ((layers[0] as { delta: number }).delta / (layers.at(-1) as { delta: number }).delta) ** 2 };
  };

  it('multiplies by (1 + a²) per residual block in both directions', () => {
    expect(trunk(10, 1).q).toBeCloseTo(1024, 6);
    expect(trunk(10, 1).gradient).toBeCloseTo(1024, 6);
    expect(trunk(100, 0.1).q).toBeCloseTo(1.01 ** 100, 8);
    expect(trunk(3, 0)).toEqual({ q: expect.closeTo(1, 12), gradient: expect.closeTo(1, 12) });
  });

  it('applies chi to squared norms and widths to mean squares', () => {
    const [first, second, output] = predictSignal(stack([50, 100, 25, 5], 2, relu), 1) as [Required<LayerPrediction>, LayerPrediction, LayerPrediction];
    expect(first.chi).toBeCloseTo(1, 9);
    expect(first.delta).toBeCloseTo(Math.sqrt(25 / 100), 9);
    expect(second.delta).toBe(1);
    expect(output.chi).toBeUndefined();
  });

  it('settles at the factor of batch norm for its batch', () => {
    const layers = predictSignal(stack(Array(12).fill(64), 3.3, relu, [{ kind: 'batch_norm', batch: 16 }]), 1);
    expect((layers[5] as { chi: number }).chi).toBeCloseTo(batchNormFactor(relu, 16), 9);
    expect(layers.slice(0, -1).every((layer) => layer.q === 1)).toBe(true);
    // A batch norm whose input has another scale: ReLU ahead of it, sw2 9 instead of 1, same gradient.
    const mixed = (sw2: number): number =>
      (predictSignal([dense(0, 4, 4, sw2), act(relu), dense(1, 4, 4, sw2), { kind: 'batch_norm' }, act(relu), dense(2, 4, 1, 1)], 1)[0] as { chi: number }).chi;
    expect(mixed(9) * 9).toBeCloseTo(mixed(1), 9);
  });

  it('stays a number where the signal overflows', () => {
    const layers = predictSignal(stack(Array(200).fill(8), 1e4, LINEAR), 1);
    expect(layers.every((layer) => layer.q > 0 && Number.isFinite(layer.q) && !Number.isNaN(layer.delta))).toBe(true);
    expect(predictSignal([], 1)).toEqual([]);
  });

  it('says what it does not know, and does not pass over it', () => {
    const steps = (between: readonly SignalStep[]): SignalStep[] => [
      ...[dense(0, 8, 8, 2), act(relu), dense(1, 8, 8, 2), ...between, act(relu), dense(2, 8, 8, 2)],
      ...([{ kind: 'batch_norm' }, act(relu), dense(3, 8, 8, 2), act(relu), dense(4, 8, 3, 1)] as SignalStep[]),
    ];
    const known = predictSignal(steps([]), 1);
    const found = predictSignal(steps([{ kind: 'unknown', name: 'noise_1' }]), 1);
    // Before it q and the factors between layers are as ever, and no gradient is in proportion to those after it.
    expect(found.slice(0, 2).map(({ q, unknown }) => [q, unknown])).toEqual(known.slice(0, 2).map(({ q }) => [q, undefined]));
    expect(found[0]!.chi).toBeCloseTo(known[0]!.chi!, 12);
    expect(found.slice(0, 2).map(({ delta }) => delta)).toEqual([Number.NaN, Number.NaN]);
    expect(found[1]!.chi).toBeUndefined();
    // Batch norm makes the variance known again; the layers after it are as ever.
    expect(found.slice(2)).toEqual(known.slice(2));
    // Without it nothing is known any more.
    const last = predictSignal([dense(0, 8, 8, 2), { kind: 'unknown', name: 'noise_1' }, act(tanh), dense(1, 8, 8, 2), dense(2, 8, 3, 1)], 1);
    expect(last.map(({ q, unknown }) => [q, unknown])).toEqual([
      [2, undefined],
      [Number.NaN, 'noise_1'],
      [Number.NaN, 'noise_1'],
    ]);
    // In a branch it makes the sum unknown, and the gradient before the block.
    const block = predictSignal(
      [
        dense(0, 8, 8, 1),
        { kind: 'residual', branch: [{ kind: 'unknown', name: 'odd_1', layer: { name: 'odd_1', width: 8 } }] },
        dense(1, 8, 8, 1),
        dense(2, 8, 3, 1),
      ],
      1,
    );
    expect(block.map(({ name, q, unknown, delta }) => [name, q, unknown, delta])).toEqual([
      ['dense_0', 1, undefined, Number.NaN],
      ['odd_1', Number.NaN, 'odd_1', 1],
      ['dense_1', Number.NaN, 'odd_1', 1],
      ['dense_2', Number.NaN, 'odd_1', expect.any(Number)],
    ]);
  });

  it('refuses numbers without sense', () => {
    expect(() => predictSignal([dense(3, 4, 4, -1)], 1)).toThrow(/dense_3\.sw2.*of at least 0.*-1/);
    expect(() => predictSignal([{ kind: 'dropout', keepProbability: 0 }], 1)).toThrow(/\(0, 1\].*0/);
    expect(() => predictSignal([{ kind: 'batch_norm', batch: 2 }], 1)).toThrow(/at least 3 rows/);
    expect(() => predictSignal([], Number.NaN)).toThrow(/inputMeanSquare/);
  });
});
