// What a document may say of its rows: where they come from, and how they were prepared. A part of schema.ts.
import * as v from 'valibot';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { boolean, choice, divisor, either, inner, integer, listOf, number, object, oneOf, string } from './check.ts';
import type { DataDocument, FittedDocument } from './document.ts';
import { SOURCES } from './sources/index.ts';

const optional = v.exactOptional;

/** The rows of a document, by their source. */
export const data = choice(
  'source',
  Object.keys(SOURCES),
  Object.values(SOURCES).map(({ schema }) => schema) as unknown as v.VariantOptions<'source'>,
) as unknown as v.GenericSchema<DataDocument>;

const names = listOf(string(), 'a list of names');
const scaling = object({ offset: listOf(number(), 'a list of numbers'), divisor: listOf(divisor(), 'a list of numbers') });
const RANGE = 'expected the least and the largest number, or none';
const range = v.pipe(
  v.array(number(), RANGE),
  v.check((ends) => ends.length === 0 || ends.length === 2, RANGE),
);
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
        ranges: optional(listOf(range, 'a list of ranges')),
        signs: optional(names),
        targetSign: optional(string()),
        missingWords: optional(names),
      }),
    ),
    fill: optional(listOf(number(), 'a list of numbers')),
    divisor: optional(divisor()),
    scaling: optional(scaling),
    targets: optional(object({ offset: listOf(number(), 'a list of numbers'), divisor: listOf(divisor(), 'a list of numbers'), log: optional(boolean()) })),
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
  for (const [key, list] of Object.entries({
    'table.values': table.values,
    'table.names': table.names,
    'table.signs': table.signs,
    'table.ranges': table.ranges,
  }))
    if (list && list.length !== table.features.length) yield [key, `expected ${table.features.length} entries, one per column, got ${list.length}`];
  const made = values.reduce((sum, each) => sum + (typeof each === 'string' ? 1 : each.length), 0);
  if (made !== inputs) yield ['table.features', `expected ${inputs} entries, one per input, got ${made}`];
  const columns = [...table.features, table.target];
  if (columns.some((column) => column >= table.columns) || new Set(columns).size < columns.length)
    yield ['table', `expected features and target in columns of their own, from 0 to ${table.columns - 1}`];
}
