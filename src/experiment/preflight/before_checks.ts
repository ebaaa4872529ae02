// The questions that cost nothing beyond the first step, in order.
import { figure, firstSampled, hiddenPlaces, layerPlaces } from '../../inspect/diagnose/read.ts';
import { baselineOf, type OutputFacts } from '../../inspect/facts.ts';
import type { History } from '../../inspect/history.ts';
import { hiddenTrunk } from '../../inspect/places.ts';
import { byRules, NOT_LOOKED_AT } from './by_rules.ts';
import { type BeforeCheck, fail, unknown } from './check.ts';
import { depth } from './depth.ts';
import { firstLoss } from './first_loss.ts';
import { penalties } from './penalties.ts';

/** Of classes without a row, which may be meant: of labels that count from 1 it is the first. */
function rowless(outputs: readonly OutputFacts[]): string {
  const missing = outputs.flatMap(({ name, targets }) =>
    (targets?.kind === 'classes' ? (targets.counts ?? []) : []).flatMap((rows, index) =>
      rows === 0 ? [{ index, of: outputs.length > 1 ? ` of ${name}` : '' }] : [],
    ),
  );
  if (missing.length === 0) return '';
  const [first] = missing;
  const which = missing.length === 1 ? `Class ${first!.index}${first!.of} has` : `${missing.length} classes, such as ${first!.index}${first!.of}, have`;
  return ` ${which} no row${first!.index === 0 ? ': classes count from 0; do the labels count from 1?' : '.'}`;
}

/** Steps that change the weights by less than this of their size, all together, learn nothing. */
const TOO_LITTLE = 0.01;
const STEPS = 1000;

/** The largest fraction of its size by which the first step changes the weights of a layer; NaN where none was looked at. */
function largestUpdate(history: History): number {
  const look = firstSampled(history, 'update');
  const ratios = look ? layerPlaces(history).flatMap((place) => place.recordOf(look)?.updateToWeight?.l2 ?? []) : [];
  return ratios.length > 0 ? Math.max(...ratios) : Number.NaN;
}

/** Asked of every run. */
export const BEFORE_CHECKS = {
  inputs: byRules(
    { en: { title: 'Inputs' }, zh: { title: '输入' } },
    ['constant_columns', 'duplicate_columns', 'inputs_not_scaled'],
    ({ history: { facts } }) => {
      if (!facts?.inputs) return unknown('The inputs are not known before they come.');
      const columns = facts.inputs.map(({ name, columns, meanSquare }) => `${name} has ${columns} columns of typical size ${figure(Math.sqrt(meanSquare))}`);
      const { rows = Number.POSITIVE_INFINITY, batchSize = 0 } = facts.training ?? {};
      return `${columns.join('; ')}.${batchSize > rows ? ` A batch of ${batchSize} is more than the ${rows} rows that there are: each step takes them all.` : ''}`;
    },
  ),
  targets: byRules(
    { en: { title: 'Targets' }, zh: { title: '目标' } },
    ['constant_targets', 'labels_do_not_fit_loss', 'targets_not_scaled'],
    ({ history: { facts } }) => {
      const baseline = baselineOf(facts ?? {});
      if (!facts?.outputs?.every(({ targets }) => targets)) return unknown('The targets are not known before they come.');
      return `They fit the loss${baseline === undefined ? '' : `; the best constant answer has ${figure(baseline)}`}.${rowless(facts.outputs)}`;
    },
  ),
  output: byRules({ en: { title: 'Output' }, zh: { title: '输出' } }, ['output_cannot_answer'], ({ history: { facts } }) =>
    facts?.outputs?.every(({ targets }) => targets) ? 'It can give every answer that is asked for.' : unknown('The targets are not known before they come.'),
  ),
  layers: byRules(
    { en: { title: 'Layers' }, zh: { title: '层' } },
    ['no_activation', 'dropout_too_strong', 'batch_too_small', 'rate_times_penalty'],
    ({ history: { layers } }) => `${layers.length} layers with weights; activations, norms, dropout and penalties make sense.`,
  ),
  penalties,
  initial_weights: byRules({ en: { title: 'Initial weights' }, zh: { title: '初始权重' } }, ['symmetric_units', 'initial_weights_too_small'], ({ history }) =>
    firstSampled(history, 'weight')?.step === 1 ? 'They differ, and are large enough.' : NOT_LOOKED_AT,
  ),
  first_loss: firstLoss,
  depth,
  units: byRules(
    { en: { title: 'Units' }, zh: { title: '单元' } },
    ['dead_units', 'saturated'],
    ({ history }) => (firstSampled(history, 'z') ? 'They are neither dead nor saturated.' : NOT_LOOKED_AT),
    // Of a narrow layer most units may be dead and the rest learn: of all it is said.
    { least: { dead_units: 'severe' }, levels: () => ({ dead_units: { gradientZeros: 2 } }) },
  ),
  rank: byRules({ en: { title: 'Rank' }, zh: { title: '秩' } }, ['rank_collapse'], ({ history }) => {
    const look = firstSampled(history, 'effectiveRank');
    const last = hiddenTrunk(history).at(-1);
    const record = look && last?.recordOf(look);
    if (look && !last) return 'There is no hidden layer.';
    if (record?.effectiveRank === undefined) return NOT_LOOKED_AT;
    return `The rows of a batch differ in ${figure(record.effectiveRank)} directions in the last hidden layer, and in ${figure(record.rowSpread!)} of its mean square.`;
  }),
  first_update: byRules(
    { en: { title: 'First update' }, zh: { title: '首次更新' } },
    ['non_finite', 'learning_rate_too_high'],
    ({ history }) => {
      const ratio = history.steps.updateRatio[0];
      const { training } = history.facts ?? {};
      if (history.steps.learningRate[0] === 0) return unknown('The learning rate begins at 0, so that the first step changes nothing.');
      if (!history.steps.length || ratio === undefined || Number.isNaN(ratio)) return NOT_LOOKED_AT;
      const gradient = history.steps.gradientNorm[0]!;
      if (gradient === 0)
        return fail('The gradient is 0 in every layer: no step changes anything. Does the loss depend on the outputs?', { gradientNorm: gradient });
      const words = `It changes the weights of the middle layer by ${figure(ratio)} of their size`;
      // A schedule may begin low, and a gradient may vanish on its way. What momentum carries on adds up.
      const largest = largestUpdate(history) / (1 - (training?.momentum ?? 0));
      if (training && training.schedule === undefined && STEPS * largest < TOO_LITTLE)
        return fail(
          `With a learning rate of ${figure(history.steps.learningRate[0]!)} no layer changes by more than ${figure(largest)} of its size in a step, nor by ${figure(STEPS * largest)} in ${STEPS}: it is too small.`,
          { largest, level: TOO_LITTLE / STEPS },
          ['learning_rate'],
        );
      return `${words}.`;
    },
    // Where no layer follows, nothing depends on how large the first weights are, and a step to where they are needed may be longer than they.
    { levels: (history) => (hiddenPlaces(history).length === 0 ? { learning_rate_too_high: { early: 1 } } : {}) },
  ),
} as const satisfies Record<string, BeforeCheck>;
