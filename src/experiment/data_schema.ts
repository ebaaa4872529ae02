// What a document may say of its rows: where they come from, and how they were prepared. A part of schema.ts.
import * as v from 'valibot';
import { csvOptions } from '../data/csv_options.ts';
import { GENERATOR_NAMES, GENERATORS } from '../data/generators/index.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { boolean, choice, either, fraction, inner, integer, listOf, number, object, oneOf, string, tableEntries } from './check.ts';
import type { FittedDocument } from './document.ts';
import { imageOptions } from './image_options.ts';

const optional = v.exactOptional;
const said = v.description;

const stream = optional(v.pipe(boolean(), said('Batches are uploaded to the GPU ahead of the steps. Default: if the training part does not fit.')));
const prepared = {
  stream,
  split: optional(object({ validation: optional(fraction()), test: optional(fraction()) })),
  standardise: optional(boolean()),
};

const column = either([string(), integer(0)], 'the name of a column, or its index from 0');

const tableOfDocument = {
  target: optional(column),
  features: optional(listOf(column, 'a list of columns')),
  categories: optional(listOf(column, 'a list of columns')),
  task: optional(oneOf(['auto', 'classification', 'regression'])),
  missing: optional(oneOf(['error', 'drop', 'mean'])),
};

const generators = Object.values(GENERATORS).map(({ name, text, params: known }) =>
  v.pipe(
    object({
      source: v.literal('generator'),
      name: v.literal(name),
      params: optional(object(tableEntries(known)) as unknown as v.GenericSchema<Record<string, number>>),
      ...prepared,
    }),
    said(text.en.summary),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed || dataset.issues) return;
      const { params = {} } = dataset.value;
      const [rows, features] = ['rows', 'features'].map((key) => params[key] ?? known[key]?.default ?? 1) as [number, number];
      if (rows * features > LIMITS.values)
        addIssue({
          message: `expected at most ${count(LIMITS.values)} numbers, got ${count(rows)} rows of ${count(features)}`,
          path: inner(dataset.value, 'params.rows', rows),
        });
    }),
  ),
);

const paths = listOf(string(), 'a list of paths');
const idxFiles = { images: string(), labels: string() };

const divisor = v.pipe(
  number(),
  v.check((value) => value !== 0, 'expected a number other than 0, got 0'),
);

/** The rows of a document, by their source. */
export const data = choice(
  'source',
  ['generator', 'digits', 'csv', 'parquet', 'images', 'cifar10', 'idx', 'numpy', 'arrays'],
  [
    choice('name', GENERATOR_NAMES, generators),
    object({
      source: v.literal('digits'),
      rows: optional(integer()),
      stream,
      standardise: optional(boolean()),
      split: optional(object({ validation: optional(fraction()) })),
    }),
    object({
      source: v.literal('csv'),
      path: optional(string()),
      text: optional(string()),
      ...tableOfDocument,
      ...tableEntries(csvOptions),
      ...prepared,
    }),
    object({ source: v.literal('parquet'), path: string(), ...tableOfDocument, ...tableEntries({ missingWords: csvOptions.missingWords }), ...prepared }),
    object({
      source: v.literal('images'),
      path: string(),
      ...tableEntries({ size: imageOptions.size, channels: imageOptions.channels }),
      classNames: optional(listOf(string(), 'a list of names')),
      ...prepared,
    }),
    object({ source: v.literal('cifar10'), files: paths, test: optional(paths), ...prepared }),
    object({ source: v.literal('idx'), ...idxFiles, classes: optional(integer(2, LIMITS.classes)), test: optional(object(idxFiles)), ...prepared }),
    object({
      source: v.literal('numpy'),
      path: optional(string()),
      x: optional(string()),
      y: optional(string()),
      classes: optional(integer(2, LIMITS.classes)),
      divisor: optional(divisor),
      ...prepared,
    }),
    object({
      source: v.literal('arrays'),
      x: listOf(listOf(number(), 'a row of numbers'), 'a list of rows'),
      y: either([listOf(number(), 'a list of numbers'), listOf(listOf(number(), 'a row of numbers'), 'a list of rows')], 'a list of numbers or of rows'),
      classes: optional(integer(2, LIMITS.classes)),
      ...prepared,
    }),
  ],
);

const names = listOf(string(), 'a list of names');
const scaling = object({ offset: listOf(number(), 'a list of numbers'), divisor: listOf(divisor, 'a list of numbers') });
/** How rows were read and prepared. */
export const fitted = v.pipe(
  object({
    inputs: integer(1, LIMITS.inputs),
    features: optional(listOf(string(), 'a list of names')),
    classes: optional(
      v.pipe(
        listOf(string(), 'a list of names'),
        v.check((names) => names.length >= 2 && names.length <= LIMITS.classes, `expected 2 to ${count(LIMITS.classes)} classes`),
      ),
    ),
    table: optional(
      object({
        columns: integer(2),
        features: listOf(integer(0), 'a list of columns'),
        target: integer(0),
        targetName: optional(string()),
        names: optional(names),
        values: optional(listOf(either([oneOf(['number', 'boolean']), names], 'number, boolean, or a list of categories'), 'a list of what cells are')),
        separator: optional(string()),
        decimal: optional(string()),
        thousands: optional(string()),
        missingWords: optional(names),
      }),
    ),
    fill: optional(listOf(number(), 'a list of numbers')),
    divisor: optional(divisor),
    scaling: optional(scaling),
    targets: optional(scaling),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    for (const [key, message] of wrongInFitted(dataset.value)) addIssue({ message, path: inner(dataset.value, key, dataset.value) });
  }),
);

/** What does not belong together in `fitted`, by its key: a list has an entry for each input, and columns are in the table, each once. */
function* wrongInFitted({ inputs, features, table, fill, scaling, targets }: FittedDocument): Generator<[string, string]> {
  const lists = { features, fill, 'scaling.offset': scaling?.offset, 'scaling.divisor': scaling?.divisor };
  for (const [key, list] of Object.entries(lists))
    if (list && list.length !== inputs) yield [key, `expected ${inputs} entries, one per input, got ${list.length}`];
  if (targets && targets.offset.length !== targets.divisor.length) yield ['targets', 'expected as many offsets as divisors'];
  if (!table) return;
  const { values = table.features.map(() => 'number') } = table;
  for (const [key, list] of Object.entries({ 'table.values': table.values, 'table.names': table.names }))
    if (list && list.length !== table.features.length) yield [key, `expected ${table.features.length} entries, one per column, got ${list.length}`];
  const made = values.reduce((sum, each) => sum + (typeof each === 'string' ? 1 : each.length), 0);
  if (made !== inputs) yield ['table.features', `expected ${inputs} entries, one per input, got ${made}`];
  const columns = [...table.features, table.target];
  if (columns.some((column) => column >= table.columns) || new Set(columns).size < columns.length)
    yield ['table', `expected features and target in columns of their own, from 0 to ${table.columns - 1}`];
}
