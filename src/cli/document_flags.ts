// Flags of a run without a document: depth, width, activation, optimizer, steps and the like, for the digits, a generator's rows or a table. Options of
// optimizers become flags from their own tables.
import { basename } from 'node:path';
import { Option } from 'commander';
import digits from '../../demo/experiments/digits.json' with { type: 'json' };
import { isParquet } from '../data/csv_text.ts';
import { GENERATOR_NAMES, GENERATORS, type GeneratorName } from '../data/generators/index.ts';
import { show, UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import { LAYER_FEATURES } from '../experiment/registry/layers.ts';
import { OPTIMIZER_FEATURES, ownOptions } from '../experiment/registry/optimizers.ts';
import { parseExperiment } from '../experiment/schema.ts';
import { ACTIVATIONS } from '../ops/activation_table.ts';
import { type Entry, oneOfThese } from '../option_table.ts';
import { arraysOf, isArraysPath } from './array_flags.ts';
import { type Rows, trainingRows, VALIDATION } from './flag_rows.ts';
import { sayingFlags } from './flag_words.ts';
import { fitsFlag, flagOf, numeric } from './flags.ts';
import { TABLE_FLAGS, tableOptionsIn } from './table_flags.ts';

/** What the flags below give, by their names; those of optimizers among them. */
export type DocumentFlags = Readonly<Record<string, unknown>>;

/** Hidden layers, their width, rows per step and steps where no flag says otherwise: as the document of the digits has them. */
const USUAL = { depth: 6, tableDepth: 2, width: 64, batchSize: 32, steps: 1080, learningRate: 0.002 } as const;

/** Validations of a run that may end early, and how many of them without a gain end that of a table: a fifth of the run. */
const EARLY = { validations: 50, patience: 10 } as const;

/** The training part of the digits. */
const DIGIT_ROWS = 1437;

/** Layers that normalise and need no option. */
const NORMS = LAYER_FEATURES.filter(([, { record }]) => record.role === 'normalisation' && !Object.values(record.options).some(({ required }) => required)).map(
  ([type]) => type,
);

/** A flag: its option for commander, and where its value goes. */
interface Flag {
  readonly name: string;
  readonly option: Option;
  readonly of: 'run' | 'table' | 'optimizer';
}

const text = (flags: string, description: string): Option => new Option(flags, description);

const OWN: readonly Option[] = [
  text('--data <name>', `digits, the path of a table (.csv, .parquet) or of arrays (.npz, .npy), or a generator: ${GENERATOR_NAMES.join(', ')}`),
  numeric('--depth <layers>', `hidden layers (default: ${USUAL.depth}, of a table ${USUAL.tableDepth})`),
  numeric('--width <units>', `units of each (default: ${USUAL.width})`),
  text('--activation <name>', 'relu, tanh, ... (default: relu); fathom list activations has them all'),
  text('--initializer <scheme>', 'initial weights of the hidden layers: he_normal, lecun_normal, orthogonal, ... (default: he_normal)'),
  text('--norm <layer>', `before each activation: ${NORMS.join(', ')} (default: none)`),
  numeric(
    '--early-stopping <validations>',
    `end after so many validations (of ${EARLY.validations}) without a lower validation loss, and keep the weights of the lowest; 0 keeps the last (default: of a table ${EARLY.patience}, else 0)`,
  ),
  numeric('--batch-size <rows>', `rows per step (default: ${USUAL.batchSize})`),
  numeric('--steps <number>', `steps of training (default: ${USUAL.steps})`),
  numeric('--epochs <number>', 'in place of --steps: how often every row is trained on'),
  text('--optimizer <name>', `${Object.keys(OPTIMIZER_FEATURES).join(', ')} (default: adam)`),
  numeric('--learning-rate <number>', `its learning rate (default: ${USUAL.learningRate}, falling on a cosine)`),
];

/** All flags, those of optimizers last. */
export const DOCUMENT_FLAGS: readonly Flag[] = [
  ...OWN.map((option) => ({ name: option.attributeName(), option, of: 'run' as const })),
  ...TABLE_FLAGS.map((option) => ({ name: option.attributeName(), option, of: 'table' as const })),
  ...[...optimizerTables()].map(([name, { entry, of }]) => ({ name, option: flagOf(name, entry, optimizersIn(of)), of: 'optimizer' as const })),
];

/** Options of optimizers that fit a flag, by name, with the optimizers that have them. */
function optimizerTables(): Map<string, { entry: Entry; of: string[] }> {
  const tables = new Map<string, { entry: Entry; of: string[] }>();
  for (const [optimizer, feature] of Object.entries(OPTIMIZER_FEATURES))
    for (const [name, entry] of Object.entries(ownOptions(feature))) {
      if (!fitsFlag(entry) || (entry.type === 'list' && entry.of.type === 'string')) continue;
      const known = tables.get(name);
      if (known) known.of.push(optimizer);
      else tables.set(name, { entry, of: [optimizer] });
    }
  return tables;
}

function optimizersIn(of: readonly string[]): string {
  return `of ${of.length === Object.keys(OPTIMIZER_FEATURES).length ? 'every optimizer' : of.join(', ')}`;
}

/** The flags among those given that describe a document. */
export function documentFlagsIn(flags: Readonly<Record<string, unknown>>): DocumentFlags {
  return Object.fromEntries(DOCUMENT_FLAGS.flatMap(({ name }) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
}

/** Throws a UsageError where there are such flags beside a document, whose words they would be. */
export function refuseDocumentFlags(flags: DocumentFlags, document: string): void {
  const [first] = Object.keys(flags);
  if (first === undefined) return;
  const { option } = DOCUMENT_FLAGS.find(({ name }) => name === first)!;
  throw new UsageError(`${option.long}: ${document} says what is trained: change it there, or leave it out and describe the run by flags`);
}

/** The path of the table or the arrays that the flags name; undefined where they name other data. */
export function fileIn({ data }: DocumentFlags): string | undefined {
  return typeof data === 'string' && (isTablePath(data) || isArraysPath(data)) ? data : undefined;
}

/** Whether a name is that of a table's file. */
export const isTablePath = (path: string): boolean => /\.(?:csv|tsv|txt|tab|dat|parquet)(?:\.gz)?$/i.test(path);

/** The document that the flags describe; what they leave out is as for the digits. `file` is that of the data that they name, `targets` that of a second one. Throws a UsageError that names each wrong place. */
export async function documentOfFlags(flags: DocumentFlags, file?: Uint8Array, targets?: Uint8Array): Promise<Experiment> {
  const path = fileIn(flags);
  const data = path === undefined ? dataOf(flags) : await ownRows(path, file!, flags, targets);
  const { depth = path === undefined ? USUAL.depth : USUAL.tableDepth, width = USUAL.width, activation = 'relu', norm, initializer = 'he_normal' } = flags;
  requireKnown('--activation', activation, Object.keys(ACTIVATIONS));
  if (norm !== undefined) requireKnown('--norm', norm, NORMS);
  requireKnown('--optimizer', flags.optimizer ?? 'adam', Object.keys(OPTIMIZER_FEATURES));
  const { learningRate = USUAL.learningRate, batchSize = USUAL.batchSize } = flags;
  const steps = stepsOf(flags, data.rows, batchSize);
  const hidden = [
    { type: 'dense', units: width, initializer: { scheme: initializer } },
    ...(norm === undefined ? [] : [{ type: norm }]),
    { type: 'activation', name: activation },
  ];
  const settings = Object.fromEntries(DOCUMENT_FLAGS.filter(({ name, of }) => of === 'optimizer' && name in flags).map(({ name }) => [name, flags[name]]));
  return namingFlags(() =>
    parseExperiment({
      name: data.name,
      seed: digits.seed,
      data: data.document,
      model: {
        layers: [
          ...(data.flatten ? [{ type: 'flatten' }] : []),
          { type: 'repeat', times: depth, layers: hidden },
          { type: 'dense', units: data.outputs, initializer: { scheme: 'lecun_normal' } },
        ],
      },
      loss: data.regression ? 'mse' : 'softmax_cross_entropy',
      // Of a table's loss nobody knows what is good; of R2 1 is, and errors are in the target's unit.
      ...(data.regression && path !== undefined ? { metrics: ['r2', 'rmse', 'mae'] } : {}),
      optimizer: {
        name: flags.optimizer ?? 'adam',
        learningRate,
        ...(typeof learningRate === 'number' ? { schedule: { name: 'cosine', tMax: steps, etaMin: learningRate / 100 } } : {}),
        ...settings,
      },
      training: { steps, batchSize, ...earlyStopping(flags.earlyStopping ?? (path === undefined ? 0 : EARLY.patience), steps) },
      probes: digits.probes,
    }),
  );
}

/** Steps that flags ask for, or the epochs that they ask for take. */
function stepsOf({ steps, epochs }: DocumentFlags, rows: number, batchSize: unknown): unknown {
  if (epochs === undefined) return steps ?? USUAL.steps;
  if (steps !== undefined) throw new UsageError('--epochs: --steps says how long it trains: give one of the two');
  if (typeof epochs !== 'number' || !Number.isInteger(epochs) || epochs < 1) throw new UsageError(`--epochs: expected a positive integer, got ${show(epochs)}`);
  return typeof batchSize === 'number' && batchSize > 0 ? epochs * Math.ceil(rows / batchSize) : USUAL.steps;
}

/** When a run ends early, as a document has it. */
function earlyStopping(patience: unknown, steps: unknown): object {
  if (patience === 0) return {};
  return { ...(typeof steps === 'number' ? { validateEvery: Math.max(1, Math.ceil(steps / EARLY.validations)) } : {}), earlyStopping: { patience } };
}

/** Where the document has what a flag says. */
const PLACES: readonly (readonly [place: string, flag: string])[] = [
  ['model.layers[0].times', '--depth'],
  ['model.layers[0].layers[0].units', '--width'],
  ['model.layers[0].layers[0].initializer', '--initializer'],
  ['training.batchSize', '--batch-size'],
  ['training.steps', '--steps'],
  ['training.earlyStopping.patience', '--early-stopping'],
  ...DOCUMENT_FLAGS.filter(({ name, of }) => of === 'optimizer' || name === 'learningRate').map(
    ({ name, option }) => [`optimizer.${name}`, option.long!] as const,
  ),
  ...TABLE_FLAGS.map((option) => [`data.${option.attributeName()}`, option.long!] as const),
];

/** Its errors name flags in the place of places of the document. */
function namingFlags<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (cause) {
    const { message } = cause as Error;
    throw new UsageError(
      PLACES.reduce((text, [place, flag]) => text.replaceAll(place, flag), message),
      { cause },
    );
  }
}

/** Rows of a file of one's own. Throws a UsageError for flags that say what is of another kind. */
async function ownRows(path: string, file: Uint8Array, flags: DocumentFlags, targets: Uint8Array | undefined): Promise<Rows> {
  const isTable = isTablePath(path);
  refuseMisplaced(flags, isTable ? undefined : ['target', 'task', 'logTargets']);
  return sayingFlags(() => (isTable ? tableOf(path, file, flags) : arraysOf(path, file, flags, targets)), path);
}

/** Throws a UsageError for a flag of tables beside other data, which have those that are named. */
function refuseMisplaced(flags: DocumentFlags, known: readonly string[] = TABLE_FLAGS.map((option) => option.attributeName())): void {
  const misplaced = TABLE_FLAGS.find((option) => flags[option.attributeName()] !== undefined && !known.includes(option.attributeName()));
  if (misplaced) throw new UsageError(`${misplaced.long}: only a table has it: give one by --data`);
}

/** A table: its target decides what is trained. */
async function tableOf(path: string, file: Uint8Array, flags: DocumentFlags): Promise<Rows> {
  const { readAnyTable } = await import('../experiment/any_table.ts');
  const { logTargets, ...options } = { missing: 'mean', ...tableOptionsIn(flags) } as const;
  const { classes, rows } = await readAnyTable(file, options, logTargets === true);
  const source = isParquet(file) ? 'parquet' : 'csv';
  return {
    name: basename(path).replace(/\.\w+(?:\.gz)?$/, ''),
    document: { source, path, ...options, split: { validation: VALIDATION }, standardise: true, ...(logTargets === undefined ? {} : { logTargets }) },
    outputs: classes ?? 1,
    regression: classes === undefined,
    rows: trainingRows(rows),
  };
}

function dataOf(flags: DocumentFlags): Rows {
  refuseMisplaced(flags, []);
  const { data: name = 'digits' } = flags;
  requireKnown('--data', name, ['digits', ...GENERATOR_NAMES]);
  if (name === 'digits') return { name, document: digits.data, outputs: 10, regression: false, rows: DIGIT_ROWS };
  const { params, ...generator } = GENERATORS[name as GeneratorName];
  const classes = generator.classes();
  const document = { source: 'generator', name, split: { validation: VALIDATION }, standardise: true };
  return { name, document, outputs: classes ?? 1, regression: classes === undefined, rows: trainingRows(params.rows!.default) };
}

function requireKnown(flag: string, value: unknown, names: readonly string[]): asserts value is string {
  if (!names.includes(value as string)) throw new UsageError(`${flag}: ${oneOfThese(names, value)}`);
}
