// The names of format 1, before they were those of the field. Only what reads files imports this.
import { DataError, isObject, UsageError } from '../errors.ts';

/** One name of format 1. */
interface OldName {
  /** Where it stands: keys with dots between, `*` for each entry of a list or object, `**` for whatever is there and below it. '' is the top. */
  readonly in: string;
  /** The key, and what it is called today; with `value`, the key whose value it was, and what that is today. */
  readonly old: string;
  readonly now: string;
  readonly value?: string;
  /** Only in layers of this type. */
  readonly type?: string;
}

const DENSE = [
  { old: 'initial', now: 'initializer', type: 'dense' },
  { old: 'biasInitial', now: 'biasInitializer', type: 'dense' },
] as const;
const within = (where: string, names: readonly Omit<OldName, 'in'>[]): OldName[] => names.map((name) => ({ in: where, ...name }));

const DOCUMENT: readonly OldName[] = [
  ...within('model.**', DENSE),
  { in: 'optimizer', old: 'rate', now: 'learningRate' },
  { in: 'optimizer.adamw', old: 'rate', now: 'learningRate' },
  { in: 'training', old: 'onNonFinite', value: 'continue', now: 'skip' },
  { in: 'training.onNonFinite.rollBack', old: 'most', now: 'max' },
];

const FIGURES = [
  { old: 'deadShare', now: 'deadFraction' },
  { old: 'saturatedShare', now: 'saturatedFraction' },
];
const ZEROS = [{ old: 'zeroShare', now: 'zeroFraction' }];
const TENSOR = [{ old: 'tensor', value: 'penalty', now: 'regularization_loss' }];

const OLD_NAMES = {
  document: DOCUMENT,
  /** A line of a history. */
  history: [
    { in: '', old: 'check', now: 'validation' },
    { in: '', old: 'penalty', now: 'regularizationLoss' },
    { in: '', old: 'rate', now: 'learningRate' },
    ...within('layers.*', FIGURES),
    ...within('layers.*.*', ZEROS),
    ...within('joins.*', FIGURES),
    ...within('joins.*.*', ZEROS),
    ...within('recovered.nonFinite', TENSOR),
    ...within('end.nonFinite', TENSOR),
    { in: 'end', old: 'ended', now: 'status' },
    { in: 'task', old: 'chance', now: 'baselineLoss' },
  ],
  /** What a file says of its model. */
  model: within('layers.**', DENSE),
  /** Where the run of a checkpoint stands. */
  run: [
    { in: '', old: 'rate', now: 'learningRate' },
    { in: 'learningRate', old: 'rate', now: 'learningRate' },
    ...within('words', [
      { old: 'first', now: 'batch_start' },
      { old: 'samples', now: 'dataset_size' },
      { old: 'tolerant', now: 'skip_non_finite' },
      { old: 'penalty', now: 'regularization_loss' },
      { old: 'rate', now: 'learning_rate' },
      { old: 'correction1', now: 'bias_correction1' },
      { old: 'correction2', now: 'bias_correction2' },
      { old: 'bad', now: 'non_finite' },
      { old: 'total', now: 'rows_in_step' },
    ]),
  ],
} as const satisfies Record<string, readonly OldName[]>;

/** Figures of a run in a claim's expectations, `relu.checks`. */
const OLD_FIGURES: Readonly<Record<string, string>> = { checks: 'validations' };

/**
 * Parsed JSON with the names of today in the place of those of format 1, in their order; the given value itself where there is none of them. Nothing given is changed.
 * @throws UsageError where one thing stands there by both of its names; DataError in a file that no person writes.
 */
export function withNewNames<Value>(what: keyof typeof OLD_NAMES, given: Value): Value {
  try {
    return OLD_NAMES[what].reduce<unknown>((value, name) => changed(value, name.in === '' ? [] : name.in.split('.'), '', name), given) as Value;
  } catch (error) {
    if (what === 'document' || !(error instanceof UsageError)) throw error;
    throw new DataError(error.message);
  }
}

/** A claim with the names of today in its expectations. Its documents have a format of their own. */
export function claimWithNewNames<Claim>(claim: Claim): Claim {
  const { expects } = claim as { expects?: unknown };
  if (!Array.isArray(expects)) return claim;
  return withEntry(
    claim as Tree,
    'expects',
    everyEntry(expects as unknown as Tree, (each) => (isObject(each) ? everyEntry(each as Tree, figureOf) : each)),
  ) as Claim;
}

function figureOf(reference: unknown): unknown {
  const [experiment, figure] = typeof reference === 'string' ? reference.split('.') : [];
  return figure !== undefined && Object.hasOwn(OLD_FIGURES, figure) ? `${experiment}.${OLD_FIGURES[figure]}` : reference;
}

type Tree = Record<string, unknown>;

/** The value with a name changed wherever `path` leads from it; `at` says where it is itself. */
function changed(value: unknown, path: readonly string[], at: string, name: OldName): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [step, ...rest] = path;
  if (step === undefined) return isObject(value) ? renamed(value as Tree, at, name) : value;
  if (step === '**') {
    const here = changed(value, rest, at, name) as Tree;
    return everyEntry(here, (inner, key) => changed(inner, path, below(at, key), name));
  }
  if (step === '*') return everyEntry(value as Tree, (inner, key) => changed(inner, rest, below(at, key), name));
  return Object.hasOwn(value, step) ? withEntry(value as Tree, step, changed((value as Tree)[step], rest, below(at, step), name)) : value;
}

function renamed(object: Tree, at: string, { old, now, value, type }: OldName): Tree {
  if (!Object.hasOwn(object, old) || (type !== undefined && object.type !== type)) return object;
  if (value !== undefined) return object[old] === value ? withEntry(object, old, now) : object;
  if (Object.hasOwn(object, now)) throw new UsageError(`${at ? `${at}: ` : ''}has ${old} and ${now}, the old and the new name of one thing: leave ${old} out`);
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key === old ? now : key, inner]));
}

/** The object or list with what `change` makes of its entries; itself where that changes none. */
function everyEntry(value: Tree, change: (inner: unknown, key: string) => unknown): Tree {
  return Object.entries(value).reduce((all, [key, inner]) => withEntry(all, key, change(inner, key)), value);
}

function withEntry(value: Tree, key: string, inner: unknown): Tree {
  if (value[key] === inner) return value;
  if (Array.isArray(value)) return Object.assign([...value], { [key]: inner }) as unknown as Tree;
  return Object.fromEntries(Object.entries(value).map(([each, old]) => [each, each === key ? inner : old]));
}

const below = (at: string, key: string): string => (/^\d+$/.test(key) ? `${at}[${key}]` : at ? `${at}.${key}` : key);
