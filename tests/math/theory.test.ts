// The constants of signal propagation theory, to six digits, from each activation's own definition.
import { describe, expect, it } from 'vitest';
import { normalisedMoments } from '../../src/inspect/theory/batch_norm.ts';
import { crossMoment, gaussianMean, LINEAR } from '../../src/inspect/theory/mean_field.ts';
import { gaussianMeasure, mean, sphereMeasure } from '../../src/inspect/theory/quadrature.ts';
import {
  backwardFactor,
  batchNormFactor,
  criticalGain,
  depthScale,
  fixedPoint,
  gainForDepth,
  type Nonlinearity,
  survivalDepth,
  varianceMap,
} from '../../src/inspect/theory.ts';
import { ACTIVATIONS, type Activation, type ActivationName } from '../../src/ops/activation_table.ts';

function activation(name: ActivationName, params: Record<string, number> = {}): Nonlinearity {
  const entry: Activation = ACTIVATIONS[name];
  const all = { ...entry.params, ...params };
  return { value: (x) => entry.value(x, all), derivative: (x) => entry.derivative(x, all), kinks: entry.kinks?.(all) };
}

const leaky = activation('leaky_relu', { alpha: 0.2 });
const relu = activation('relu');
const tanh = activation('tanh');
const sigmoid = activation('sigmoid');

describe('quadrature', () => {
  it('integrates moments of the Gaussian and of the sphere exactly', () => {
    const gauss = gaussianMeasure();
    for (const [power, moment] of [
      [0, 1],
      [1, 0],
      [2, 1],
      [4, 3],
      [8, 105],
    ] as const)
      expect(mean(gauss, (z) => z ** power)).toBeCloseTo(moment, 10);
    for (const batch of [4, 5, 8, 32, 100_000]) {
      expect(mean(sphereMeasure(batch), (z) => z * z)).toBeCloseTo(1, 10);
      expect(mean(sphereMeasure(batch), (z) => z ** 4)).toBeCloseTo((3 * (batch - 1)) / (batch + 1), 9);
    }
  });

  it('sees kinks away from 0, and steps far narrower than a panel', () => {
    const relu6 = activation('relu6');
    // E[min(max(x, 0), 6)²] with x = 4 z, against a midpoint rule of 4e6 points.
    expect(varianceMap(relu6, 16, 1)).toBeCloseTo(6.2277217, 6);
    // tanh of a huge input is the sign; its derivative is an integral of 4/3 over a density of 1 / (1e5 sqrt(2 pi)).
    expect(gaussianMean(tanh, 1e10, (x) => Math.tanh(x) ** 2)).toBeCloseTo(1, 4);
    expect(backwardFactor(tanh, 1e10, 1) * 1e5).toBeCloseTo(4 / 3 / Math.sqrt(2 * Math.PI), 6);
  });

  it("agrees with the closed form of two rectified Gaussians' product", () => {
    for (const rho of [-0.9, -0.5, 0, 0.3, 0.9, 0.99, 1]) {
      const angle = Math.acos(rho);
      expect(crossMoment(relu, 2, 2 * rho)).toBeCloseTo((2 * (Math.sin(angle) + (Math.PI - angle) * rho)) / (2 * Math.PI), rho === 0.99 ? 4 : 6);
    }
  });
});

describe('fixed points', () => {
  const table: [string, number, Nonlinearity, 'fixed' | 'zero' | 'diverges' | 'any', number, number][] = [
    ['linear', 1, LINEAR, 'any', 1, 1],
    ['linear', 2, LINEAR, 'diverges', Number.POSITIVE_INFINITY, 2],
    ['ReLU', 1, relu, 'zero', 0, 0.5],
    ['ReLU', 2, relu, 'any', 1, 1],
    ['leaky ReLU', 1, leaky, 'zero', 0, 0.52],
    ['leaky ReLU', 2, leaky, 'diverges', Number.POSITIVE_INFINITY, 1.04],
    ['tanh', 1, tanh, 'zero', 0, 1],
    ['tanh', 2, tanh, 'fixed', 0.617965, 1.105529],
    ['sigmoid', 1, sigmoid, 'fixed', 0.264687, 0.055721],
    ['sigmoid', 2, sigmoid, 'fixed', 0.55529, 0.100977],
    ['GELU', 1, activation('gelu'), 'zero', 0, 0.25],
    ['GELU', 2, activation('gelu'), 'zero', 0, 0.5],
    ['SiLU', 1, activation('silu'), 'zero', 0, 0.25],
    ['SiLU', 2, activation('silu'), 'zero', 0, 0.5],
    ['SELU', 1, activation('selu'), 'fixed', 1, 1.071575],
    ['SELU', 2, activation('selu'), 'diverges', Number.POSITIVE_INFINITY, 1.0507009873554805 ** 2],
  ];
  it.each(table)('%s at sw2 = %d', (_name, sw2, phi, kind, q, chi) => {
    const found = fixedPoint(phi, sw2);
    expect(found.kind).toBe(kind);
    if (Number.isFinite(q)) expect(Math.abs(found.q - q)).toBeLessThan(5.1e-7);
    else expect(found.q).toBe(q);
    expect(Math.abs(found.chi - chi)).toBeLessThan(5.1e-7);
  });

  it('is where iterating the map ends, bias included', () => {
    let q = 1;
    for (let i = 0; i < 300; i++) q = varianceMap(tanh, q, 1.3, 0.05);
    expect(fixedPoint(tanh, 1.3, 0.05).q).toBeCloseTo(q, 9);
    expect(fixedPoint(relu, 1, 0.5)).toMatchObject({ kind: 'fixed', q: expect.closeTo(1, 9), chi: expect.closeTo(0.5, 9) });
    expect(fixedPoint(LINEAR, 1, 0.1).kind).toBe('diverges');
  });
});

describe('critical gain', () => {
  it.each([
    ['linear', LINEAR, 1],
    ['ReLU', relu, 2],
    ['leaky ReLU', leaky, 1.923077],
    ['tanh', tanh, 1],
  ] as const)('%s', (_name, phi, gain) => {
    expect(Math.abs((criticalGain(phi) as number) - gain)).toBeLessThan(2e-6);
  });

  it('is near 103 for sigmoid, and chi is 1 there', () => {
    const gain = criticalGain(sigmoid) as number;
    expect(Math.round(gain)).toBe(103);
    expect(fixedPoint(sigmoid, gain).chi).toBeCloseTo(1, 6);
  });

  it('does not exist for GELU and SiLU without bias; there a gain for the depth keeps the gradient', () => {
    for (const name of ['gelu', 'silu'] as const) {
      const phi = activation(name);
      expect(criticalGain(phi)).toBeUndefined();
      const gain = gainForDepth(phi, 30) as number;
      expect(gain).toBeGreaterThan(1.5);
      expect(gain).toBeLessThan(3);
      let [q, product] = [gain, 1];
      for (let l = 1; l < 30; l++) {
        product *= backwardFactor(phi, q, gain);
        q = varianceMap(phi, q, gain);
      }
      expect(product).toBeCloseTo(1, 4);
    }
    expect(gainForDepth(relu, 50)).toBeCloseTo(2, 6);
  });

  it('tells how deep a gradient reaches', () => {
    expect(depthScale(0.5)).toBeCloseTo(1 / Math.LN2, 12);
    expect(depthScale(1)).toBe(Number.POSITIVE_INFINITY);
    // ReLU with sw2 = 1: rms halves every two layers, so a thousandth is left after 19.93.
    expect(survivalDepth(0.5)).toBeCloseTo(2 * Math.log2(1000), 9);
  });
});

describe('batch norm', () => {
  it('has the known factors for large batches', () => {
    expect(batchNormFactor(relu)).toBeCloseTo(Math.PI / (Math.PI - 1), 9);
    expect(Math.abs(batchNormFactor(relu) - 1.466942)).toBeLessThan(5.1e-7);
    expect(Math.abs(batchNormFactor(tanh) - 1.177807)).toBeLessThan(5.1e-7);
    expect(Math.abs(batchNormFactor(sigmoid) - 1.033592)).toBeLessThan(5.1e-7);
  });

  it('is (B - 2) / (B - 3) for a linear network', () => {
    for (const batch of [4, 5, 8, 32, 1000]) expect(batchNormFactor(LINEAR, batch)).toBeCloseTo((batch - 2) / (batch - 3), 8);
    expect(batchNormFactor(LINEAR, 3)).toBe(Number.POSITIVE_INFINITY);
  });

  it('gets worse as the batch shrinks', () => {
    // THEORY's table says 1.7914, 1.5221, 1.4787. Sampling the sphere (2e6 to 8e6 draws) gives 1.7885 +- 0.0004, 1.5217 +- 0.0004, 1.4812 +- 0.0007:
    // the table's figures are measurements, good to 0.2 %.
    expect(batchNormFactor(relu, 8)).toBeCloseTo(1.78819, 5);
    for (const [batch, table] of [
      [8, 1.7914],
      [32, 1.5221],
      [128, 1.4787],
    ] as const)
      expect(Math.abs(batchNormFactor(relu, batch) / table - 1)).toBeLessThan(2e-3);
    expect(batchNormFactor(relu, 1e6)).toBeCloseTo(batchNormFactor(relu), 4);
  });

  it('matches draws from the sphere for an activation with a kink and a curve', () => {
    const elu = activation('elu');
    const { second, cross } = normalisedMoments(elu, 6);
    // Moments of six normalised Gaussians by a fixed sequence of 60,000 batches.
    let seed = 1;
    const uniform = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed + 0.5) / 2 ** 32;
    };
    let [squares, products] = [0, 0];
    const draws = 60_000;
    for (let draw = 0; draw < draws; draw++) {
      const row = Array.from({ length: 6 }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
      const centre = row.reduce((a, b) => a + b) / 6;
      const scale = Math.sqrt(row.reduce((sum, x) => sum + (x - centre) ** 2, 0) / 6);
      const h = row.map((x) => elu.value((x - centre) / scale));
      const sum = h.reduce((a, b) => a + b);
      const square = h.reduce((a, b) => a + b * b, 0);
      squares += square / 6;
      products += (sum * sum - square) / 30;
    }
    expect(Math.abs(squares / draws - second)).toBeLessThan(0.003);
    expect(Math.abs(products / draws - cross)).toBeLessThan(0.003);
  });
});
