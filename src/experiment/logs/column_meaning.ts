// What a column of a log means: by `--map`, else by its name. People name alike what they log alike; what no guess knows is listed, never dropped in silence.
import { show, UsageError } from '../../errors.ts';
import { TENSOR_KINDS, type TensorKind, type TensorStats } from '../../inspect/history.ts';
import { meant } from '../../nearest.ts';
import { inEnglish } from './column_words.ts';

const PLAIN = ['step', 'epoch', 'loss', 'learning_rate', 'gradient_norm', 'regularization_loss', 'validation_loss', 'validation_accuracy', 'accuracy'] as const;
/** A number of a step or a validation. */
export type PlainTarget = (typeof PLAIN)[number];

const STATS = {
  l2: 'l2',
  rms: 'rms',
  mean: 'mean',
  std: 'std',
  min: 'min',
  max: 'max',
  abs_mean: 'absMean',
  zero_fraction: 'zeroFraction',
  count: 'count',
} as const;
/** A statistic of a tensor. */
export type LoggedStat = Exclude<keyof TensorStats, 'nanCount' | 'infCount' | 'histogram'>;
const FIGURES = { update_to_weight: 'updateToWeight', dead_fraction: 'deadFraction', saturated_fraction: 'saturatedFraction' } as const;
/** A figure of a layer that is no tensor's. */
export type LoggedFigure = (typeof FIGURES)[keyof typeof FIGURES];

/** What a column holds. */
export type ColumnMeaning =
  | { to: 'plain'; target: PlainTarget /** The lower the likelier, of several columns for one target. */; rank: number }
  | { to: 'tensor'; layer: string; kind: TensorKind; stat: LoggedStat }
  | { to: 'figure'; layer: string; figure: LoggedFigure }
  | { to: 'nothing' };

/** Finds the meaning of columns; undefined for one that nothing is known of. `whole`: its values are all statistics of a tensor at once, as of a histogram. */
export type Meanings = (column: string, whole: boolean) => ColumnMeaning | undefined;

/** By a user's `column=what`, where given, and guesses for the rest. Throws a UsageError for a mapping that says nothing. */
export function meanings(map: readonly string[] = []): Meanings {
  const given = map.map(mapping);
  return (column, whole) => {
    for (const { matches, of, every } of given) {
      const found = every ? null : matches.exec(column);
      if (found) return of(found.groups?.layer ?? '');
    }
    const guessed = whole ? firstOf(WHOLE, column) : guess(column);
    return guessed ?? given.find(({ every }) => every)?.of(column);
  };
}

/** All targets of a mapping, for messages. */
export const targetWords = (): string =>
  `${PLAIN.join(', ')}, ${Object.keys(FIGURES).join(', ')}, none, or a tensor (${TENSOR_KINDS.join(', ')}) and a statistic (${Object.keys(STATS).join(', ')}) as weight_gradient.l2`;

/** What a user says. `every`: of every column that nothing else is known of. */
interface Mapping {
  matches: RegExp;
  of: (layer: string) => ColumnMeaning;
  every?: boolean;
}

function mapping(text: string): Mapping {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new UsageError(`--map ${show(text)}: expected column=what, such as grad_norm/{layer}=weight_gradient.l2`);
  const [column, target] = [text.slice(0, at), text.slice(at + 1)];
  const parts = column.split('{layer}');
  if (parts.length > 2) throw new UsageError(`--map ${show(text)}: expected {layer} once at most`);
  const matches = new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('(?<layer>.+)')}$`);
  const plain = PLAIN.find((name) => name === target);
  if (target === 'none') return { matches, of: () => ({ to: 'nothing' }) };
  if (plain) return { matches, of: () => ({ to: 'plain', target: plain, rank: -1 }) };
  const [kind = '', stat = ''] = target.split('.');
  const tensor = TENSOR_KINDS.find((name) => name === kind);
  const known = Object.hasOwn(STATS, stat) ? STATS[stat as keyof typeof STATS] : undefined;
  const figure = Object.hasOwn(FIGURES, target) ? FIGURES[target as keyof typeof FIGURES] : undefined;
  if (!(tensor && known) && !figure) {
    const all = [...PLAIN, ...Object.keys(FIGURES), 'none', ...TENSOR_KINDS.flatMap((each) => Object.keys(STATS).map((name) => `${each}.${name}`))];
    throw new UsageError(`--map ${show(text)}: ${show(target)} is nothing that is read${meant(target, all)}; there are ${targetWords()}`);
  }
  if (parts.length < 2) throw new UsageError(`--map ${show(text)}: ${target} is of a layer; write {layer} where its name stands in the column`);
  return {
    matches,
    every: column === '{layer}',
    of: (layer) => (figure ? { to: 'figure', layer: layerName(layer), figure } : { to: 'tensor', layer: layerName(layer), kind: tensor!, stat: known! }),
  };
}

/** The words of a name, in English and in lower case. */
export const wordsOf = (column: string): string[] =>
  inEnglish(column)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

/** Words for what is not trained on. */
export const VALIDATION: ReadonlySet<string> = new Set(['val', 'valid', 'validation', 'eval', 'dev', 'test', 'tst']);
/** Words for what is. */
export const TRAINING: ReadonlySet<string> = new Set(['train', 'training', 'trn']);
/** Words that leave a name what it is. */
const EMPTY = new Set([
  ...TRAINING,
  'trainer',
  'step',
  'batch',
  'iter',
  'metrics',
  'scalar',
  'stats',
  'log',
  'perf',
  'optim',
  'optimizer',
  'lm',
  'nll',
  'mean',
  'avg',
  'average',
  'running',
]);
/** Words beside `loss` that make it something else. */
const NOT_LOSS = new Set([
  'scale',
  'scaler',
  'scaling',
  'weight',
  'runtime',
  'time',
  'count',
  'std',
  'min',
  'max',
  'var',
  'lambda',
  'coef',
  'smoothing',
  'best',
  'delta',
]);
/** Columns of steps, the likelier the earlier. */
export const STEPS: readonly string[] = [
  'trainer/global_step',
  'train/global_step',
  'global_step',
  'step',
  'steps',
  'iteration',
  'iterations',
  'iter',
  'num_updates',
  'update',
  '_step',
  'batch',
  'batches',
  'batch_idx',
];

const PLURALS: Readonly<Record<string, string>> = { losses: 'loss', norms: 'norm' };

/** Further names of counters: nothing is read by them, but no data are in such a column that counts. */
const COUNTERS: ReadonlySet<string> = new Set(['n', 'it', 'iters', 'batch_index', 'round', 'rounds']);
/** Names of steps that tables of data have as well: a batch of a product. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['batch', 'batches', 'update']);

/** Whether a column counts steps or epochs, by its name alone. */
export function isCounter(column: string): boolean {
  const lower = column.trim().toLowerCase();
  const known = guess(column);
  return COUNTERS.has(lower) || (!AMBIGUOUS.has(lower) && known?.to === 'plain' && (known.target === 'step' || known.target === 'epoch'));
}

/** Whether a column is a loss by its name; `alone`: with no word beside it that says of what. A cost is no sign of a run: things have one. */
export function isLoss(column: string, alone = false): boolean {
  const known = guess(column);
  return (
    known?.to === 'plain' &&
    (known.target === 'loss' || known.target === 'validation_loss') &&
    wordsOf(column).some((word) => word === 'loss' || word === 'losses') &&
    (!alone || known.rank < OTHER_WORD)
  );
}

/** What each word beside `loss` adds to its rank. */
const OTHER_WORD = 4;

function guess(given: string): ColumnMeaning | undefined {
  const column = inEnglish(given);
  const lower = column.trim().toLowerCase();
  const step = STEPS.indexOf(lower);
  if (step >= 0) return plain('step', step);
  const words = wordsOf(column).map((word) => PLURALS[word] ?? word);
  const left = words.filter((word) => !EMPTY.has(word));
  if (/^(train\/|trainer\/)?epochs?$/.test(lower)) return plain('epoch', 0);
  if (
    left.length === 2
      ? left.join(' ') === 'learning rate'
      : left.length >= 1 && left[0] === 'lr' && (left.length === 1 || lower.startsWith('lr-') || lower.startsWith('lr/'))
  )
    return plain('learning_rate', left.length);
  if (/(^|\s)learning rate(\s|$)/.test(words.join(' ')) && left.length <= 3) return plain('learning_rate', left.length);
  if (isGlobalNorm(left)) return plain('gradient_norm', left.length);
  // Before the loss: a layer may be called loss, and a tensor's statistic says more.
  const tensor = ofTensor(given);
  if (tensor) return tensor;
  const validated = words.some((word) => VALIDATION.has(word));
  const rest = left.filter((word) => !VALIDATION.has(word));
  const others = rest.filter((word) => !['loss', 'total', 'epoch', 'cost'].includes(word));
  const rank = OTHER_WORD * others.length + (rest.includes('total') ? 1 : 0) + (words.includes('test') || words.includes('tst') ? 2 : 0);
  if ((rest.includes('loss') || rest.includes('cost')) && !rest.some((word) => NOT_LOSS.has(word)))
    // A mean over an epoch comes too seldom where there is a loss of the step.
    return plain(
      validated ? 'validation_loss' : 'loss',
      rank + (rest.includes('epoch') && !validated ? 2 : 0) + (lower.startsWith('train_loss') || lower === 'loss' ? 0 : 0.5),
    );
  if (rest.some((word) => /^(acc|accuracy|acc1|top1)$/.test(word)) || /(^| )categorical accuracy/.test(rest.join(' ')))
    return plain(validated ? 'validation_accuracy' : 'accuracy', 4 * (rest.length - 1));
  return undefined;
}

const plain = (target: PlainTarget, rank: number): ColumnMeaning => ({ to: 'plain', target, rank });

const GRADIENT = /^(grads?|gradients?)$/;
const OF_NORM = new Set(['norm', 'l2', '2', '0', 'total', 'global', 'all', 'preclip', 'unclipped', 'overall']);

/** grad_norm, global_gradient_norm, grad_2.0_norm_total, and what is printed as grad alone. */
const isGlobalNorm = (words: readonly string[]): boolean =>
  /^(gnorm|grad|gradient)$/.test(words.join(' ')) ||
  (words.some((word) => GRADIENT.test(word)) && words.includes('norm') && words.every((word) => GRADIENT.test(word) || OF_NORM.has(word)));

const KIND_PATTERNS: readonly (readonly [TensorKind, string])[] = [
  ['delta', '(?:deltas?|act(?:ivation)?_grads?|output_grads?|grad_outputs?|act(?:ivation)?_gradients?)'],
  ['weight_gradient', '(?:weight_?grad(?:ient)?s?|grad(?:ient)?s?|dw)'],
  ['update', '(?:weight_)?updates?'],
  ['z', '(?:pre_?act(?:ivation)?s?|z)'],
  ['h', '(?:act(?:ivation)?s?|outputs?|h)'],
  ['weight', '(?:weights?|params?|parameters?)'],
];
const STAT_PATTERNS: readonly (readonly [LoggedStat, string])[] = [
  ['l2', '(?:l2[_.]?norm|norm[_.]?l2|2(?:\\.0)?[_.]norm|norms?|l2)'],
  ['absMean', '(?:abs_?mean|mean_?abs)'],
  ['zeroFraction', '(?:zero_?fraction|zeros|sparsity)'],
  ['rms', 'rms'],
  ['mean', 'mean'],
  ['std', 'std'],
  ['min', 'min'],
  ['max', 'max'],
];
const SEPARATOR = '[_./ :-]';
const FIGURE_PATTERNS: readonly (readonly [LoggedFigure, string])[] = [
  ['updateToWeight', 'updates?[_./ -]?(?:to[_./ -]?weights?|ratio|weight[_./ -]?ratio|param[_./ -]?ratio)'],
  ['deadFraction', 'dead(?:[_./ -]?(?:fraction|units|relu|neurons|ratio))?'],
  ['saturatedFraction', 'saturat(?:ed|ion)(?:[_./ -]?fraction)?'],
];

interface Pattern {
  readonly matches: RegExp;
  readonly of: (layer: string) => ColumnMeaning;
}

/** What stands before or after the name of a layer. */
const around = (what: string, of: Pattern['of']): Pattern[] => [
  { matches: new RegExp(`^(?:(?:train|debug|stats|model|norms?)/)?${what}[/.: ](?<layer>.+)$`, 'i'), of },
  { matches: new RegExp(`^(?:(?:train|debug|stats|model|norms?)/)?(?<layer>.+?)${SEPARATOR}${what}$`, 'i'), of },
  // An underscore parts words as well as it joins them: only after a statistic it parts the layer.
  { matches: new RegExp(`^(?:(?:train|debug|stats|model)/)?${what}_(?<layer>.+)$`, 'i'), of },
];

const PATTERNS: readonly Pattern[] = [
  ...FIGURE_PATTERNS.flatMap(([figure, what]) => around(what, (layer) => ({ to: 'figure', layer, figure })).slice(0, 2)),
  ...KIND_PATTERNS.flatMap(([kind, kindWords]) =>
    STAT_PATTERNS.flatMap(([stat, statWords]) => [
      ...around(`${kindWords}${SEPARATOR}?${statWords}`, (layer) => ({ to: 'tensor', layer, kind, stat })),
      ...around(`${statWords}${SEPARATOR}${kindWords}`, (layer) => ({ to: 'tensor', layer, kind, stat })),
    ]),
  ),
  // A number of a gradient without a word for it is its norm.
  ...around('(?:grads?|gradients?)', (layer) => ({ to: 'tensor', layer, kind: 'weight_gradient', stat: 'l2' }) as const).slice(0, 2),
];

/** Of values that are a whole tensor's: the tensor's name is enough; a parameter without a word for it is the weight. */
const WHOLE: readonly Pattern[] = [
  ...KIND_PATTERNS.flatMap(([kind, what]) => around(what, (layer) => ({ to: 'tensor', layer, kind, stat: 'l2' })).slice(0, 2)),
  { matches: /^(?<layer>.+[./](?:weight|kernel)(?::0)?)$/i, of: (layer) => ({ to: 'tensor', layer, kind: 'weight', stat: 'l2' }) },
];

const ofTensor = (column: string): ColumnMeaning | undefined => firstOf(PATTERNS, column);

function firstOf(patterns: readonly Pattern[], column: string): ColumnMeaning | undefined {
  for (const { matches, of } of patterns) {
    const layer = matches.exec(column)?.groups?.layer;
    if (layer === undefined) continue;
    const name = layerName(layer);
    if (isLayer(name)) return of(name);
  }
  return undefined;
}

/** Parameters by the layers that they belong to. */
export const layerName = (given: string): string => given.replace(/^(?:module|_orig_mod)\./, '').replace(/[./](?:weight|kernel)(?::0)?$/, '');

/** Not a bias, a norm's factor or a summary over all layers. */
const isLayer = (name: string): boolean =>
  !/(?:^|[._/])(?:bias|beta|gamma|total|global|all|overall)(?:_[a-z0-9]+)?(?::0)?$/i.test(name) &&
  !/^(?:max|min|mean|avg|median|clip)$/i.test(name) &&
  /[a-z0-9]/i.test(name);

/** Whether a layer is a norm by its name: its factors are no weights that data are multiplied with. */
export const isNorm = (name: string): boolean =>
  /(?:^|[._/])(?:ln|bn|norm|layer_?norm|batch_?norm(?:alization)?|rms_?norm|group_?norm)_?\d*(?:_?[a-z])?$/i.test(name);

/** Whether a layer looks words up: only rows of it get a gradient, and its size says nothing of depth. */
export const isEmbedding = (name: string): boolean =>
  /(?:^|[._/])(?:wte|wpe|embed(?:ding|dings|s|_tokens|_positions)?|tok_emb|pos_emb|\w+_embeddings?)$/i.test(name);
