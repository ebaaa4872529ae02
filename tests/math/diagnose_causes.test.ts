// Rules about causes in data, labels, output layer, penalties and structure, on either side of their levels; and that they let be what learned.
import { describe, expect, it } from 'vitest';
import { diagnose, type RuleId } from '../../src/inspect/diagnose/index.ts';
import type { InputFacts, LayerFacts, OutputFacts, RunFacts, TargetFacts } from '../../src/inspect/facts.ts';
import { ask, chance, checks, history, layers, type Shape, stuckLoss } from '../support/synthetic_history.ts';

const input = (more: Partial<InputFacts> = {}): InputFacts => ({
  name: 'input',
  rows: 200,
  columns: 8,
  meanSquare: 1,
  min: -3,
  max: 3,
  constantColumns: 0,
  duplicateColumns: 0,
  offCentre: { value: 0.1, column: 2 },
  smallestStd: { value: 0.9, column: 1 },
  largestStd: { value: 1.1, column: 4 },
  ...more,
});
const classes = (counts: number[]): TargetFacts => ({
  kind: 'classes',
  rows: counts.reduce((a, b) => a + b),
  columns: 1,
  min: 0,
  max: counts.length - 1,
  mean: 1,
  variance: 1,
  counts,
});
const numbers = (min: number, max: number, more: Partial<TargetFacts> = {}): TargetFacts => ({
  kind: 'values',
  rows: 200,
  columns: 1,
  min,
  max,
  mean: (min + max) / 2,
  variance: (max - min) ** 2 / 12,
  ...more,
});
const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const output = (more: Partial<OutputFacts> = {}): OutputFacts => ({
  name: 'output',
  loss: 'softmax_cross_entropy',
  task: 'classification',
  units: 10,
  activation: 'linear',
  range: ALL,
  targets: classes(new Array(10).fill(20)),
  baselineLoss: chance,
  baselineAccuracy: 0.1,
  ...more,
});
const regression = (targets: TargetFacts, more: Partial<OutputFacts> = {}): OutputFacts =>
  output({ loss: 'mse', task: 'regression', units: targets.columns, targets, baselineLoss: targets.variance, ...more });

/** Ten classes, at chance unless it is told to have learned. */
const run = (facts: RunFacts, more: Partial<Shape> = {}): Shape => ({
  layers: layers(2),
  steps: 100,
  loss: stuckLoss,
  facts: { inputs: [input()], outputs: [output()], training: training(), ...facts },
  ...more,
});
const training = (more: Partial<RunFacts['training']> = {}): NonNullable<RunFacts['training']> => ({
  optimizer: 'adam',
  learningRate: 0.01,
  weightDecay: 0,
  decoupled: false,
  batchSize: 32,
  rows: 200,
  ...more,
});
/** A regression, at the variance of its targets. */
const values = (given: OutputFacts, more: Partial<Shape> = {}): Shape =>
  run({ outputs: [given] }, { loss: () => given.baselineLoss!, task: { kind: 'regression', baselineLoss: given.baselineLoss! }, ...more });
const learns = (at = chance) => ({ loss: (t: number): number => at * Math.exp(-t / 10) });
const half = (t: number): number => chance * (1 - 0.4 * (t / 100));

describe('inputs', () => {
  it('as measured, far from the centre, tiny, or of several scales', () => {
    const of = (more: Partial<InputFacts>, shape: Partial<Shape> = {}) => ask('inputs_not_scaled', run({ inputs: [input(more)] }, shape));
    expect(of({})).toBeUndefined();
    expect(of({ meanSquare: 49, largestStd: { value: 9, column: 0 } })).toBeUndefined();
    expect(of({ meanSquare: 1e10, largestStd: { value: 5e4, column: 1 }, names: ['year', 'price'] })).toMatchObject({
      kind: 'large',
      severity: 'severe',
      remedies: ['standardise_inputs', 'batch_norm'],
      message: expect.stringContaining('column 1 (price)'),
    });
    expect(of({ meanSquare: 1e10 }, { loss: half })?.severity).toBe('warn');
    expect(of({ meanSquare: 1e10 }, learns())).toBeUndefined();
    expect(of({ offCentre: { value: 4, column: 2 } })).toBeUndefined();
    expect(of({ offCentre: { value: 30, column: 2 } })).toMatchObject({ kind: 'off_centre', evidence: { column: 2, offCentre: 30 } });
    expect(of({ meanSquare: 1e-6, largestStd: { value: 1e-3, column: 0 } })).toMatchObject({ kind: 'small' });
    expect(of({ smallestStd: { value: 0.005, column: 3 } })).toMatchObject({ kind: 'ratio', evidence: { column: 3 } });
    expect(of({ smallestStd: { value: 0.005, column: 3 }, columns: 64 })).toBeUndefined();
    expect(of({ constantColumns: 8, meanSquare: 1e6 })).toBeUndefined();
  });

  it('are let be behind a norm', () => {
    const net = (z: number, more = {}): Shape =>
      run(
        { inputs: [input({ columns: 64, meanSquare: 1e6 })] },
        { layers: layers(2, more), tensors: { z: () => ({ rms: z, std: z }), weight: () => ({ rms: 0.18 }) } },
      );
    expect(ask('inputs_not_scaled', net(1400))?.kind).toBe('large');
    expect(ask('inputs_not_scaled', net(1.4))).toBeUndefined();
    // A norm behind the weights does not help a column that drowns the others.
    expect(ask('inputs_not_scaled', net(1.4, { batchNorm: true }))?.kind).toBe('large');
  });

  it('that do not vary, or repeat others', () => {
    const of = (rule: RuleId, more: Partial<InputFacts>) => ask(rule, run({ inputs: [input(more)] }));
    expect(of('constant_columns', {})).toBeUndefined();
    expect(of('constant_columns', { constantColumns: 2 })).toMatchObject({ kind: 'some', severity: 'note' });
    expect(of('constant_columns', { constantColumns: 2, columns: 64 })).toBeUndefined();
    expect(of('constant_columns', { constantColumns: 64, columns: 64 })).toMatchObject({ kind: 'all', severity: 'severe' });
    expect(of('duplicate_columns', { duplicateColumns: 1 })).toMatchObject({ severity: 'note', evidence: { duplicateColumns: 1, columns: 8 } });
    // One that is large drowns the others, and is to blame where they are of usual size.
    const large = { constantColumns: 1, meanSquare: 2e6, max: 4000 };
    expect(of('constant_columns', large)).toMatchObject({ kind: 'large', severity: 'severe', evidence: { size: 4000 } });
    expect(of('constant_columns', { ...large, largestStd: { value: 900, column: 1 } })).toMatchObject({ kind: 'some', severity: 'note' });
    expect(ask('constant_columns', run({ inputs: [input(large)] }, learns()))).toMatchObject({ kind: 'some', severity: 'note' });
    expect(of('duplicate_columns', { duplicateColumns: 45, columns: 48 })).toMatchObject({ severity: 'severe' });
    expect(ask('duplicate_columns', run({ inputs: [input({ duplicateColumns: 45, columns: 48 })] }, learns()))).toBeUndefined();
    expect(of('duplicate_columns', { duplicateColumns: 1, rows: 2 })).toBeUndefined();
  });
});

describe('targets', () => {
  it('in their own unit', () => {
    const prices = regression(numbers(1e5, 9e5));
    expect(ask('targets_not_scaled', values(prices))).toMatchObject({ kind: 'large', severity: 'severe', remedies: ['scale_targets'] });
    expect(ask('targets_not_scaled', values(prices, learns(prices.baselineLoss)))).toBeUndefined();
    expect(ask('targets_not_scaled', values(regression(numbers(-3, 3))))).toBeUndefined();
    expect(ask('targets_not_scaled', values(regression(numbers(0, 0.001))))).toMatchObject({ kind: 'small' });
    expect(ask('targets_not_scaled', run({}))).toBeUndefined();
  });

  it('all the same', () => {
    expect(ask('constant_targets', values(regression(numbers(7, 7))))).toMatchObject({ severity: 'severe', evidence: { value: 7, rows: 200 } });
    expect(ask('constant_targets', run({ outputs: [output({ targets: classes([0, 0, 50]) })] }))).toMatchObject({ evidence: { value: 2 } });
    expect(ask('constant_targets', run({}))).toBeUndefined();
    // Rows of probabilities that are all alike vary within a row only.
    const even: TargetFacts = { ...numbers(0.5, 0.5), kind: 'probabilities', columns: 2, variance: 0.02 };
    expect(ask('constant_targets', run({ outputs: [output({ targets: even })] }))).toBeUndefined();
  });

  it('that the inputs do not tell', () => {
    const validated = (train: (k: number) => number, validation: (k: number) => number, rows = 200): Shape =>
      run({ outputs: [output({ targets: classes(new Array(10).fill(rows / 10)) })] }, { validations: checks(10, train, validation) });
    const byHeart = (k: number): number => chance * (1 - k / 11);
    const worse = (k: number): number => chance * (1.01 + k / 20);
    expect(ask('random_targets', validated(byHeart, worse))).toMatchObject({ kind: 'by_heart', severity: 'warn', remedies: [] });
    expect(ask('random_targets', validated(byHeart, worse, 50))).toBeUndefined();
    expect(
      ask(
        'random_targets',
        validated(byHeart, (k) => worse(k) * (k === 1 ? 0.9 : 1)),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'random_targets',
        validated(() => 3 * chance, worse),
      ),
    ).toBeUndefined();
    // Nor where new rows are answered far better than by the most frequent class, though a few that are surely wrong make the loss.
    const answered = (right: number): Shape => {
      const shape = validated(byHeart, worse);
      return { ...shape, validations: shape.validations!.map((each) => ({ ...each, validationAccuracy: right })) };
    };
    expect(ask('random_targets', answered(0.12))).toBeDefined();
    expect(ask('random_targets', answered(0.25))).toBeDefined();
    expect(ask('random_targets', answered(0.4))).toBeUndefined();
    // Nor of numbers where a few rows make most of the loss: with other new rows a network that learned may look like that.
    const ofHeavyTails = (error?: number): Shape => {
      const known = { ...regression(numbers(-3, 9)), validationBaselineLoss: 1, ...(error === undefined ? {} : { validationBaselineError: error }) };
      const shape = validated((k) => 1 - k / 11, (k) => 1.01 + k / 20); // biome-ignore format: one line
      return { ...shape, facts: { ...shape.facts, outputs: [{ ...known, baselineLoss: 1 }] } };
    };
    expect(ask('random_targets', ofHeavyTails(0.1))).toMatchObject({ kind: 'by_heart' });
    expect(ask('random_targets', ofHeavyTails(0.3))).toBeUndefined();
    expect(ask('random_targets', ofHeavyTails())).toBeUndefined();
    // Too few weights to learn them by heart.
    const small = validated(() => 0.97 * chance, worse);
    expect(ask('random_targets', small)).toMatchObject({ kind: 'unlearned', severity: 'warn' });
    expect(ask('random_targets', { ...small, steps: 60 })).toBeUndefined();
    // New rows may be easier than those of the training part: what knowing nothing costs there is the measure.
    const easier = validated(() => 0.97 * chance, () => 0.93 * chance); // biome-ignore format: one line
    expect(ask('random_targets', easier)).toBeUndefined();
    const [known] = easier.facts!.outputs!;
    expect(ask('random_targets', { ...easier, facts: { ...easier.facts, outputs: [{ ...known!, validationBaselineLoss: 0.92 * chance }] } })?.kind).toBe(
      'unlearned',
    );
  });
});

describe('labels', () => {
  const loss = (name: string, targets: TargetFacts, shape: Partial<Shape> = {}) =>
    ask('labels_do_not_fit_loss', run({ outputs: [output({ loss: name, units: 1, targets })] }, shape));

  it('outside of what the loss takes', () => {
    expect(loss('hinge', numbers(0, 1, { values: [0, 1], counts: [90, 110] }))).toMatchObject({ kind: 'range', severity: 'severe', remedies: ['loss'] });
    expect(loss('squared_hinge', numbers(0, 1, { values: [0, 1], counts: [90, 110] }), learns())?.severity).toBe('severe');
    expect(loss('hinge', numbers(-1, 1, { values: [-1, 1], counts: [90, 110] }))).toBeUndefined();
    expect(loss('hinge', classes([90, 110]))).toBeUndefined();
    expect(loss('bce_with_logits', numbers(-1, 1))).toMatchObject({ evidence: { min: -1, max: 1 } });
    expect(loss('bce_with_logits', numbers(0, 1))).toBeUndefined();
    expect(loss('softmax_cross_entropy', numbers(0, 9))?.kind).toBe('range');
    expect(loss('mse', numbers(-7, 9))).toBeUndefined();
  });

  it('that are classes, not amounts', () => {
    const species = numbers(0, 4, { values: [0, 1, 2, 3, 4], counts: [40, 40, 50, 30, 40] });
    const of = (targets: TargetFacts, more: Partial<Shape> = {}) => ask('labels_do_not_fit_loss', values(regression(targets), more));
    expect(of(species)).toMatchObject({ kind: 'classes', evidence: { classes: 5 } });
    expect(of(species, learns(species.variance))).toBeUndefined();
    expect(of(species, { loss: () => 100 * species.variance })).toBeUndefined();
    // More than half was learned, but the usual answer is nearer to another class.
    const even = { ...species, counts: [40, 40, 45, 35, 40] };
    expect(of(even, { loss: () => 0.3 })).toMatchObject({ kind: 'classes', severity: 'warn' });
    expect(of(even, { loss: () => 0.2 })).toBeUndefined();
    expect(of(species, { loss: () => 0.3 })).toBeUndefined();
    // Counts have a long tail.
    expect(of({ ...species, counts: [90, 60, 30, 15, 5] })).toBeUndefined();
    expect(of({ ...species, values: [0, 1, 3, 5, 9] })).toBeUndefined();
    expect(of({ ...species, values: [-2, -1, 0, 1, 2] })).toBeUndefined();
    expect(of(classes([30, 30, 30]))).toMatchObject({ evidence: { classes: 3 } });
  });

  it('that are classes, divided', () => {
    const thirds = numbers(0, 1, { values: [0, Math.fround(1 / 3), Math.fround(2 / 3), 1], counts: [40, 40, 50, 40] });
    expect(loss('bce_with_logits', thirds)).toMatchObject({ kind: 'classes', severity: 'severe', remedies: ['loss'] });
    expect(loss('mse', thirds)).toMatchObject({ kind: 'classes', evidence: { classes: 4 } });
    expect(loss('bce_with_logits', numbers(0, 1, { values: [0, 1], counts: [90, 90] }))).toBeUndefined();
    expect(loss('bce_with_logits', numbers(0, 1, { values: [0, 0.2, 1], counts: [60, 60, 60] }))).toBeUndefined();
    expect(loss('bce_with_logits', numbers(0, 1, { values: [0, 0.5, 1], counts: [90, 80, 4] }))).toBeUndefined();
  });

  it('that are classes, standardised', () => {
    const of = (counts: number[], deviations: number) => {
      const rows = counts.reduce((sum, count) => sum + count, 0);
      const mean = counts.reduce((sum, count, i) => sum + count * i, 0) / rows;
      const variance = counts.reduce((sum, count, i) => sum + count * (i - mean) ** 2, 0) / rows;
      const values = counts.map((_, i) => Math.fround(((i - mean) / Math.sqrt(variance)) * deviations));
      return loss('mse', numbers(values[0]!, values.at(-1)!, { values, counts, mean: 0, variance: deviations ** 2, rows }));
    };
    expect(of([50, 60, 70], 1)).toMatchObject({ kind: 'classes', evidence: { classes: 3 } });
    // Amounts that lie about 0 by themselves.
    expect(of([50, 60, 70], 2)).toBeUndefined();
    expect(of([90, 80, 4], 1)).toBeUndefined();
  });
});

describe('output_cannot_answer', () => {
  const of = (given: OutputFacts, more: Partial<Shape> = {}) => ask('output_cannot_answer', run({ outputs: [given] }, more));

  it('has too few units', () => {
    expect(of(output({ units: 1 }), { loss: () => 0 })).toMatchObject({ kind: 'one_unit', severity: 'severe', evidence: { units: 1 } });
    expect(of(output({ units: 4 }))).toMatchObject({ kind: 'few_units', evidence: { units: 4, classes: 10 } });
    expect(of(output({ units: 12 }))).toBeUndefined();
  });

  it('has more units that are never the answer than classes', () => {
    const few = (units: number): OutputFacts => output({ units, targets: classes([20, 0, 20, 20, ...new Array(units - 4).fill(0)]) });
    expect(of(few(6))).toMatchObject({ kind: 'many_units', severity: 'severe', evidence: { units: 6, classes: 3 } });
    expect(of(few(5))).toBeUndefined();
    expect(of(few(50), learns())).toBeUndefined();
  });

  it('is for another loss', () => {
    expect(of(output({ loss: 'bce_with_logits', units: 1, targets: numbers(0, 1) }))).toBeUndefined();
  });

  it('ends short of the targets', () => {
    const sigmoid = { activation: 'sigmoid', range: [0, 1] } as const;
    const relu = { activation: 'relu', range: [0, Number.POSITIVE_INFINITY] } as const;
    const asked = (targets: TargetFacts, more: Partial<OutputFacts>, fraction = 1) =>
      of(regression(targets, more), { loss: () => fraction * targets.variance, task: { kind: 'regression', baselineLoss: targets.variance } });
    expect(asked(numbers(0, 5), sigmoid)).toMatchObject({ kind: 'range', severity: 'severe', evidence: { low: 0, high: 1, max: 5 } });
    expect(asked(numbers(0, 5), sigmoid, 0.6)?.severity).toBe('warn');
    expect(asked(numbers(0, 5), sigmoid, 0.1)?.severity).toBe('note');
    expect(asked(numbers(0.1, 0.9), sigmoid)).toBeUndefined();
    expect(asked(numbers(-1, 1.1), { activation: 'tanh', range: [-1, 1] })).toBeUndefined();
    expect(asked(numbers(-2, 2), relu, 0.5)).toMatchObject({ kind: 'range', severity: 'warn', evidence: { high: 'Infinity' } });
    expect(asked(numbers(1, 2), relu)).toBeUndefined();
    expect(of(regression(numbers(1, 2), relu), { norm: () => 0, loss: () => 2, task: { kind: 'regression', baselineLoss: 0.1 } })).toMatchObject({
      kind: 'dead',
      severity: 'severe',
    });
  });

  it('is no logit', () => {
    const sigmoid = { activation: 'sigmoid', range: [0, 1] } as const;
    const binary = { loss: 'bce_with_logits', units: 1, targets: numbers(0, 1, { mean: 0.5, variance: 0.25 }), baselineLoss: Math.LN2 };
    expect(of(output({ ...binary, ...sigmoid }))).toMatchObject({
      kind: 'logits',
      severity: 'severe',
      // Half of the rows at ln 2, half at ln(1 + 1/e).
      evidence: { leastLoss: expect.closeTo((Math.LN2 + Math.log1p(Math.exp(-1))) / 2, 9) },
    });
    expect(of(output(binary))).toBeUndefined();
    expect(of(output({ activation: 'softmax', range: [0, 1] }), { loss: () => 0.8 * chance })).toMatchObject({
      severity: 'warn',
      evidence: { leastLoss: expect.closeTo(Math.log(1 + 9 / Math.E), 9) },
    });
    expect(of(output({ activation: 'relu', range: [0, Number.POSITIVE_INFINITY] }), { loss: () => 0.3 * chance })?.severity).toBe('note');
    const answered = (counts: number[]): Partial<Shape> => ({
      loss: () => 0.3 * chance,
      validations: checks(1, () => 0.5, () => 0.5).map((each) => ({ ...each, predictedClasses: counts })), // biome-ignore format: one line
    });
    expect(of(output({ activation: 'relu', range: [0, Number.POSITIVE_INFINITY] }), answered([0, 9, 9, 9, 9, 9, 9, 9, 9, 9]))?.severity).toBe('warn');
    expect(of(output({ activation: 'leaky_relu' }))).toBeUndefined();
    // Wide enough: the floor of the loss is a thousandth.
    expect(of(output({ activation: 'scaled', range: [-5, 5] }))).toBeUndefined();
  });
});

describe('structure', () => {
  it('has no activation', () => {
    const linear = layers(3, { activation: 'linear' });
    expect(ask('no_activation', run({}, { layers: linear }))).toMatchObject({ severity: 'severe', evidence: { layers: 4 }, remedies: ['add_activations'] });
    expect(ask('no_activation', run({}, { layers: linear, loss: half }))?.severity).toBe('warn');
    expect(ask('no_activation', run({}, { layers: linear, ...learns() }))).toBeUndefined();
    expect(ask('no_activation', run({}, { layers: linear, loss: (t) => chance * t }))).toBeUndefined();
    expect(ask('no_activation', run({}, { layers: linear, steps: 10 }))).toBeUndefined();
    expect(ask('no_activation', run({}, { layers: layers(0) }))).toBeUndefined();
    expect(ask('no_activation', run({}, { layers: layers(3, { activation: 'linear', normalised: true }) }))).toBeUndefined();
    expect(ask('no_activation', run({}, { layers: linear.map((layer, l) => (l === 1 ? { ...layer, activation: 'tanh' } : layer)) }))).toBeUndefined();
  });

  it('has units that are all alike', () => {
    const began = (std: number, mean: number): Partial<Shape> => ({
      tensors: { weight: (l, t) => (t === 1 && l < 2 ? { std, mean, rms: Math.hypot(std, mean), absMean: Math.abs(mean) } : {}) },
    });
    expect(ask('symmetric_units', run({}, began(0, 0.05)))).toMatchObject({ kind: 'constant', severity: 'severe', layer: 'dense_1', evidence: { layers: 2 } });
    expect(ask('symmetric_units', run({}, began(1e-9, 0.05)))?.kind).toBe('constant');
    expect(ask('symmetric_units', run({}, began(0, 0)))?.kind).toBe('zero');
    expect(ask('symmetric_units', run({}, began(0.05, 0.05)))).toBeUndefined();
    expect(ask('symmetric_units', run({}, { ...began(0, 0.05), ...learns() }))).toBeUndefined();
    expect(ask('symmetric_units', run({}, { ...began(0, 0), layers: layers(2, { residual: true }) }))).toBeUndefined();
    const late = diagnose(history(run({}, { ...began(0, 0.05), probed: (t) => t % 5 === 0 })));
    expect(late.unchecked).toContainEqual({ rule: 'symmetric_units', why: 'the first step was not looked at' });
  });

  it('began with weights that let nothing pass, where it is too shallow for the rules about depth', () => {
    // Fan-in 64.
    const began = (std: number): Partial<Shape> => ({ tensors: { weight: (l, t) => (t === 1 && l < 2 ? { std, rms: std, mean: 0, absMean: std } : {}) } });
    const of = (shape: Partial<Shape>): ReturnType<typeof ask> => ask('initial_weights_too_small', run({}, shape));
    const fanIn = layers(2)[0]!.fanIn;
    expect(of(began(Math.sqrt(0.009 / fanIn)))).toMatchObject({ severity: 'severe', layer: 'dense_1', evidence: { layers: 2 } });
    expect(of(began(Math.sqrt(0.011 / fanIn)))).toBeUndefined();
    expect(of({ ...began(1e-3), ...learns() })).toBeUndefined();
    expect(of({ ...began(1e-3), layers: layers(3) })).toBeUndefined();
    expect(of({ ...began(1e-3), layers: layers(2, { normalised: true }) })).toBeUndefined();
    expect(of(began(0))).toBeUndefined();
  });

  it('has too few rows for batch norm', () => {
    const net = (rows: number, more: Partial<Shape> = {}): Shape =>
      run({}, { layers: layers(3, { batchNorm: true }), tensors: { z: () => ({ count: 64 * rows }) }, ...more });
    expect(ask('batch_too_small', net(2))).toMatchObject({ severity: 'severe', evidence: { samples: 2, layers: 3 }, remedies: ['larger_batch', 'layer_norm'] });
    expect(ask('batch_too_small', net(8))).toBeUndefined();
    expect(ask('batch_too_small', net(2, learns()))).toBeUndefined();
    expect(ask('batch_too_small', { ...net(2), layers: layers(3) })).toBeUndefined();
    const behind = (batchNormSamples: number): Shape =>
      run({ layers: [{ name: 'dense_2', l1: 0, l2: 0, dropout: 0, batchNormSamples }] }, { layers: layers(3) });
    expect(ask('batch_too_small', behind(2))).toMatchObject({ layer: 'dense_2', evidence: { samples: 2, layers: 1 } });
    expect(ask('batch_too_small', behind(32))).toBeUndefined();
  });
});

describe('a number that stands for missing values', () => {
  const of = (code: Partial<NonNullable<InputFacts['code']>>, more: Partial<Shape> = {}) =>
    ask('inputs_not_scaled', run({ inputs: [input({ code: { value: -9.5, column: 3, rows: 15, apart: 400, ...code } })] }, more));

  it('is named before the sizes of columns', () => {
    expect(of({})).toMatchObject({ kind: 'code', severity: 'severe', evidence: { value: -9.5, rows: 15 } });
    expect(of({})?.message).toContain('column 3 is -9.5 in 15 rows');
    expect(of({ apart: 5 })?.kind).toBe('code');
    expect(of({ apart: 4.9 })).toBeUndefined();
    expect(of({ rows: 3 })?.kind).toBe('code');
    expect(of({ rows: 2 })).toBeUndefined();
  });

  it('is let be where the run learned', () => {
    expect(of({}, learns())).toBeUndefined();
  });
});

describe('running_statistics', () => {
  const of = (batchNormMomentum: number, { samples = 32, onNew = 1.2 * chance, steps = 100, frozen = false } = {}) =>
    ask(
      'running_statistics',
      run(
        { layers: [{ name: 'dense_1', l1: 0, l2: 0, dropout: 0, batchNormSamples: samples, batchNormMomentum }] },
        { layers: layers(2, { batchNorm: true, frozen }), steps, loss: () => 0.3, validations: checks(10, () => 0.3, () => onNew) }, // biome-ignore format: one line
      ),
    );

  it('never arrive where the momentum is too small for so many steps', () => {
    expect(of(1e-4)).toMatchObject({ kind: 'slow', severity: 'severe', layer: 'dense_1', remedies: ['batch_norm_momentum', 'layer_norm'] });
    expect(of(0)).toMatchObject({ kind: 'slow', evidence: { left: 1 } });
    // 0.22 and 0.13 are left.
    expect(of(0.015)?.kind).toBe('slow');
    expect(of(0.02)).toBeUndefined();
    expect(of(1e-4, { onNew: 0.7 * chance })?.severity).toBe('warn');
  });

  it('are those of the last few samples where it is too large', () => {
    expect(of(0.99, { samples: 8 })).toMatchObject({ kind: 'last_batch', evidence: { samples: 8 } });
    expect(of(0.99, { samples: 64 })).toBeUndefined();
    expect(of(0.5, { samples: 8 })).toBeUndefined();
  });

  it('do no harm where training and inference agree, or they are not used', () => {
    expect(of(1e-4, { onNew: 0.5 })).toBeUndefined();
    expect(of(1e-4, { steps: 5 })).toBeUndefined();
    expect(of(1e-4, { frozen: true })).toBeUndefined();
  });

  it('come first, before what follows from them', () => {
    const shape = run(
      { layers: [{ name: 'dense_1', l1: 0, l2: 0, dropout: 0, batchNormSamples: 32, batchNormMomentum: 1e-4 }] },
      { layers: layers(2, { batchNorm: true }), loss: () => 0.1, validations: checks(10, () => 0.1, () => 2 * chance) }, // biome-ignore format: one line
    );
    const found = diagnose(history(shape)).findings;
    expect(found[0]!.rule).toBe('running_statistics');
    expect(found.find(({ rule }) => rule === 'overfitting')).toMatchObject({ consequenceOf: 'running_statistics' });
  });
});

describe('label_smoothing', () => {
  const of = (labelSmoothing: number, more: Partial<Shape> = {}) => ask('label_smoothing', run({ outputs: [output({ labelSmoothing })] }, more));

  it('that leaves no difference between classes', () => {
    expect(of(0.995)).toMatchObject({ severity: 'severe', evidence: { margin: expect.closeTo(0.005, 9) }, remedies: ['less_label_smoothing'] });
    expect(of(0.9)?.rule).toBe('label_smoothing');
    expect(of(0.85)).toBeUndefined();
  });

  it('is let be where answers are right', () => {
    const right = checks(10, () => chance, () => chance).map((check) => ({ ...check, validationAccuracy: 0.8 })); // biome-ignore format: one line
    expect(of(0.95, { validations: right })).toBeUndefined();
    expect(of(0.95, learns())).toBeUndefined();
  });
});

describe('what holds the weights back', () => {
  const shrinks = (to: number, gradient = 1): Partial<Shape> => ({
    tensors: { weight: (_, t) => ({ rms: 0.18 * (1 + (to - 1) * (t / 100)), count: 4096 }), weight_gradient: () => ({ rms: gradient / 64, count: 4096 }) },
  });
  const decay = (more: Partial<NonNullable<RunFacts['training']>>, shape: Partial<Shape>) =>
    ask('weight_decay_too_strong', run({ training: training(more) }, shape));

  it('is weight decay', () => {
    // |W| is 11.5 in each layer at first.
    expect(decay({ weightDecay: 0.5 }, shrinks(0.1))).toMatchObject({
      severity: 'severe',
      evidence: { weightDecay: 0.5, left: expect.closeTo(0.1, 1) },
      remedies: ['less_weight_decay'],
    });
    expect(decay({ weightDecay: 0.5 }, shrinks(0.9))).toBeUndefined();
    expect(decay({ weightDecay: 0.5 }, { ...shrinks(0.1), ...learns() })).toBeUndefined();
    expect(decay({ weightDecay: 5e-4 }, shrinks(0.1))).toBeUndefined();
    expect(decay({ weightDecay: 0 }, shrinks(0.1))).toBeUndefined();
    expect(decay({ weightDecay: 3, decoupled: true }, shrinks(0.1))?.evidence).toMatchObject({ decayed: expect.closeTo(3, 9) });
    expect(decay({ weightDecay: 0.1, decoupled: true }, shrinks(0.1))).toBeUndefined();
  });

  it.each(['l1', 'l2'] as const)('is an %s penalty', (which) => {
    const facts = (penalty: number): LayerFacts[] => [0, 1, 2].map((l) => ({ name: `dense_${l + 1}`, l1: 0, l2: 0, dropout: 0, [which]: penalty }));
    const rule = `${which}_too_strong` as const;
    expect(ask(rule, run({ layers: facts(0.1) }, shrinks(0.1)))).toMatchObject({ severity: 'severe', evidence: { penalty: 0.1 }, remedies: [`less_${which}`] });
    expect(ask(rule, run({ layers: facts(1e-4) }, shrinks(0.1)))).toBeUndefined();
    expect(ask(rule, run({ layers: facts(0.1) }, shrinks(1)))).toBeUndefined();
    expect(ask(rule, run({ layers: facts(0.1) }, { ...shrinks(0.1), ...learns() }))).toBeUndefined();
    // What was learned is lost again, and the last steps are lucky.
    const lost = { ...shrinks(0.1), loss: (t: number) => (t < 20 ? 0.3 : t < 90 ? 1.4 : 0.5) };
    expect(ask(rule, run({ layers: facts(1) }, lost))).toMatchObject({ severity: 'warn' });
    expect(ask(rule, run({ layers: facts(1e-3) }, lost))).toBeUndefined();
    expect(ask(rule, run({ layers: facts(1) }, { ...lost, loss: () => 0.5 }))).toBeUndefined();
    expect(ask(rule, run({}, shrinks(0.1)))).toBeUndefined();
    // Mild ones, by their price: 192 l2 and 1733 l1 for weights of He's size in three layers, where 2.3 is all there is to be won.
    const dear = { l1: 0.002, l2: 0.02 }[which];
    expect(ask(rule, run({ layers: facts(dear) }, shrinks(0.8)))?.evidence.price).toBeCloseTo({ l1: 1.51, l2: 1.67 }[which], 2);
    expect(ask(rule, run({ layers: facts(dear / 2) }, shrinks(0.8)))).toBeUndefined();
    expect(ask(rule, run({ layers: facts(dear) }, shrinks(1)))).toBeUndefined();
  });

  it('is dropout', () => {
    const facts = (...dropouts: number[]): LayerFacts[] => dropouts.map((dropout, l) => ({ name: `dense_${l + 1}`, l1: 0, l2: 0, dropout }));
    const of = (dropouts: number[], more: Partial<Shape> = {}) => ask('dropout_too_strong', run({ layers: facts(...dropouts) }, more));
    expect(of([0.9])).toMatchObject({ severity: 'severe', layer: 'dense_1', evidence: { noise: expect.closeTo(9, 9) }, remedies: ['less_dropout'] });
    expect(of([0.5, 0.5])).toBeUndefined();
    expect(of([0.9], learns())).toBeUndefined();
    expect(of([0.9], { loss: half })?.severity).toBe('warn');
    expect(of([0.8], { loss: half })).toBeUndefined();
    const gap = { loss: half, validations: checks(10, () => 0.9 * chance, () => 0.6 * chance) }; // biome-ignore format: one line
    expect(of([0.8], gap)?.severity).toBe('warn');
    // Four units have none to spare.
    expect(of([0.5, 0.5, 0.5])).toBeUndefined();
    expect(of([0.5, 0.5, 0.5], { layers: layers(3, { width: 4 }) })).toMatchObject({ evidence: { noise: 6 } });
  });
});

describe('class_imbalance', () => {
  const net = (counts: number[], predictedClasses: number[], more: Partial<Shape> = {}): Shape =>
    run(
      { outputs: [output({ targets: classes(counts), units: counts.length, baselineLoss: 0.1 })] },
      {
        loss: () => 0.1,
        task: { kind: 'classification', classes: counts.length, baselineLoss: 0.1 },
        validations: checks(1, () => 0.1, () => 0.1).map((each) => ({ ...each, predictedClasses })), // biome-ignore format: one line
        ...more,
      },
    );

  it('is one, too, where the loss is low and one class alone is answered', () => {
    const low = (answers: number[]): Shape =>
      net([194, 6], answers, { loss: () => 0.02, validations: net([194, 6], answers).validations!.map((v) => ({ ...v, validationLoss: 0.02 })) });
    expect(ask('class_imbalance', low([100, 0]))).toMatchObject({ severity: 'warn', evidence: { class: 1, answers: 100 }, remedies: ['class_weights'] });
    // Of 90 rows fewer than three are expected of it; and who answers both has learned.
    expect(ask('class_imbalance', low([90, 0]))).toBeUndefined();
    expect(ask('class_imbalance', low([99, 1]))).toBeUndefined();
  });

  it('is a rare class that is never answered', () => {
    expect(ask('class_imbalance', net([196, 4], [100, 0]))).toMatchObject({ severity: 'warn', evidence: { class: 1, share: 0.02, answered: 0 } });
    expect(ask('class_imbalance', net([196, 4], [98, 2]))).toBeUndefined();
    expect(
      ask(
        'class_imbalance',
        net([196, 4], [100, 0], { loss: () => 0.02, validations: net([196, 4], [100, 0]).validations!.map((v) => ({ ...v, validationLoss: 0.02 })) }),
      ),
    ).toBeUndefined();
    expect(ask('class_imbalance', net([100, 100], [100, 0]))).toBeUndefined();
    expect(ask('class_imbalance', run({}))).toBeUndefined();
  });
});

describe('order', () => {
  it('puts a cause above what follows from it', () => {
    const sick = history(
      run(
        { inputs: [input({ meanSquare: 1e10, largestStd: { value: 5e4, column: 1 } })] },
        { dead: () => 0.9, ratio: () => ({ l2: 1e-9, absMean: 1e-9 }), tensors: { weight_gradient: () => ({ zeroFraction: 0.9 }) } },
      ),
    );
    const { findings } = diagnose(sick);
    expect(findings.map(({ rule, consequenceOf }) => [rule, consequenceOf])).toEqual([
      ['inputs_not_scaled', undefined],
      ['dead_units', 'inputs_not_scaled'],
      ['learning_rate_too_low', 'inputs_not_scaled'],
      ['update_size', 'inputs_not_scaled'],
      ['loss_stuck', 'inputs_not_scaled'],
    ]);
  });
});

describe('what is not known', () => {
  it('is said, but of runs that learned', () => {
    const { facts: _, ...unknown } = run({});
    const stuck = diagnose(history(unknown)).unchecked.map(({ rule }) => rule);
    for (const rule of ['inputs_not_scaled', 'targets_not_scaled', 'labels_do_not_fit_loss', 'output_cannot_answer', 'dropout_too_strong'])
      expect(stuck).toContain(rule);
    const learned = diagnose(history({ ...unknown, ...learns() })).unchecked.map(({ rule }) => rule);
    for (const rule of ['inputs_not_scaled', 'targets_not_scaled', 'labels_do_not_fit_loss', 'output_cannot_answer', 'dropout_too_strong'])
      expect(learned).not.toContain(rule);
  });
});
