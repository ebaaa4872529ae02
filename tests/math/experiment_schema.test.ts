import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { ScheduleDocument } from '../../src/experiment/document.ts';
import { buildMetric } from '../../src/experiment/registry/metrics.ts';
import { buildOptimizer } from '../../src/experiment/registry/optimizers.ts';
import { buildSchedule } from '../../src/experiment/registry/schedules.ts';
import { experimentJsonSchema, parseExperiment } from '../../src/experiment/schema.ts';
import { METRICS } from '../../src/train/metrics.ts';

const good = () => ({
  name: 'a net',
  seed: 3,
  data: { source: 'generator', name: 'two_spirals', params: { rows: 100 }, split: { validation: 0.2 }, standardise: true },
  model: {
    layers: [
      {
        type: 'repeat',
        times: 3,
        layers: [{ type: 'dense', units: 8, initializer: { scheme: 'he_normal', gain: 1 } }, { type: 'batch_norm' }, { type: 'activation', name: 'relu' }],
      },
      { type: 'residual', scale: '1/sqrt(L)', layers: [{ type: 'dense', units: 8, l2: 0.1 }] },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 2 },
    ],
  },
  loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.1 },
  optimizer: {
    name: 'sgd',
    learningRate: 0.1,
    momentum: 0.9,
    schedule: { name: 'warmup', steps: 5, then: { name: 'cosine', tMax: 50 } },
    clip: { norm: 1 },
    groups: [
      { match: 'dense_1', learningRateFactor: 0.1 },
      { match: ['residual_*', '*/bias'], frozen: true },
    ],
  },
  training: { epochs: 2, batchSize: 16, earlyStopping: { patience: 3 } },
  probes: { every: 2, tensors: ['z', 'delta'], histograms: { every: 10 } },
});

/** The document with the value at a path replaced, or taken out where there is none. */
function withValue(path: (string | number)[], value?: unknown): unknown {
  const document = good();
  let at = document as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[path.at(-1)!];
  else at[path.at(-1)!] = value;
  return document;
}

function messageOf(document: unknown): string {
  try {
    parseExperiment(document);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('the document was accepted');
}

describe('parseExperiment', () => {
  it('gives back a good document as it was, with its format', () => {
    expect(parseExperiment(good())).toEqual({ format: 'fathom-experiment/2', ...(good() as object) });
  });

  it('takes a rate of 0, as programs do', () => {
    const optimizer = { name: 'sgd', learningRate: 0, schedule: { name: 'cosine', tMax: 10 } };
    expect(buildOptimizer(parseExperiment({ ...(good() as object), optimizer }).optimizer).learningRateAt(3)).toBe(0);
  });

  it.each<[string, (string | number)[], unknown, string]>([
    ['a group of nothing', ['optimizer', 'groups'], [{ frozen: true }], 'optimizer.groups[0].match: is missing'],
    ['a number for a path', ['optimizer', 'groups'], [{ match: 3 }], 'optimizer.groups[0].match: expected a path of the model, or a list of them, got 3'],
    [
      'a misspelt factor',
      ['optimizer', 'groups'],
      [{ match: 'dense_1', learningRateFactr: 1 }],
      'optimizer.groups[0].learningRateFactr: unknown key; did you mean "learningRateFactor"?',
    ],
    [
      'a group of no layer',
      ['optimizer', 'groups'],
      [{ match: '*' }, { match: ['dense_1', 'dense_9'] }],
      'optimizer.groups[1].match: dense_9 is no path of the model; did you mean "dense_1"? there are dense_1, ',
    ],
    [
      'a group of a tensor of no layer',
      ['optimizer', 'groups'],
      [{ match: 'dense_1/weight' }, { match: 'block_*/bias' }],
      'optimizer.groups[1].match: block_*/bias is no path of the model; there are dense_1, ',
    ],
    [
      'a negative factor',
      ['optimizer', 'groups'],
      [{ match: '*', weightDecayFactor: -1 }],
      'optimizer.groups[0].weightDecayFactor: expected a number from 0 to 3.4e+38, got -1',
    ],
    [
      'other statistics',
      ['optimizer', 'groups'],
      [{ match: '*', statistics: 'none' }],
      'optimizer.groups[0].statistics: expected one of running, batch; got "none"',
    ],
    ['no group', ['optimizer', 'groups'], [], 'optimizer.groups: expected a list of groups, at least one, got []'],
    ['a string for a number', ['model', 'layers', 0, 'layers', 0, 'units'], '64', 'model.layers[0].layers[0].units: expected a positive integer, got "64"'],
    ['a negative size', ['model', 'layers', 3, 'units'], -1, 'model.layers[3].units: expected a positive integer, got -1'],
    ['a fraction', ['training', 'batchSize'], 1.5, 'training.batchSize: expected a positive integer, got 1.5'],
    ['a rate below 0', ['optimizer', 'learningRate'], -1, 'optimizer.learningRate: expected a number of at least 0, got -1'],
    ['dropout of everything', ['model', 'layers', 2, 'rate'], 1, 'model.layers[2].rate: expected a number of at least 0 and below 1, got 1'],
    ['a misspelt key', ['model', 'layers', 3, 'unit'], 64, 'model.layers[3].unit: unknown key; did you mean "units"?'],
    ['a key in another style', ['training', 'batch_size'], 64, 'training.batch_size: unknown key; did you mean "batchSize"?'],
    ['a key of nowhere', ['optimizer', 'quux'], 1, 'optimizer.quux: unknown key; known are name, learningRate, schedule'],
    ['a missing key', ['model', 'layers', 3, 'units'], undefined, 'model.layers[3].units: is missing'],
    ['an unknown layer', ['model', 'layers', 2, 'type'], 'drop_out', 'got "drop_out"; did you mean "dropout"?'],
    ['an unknown loss', ['loss'], 'softmax', 'loss: expected one of mse, mae'],
    ['an unknown loss in an object', ['loss', 'name'], 'sotmax_cross_entropy', 'loss.name: expected one of mse, mae'],
    ['a wrong parameter of a loss', ['loss', 'labelSmoothing'], 'a', 'loss.labelSmoothing: expected a number of at least 0 and below 1, got "a"'],
    ['a wrong schedule within a schedule', ['optimizer', 'schedule', 'then', 'tMax'], 0, 'optimizer.schedule.then.tMax: expected a positive integer, got 0'],
    ['a clip of nothing', ['optimizer', 'clip'], 1, 'optimizer.clip: expected {"norm": number} or {"value": number}, got 1'],
    ['a residual scale', ['model', 'layers', 1, 'scale'], '1/L', 'model.layers[1].scale: expected a number or "1/sqrt(L)", got "1/L"'],
    ['no layers', ['model', 'layers'], [], 'model.layers: expected a list of layers, at least one, got []'],
    ['an activation that is not there', ['model', 'layers', 0, 'layers', 2, 'name'], 'rel', 'did you mean "relu"?'],
    ['epochs and steps', ['training', 'steps'], 10, 'training: expected exactly one of "epochs" and "steps"'],
    ['early stopping without validation', ['data', 'split'], undefined, 'training: needs a validation part: set data.split.validation'],
    ['an infinite number', ['optimizer', 'learningRate'], Number.POSITIVE_INFINITY, 'optimizer.learningRate: expected a number of at least 0, got Infinity'],
    [
      'a parameter that the activation has not',
      ['model', 'layers', 0, 'layers', 2, 'params'],
      { alpha: 1 },
      'model.layers[0].layers[2].params.alpha: unknown parameter; relu has none',
    ],
    [
      'an average of what early stopping leaves',
      ['training', 'average'],
      {},
      'training.average: keeps the last weights, and early stopping goes back to the best: set its restoreBest to false',
    ],
    ['an average that stays', ['training', 'average'], { decay: 1 }, 'training.average.decay: expected a number of at least 0 and below 1, got 1'],
    ['no batches in a step', ['training', 'accumulate'], 0, 'training.accumulate: expected a positive integer, got 0'],
    ['streaming by halves', ['data', 'stream'], 'auto', 'data.stream: expected true or false, got "auto"'],
    ['labels that are missing', ['data'], { source: 'idx', images: 'a' }, 'data.labels: is missing'],
    [
      "another optimizer's parameter",
      ['optimizer'],
      { name: 'nadam', learningRate: 1, rho: 1 },
      'optimizer.rho: unknown key; known are name, learningRate, schedule',
    ],
    ['what was fitted, badly', ['fitted'], { inputs: 2, scaling: { offset: [0] } }, 'fitted.scaling.divisor: is missing'],
    ['a generator that is not there', ['data', 'name'], 'two_spiral', 'did you mean "two_spirals"?'],
  ])('names %s', (_what, path, value, message) => {
    expect(messageOf(withValue(path, value))).toContain(message);
  });

  it('lists every problem, the first in front', () => {
    const message = messageOf({ ...good(), loss: 'nope', seed: -1, extra: true });
    expect(message).toMatch(/^seed: expected an integer of at least 0, got -1\n2 more in this document:\n/);
    expect(message).toContain('  loss: expected one of');
    expect(message).toContain('  extra: unknown key');
  });

  it.each([null, 3, 'text', [], undefined])('refuses %j as a document', (json) => {
    expect(() => parseExperiment(json)).toThrow(UsageError);
  });

  it('refuses __proto__', () => {
    expect(() => parseExperiment(JSON.parse('{"__proto__": {"a": 1}}'))).toThrow(UsageError);
  });
});

describe('experimentJsonSchema', () => {
  it('describes recursive layers and refuses unknown keys', () => {
    const schema = experimentJsonSchema() as { additionalProperties: boolean; required: string[]; $defs: Record<string, unknown>; $id: string };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['data', 'model', 'loss', 'optimizer', 'training']);
    expect(Object.keys(schema.$defs)).toEqual(expect.arrayContaining(['layers', 'schedule', 'initializer']));
    expect(JSON.stringify(schema)).toContain('#/$defs/layers');
  });
});

describe('schedules', () => {
  it.each<[ScheduleDocument, number[]]>([
    [{ name: 'cosine', tMax: 2, etaMin: 0.05 }, [1, 0.75, 0.5, 0.5]],
    [{ name: 'cosine_restarts', t0: 2, tMult: 2, etaMin: 0 }, [1, 0.5, 1, (1 + Math.SQRT1_2) / 2]],
    [{ name: 'polynomial', totalIters: 2, power: 2 }, [1, 0.25, 0, 0]],
    [{ name: 'inverse_sqrt', warmup: 2 }, [0.5, 1, Math.sqrt(2 / 3), Math.SQRT1_2]],
  ])('%j', (schedule, factors) => {
    const document = parseExperiment(withValue(['optimizer', 'schedule'], schedule));
    const built = buildSchedule(document.optimizer.schedule!);
    factors.forEach((factor, step) => expect(built.at(step, document.optimizer.learningRate), `step ${step}`).toBeCloseTo(factor, 12));
  });
  it('may react to validations where there are some', () => {
    const schedule = { name: 'warmup', steps: 5, then: { name: 'plateau', patience: 3 } };
    const document = withValue(['optimizer', 'schedule'], schedule) as { data: { split: unknown }; training: { earlyStopping?: unknown } };
    expect(parseExperiment(document)).toBeTruthy();
    delete document.training.earlyStopping;
    delete document.data.split;
    expect(messageOf(document)).toBe('optimizer.schedule: reacts to validations, and needs a validation part: set data.split.validation');
  });
  it("has Muon's AdamW within Muon", () => {
    const optimizer = { name: 'muon', learningRate: 0.02, exclude: ['dense_2'], adamw: { learningRate: 0.001, betas: [0.9, 0.99] } };
    const { params, factorsWith } = buildOptimizer(parseExperiment(withValue(['optimizer'], optimizer)).optimizer);
    expect(params).toEqual({ beta1: 0.9, beta2: 0.99, eps: 1e-8 });
    const factor = (path: string, shape: number[]): number => factorsWith!(undefined)(path, shape).learningRateFactor;
    expect([factor('dense_1/weight', [2, 3]), factor('dense_2/weight', [3, 3]), factor('dense_1/bias', [3])]).toEqual([1, 0.05, 0.05]);
    expect(messageOf(withValue(['optimizer'], { ...optimizer, adamw: { learningRate: -1 } }))).toBe(
      'optimizer.adamw.learningRate: expected a number of at least 0, got -1',
    );
  });
  it('follows one another', () => {
    const parts = [{ name: 'constant' }, { name: 'warmup', steps: 2, startFactor: 0, then: { name: 'exponential', gamma: 0.5 } }];
    const schedule = { name: 'sequential', schedules: parts, milestones: [3] };
    const built = buildSchedule(parseExperiment(withValue(['optimizer', 'schedule'], schedule)).optimizer.schedule!);
    expect([0, 2, 3, 4, 5, 6].map((step) => built.at(step, 1))).toEqual([1, 1, 0, 0.5, 1, 0.5]);
    const wrong = (changes: object): string => messageOf(withValue(['optimizer', 'schedule'], { ...schedule, ...changes }));
    expect(wrong({ milestones: [] })).toBe('optimizer.schedule.milestones: expected 1, one fewer than schedules, got 0');
    expect(wrong({ schedules: undefined })).toMatch('optimizer.schedule.schedules: ');
    expect(wrong({ schedules: [] })).toBe('optimizer.schedule.schedules: expected a list of schedules, at least one, got []');
    expect(wrong({ schedules: [{ name: 'cosine', tMax: 0 }, parts[1]] })).toBe('optimizer.schedule.schedules[0].tMax: expected a positive integer, got 0');
    expect(wrong({ schedules: [{ name: 'cosine', tMax: 5, etaMin: 2 }, parts[1]] })).toMatch(
      'optimizer.schedule.schedules[0].etaMin: expected a learning rate of at most',
    );
    const cycle = { name: 'one_cycle', totalSteps: 5, pctStart: 0.7, threePhase: true };
    expect(wrong({ schedules: [parts[0], { ...parts[1], then: cycle }] })).toMatch('optimizer.schedule.schedules[1].then.pctStart: with threePhase');
  });
  it('says where a cycle within a warm-up does not fit itself', () => {
    const schedule = { name: 'warmup', steps: 5, then: { name: 'one_cycle', totalSteps: 5, pctStart: 0.7, threePhase: true } };
    const document = withValue(['optimizer', 'schedule'], schedule);
    expect(messageOf(document)).toBe('optimizer.schedule.then.pctStart: with threePhase expected a number from 0 to 0.5, got 0.7');
  });
  it.each<[ScheduleDocument, string]>([
    [{ name: 'cosine_restarts', t0: 5, etaMin: 2 }, 'optimizer.schedule.etaMin'],
    [{ name: 'warmup', steps: 5, then: { name: 'cosine', tMax: 5, etaMin: 2 } }, 'optimizer.schedule.then.etaMin'],
  ])('does not end above where it begins: %j', (schedule, path) => {
    const optimizer = { name: 'sgd', learningRate: 1, schedule } as const;
    const message = 'etaMin: expected a learning rate of at most that of the optimizer (1), got 2';
    expect(messageOf(withValue(['optimizer'], optimizer))).toBe(path.replace('etaMin', message));
    expect(() => buildOptimizer(optimizer)).toThrow(message);
  });
});

describe('metrics', () => {
  const of = (metrics: unknown, more: object = {}): unknown => ({ ...good(), ...more, metrics });

  it('are names, or objects with options', () => {
    const metrics = [
      'accuracy',
      { name: 'top_k', k: 1 },
      { name: 'f1', average: 'macro' },
      'f1',
      'auc',
      'perplexity',
      { name: 'confusion_matrix', normalize: 'true' },
    ];
    const document = parseExperiment(of(metrics));
    expect(document.metrics).toEqual(metrics);
    expect(document.metrics!.map((metric) => buildMetric(metric).name)).toEqual([
      'accuracy',
      'top_1',
      'f1_macro',
      'f1',
      'auc',
      'perplexity',
      'confusion_matrix',
    ]);
    expect(parseExperiment(of(['mae', 'rmse', 'r2'], { loss: 'mse' })).metrics).toHaveLength(3);
  });

  it.each<[unknown, object, string]>([
    [['acuracy'], {}, `metrics[0]: expected one of ${Object.keys(METRICS).join(', ')}`],
    [[{ name: 'top_k', n: 3 }], {}, 'metrics[0].n: unknown key'],
    [[{ name: 'f1', average: 'mean' }], {}, 'metrics[0].average: expected one of binary, macro, weighted, micro; got "mean"'],
    [[], {}, 'metrics: expected a list of metrics, at least one'],
    [['f1', 'accuracy'], { loss: 'mse' }, 'metrics[0]: f1: it is of classes, and the loss mse is of a regression: measure errors, as rmse and r2 do'],
    [['auc', 'r2'], {}, 'metrics[1]: r2: it is of numbers, and the loss softmax_cross_entropy is of a classification'],
    [[{ name: 'top_k', k: 2 }], {}, 'metrics[0]: top_2: the model has 2 outputs: expected more than k, 2'],
    [['f1', 'f1'], {}, 'metrics[1]: f1: it is there twice'],
  ])('%j with %j is refused where it stands', (metrics, more, message) => {
    expect(messageOf(of(metrics, more))).toContain(message);
  });

  it('are in the published schema, with a sentence each', () => {
    const text = JSON.stringify(experimentJsonSchema());
    expect(text).toContain('The fraction of rows whose right class is among the k largest outputs.');
  });
});

describe('names of PyTorch and Keras', () => {
  const document = {
    data: { source: 'generator', name: 'moons' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  };
  const refused = (more: object): string => {
    try {
      parseExperiment({ ...document, ...more });
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing';
  };
  const layer = (given: object): string => refused({ model: { layers: [given, { type: 'dense', units: 2 }] } });

  it.each([
    [refused({ loss: 'categorical_crossentropy' }), 'it is called "softmax_cross_entropy" here'],
    [refused({ loss: 'MSELoss' }), 'it is called "mse" here'],
    [layer({ type: 'activation', name: 'swish' }), 'it is called "silu" here'],
    [layer({ type: 'Linear', units: 3 }), 'it is called "dense" here'],
    [layer({ type: 'activation', name: 'softmax' }), 'the loss softmax_cross_entropy has the softmax in it: leave it out'],
    [layer({ type: 'dense', units: 3, initializer: { scheme: 'kaiming_normal' } }), 'it is called "he_normal" here'],
    [layer({ type: 'dense', units: 3, initializer: 'he_uniform' }), 'expected an object with "scheme", as {"scheme": "he_uniform"}, got "he_uniform"'],
    [layer({ type: 'dense', units: 3, kernelInitializer: 'zeros' }), 'did you mean "initializer"?'],
    [layer({ type: 'constructor' }), 'got "constructor"'],
  ])('%s', (message, part) => {
    expect(message).toContain(part);
  });
});
