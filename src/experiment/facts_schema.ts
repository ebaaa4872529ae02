// The facts of a run in the header of a history, as a schema: every part is optional, since other frameworks log few of them.
import * as v from 'valibot';
import { TARGET_KINDS } from '../inspect/facts.ts';
import { boolean, integer, number, object, oneOf, string } from './check.ts';

const optional = v.exactOptional;
const anyNumber = v.custom<number>((value) => typeof value === 'number', 'expected a number, "NaN", "Infinity" or "-Infinity"');
const share = number(0, 1);
const ofColumn = object({ value: number(0), column: integer(0) });
const list = <Item extends v.GenericSchema>(item: Item, what: string) => v.array(item, `expected ${what}`);

const input = object({
  name: string(),
  rows: integer(1),
  columns: integer(1),
  meanSquare: number(0),
  min: number(),
  max: number(),
  constantColumns: integer(0),
  duplicateColumns: optional(integer(0)),
  offCentre: ofColumn,
  smallestStd: ofColumn,
  largestStd: ofColumn,
  code: optional(object({ value: number(), column: integer(0), rows: integer(1), apart: number(0) })),
  names: optional(list(string(), 'a list of names')),
});

const targets = object({
  kind: oneOf(TARGET_KINDS),
  rows: integer(1),
  columns: integer(1),
  min: number(),
  max: number(),
  mean: number(),
  variance: number(0),
  counts: optional(list(integer(0), 'a list of counts')),
  values: optional(list(number(), 'a list of numbers')),
});

const output = object({
  name: string(),
  loss: string(),
  task: oneOf(['classification', 'regression']),
  units: integer(1),
  activation: string(),
  range: v.tuple([anyNumber, anyNumber], 'expected two numbers'),
  labelSmoothing: optional(share),
  targets: optional(targets),
  baselineLoss: optional(number()),
  validationBaselineLoss: optional(number()),
  validationBaselineError: optional(number(0)),
  baselineAccuracy: optional(share),
});

const training = object({
  optimizer: string(),
  learningRate: number(0),
  weightDecay: number(0),
  decoupled: boolean(),
  momentum: optional(share),
  batchSize: integer(1),
  rows: optional(integer(1)),
  schedule: optional(string()),
  clip: optional(object({ norm: optional(number(0)), value: optional(number(0)) })),
});

const layer = object({
  name: string(),
  l1: number(0),
  l2: number(0),
  dropout: share,
  batchNormSamples: optional(number(0)),
  batchNormMomentum: optional(share),
});

export const facts = object({
  inputs: optional(list(input, 'a list of inputs')),
  outputs: optional(list(output, 'a list of outputs')),
  training: optional(training),
  layers: optional(list(layer, 'a list of layers')),
});
