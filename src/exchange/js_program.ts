// A document as a program for this package: the same calls that its run makes, so that the steps have the same bits.

import { DEFAULT_SEED } from '../experiment/data.ts';
import type { Experiment, LayerDocument, LossDocument, MetricDocument, OptimizerDocument, ScheduleDocument } from '../experiment/document.ts';
import { buildLoss } from '../experiment/registry/losses.ts';
import { SCHEDULE_FEATURES, scheduleOptions } from '../experiment/registry/schedules.ts';
import { givenExperiment } from '../experiment/schema.ts';
import { DIGIT_SHAPE } from '../experiment/sources/digits.ts';
import { pathsOf } from '../experiment/sources/index.ts';
import type { WrittenLayer } from '../nn/layer.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { commentLines } from './comments.ts';

/** What documents and programs call differently. */
const FUNCTIONS: Readonly<Record<string, string>> = { kl_div: 'klDivergence', mae: 'mae', step: 'stepDecay', linear: 'linearRamp', sequential: 'sequence' };
const METRICS: Readonly<Record<string, string>> = { mae: 'meanAbsoluteError' };

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A value as JavaScript has it: keys without quotes where they need none. */
function jsOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? quoted(value) : String(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, each]) => `${keyOf(key)}: ${jsOf(each)}`).join(', ')} }`;
}

const keyOf = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key));
const quoted = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
const indented = (text: string): string => text.replaceAll('\n', '\n  ');
/** A call with options, which may be none. */
const callOf = (name: string, options: object): string => `${name}(${Object.values(options).some((value) => value !== undefined) ? jsOf(options) : ''})`;

/** Writes programs, and remembers what they import. */
class Writer {
  readonly #root = new Set<string>();
  readonly #experiment = new Set<string>();

  root(name: string): string {
    this.#root.add(name);
    return name;
  }

  experiment(name: string): string {
    this.#experiment.add(name);
    return name;
  }

  imports(): string {
    const line = (names: Set<string>, from: string): string => (names.size > 0 ? `import { ${[...names].sort().join(', ')} } from '${from}';\n` : '');
    return line(this.#root, 'fathom-webgpu') + line(this.#experiment, 'fathom-webgpu/experiment');
  }

  layers(list: readonly WrittenLayer[]): string {
    return `[\n${list.map((layer) => `  ${indented(this.layer(layer as LayerDocument))},`).join('\n')}\n]`;
  }

  layer(layer: LayerDocument): string {
    if (layer.type === 'activation') return callOf(this.root(camel(layer.name)), layer.params ?? {});
    const { type, name, ...options } = layer as WrittenLayer & Record<string, unknown>;
    if (type === 'graph' && name !== undefined) return this.unnamed(type, { name, ...options });
    const written = this.unnamed(type as LayerDocument['type'], options);
    return name === undefined ? written : `${this.root('named')}(${quoted(name)}, ${written})`;
  }

  unnamed(type: LayerDocument['type'], options: Record<string, unknown>): string {
    const { layers, branches, times, ...rest } = options as { layers: WrittenLayer[]; branches: WrittenLayer[][]; times: number };
    switch (type) {
      case 'repeat':
        return `${this.root('repeat')}(${times}, ${this.layers(layers)})`;
      case 'sequential':
        return `${this.root('sequential')}(${this.layers(layers)})`;
      case 'residual':
        return `${this.root('residual')}(${this.layers(layers)}${Object.keys(rest).length > 0 ? `, ${jsOf(rest)}` : ''})`;
      case 'concat':
      case 'add':
        return `${this.root(type)}([\n${branches.map((branch) => `  ${indented(this.layers(branch))},`).join('\n')}\n])`;
      case 'graph':
        // Programs wire layers by functions of values; a document's wires are built as they stand.
        return `...${this.experiment('buildModel')}(${jsOf([{ type, ...options }])}).layers`;
      case 'dense':
        return Object.keys(options).length === 1 ? `${this.root('dense')}(${options.units})` : callOf(this.root('dense'), options);
      default:
        return callOf(this.root(camel(type)), options);
    }
  }

  schedule(document: ScheduleDocument): string {
    const { name, ...given } = document;
    const inner = scheduleOptions(SCHEDULE_FEATURES[name]!.options).map(({ key }) => key);
    const entries = Object.entries(given).map(([key, value]) => {
      if (!inner.includes(key)) return `${key}: ${jsOf(value)}`;
      return `${key}: ${Array.isArray(value) ? `[${(value as ScheduleDocument[]).map((each) => this.schedule(each)).join(', ')}]` : this.schedule(value as ScheduleDocument)}`;
    });
    return `${this.root(FUNCTIONS[name] ?? camel(name))}(${entries.length > 0 ? `{ ${entries.join(', ')} }` : ''})`;
  }

  optimizer({ name, clip: _clip, groups: _groups, schedule, ...given }: OptimizerDocument): string {
    const options = jsOf(given).slice(0, -2);
    return `${this.root(name)}(${options}${schedule ? `, schedule: ${this.schedule(schedule)}` : ''} })`;
  }

  loss(given: Experiment['loss'], rowsOfNumbers: boolean): string {
    const { name, ...options } = (typeof given === 'string' ? { name: given } : given) as LossDocument & Record<string, unknown>;
    const more = { ...options, ...(name === 'softmax_cross_entropy' && rowsOfNumbers ? { targets: 'probability' } : {}) };
    return callOf(this.root('classWeights' in options ? 'weightedCrossEntropy' : (FUNCTIONS[name] ?? camel(name))), more);
  }

  /** In the unit that targets had before they were scaled, where the data say how that was. */
  metric(given: string | MetricDocument, scaled: boolean): string {
    if (scaled) return `${this.experiment('buildMetric')}(${jsOf(given)}, fitted.targets)`;
    const { name, ...options } = (typeof given === 'string' ? { name: given } : given) as MetricDocument;
    return callOf(this.root(METRICS[name] ?? camel(name)), options);
  }

  /** Rows of a generator that the loss takes as they are, by functions; all others as the document says. */
  data(document: Experiment): string {
    const { data, seed = DEFAULT_SEED } = document;
    if (data.source !== 'generator' || changesTargets(document)) {
      const read = data.source === 'digits' || pathsOf(data).length > 0;
      const { probes: _probes, training: _training, optimizer: _optimizer, metrics: _metrics, ...known } = document;
      const whole = { ...known, optimizer: { name: 'sgd', learningRate: 1 }, training: { steps: 1, batchSize: document.training.batchSize } };
      return `// How rows are read and prepared, and how their targets become what the loss takes, is said by a document.
const experiment = ${this.experiment('parseExperiment')}(${jsOf(whole)});
const { train, validation, test${document.metrics && scalesTargets(document) ? ', fitted' : ''} } = await ${this.experiment('loadData')}(experiment${read ? ', async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer())' : ''});`;
    }
    const options = { ...data.split, seed };
    const all = `${this.root('split')}(${this.root('generate')}(${quoted(data.name)}, ${jsOf(data.params ?? {})}, ${seed}), ${jsOf(options)})`;
    if (!data.standardise) return `const { train, validation, test } = ${all};`;
    const scale = (part: string): string => `parts.${part} && ${this.root('applyScaling')}(parts.${part}, scaling)`;
    return `const parts = ${all};
const scaling = ${this.root('fitStandardiser')}(parts.train);
const [train, validation, test] = [${this.root('applyScaling')}(parts.train, scaling), ${scale('validation')}, ${scale('test')}];`;
  }
}

/** Whether the loss sees targets in another unit than that of the data. */
const scalesTargets = ({ data, loss }: Experiment): boolean =>
  buildLoss(loss).task === 'regression' && (data.standardise === true || ('logTargets' in data && data.logTargets === true));

/** Whether the targets of the data are not yet those of the loss. */
function changesTargets(document: Experiment): boolean {
  const { task, targetDtype } = buildLoss(document.loss);
  return scalesTargets(document) || (task === 'classification' && targetDtype !== 'i32');
}

/** What the document alone does not say. */
export interface JsProgramOptions {
  /** Whether the data's targets are rows of numbers where the loss could take classes; false by default. */
  readonly rowsOfNumbers?: boolean;
}

const OPTIONS = { rowsOfNumbers: { type: 'boolean', default: false } } as const satisfies OptionTable<JsProgramOptions>;

/**
 * Writes a document as a program, an ES module for this package.
 *
 * @param experiment - The document, as `parseExperiment` returns it.
 * @param given - What the document alone does not say.
 * @returns The text of the program.
 * @throws UsageError for a document that is none.
 * @example
 * console.log(jsProgram(parseExperiment(json)));
 */
export function jsProgram(experiment: Experiment, given: JsProgramOptions = {}): string {
  const document = givenExperiment('jsProgram', experiment);
  const { rowsOfNumbers } = readOptions<JsProgramOptions, typeof OPTIONS>('jsProgram', OPTIONS, given);
  const to = new Writer();
  const { data: rows, name, description, model, loss, metrics, optimizer, training, seed = DEFAULT_SEED, probes } = document;
  const { layers } = model;
  const whole = `${to.root('sequential')}(${to.layers(layers)})`;
  const { onNonFinite, accumulate, average, earlyStopping, epochs, steps, validateEvery, batchSize } = training;
  const data = to.data(document);
  const options = [
    'model',
    `loss: ${to.loss(loss, rowsOfNumbers)}`,
    ...(metrics ? [`metrics: [${metrics.map((metric) => to.metric(metric, scalesTargets(document))).join(', ')}]`] : []),
    `optimizer: ${to.optimizer(optimizer)}`,
    'data: validation ? { train, validation } : { train }',
    `batchSize: ${batchSize}`,
    ...(accumulate === undefined ? [] : [`accumulate: ${to.root('accumulate')}(${accumulate})`]),
    ...('augment' in rows && rows.augment
      ? [`augment: ${to.root('augment')}(${jsOf(rows.augment)}${rows.source === 'digits' ? `, ${jsOf({ image: DIGIT_SHAPE })}` : ''})`]
      : []),
    ...(average ? [`average: ${callOf(to.root('averageWeights'), average)}`] : []),
    `seed: ${seed}`,
    ...(optimizer.clip ? [`clip: ${jsOf(optimizer.clip)}`] : []),
    ...(optimizer.groups ? [`groups: ${jsOf(optimizer.groups)}`] : []),
    ...(onNonFinite === undefined
      ? []
      : [`onNonFinite: ${typeof onNonFinite === 'string' ? quoted(onNonFinite) : callOf(to.root('rollBack'), onNonFinite.rollBack)}`]),
    `probes: ${to.experiment('buildProbes')}(${jsOf(probes ?? {})})`,
  ];
  const fit = [
    epochs === undefined ? `steps: ${steps}` : `epochs: ${epochs}`,
    ...(validateEvery === undefined ? [] : [`validateEvery: ${validateEvery}`]),
    ...(earlyStopping ? [`earlyStopping: ${callOf(to.root('earlyStopping'), earlyStopping)}`] : []),
    'onValidation: ({ step, validationLoss }) => console.log(step, validationLoss)',
  ];
  const body = `${data}

const model = ${whole};

const engine = await ${to.root('createEngine')}();
const trainer = await engine.createTrainer({
${options.map((option) => `  ${option},`).join('\n')}
});
const history = await trainer.fit({ ${fit.join(', ')} });
console.log(await trainer.evaluate(test ?? train));
console.log(${to.experiment('diagnose')}(history).findings.map(({ title }) => title));
engine.destroy();
`;
  const head = commentLines('//', [name, description]);
  return `${head.length > 0 ? `${head.join('\n')}\n` : ''}${to.imports()}\n${body}`;
}
