// What an experiment document may contain. One definition checks documents, names mistakes, and becomes the
// published JSON schema (dist/experiment.schema.json).
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { DataError, isObject, requireObject } from '../errors.ts';
import { count } from '../format.ts';
import { TENSOR_KINDS } from '../inspect/history.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { PROBES, type ProbeDocuments, type ProbeName } from '../inspect/probe_index.ts';
import { FORMATS, versionIn } from '../io/formats.ts';
import { withNewNames } from '../io/old_names.ts';
import * as LIMITS from '../limits.ts';
import { WEIGHT_INITIALIZER } from '../nn/initializers.ts';
import type { LayerFeature } from '../nn/layers/feature.ts';
import { averageOptions } from '../train/average.ts';
import { clipOptions } from '../train/clip.ts';
import type { ModelDescription, UnwrittenModel } from '../train/described.ts';
import { groupOptions } from '../train/groups.ts';
import { wrongMetric } from '../train/metrics/measuring.ts';
import { optimizerOptions } from '../train/optimizers/optimizer.ts';
import { rollBackOptions } from '../train/roll_back.ts';
import { boolean, check, choice, either, inner, integer, listOf, number, object, oneOf, optionSchema, requireShallow, string, tableEntries } from './check.ts';
import { data, fitted } from './data_schema.ts';
import type {
  Experiment,
  GraphDocument,
  GroupDocument,
  LayerDocument,
  LossDocument,
  LossName,
  MetricDocument,
  MetricName,
  OptimizerDocument,
  ScheduleDocument,
} from './document.ts';
import { layerPaths, wrongGroup } from './names.ts';
import { featureOf, hasName, LAYER_FEATURES } from './registry/layers.ts';
import { ALL_LOSS_OPTIONS, buildLoss, LOSS_NAMES, lossOptions } from './registry/losses.ts';
import { buildMetric, METRIC_FEATURES } from './registry/metrics.ts';
import { OPTIMIZER_FEATURES, ownOptions, wrongInOptimizer } from './registry/optimizers.ts';
import { buildSchedule, SCHEDULE_FEATURES, scheduleOptions } from './registry/schedules.ts';
import { knownInputs, modelSize, widthAfter } from './size.ts';

const optional = v.exactOptional;
const said = v.description;

/** The published schema's address: documents may name it in `$schema`. */
const SCHEMA_ID = 'https://unpkg.com/fathom-webgpu/dist/experiment.schema.json';

/** What every layer may have. */
const named = { name: optional(v.pipe(string(), v.regex(/^[\w-]+$/, 'expected a name of letters, digits, _ and -'))) };

const node = object({
  from: either([string(), listOf(string(), 'a list of names')], 'the name of a node, or a list of them'),
  join: optional(oneOf(['concat', 'add'])),
  layers: optional(v.lazy(() => layers)),
});

const layers: v.GenericSchema<LayerDocument[]> = v.lazy(() => listOf(layer, 'a list of layers'));

/** Where a container has the layers inside. */
const INSIDE = {
  layers: { layers },
  branches: { branches: v.pipe(listOf(layers, 'a list of branches'), v.minLength(2, 'expected two branches or more')) },
  nodes: { nodes: v.record(v.string(), node) },
};

/** The keys of a layer's document but for its type and name. */
const layerEntries = ({ record }: LayerFeature<LayerDocument>): v.ObjectEntries => ({
  ...tableEntries(record.options),
  ...(record.role === 'container' ? INSIDE[record.holds] : {}),
});

/** What its file finds wrong in it, once every option is in its range. */
const consistent = ({ wrong }: LayerFeature<LayerDocument>) =>
  v.rawCheck<Record<string, unknown>>(({ dataset, addIssue }) => {
    if (!wrong || !dataset.typed || dataset.issues) return;
    for (const [key, message] of wrong(dataset.value as unknown as LayerDocument)) addIssue({ message, path: inner(dataset.value, key, dataset.value) });
  });

const layerSchemas = LAYER_FEATURES.map(([type, feature]) =>
  v.pipe(
    object({ type: v.literal(type), ...(hasName(feature.record) ? named : {}), ...layerEntries(feature) } as v.ObjectEntries),
    consistent(feature),
    said(feature.text.en.summary),
  ),
);
const layer = choice(
  'type',
  LAYER_FEATURES.map(([type]) => type),
  layerSchemas as unknown as v.VariantOptions<'type'>,
) as unknown as v.GenericSchema<LayerDocument>;

const graphFeature = featureOf({ type: 'graph' });
const graph = v.pipe(object(layerEntries(graphFeature)), consistent(graphFeature), said(graphFeature.text.en.summary)) as unknown as v.GenericSchema<
  Omit<GraphDocument, 'type'>
>;

const loss: v.GenericSchema<LossName | LossDocument> = either(
  [
    oneOf(LOSS_NAMES),
    choice(
      'name',
      LOSS_NAMES,
      LOSS_NAMES.map((name) => object({ name: v.literal(name), ...tableEntries(lossOptions(name)) })),
    ) as v.GenericSchema<LossDocument>,
  ],
  `one of ${LOSS_NAMES.join(', ')}, or an object with such a "name"`,
  LOSS_NAMES,
);

const metric: v.GenericSchema<MetricName | MetricDocument> = either(
  [
    oneOf(Object.keys(METRIC_FEATURES) as MetricName[]),
    choice(
      'name',
      Object.keys(METRIC_FEATURES),
      Object.entries(METRIC_FEATURES).map(([name, { options, text }]) =>
        v.pipe(object({ name: v.literal(name), ...tableEntries(options) }), said(text.en.summary)),
      ) as never,
    ) as unknown as v.GenericSchema<MetricDocument>,
  ],
  `one of ${Object.keys(METRIC_FEATURES).join(', ')}, or an object with such a "name"`,
  Object.keys(METRIC_FEATURES),
);

/** A number of steps or epochs. */
const steps = () => integer(1, LIMITS.steps);

const scheduleAgain: v.GenericSchema<ScheduleDocument> = v.lazy(() => schedule);
const innerSchedules = ({ key, list, required }: ReturnType<typeof scheduleOptions>[number]): [string, v.GenericSchema] => {
  const schema = list ? listOf(scheduleAgain, 'a list of schedules') : scheduleAgain;
  return [key, required ? schema : optional(schema)];
};
const scheduleSchemas = Object.entries(SCHEDULE_FEATURES).map(([name, { options, text }]) =>
  v.pipe(
    object({ name: v.literal(name), ...tableEntries(options), ...Object.fromEntries(scheduleOptions(options).map(innerSchedules)) }),
    said(text.en.summary),
  ),
);
const schedule = choice('name', Object.keys(SCHEDULE_FEATURES), scheduleSchemas as never) as unknown as v.GenericSchema<ScheduleDocument>;

const clips = Object.entries(clipOptions).map(([key, entry]) => object(tableEntries({ [key]: { ...entry, required: true } })));
const everyOptimizer = {
  ...tableEntries({ learningRate: optimizerOptions.learningRate }),
  schedule: optional(schedule),
  clip: optional(either(clips, '{"norm": number} or {"value": number}')),
  groups: optional(
    v.pipe(
      listOf(object(tableEntries(groupOptions)) as unknown as v.GenericSchema<GroupDocument>, 'a list of groups'),
      said(
        'Layers or tensors, by patterns of their paths, that are trained otherwise than the rest, or frozen: {"match": "dense_*", "frozen": true}. The later group decides.',
      ),
    ),
  ),
};
const optimizerSchemas = Object.entries(OPTIMIZER_FEATURES).map(([name, feature]) =>
  v.pipe(object({ name: v.literal(name), ...everyOptimizer, ...tableEntries(ownOptions(feature)) }), said(feature.text.en.summary)),
);
const optimizer = v.pipe(
  choice('name', Object.keys(OPTIMIZER_FEATURES), optimizerSchemas as never) as unknown as v.GenericSchema<OptimizerDocument>,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    for (const [key, message] of wrongInOptimizer(dataset.value)) addIssue({ message, path: inner({ ...dataset.value }, key, dataset.value) });
  }),
);

const training = v.pipe(
  object({
    epochs: optional(steps()),
    steps: optional(steps()),
    batchSize: integer(1, LIMITS.batchSize),
    accumulate: optional(
      v.pipe(
        integer(1, LIMITS.accumulate),
        said(`Batches that make one step, whose gradient is the mean over all their rows. Default 1, at most ${count(LIMITS.accumulate)}.`),
      ),
    ),
    average: optional(
      v.pipe(
        object(tableEntries(averageOptions)),
        said(
          'An average of the weights, evaluated and saved at the end in their place: a moving one, with "decay" 0.999, say, or the plain mean of all updates.',
        ),
      ),
    ),
    validateEvery: optional(steps()),
    earlyStopping: optional(object({ patience: steps(), minDelta: optional(number(0)), restoreBest: optional(boolean()) })),
    onNonFinite: optional(
      v.pipe(
        either(
          [oneOf(['stop', 'skip']), object({ rollBack: object(tableEntries(rollBackOptions)) })],
          '"stop", "skip" or {"rollBack": {"factor", "every", "max"}}',
        ),
        said(
          'After a step whose loss or gradient is not finite: "stop" (default), "skip" it, or {"rollBack": {}} to the last good state and go on with a smaller learning rate.',
        ),
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ average, earlyStopping }) => !average || !earlyStopping || earlyStopping.restoreBest === false,
      'keeps the last weights, and early stopping goes back to the best: set its restoreBest to false',
    ),
    ['average'],
  ),
  v.check((value) => (value.epochs === undefined) !== (value.steps === undefined), 'expected exactly one of "epochs" and "steps"'),
);

/** The options of a probe. What spans several of them, the probe itself checks. */
const probeEntries = Object.fromEntries(
  Object.entries<ProbeFeature>(PROBES).map(([name, { text, options, create }]) => {
    const entries = v.pipe(
      object(tableEntries(options)),
      said(text.en.summary),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed || dataset.issues) return;
        try {
          create(dataset.value);
        } catch (error) {
          const [, key = '', message = String(error)] = /^probes\.\w+(?:\.|: )(\w+): (.*)$/s.exec((error as Error).message) ?? [];
          addIssue({ message, path: inner(dataset.value, key, dataset.value) });
        }
      }),
    );
    return [name, optional(entries)];
  }),
) as unknown as { readonly [Name in ProbeName]: v.ExactOptionalSchema<v.GenericSchema<NonNullable<ProbeDocuments[Name]>>, undefined> };

const probes = object({
  every: optional(steps()),
  // None where norms or the figures of other probes are enough.
  tensors: optional(v.array(oneOf(TENSOR_KINDS), 'expected a list of tensors')),
  ...probeEntries,
  layers: optional(either([v.literal('all'), listOf(string(), 'a list of layer names')], '"all" or a list of layer names')),
});

/** A document as it may be written: a graph is one layer. */
type Written = Omit<Experiment, 'model'> & { model: { layers?: LayerDocument[]; graph?: Omit<GraphDocument, 'type'> } };

const layersOf = ({ layers, graph }: Written['model']): LayerDocument[] => (graph ? [{ type: 'graph', ...graph }] : layers!);

const experiment: v.GenericSchema<Written> = v.pipe(
  object({
    $schema: optional(string()),
    format: optional(v.pipe(v.literal(FORMATS.experiment, `expected "${FORMATS.experiment}"`), said('The version of the names in this document.'))),
    name: optional(string()),
    description: optional(v.pipe(string(), said('What to see, in a sentence or two.'))),
    seed: optional(v.pipe(integer(0), said('Decides initial values, splits, the order of samples and dropout. Default 1.'))),
    data,
    model: v.pipe(
      object({ layers: optional(layers), graph: optional(graph) }),
      v.check((model) => (model.layers === undefined) !== (model.graph === undefined), 'expected exactly one of "layers" and "graph"'),
    ),
    loss,
    metrics: optional(
      v.pipe(
        listOf(metric, 'a list of metrics'),
        said('What is measured in addition to the loss, in validations and at the end. Classifications always have an accuracy.'),
      ),
    ),
    optimizer,
    training,
    probes: optional(probes),
    fitted: optional(v.pipe(fitted, said('How the rows were read and prepared, in the file of a saved model. Training ignores it.'))),
  }),
  v.forward(
    v.check(({ data, training }) => !training.earlyStopping || Boolean(data.split?.validation), 'needs a validation part: set data.split.validation'),
    ['training'],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    // Once every number is in its own range.
    if (!dataset.typed || dataset.issues) return;
    const { data, fitted, model, optimizer } = dataset.value;
    if (optimizer.schedule && buildSchedule(optimizer.schedule).react && !data.split?.validation)
      addIssue({
        message: 'reacts to validations, and needs a validation part: set data.split.validation',
        path: inner(dataset.value, 'optimizer.schedule', optimizer.schedule),
      });
    const size = modelSize(layersOf(model), knownInputs(data, fitted));
    const paths = 'message' in size ? size : layerPaths(layersOf(model));
    if ('message' in paths)
      addIssue({
        message: paths.message,
        path: inner(dataset.value, `model.${'graph' in model ? paths.path.replace('layers[0]', 'graph') : paths.path}`, model),
      });
    const group = 'message' in paths ? undefined : wrongGroup(optimizer.groups ?? [], paths);
    if (group) addIssue({ message: group.message, path: inner(dataset.value, `optimizer.${group.path}`, optimizer) });
    else if (!('message' in paths))
      for (const [i, message] of wrongMetrics(dataset.value)) addIssue({ message, path: inner(dataset.value, `metrics[${i}]`, dataset.value.metrics![i]) });
  }),
);

/** Metrics that make no sense of the model's output, or come twice: which, and why. */
function* wrongMetrics({ metrics = [], loss, model }: Written): Generator<[number, string]> {
  const output = { loss: buildLoss(loss), columns: widthAfter(layersOf(model)) };
  const built = metrics.map((metric) => buildMetric(metric));
  for (const [i, metric] of built.entries()) {
    const message = built.findIndex(({ name }) => name === metric.name) < i ? 'it is there twice' : wrongMetric(metric, output);
    if (message) yield [i, `${metric.name}: ${message}`];
  }
}

/**
 * Checks a parsed JSON document, also one with the names of format 1. What it asks for is bounded (src/limits.ts) before anything of it is made.
 *
 * @param json - What `JSON.parse` gave.
 * @returns The experiment, checked.
 * @throws UsageError that names each wrong place, the first one first: `model.layers[3].units: expected a positive integer, got "64"`; DataError for a format
 * that is newer than this package.
 * @example
 * const experiment = parseExperiment(JSON.parse(text));
 */
export function parseExperiment(json: unknown): Experiment {
  requireShallow('document', json);
  const written = check(experiment, documentOfToday(json), 'document');
  const document = { format: FORMATS.experiment, ...written, model: { layers: layersOf(written.model) } };
  parsed.add(document);
  return document;
}

/** A document with the names of today, where it says no format or the first; without one of those. Throws a DataError for a newer format. */
export function documentOfToday(json: unknown): unknown {
  if (versionIn('experiment', json, 'document') !== 1 || !isObject(json)) return json;
  const { format: _, ...rest } = withNewNames('document', json as { format?: unknown });
  return rest;
}

/** Layers of a document as they were given to a function. Throws a UsageError that names each wrong place. */
export function givenLayers(given: unknown): LayerDocument[] {
  requireShallow('layers', given);
  return check(layers, given, 'model');
}

/** Documents that were checked here: they are not checked again at every door. */
const parsed = new WeakSet<object>();

/** Checks a document unless `parseExperiment` made it. Throws a UsageError. */
export function givenExperiment(where: string, given: unknown): Experiment {
  requireObject(where, given, 'an experiment, as parseExperiment returns it');
  return parsed.has(given) ? (given as Experiment) : parseExperiment(given);
}

const described: v.GenericSchema<ModelDescription> = v.pipe(
  object({
    layers,
    fitted,
    loss: optional(
      object({
        name: string(),
        task: oneOf(['classification', 'regression']),
        probabilities: optional(oneOf(['softmax', 'sigmoid'])),
        options: optional(object(tableEntries(ALL_LOSS_OPTIONS))),
      }),
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    const size = modelSize(dataset.value.layers, dataset.value.fitted.inputs);
    const paths = 'message' in size ? size : layerPaths(dataset.value.layers);
    if ('message' in paths) addIssue({ message: paths.message, path: inner(dataset.value, paths.path, dataset.value.layers) });
  }),
);

/**
 * What a file says of its model. Throws a DataError where it says that the model could not be written; a UsageError that names each wrong place for what is damaged.
 */
export function parseModelDescription(json: unknown): ModelDescription {
  const { unwritten } = (json ?? {}) as Partial<UnwrittenModel>;
  if (unwritten !== undefined)
    throw new DataError(`the file has weights and not their model, ${unwritten}: build the model in a program, and load the file into it`);
  requireShallow('fathom.model', json);
  return check(described, json, 'file');
}

const SIZES =
  `A model has at most ${count(LIMITS.layers)} layers with its repeats written out and ${count(LIMITS.parameters)} parameters; a generator makes at most ` +
  `${count(LIMITS.values)} numbers; lists and objects are at most ${LIMITS.nesting} deep.`;

/**
 * Makes the JSON schema (draft 2020-12) of an experiment document, as editors read it: all that `parseExperiment` checks but what spans several keys. The
 * package has it as `fathom-webgpu/experiment.schema.json`.
 *
 * @returns The schema as an object.
 * @example
 * const schema = JSON.stringify(experimentJsonSchema(), null, 2);
 */
export function experimentJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(experiment, {
    target: 'draft-2020-12',
    errorMode: 'ignore',
    definitions: { layers, schedule: scheduleAgain, initializer: optionSchema(WEIGHT_INITIALIZER)! },
  });
  return { $id: SCHEMA_ID, title: 'Fathom experiment', description: SIZES, ...schema };
}
