import { describe, expect, test } from 'vitest';
import { parseExperiment } from '../../src/experiment/schema.ts';
import * as root from '../../src/index.ts';
import { ACTIVATIONS, type Activation, type ActivationName, type ActivationParams } from '../../src/ops/activation_table.ts';
import { activationAttrs, customActivation } from '../../src/ops/activations.ts';
import { normalCdf } from '../../src/ops/normal.ts';
import { UNARY } from '../../src/ops/unary_table.ts';

const TABLE: Readonly<Record<string, Activation>> = { ...ACTIVATIONS, ...UNARY };

/** Parameters to try besides the defaults. */
const OTHER_PARAMS: Readonly<Record<string, ActivationParams>> = {
  leaky_relu: { alpha: 0.2 },
  elu: { alpha: 0.5 },
  selu: { alpha: 2, scale: 3 },
  celu: { alpha: 2 },
  hard_sigmoid: { alpha: 0.2, beta: 0.6 },
  softplus: { beta: 2, threshold: 5 },
  softshrink: { lambda: 0.1 },
  clip: { min: -0.75, max: 0.5 },
};

const cases = Object.entries(TABLE).flatMap(([name, entry]) => [
  { name, entry, params: entry.params },
  ...(OTHER_PARAMS[name] ? [{ name, entry, params: { ...entry.params, ...OTHER_PARAMS[name] } }] : []),
]);

/** Points from -12 to 12 that are inside the domain and away from its ends and the kinks. */
function points(entry: Activation, params: ActivationParams): number[] {
  const [low, high] = entry.domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const avoid = [low, high, ...(entry.kinks?.(params) ?? [])];
  return Array.from({ length: 481 }, (_, i) => -12 + i * 0.05).filter((x) => x > low && x < high && avoid.every((a) => Math.abs(x - a) > 0.01));
}

test('each activation with parameters is tried with others too', () => {
  expect(Object.keys(OTHER_PARAMS).sort()).toEqual(
    Object.keys(TABLE)
      .filter((name) => Object.keys(TABLE[name]!.params).length > 0)
      .sort(),
  );
});

/** Functions that are steps. */
const STEPS = ['sign', 'floor', 'ceil', 'round'];

describe.each(cases)('$name $params', ({ name, entry, params }) => {
  test('the derivative is that of differences', () => {
    for (const x of points(entry, params)) {
      const step = 1e-5 * Math.min(1, Math.abs(x) + 0.01);
      const difference = (entry.value(x + step, params) - entry.value(x - step, params)) / (2 * step);
      const error = Math.abs(entry.derivative(x, params) - difference) / Math.max(1, Math.abs(difference));
      expect(error, `at ${x}: derivative ${entry.derivative(x, params)}, difference ${difference}`).toBeLessThan(1e-7);
    }
  });

  test('the value has no jump, and the derivative one only at the kinks', () => {
    const jump = STEPS.includes(name) ? 2 : 0;
    const at = entry.kinks?.(params).filter((k) => Number.isFinite(entry.value(k, params)) && Math.abs(k) < 1e30) ?? [];
    // softplus is left at its threshold for x itself, log(1 + exp(-threshold)) / beta away.
    const gap = 'threshold' in params ? Math.exp(-params.threshold!) : 0;
    for (const kink of at) {
      expect(Math.abs(entry.value(kink + 1e-9, params) - entry.value(kink - 1e-9, params))).toBeLessThan(1e-8 + gap + jump);
      const derivatives = [entry.derivative(kink - 1e-9, params), entry.derivative(kink + 1e-9, params)];
      const chosen = entry.derivative(kink, params);
      expect(chosen).toBeGreaterThanOrEqual(Math.min(...derivatives) - 1e-8);
      expect(chosen).toBeLessThanOrEqual(Math.max(...derivatives) + 1e-8);
    }
  });

  test('its promises about the output hold', () => {
    for (const x of points(entry, params)) {
      const y = entry.value(x, params);
      const derivative = entry.derivative(x, params);
      if (entry.deadAtZero && y === 0) expect(derivative).toBe(0);
      const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = entry.saturation?.(params) ?? {};
      if (y < low || y > high) expect(derivative).toBeLessThan(0.06);
    }
  });
});

test.each(Object.entries(ACTIVATIONS as Record<string, Activation>))('%s is finite from -1e4 to 1e4', (_name, entry) => {
  for (const x of [1e-300, 1, 20, 89, 710, 1e4].flatMap((m) => [m, -m]).concat(0)) {
    expect(Number.isFinite(entry.value(x, entry.params)), `value at ${x}`).toBe(true);
    expect(Number.isFinite(entry.derivative(x, entry.params)), `derivative at ${x}`).toBe(true);
  }
});

// Value and derivative with 40 digits in mpmath 1.2.1, tails included.
test.each([
  ['gelu', -8, -4.976768459417427e-15, -3.979607261086796e-14],
  ['gelu', -1, -0.1586552539314571, -0.0833154705876863],
  ['gelu', 3, 2.99595030590511, 1.011945647204184],
  ['gelu_tanh', -8, -3.107782937501111e-21, -4.714784504106842e-20],
  ['gelu_tanh', -1, -0.1588080093917233, -0.08296408384578256],
  ['gelu_tanh', 3, 2.996362607918227, 1.01158416663097],
  ['silu', -8, -0.002682801043731825, -0.002346551235585316],
  ['silu', 0.5, 0.3112296656009273, 0.7399611873026518],
  ['mish', -8, -0.002683250882546538, -0.002347394381605294],
  ['mish', 0.5, 0.3752452113048951, 0.8864243753577273],
  ['sigmoid', -8, 0.0003353501304664781, 0.0003352376707564742],
  ['sigmoid', 3, 0.9525741268224333, 0.04517665973091213],
  ['tanh', -8, -0.999999774929676, 4.501405975637292e-7],
  ['tanh', 0.5, 0.4621171572600098, 0.7864477329659274],
  ['softplus', -8, 0.0003354063728957688, 0.0003353501304664781],
  ['softplus', 3, 3.048587351573742, 0.9525741268224333],
  ['log_sigmoid', -8, -8.000335406372896, 0.9996646498695335],
  ['log_sigmoid', 3, -0.04858735157374206, 0.04742587317756678],
  ['elu', -8, -0.9996645373720975, 0.0003354626279025118],
  ['selu', -1, -1.111330737812563, 0.6467686030348141],
  ['selu', 0.5, 0.5253504936777402, 1.05070098735548],
] as const)('%s at %d', (name, x, value, derivative) => {
  const entry: Activation = ACTIVATIONS[name];
  expect(entry.value(x, entry.params) / value).toBeCloseTo(1, 12);
  expect(entry.derivative(x, entry.params) / derivative).toBeCloseTo(1, 12);
});

// PyTorch's choices, which training runs depend on: units that start at exactly 0 (zero weights, zero inputs) sit on the kink.
test.each([
  ['relu', 0, 0],
  ['leaky_relu', 0, 0.01],
  ['elu', 0, 1],
  ['selu', 0, 1.7580993408473766],
  ['relu6', 6, 0],
  ['hard_sigmoid', 3, 0],
  ['softshrink', 0.5, 0],
  ['abs', 0, 0],
  ['sign', 0, 0],
  ['floor', 1, 0],
] as const)('the derivative of %s at its kink %d is %d', (name, x, derivative) => {
  const entry = TABLE[name]!;
  expect(entry.derivative(x, entry.params)).toBeCloseTo(derivative, 12);
});

test('the normal distribution in both tails, with mpmath', () => {
  const known: [number, number][] = [
    [-30, 4.906713927148187e-198],
    [-3, 0.001349898031630095],
    [-2.999, 0.001354336533727106],
    [0, 0.5],
    [1, 0.8413447460685429],
  ];
  for (const [x, p] of known) expect(normalCdf(x) / p).toBeCloseTo(1, 12);
});

test('a parameter below its least value is refused by name', () => {
  expect(() => activationAttrs('leaky_relu', { alpha: -0.1 })).toThrow(/leaky_relu: alpha: .*at least 0.*-0\.1/);
  expect(() => activationAttrs('softplus', { beta: 0 })).toThrow(/softplus: beta/);
  expect(activationAttrs('elu', { alpha: -1 }).params).toEqual({ alpha: -1 });
});

test('parameters are options of one table, in programs and documents', () => {
  expect(() => activationAttrs('elu', { alhpa: 1 } as never)).toThrow('elu: unknown option alhpa; did you mean "alpha"?');
  expect(() => activationAttrs('tanh', { alpha: 1 })).toThrow('tanh: unknown option alpha; it has none');
  for (const given of [null, [], 'x', 3]) expect(() => activationAttrs('elu', given as never)).toThrow('elu: expected options (alpha)');
  expect(() => activationAttrs('elu', { alpha: 1e39 })).toThrow('elu: alpha: expected a number that 32 bits hold');
  const document = (name: string, params: object) => ({
    data: { source: 'generator', name: 'moons' },
    model: {
      layers: [
        { type: 'activation', name, params },
        { type: 'dense', units: 2 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
  expect(() => parseExperiment(document('leaky_relu', { alpha: -0.1 }))).toThrow('model.layers[0].params.alpha: expected a number of at least 0, got -0.1');
  expect(() => parseExperiment(document('leaky_relu', { slope: 0.1 }))).toThrow('params.slope: unknown parameter; leaky_relu has alpha');
  expect(parseExperiment(document('softplus', { beta: 2 })).model.layers[0]).toEqual({ type: 'activation', name: 'softplus', params: { beta: 2 } });
});

test.each(Object.entries(ACTIVATIONS as Record<string, Activation>))(
  '%s has ranges of parameters that it has, which hold its defaults',
  (name, { params, ranges = {}, file }) => {
    expect(file).toBe(`activations/${name}`);
    expect(Object.keys(params)).toEqual(expect.arrayContaining(Object.keys(ranges)));
    expect(activationAttrs(name, params).params).toEqual(params);
    expect(Object.values<unknown>(root).map((each) => (each as { activation?: Activation }).activation)).toContain(ACTIVATIONS[name as ActivationName]);
  },
);

test('saturation may depend on the parameters', () => {
  const wgsl = 'override LIMIT: f32; fn act(x: vec4f) -> vec4f { return clamp(x, vec4f(-LIMIT), vec4f(LIMIT)); } fn act_grad(x: vec4f) -> vec4f { return x; }';
  const definition = { wgsl, params: { limit: 2 }, value: (x: number) => x, derivative: () => 1 };
  const hard = customActivation('hard', { ...definition, saturation: ({ limit }) => ({ low: -limit!, high: limit! }) });
  expect(hard.saturation!({ limit: 3 })).toEqual({ low: -3, high: 3 });
  expect(customActivation('hard', { ...definition, saturation: { high: 1 } }).saturation!({})).toEqual({ high: 1 });
  expect(() => customActivation('hard', { ...definition, saturation: { hihg: 1 } as never })).toThrow(
    'wgslActivation hard: unknown option saturation.hihg; did you mean "high"?',
  );
  expect(() => customActivation('hard', { ...definition, saturation: 3 as never })).toThrow('wgslActivation hard: saturation: expected { low, high }');
});
