// What an experiment document may hold. One definition checks documents, names what is wrong with one, and becomes the
// published JSON schema (dist/experiment.schema.json).
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { GENERATORS, type GeneratorName } from '../data/generators.ts';
import { TENSOR_KINDS } from '../inspect/history.ts';
import { ACTIVATIONS, type ActivationName } from '../ops/activation_table.ts';
import { boolean, check, choice, either, integer, listOf, number, object, oneOf, positive, share, string } from './check.ts';
import { type Experiment, type InitialDocument, type LayerDocument, LOSS_NAMES, SCALED_SCHEMES, type ScheduleDocument } from './document.ts';

const optional = v.exactOptional;
const said = v.description;

/** The path of a problem that a check over several keys finds. */
const inner = (input: Record<string, unknown>, key: string, value: unknown): [v.ObjectPathItem] => [{ type: 'object', origin: 'value', input, key, value }];

/** The published schema's address: documents may name it in `$schema`. */
const SCHEMA_ID = 'https://unpkg.com/fathom-webgpu/dist/experiment.schema.json';

const stream = optional(v.pipe(boolean(), said('Batches are brought to the GPU ahead of the steps. Default: where the training part does not fit.')));
const prepared = {
  stream,
  split: optional(object({ validation: optional(share()), test: optional(share()) })),
  standardise: optional(boolean()),
};

const column = either([string(), integer(0)], 'the name of a column, or its index from 0');

const generator = v.pipe(
  object({
    source: v.literal('generator'),
    name: oneOf(Object.keys(GENERATORS) as GeneratorName[]),
    params: optional(v.record(v.string(), number())),
    ...prepared,
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { name, params = {} } = dataset.value;
    const known = GENERATORS[name].params;
    for (const [key, value] of Object.entries(params)) {
      const param = Object.hasOwn(known, key) ? known[key] : undefined;
      const path = inner(dataset.value, `params.${key}`, value);
      if (!param) addIssue({ message: `unknown parameter; ${name} has ${Object.keys(known).join(', ')}`, path });
      else if (value < param.least || value > param.most || (param.integer && !Number.isInteger(value)))
        addIssue({ message: `expected ${param.integer ? 'an integer' : 'a number'} from ${param.least} to ${param.most}, got ${value}`, path });
    }
  }),
);

const idxFiles = { images: string(), labels: string() };

const data = choice(
  'source',
  ['generator', 'digits', 'csv', 'idx', 'arrays'],
  [
    generator,
    object({
      source: v.literal('digits'),
      rows: optional(integer()),
      stream,
      standardise: optional(boolean()),
      split: optional(object({ validation: optional(share()) })),
    }),
    object({
      source: v.literal('csv'),
      path: optional(string()),
      text: optional(string()),
      target: optional(column),
      features: optional(listOf(column, 'a list of columns')),
      task: optional(oneOf(['auto', 'classification', 'regression'])),
      missing: optional(oneOf(['error', 'drop', 'mean'])),
      ...prepared,
    }),
    object({ source: v.literal('idx'), ...idxFiles, test: optional(object(idxFiles)), ...prepared }),
    object({
      source: v.literal('arrays'),
      x: listOf(listOf(number(), 'a row of numbers'), 'a list of rows'),
      y: either([listOf(number(), 'a list of numbers'), listOf(listOf(number(), 'a row of numbers'), 'a list of rows')], 'a list of numbers or of rows'),
      classes: optional(integer(2)),
      ...prepared,
    }),
  ],
);

const initial: v.GenericSchema<InitialDocument> = choice(
  'scheme',
  [...SCALED_SCHEMES, 'variance_scaling', 'constant'],
  [
    object({ scheme: oneOf(SCALED_SCHEMES), gain: optional(positive()) }),
    object({
      scheme: v.literal('variance_scaling'),
      scale: positive(),
      mode: optional(oneOf(['fan_in', 'fan_out', 'fan_average'])),
      distribution: optional(oneOf(['normal', 'uniform'])),
      gain: optional(positive()),
    }),
    object({ scheme: v.literal('constant'), value: number() }),
  ],
);

const LAYER_TYPES = ['dense', 'activation', 'batch_norm', 'dropout', 'flatten', 'repeat', 'residual', 'concat', 'add'] as const;

const activation = v.pipe(
  object({ type: v.literal('activation'), name: oneOf(Object.keys(ACTIVATIONS) as ActivationName[]), params: optional(v.record(v.string(), number())) }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { name, params = {} } = dataset.value;
    const known = Object.keys(ACTIVATIONS[name].params);
    for (const key of Object.keys(params)) {
      if (known.includes(key)) continue;
      addIssue({ message: `unknown parameter; ${name} has ${known.join(', ') || 'none'}`, path: inner(dataset.value, `params.${key}`, params[key]) });
    }
  }),
);

const layers: v.GenericSchema<LayerDocument[]> = v.lazy(() => listOf(layer, 'a list of layers'));
const layer: v.GenericSchema<LayerDocument> = choice('type', LAYER_TYPES, [
  object({
    type: v.literal('dense'),
    units: integer(),
    bias: optional(boolean()),
    initial: optional(initial),
    l1: optional(number(0)),
    l2: optional(number(0)),
  }),
  activation,
  object({ type: v.literal('batch_norm'), eps: optional(number(0)), momentum: optional(number(0, 1)) }),
  object({ type: v.literal('dropout'), rate: share() }),
  object({ type: v.literal('flatten') }),
  object({ type: v.literal('repeat'), times: integer(), layers }),
  object({ type: v.literal('residual'), scale: optional(either([number(), v.literal('1/sqrt(L)')], 'a number or "1/sqrt(L)"')), layers }),
  object({ type: oneOf(['concat', 'add']), branches: v.pipe(listOf(layers, 'a list of branches'), v.minLength(2, 'expected two branches or more')) }),
]);

const loss = either(
  [
    oneOf(LOSS_NAMES),
    choice('name', LOSS_NAMES, [
      object({ name: oneOf(['mse', 'mae', 'bce_with_logits', 'hinge', 'squared_hinge', 'kl_div']) }),
      object({ name: v.literal('huber'), delta: optional(positive()) }),
      object({ name: v.literal('softmax_cross_entropy'), labelSmoothing: optional(share()) }),
    ]),
  ],
  `one of ${LOSS_NAMES.join(', ')}, or an object with such a "name"`,
);

const SCHEDULE_NAMES = ['constant', 'step', 'multi_step', 'exponential', 'cosine', 'cosine_restarts', 'polynomial', 'inverse_sqrt', 'warmup'] as const;

const scheduleAgain: v.GenericSchema<ScheduleDocument> = v.lazy(() => schedule);
const schedule: v.GenericSchema<ScheduleDocument> = choice('name', SCHEDULE_NAMES, [
  object({ name: v.literal('constant') }),
  object({ name: v.literal('step'), stepSize: integer(), gamma: optional(positive()) }),
  object({ name: v.literal('multi_step'), milestones: listOf(integer(), 'a list of steps'), gamma: optional(positive()) }),
  object({ name: v.literal('exponential'), gamma: positive() }),
  object({ name: v.literal('cosine'), tMax: integer(), etaMin: optional(number(0)) }),
  object({ name: v.literal('cosine_restarts'), t0: integer(), tMult: optional(integer()), etaMin: optional(number(0)) }),
  object({ name: v.literal('polynomial'), totalIters: integer(), power: optional(number(0)) }),
  object({ name: v.literal('inverse_sqrt'), warmup: integer() }),
  object({ name: v.literal('warmup'), steps: integer(), startFactor: optional(number(0, 1)), then: optional(scheduleAgain) }),
]);

const everyOptimizer = {
  rate: positive(),
  schedule: optional(schedule),
  clip: optional(either([object({ norm: positive() }), object({ value: positive() })], '{"norm": number} or {"value": number}')),
};
const weightDecay = optional(number(0));
const eps = optional(number(0));
const betas = optional(v.tuple([share(), share()], 'expected two numbers of at least 0 and below 1'));

const optimizer = choice(
  'name',
  ['sgd', 'adam', 'adamw', 'adagrad', 'rmsprop', 'adadelta', 'adamax', 'nadam', 'radam'],
  [
    object({
      name: v.literal('sgd'),
      ...everyOptimizer,
      momentum: optional(share()),
      dampening: optional(number(0, 1)),
      nesterov: optional(boolean()),
      weightDecay,
    }),
    object({
      name: oneOf(['adam', 'adamw']),
      ...everyOptimizer,
      betas,
      eps,
      weightDecay,
      amsgrad: optional(boolean()),
    }),
    object({ name: v.literal('adagrad'), ...everyOptimizer, lrDecay: optional(number(0)), initialAccumulatorValue: optional(number(0)), eps, weightDecay }),
    object({
      name: v.literal('rmsprop'),
      ...everyOptimizer,
      alpha: optional(number(0, 1)),
      momentum: optional(share()),
      centered: optional(boolean()),
      eps,
      weightDecay,
    }),
    object({ name: v.literal('adadelta'), ...everyOptimizer, rho: optional(number(0, 1)), eps, weightDecay }),
    object({ name: oneOf(['adamax', 'radam']), ...everyOptimizer, betas, eps, weightDecay }),
    object({ name: v.literal('nadam'), ...everyOptimizer, betas, eps, weightDecay, momentumDecay: optional(number(0)) }),
  ],
);

const training = v.pipe(
  object({
    epochs: optional(integer()),
    steps: optional(integer()),
    batchSize: integer(),
    accumulate: optional(v.pipe(integer(), said('Batches that make one step, whose gradient is the mean over all their rows. Default 1.'))),
    validateEvery: optional(integer()),
    earlyStopping: optional(object({ patience: integer(), minDelta: optional(number(0)), restoreBest: optional(boolean()) })),
    onNonFinite: optional(oneOf(['stop', 'continue'])),
  }),
  v.check((value) => (value.epochs === undefined) !== (value.steps === undefined), 'expected exactly one of "epochs" and "steps"'),
);

const probes = object({
  every: optional(integer()),
  tensors: optional(listOf(oneOf(TENSOR_KINDS), 'a list of tensors')),
  histograms: optional(
    object({
      every: integer(),
      edges: optional(
        v.pipe(
          listOf(positive(), 'a list of numbers'),
          v.check((edges) => edges.every((edge, i) => i === 0 || edge > edges[i - 1]!), 'expected edges that rise'),
        ),
      ),
    }),
  ),
  layers: optional(either([v.literal('all'), listOf(string(), 'a list of layer names')], '"all" or a list of layer names')),
});

const fitted = object({
  inputs: integer(),
  features: optional(listOf(string(), 'a list of names')),
  classes: optional(listOf(string(), 'a list of names')),
  table: optional(object({ columns: integer(2), features: listOf(integer(0), 'a list of columns'), target: integer(0), targetName: optional(string()) })),
  fill: optional(listOf(number(), 'a list of numbers')),
  divisor: optional(number()),
  scaling: optional(object({ offset: listOf(number(), 'a list of numbers'), divisor: listOf(number(), 'a list of numbers') })),
});

const experiment: v.GenericSchema<Experiment> = v.pipe(
  object({
    $schema: optional(string()),
    name: optional(string()),
    description: optional(v.pipe(string(), said('What to see, in a sentence or two.'))),
    seed: optional(v.pipe(integer(0), said('Decides initial values, splits, the order of samples and dropout. Default 1.'))),
    data,
    model: object({ layers }),
    loss,
    optimizer,
    training,
    probes: optional(probes),
    fitted: optional(v.pipe(fitted, said('How the rows were read and prepared, in the file of a saved model. Training ignores it.'))),
  }),
  v.forward(
    v.check(({ data, training }) => !training.earlyStopping || Boolean(data.split?.validation), 'needs a validation part: set data.split.validation'),
    ['training'],
  ),
);

/**
 * The experiment in a parsed JSON document.
 * Throws a UsageError that names each wrong place, the first in front: `model.layers[3].units: expected a positive integer, got "64"`.
 */
export function parseExperiment(json: unknown): Experiment {
  return check(experiment, json, 'document');
}

/** The document's JSON schema (draft 2020-12), as editors read it. It holds all that `parseExperiment` checks but what spans several keys. */
export function experimentJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(experiment, { target: 'draft-2020-12', errorMode: 'ignore', definitions: { layers, schedule: scheduleAgain, initial } });
  return { $id: SCHEMA_ID, title: 'Fathom experiment', ...schema };
}
