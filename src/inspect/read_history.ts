// A history that somebody else made, by hand or with JSON.parse, is read whole before a rule or a report looks at it: what is no history is refused with its
// place. One look at every value and no object made, so that a long history costs little; where JSON wrote null for a number it becomes NaN, in a copy.
import { isObject, show, UsageError } from '../errors.ts';
import { type History, type HistoryData, type LayerRecord, NORM_KINDS, type StepRecord, TENSOR_KINDS, type TensorStats } from './history.ts';
import { STATS } from './packed.ts';
import { Steps, UNKNOWN } from './steps.ts';

/** What a value is: a name of `EXPECTED`, a list of such, or an object with such under its names. Names that are not here may hold anything. */
type Shape = keyof typeof EXPECTED | readonly [Shape] | { readonly [name: string]: Shape };

/** In words. A number may be null: so JSON writes NaN and infinities. */
const EXPECTED = { number: 'a number', string: 'a string', boolean: 'true or false', range: 'two numbers' } as const;

/** Before a name: it must be there. Alone it stands for all names that are not spelled out. */
const MUST = '!';
const OTHERS = '*';

const numbers = (...names: readonly string[]): Record<string, 'number'> => Object.fromEntries(names.map((name) => [name, 'number']));

const TENSOR: Shape = { ...numbers(...STATS), histogram: ['number'] };
const PLACE: Shape = {
  [`${MUST}tensors`]: Object.fromEntries(TENSOR_KINDS.map((kind) => [kind, TENSOR])),
  norms: numbers(...NORM_KINDS),
  updateToWeight: numbers('l2', 'absMean', 'applied'),
  [OTHERS]: 'number',
};
const STEP: Shape = {
  ...numbers(`${MUST}step`, `${MUST}loss`, 'epoch', 'regularizationLoss', 'gradientNorm', 'learningRate'),
  layers: [PLACE],
  joins: [PLACE],
};

const NON_FINITE: Shape = { ...numbers(`${MUST}step`, 'nanCount', 'infCount'), layer: 'string', [`${MUST}tensor`]: 'string' };
const ABOUT_PLACE: Shape = {
  [`${MUST}name`]: 'string',
  ...Object.fromEntries(['role', 'activation', 'branchOf'].map((name) => [name, 'string'])),
  ...Object.fromEntries(['batchNorm', 'normalised', 'residual', 'trunk', 'frozen'].map((name) => [name, 'boolean'])),
  ...numbers('fanIn', 'width', 'after'),
  inputs: ['string'],
};
const OF_COLUMN: Shape = numbers(`${MUST}value`, `${MUST}column`);
const FACTS: Shape = {
  inputs: [
    {
      [`${MUST}name`]: 'string',
      ...numbers('rows', 'columns', 'meanSquare', 'min', 'max', 'constantColumns', 'duplicateColumns'),
      [`${MUST}offCentre`]: OF_COLUMN,
      [`${MUST}smallestStd`]: OF_COLUMN,
      [`${MUST}largestStd`]: OF_COLUMN,
      code: numbers('value', 'column', 'rows', 'apart'),
      names: ['string'],
    },
  ],
  outputs: [
    {
      ...Object.fromEntries(['name', 'loss', 'task', 'activation'].map((name) => [`${MUST}${name}`, 'string'])),
      ...numbers('units', 'labelSmoothing', 'baselineLoss', 'validationBaselineLoss', 'validationBaselineError', 'baselineAccuracy'),
      [`${MUST}range`]: 'range',
      targets: {
        [`${MUST}kind`]: 'string',
        ...numbers('rows', 'columns', 'min', 'max', 'mean', 'variance'),
        counts: ['number'],
        values: ['number'],
      },
    },
  ],
  training: {
    [`${MUST}optimizer`]: 'string',
    ...numbers('learningRate', 'weightDecay', 'momentum', 'batchSize', 'rows'),
    decoupled: 'boolean',
    schedule: 'string',
    clip: numbers('norm', 'value'),
  },
  layers: [{ [`${MUST}name`]: 'string', ...numbers('l1', 'l2', 'dropout', 'batchNormSamples', 'batchNormMomentum') }],
};

/** All but the steps, which a trainer's history has in columns. */
const HISTORY: Shape = {
  [`${MUST}layers`]: [ABOUT_PLACE],
  joins: [ABOUT_PLACE],
  [`${MUST}validations`]: [
    {
      ...numbers(`${MUST}step`, `${MUST}validationLoss`, 'epoch', 'trainLoss', 'validationAccuracy', 'trainAccuracy'),
      validationMetrics: { [OTHERS]: 'number' },
      trainMetrics: { [OTHERS]: 'number' },
      predictedClasses: ['number'],
    },
  ],
  nonFinite: NON_FINITE,
  recoveries: [{ ...numbers('from', 'to', 'learningRate'), nonFinite: NON_FINITE, device: { lost: 'string', adapter: 'string', equal: 'boolean' } }],
  histogramEdges: ['number'],
  task: { [`${MUST}kind`]: 'string', ...numbers('classes', 'baselineLoss') },
  averaged: 'boolean',
  keptStep: 'number',
  predictedClasses: ['number'],
  facts: FACTS,
};

/** The history of anybody, its steps in columns. Throws a UsageError that names the place for what is none. */
export function readHistory(where: string, given: unknown): History {
  const { steps, layers, validations } = (given ?? {}) as Partial<HistoryData>;
  if (!isList(steps) || !Array.isArray(layers) || !Array.isArray(validations))
    throw new UsageError(`${where}: expected a history, with layers, steps and validations, as trainer.history is, got ${show(given)}`);
  const history = read(where, HISTORY, given) as HistoryData;
  // Those of a trainer are made of records.
  return { ...history, steps: steps instanceof Steps ? steps : new Steps(read(where, [STEP], [...steps], ['steps']) as StepRecord[]) };
}

const isList = (steps: unknown): steps is Iterable<unknown> =>
  typeof steps === 'object' && steps !== null && Symbol.iterator in steps && !ArrayBuffer.isView(steps);

/** The same for the rules: where norms alone were taken, they stand as statistics that hold nothing else. */
export function inColumns(where: string, given: unknown): History {
  const history = readHistory(where, given);
  return { ...history, steps: withNorms(history.steps) };
}

/** Of each shape: name, what stands there, whether it must. Taken apart once, as a history has a million of them. */
const FIELDS = new Map<object, [name: string, part: Shape, must: boolean][]>();
function fieldsOf(shape: Record<string, Shape>): [name: string, part: Shape, must: boolean][] {
  const known = FIELDS.get(shape);
  if (known) return known;
  const fields = Object.entries(shape).flatMap(([key, part]): [string, Shape, boolean][] =>
    key === OTHERS ? [] : [[key.replace(MUST, ''), part, key.startsWith(MUST)]],
  );
  FIELDS.set(shape, fields);
  return fields;
}

/** The value where all of it fits, or a copy with its nulls read as numbers. Throws a UsageError that names the place. */
function read(where: string, shape: Shape, given: unknown, path: (string | number)[] = []): unknown {
  const refuse = (expected: string, value: unknown): never => {
    const place = path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
    throw new UsageError(`${where}: ${place ? `${place}: ` : ''}expected ${expected}, got ${show(value)}`);
  };
  /** At its end the path is as at its beginning. */
  const look = (shape: Shape, value: unknown): unknown => {
    if (shape === 'number' && value === null) return Number.NaN;
    if (shape === 'range' && Array.isArray(value) && value.length === 2) {
      const ends = value.map((end, i) => end ?? (i === 0 ? -Infinity : Infinity));
      if (ends.every((end) => typeof end === 'number')) return value.includes(null) ? ends : value;
    }
    if (typeof shape === 'string') return typeof value === shape ? value : refuse(EXPECTED[shape], value);
    return Array.isArray(shape) ? lookAtList(shape[0], value) : lookAtRecord(shape as Record<string, Shape>, value);
  };
  const lookAtList = (of: Shape, value: unknown): unknown => {
    if (!Array.isArray(value)) return refuse('a list', value);
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      path.push(i);
      const seen = look(of, value[i]);
      if (!Object.is(seen, value[i])) {
        copy ??= [...value];
        copy[i] = seen;
      }
      path.pop();
    }
    return copy ?? value;
  };
  const lookAtRecord = (of: Record<string, Shape>, value: unknown): unknown => {
    if (!isObject(value)) return refuse('a record', value);
    const record = value as Record<string, unknown>;
    let copy: Record<string, unknown> | undefined;
    const lookAt = (name: string, part: Shape): void => {
      path.push(name);
      const seen = look(part, record[name]);
      if (!Object.is(seen, record[name])) {
        copy ??= { ...record };
        copy[name] = seen;
      }
      path.pop();
    };
    const fields = fieldsOf(of);
    for (const [name, part, must] of fields) if (must || record[name] !== undefined) lookAt(name, part);
    const others = of[OTHERS];
    if (others) for (const name of Object.keys(record)) if (record[name] !== undefined && !fields.some(([known]) => known === name)) lookAt(name, others);
    return copy ?? value;
  };
  return look(shape, given);
}

/** Steps of which L2 norms alone were taken, as statistics that hold nothing else: the rules look at these. Where a kind has its statistics, they are enough. */
function withNorms(steps: Steps): Steps {
  const kinds = NORM_KINDS.filter((kind) => steps.norms.has(kind) && !steps.digest.figures.has(kind));
  if (kinds.length === 0) return steps;
  const asTensors = (records: readonly LayerRecord[]): LayerRecord[] =>
    records.map((record) => ({
      ...record,
      tensors: {
        ...record.tensors,
        ...Object.fromEntries(kinds.flatMap((kind) => (record.norms?.[kind] === undefined ? [] : [[kind, statsOfNorm(record.norms[kind])]]))),
      },
    }));
  return new Steps(
    Array.from(steps, ({ layers, joins, ...record }) => ({
      ...record,
      ...(layers && { layers: asTensors(layers) }),
      ...(joins && { joins: asTensors(joins) }),
    })),
  );
}

/** The statistics of which the L2 norm alone is known. */
export const statsOfNorm = (l2: number): TensorStats => ({
  ...UNKNOWN,
  l2,
  nanCount: Number.isNaN(l2) ? 1 : 0,
  infCount: Math.abs(l2) === Number.POSITIVE_INFINITY ? 1 : 0,
});
