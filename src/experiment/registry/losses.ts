// Losses as documents name them, from the list of losses.
import { requireBoolean, requireName, requireObject } from '../../errors.ts';
import type { Loss, LossFeature } from '../../nn/losses/loss.ts';
import { options as weightedOptions } from '../../nn/losses/weighted_cross_entropy.ts';
import { type BceWithLogitsOptions, type HuberOptions, LOSSES, type WeightedCrossEntropyOptions, weightedCrossEntropy } from '../../nn/losses.ts';
import type { Options } from '../../option_table.ts';

/** The names of the losses in a document. */
export type LossName = keyof typeof LOSSES;

/** Losses that a document may name. */
export const LOSS_NAMES = Object.keys(LOSSES) as LossName[];

/** The options of a loss in a document: those of its constructor, but for what the data decide. */
export type OptionsOf<Feature extends LossFeature> = Omit<
  NonNullable<Parameters<Feature['create']>[0]>,
  Feature extends { fromData(rowsOfNumbers: boolean): infer Decided } ? keyof Decided : never
>;

/** What documents may say of softmax cross entropy beside its own options: programs call `weightedCrossEntropy` for it, so that others do without its kernels. */
export type ClassWeighted = Pick<WeightedCrossEntropyOptions, 'classWeights'>;
const WEIGHTED: Readonly<Partial<Record<LossName, Options>>> = { softmax_cross_entropy: { classWeights: weightedOptions.classWeights } };

/** A loss in a document, with its options beside the name. */
export type LossDocument = {
  [Name in LossName]: { name: Name } & OptionsOf<(typeof LOSSES)[Name]> & (Name extends 'softmax_cross_entropy' ? ClassWeighted : unknown);
}[LossName];

/** The options of a loss in a document, as data. */
export function lossOptions(name: LossName): Options {
  const { options, fromData }: LossFeature = LOSSES[name];
  const decided = Object.keys(fromData?.(false) ?? {});
  return { ...Object.fromEntries(Object.entries(options).filter(([key]) => !decided.includes(key))), ...WEIGHTED[name] };
}

/**
 * Makes the loss of a document.
 *
 * @param given - A name, or an object with a name and options.
 * @param rowsOfNumbers - Whether a row of targets is numbers, and not a class; false by default.
 * @returns The loss, for `createTrainer` or `evaluate`.
 * @throws UsageError for an unknown name or option.
 * @example
 * const loss = buildLoss({ name: 'huber', delta: 0.5 });
 */
export function buildLoss(given: LossName | LossDocument, rowsOfNumbers = false): Loss {
  requireBoolean('loss: rowsOfNumbers', rowsOfNumbers);
  if (typeof given !== 'string') requireObject('loss', given, 'the name of a loss, or an object with one');
  const { name, ...options } = typeof given === 'string' ? { name: given } : given;
  requireName('loss', name, LOSS_NAMES);
  const feature: LossFeature = LOSSES[name];
  return createLoss(name, { ...options, ...feature.fromData?.(rowsOfNumbers) });
}

/** What weighs classes or leaves targets out has kernels of its own. */
function createLoss(name: LossName, options: object): Loss {
  const feature: LossFeature = LOSSES[name];
  return name === 'softmax_cross_entropy' && ('classWeights' in options || 'ignoreIndex' in options)
    ? weightedCrossEntropy(options as WeightedCrossEntropyOptions)
    : feature.create(options);
}

/** The options of all losses, as the file of a program may have those of its own. Which belong together its constructor knows. */
export const ALL_LOSS_OPTIONS: Options = Object.assign({}, ...Object.values<LossFeature>(LOSSES).map(({ options }) => options), weightedOptions);

/** The loss that the file of a program says its model was trained by. Throws UsageError for what is no loss of ours. */
export function lossFrom(name: string, options: WeightedCrossEntropyOptions | BceWithLogitsOptions | HuberOptions): Loss {
  requireName('loss', name, LOSS_NAMES);
  return createLoss(name, options);
}
