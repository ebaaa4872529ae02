// The diagnosis: every rule over one history. Everything that lists rules (ids, texts, levels, remedies) reads RULES.
import { isObject, show, UsageError } from '../../errors.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { History, HistoryData, TensorKind } from '../history.ts';
import { inColumns } from '../read_history.ts';
import { absolutelyHuge } from './absolutely_huge.ts';
import { absolutelyTiny } from './absolutely_tiny.ts';
import { batchTooSmall } from './batch_too_small.ts';
import { classImbalance } from './class_imbalance.ts';
import { classesLeftOut } from './classes_left_out.ts';
import { constantColumns } from './constant_columns.ts';
import { constantTargets } from './constant_targets.ts';
import { deadUnits } from './dead_units.ts';
import { dropoutTooStrong } from './dropout_too_strong.ts';
import { duplicateColumns } from './duplicate_columns.ts';
import { explodingWithDepth } from './exploding_with_depth.ts';
import { forwardScale } from './forward_scale.ts';
import { gradientSpikes } from './gradient_spikes.ts';
import { initialWeightsTooSmall } from './initial_weights_too_small.ts';
import { inputsNotScaled } from './inputs_not_scaled.ts';
import { l1TooStrong } from './l1_too_strong.ts';
import { l2TooStrong } from './l2_too_strong.ts';
import { labelSmoothing } from './label_smoothing.ts';
import { labelsDoNotFitLoss } from './labels_do_not_fit_loss.ts';
import { learningRateTooHigh } from './learning_rate_too_high.ts';
import { learningRateTooLow } from './learning_rate_too_low.ts';
import { lossDiverges } from './loss_diverges.ts';
import { lossOscillating } from './loss_oscillating.ts';
import { lossSpikes } from './loss_spikes.ts';
import { lossStuck } from './loss_stuck.ts';
import { noActivation } from './no_activation.ts';
import { noGradient } from './no_gradient.ts';
import { nonFinite } from './non_finite.ts';
import { type Instead, offer } from './offer.ts';
import { oneClassOnly } from './one_class_only.ts';
import { outputCannotAnswer } from './output_cannot_answer.ts';
import { overfitting } from './overfitting.ts';
import { overtraining } from './overtraining.ts';
import { randomTargets } from './random_targets.ts';
import { rankCollapse } from './rank_collapse.ts';
import { rateTimesPenalty } from './rate_times_penalty.ts';
import type { CannotJudge, FindingWords, Found, Rule, Severity } from './rule.ts';
import { runningStatistics } from './running_statistics.ts';
import { saturated } from './saturated.ts';
import { symmetricUnits } from './symmetric_units.ts';
import { targetsNotScaled } from './targets_not_scaled.ts';
import { updateSize } from './update_size.ts';
import { vanishingWithDepth } from './vanishing_with_depth.ts';
import { weightDecayTooStrong } from './weight_decay_too_strong.ts';
import { weightsGrow } from './weights_grow.ts';
import { weightsStay } from './weights_stay.ts';

export { classify, type Label } from './classify.ts';
export { type CannotJudge, type FindingWords, type Rule, type Severity, unchecked } from './rule.ts';

/** All rules, the most serious causes first: findings of equal severity keep this order. */
export const RULES = {
  constant_targets: constantTargets,
  constant_columns: constantColumns,
  duplicate_columns: duplicateColumns,
  labels_do_not_fit_loss: labelsDoNotFitLoss,
  output_cannot_answer: outputCannotAnswer,
  label_smoothing: labelSmoothing,
  running_statistics: runningStatistics,
  inputs_not_scaled: inputsNotScaled,
  targets_not_scaled: targetsNotScaled,
  symmetric_units: symmetricUnits,
  initial_weights_too_small: initialWeightsTooSmall,
  rate_times_penalty: rateTimesPenalty,
  weight_decay_too_strong: weightDecayTooStrong,
  l2_too_strong: l2TooStrong,
  l1_too_strong: l1TooStrong,
  dropout_too_strong: dropoutTooStrong,
  batch_too_small: batchTooSmall,
  no_activation: noActivation,
  learning_rate_too_high: learningRateTooHigh,
  exploding_with_depth: explodingWithDepth,
  vanishing_with_depth: vanishingWithDepth,
  non_finite: nonFinite,
  no_gradient: noGradient,
  forward_scale: forwardScale,
  dead_units: deadUnits,
  saturated,
  rank_collapse: rankCollapse,
  learning_rate_too_low: learningRateTooLow,
  absolutely_tiny: absolutelyTiny,
  absolutely_huge: absolutelyHuge,
  gradient_spikes: gradientSpikes,
  weights_grow: weightsGrow,
  loss_diverges: lossDiverges,
  loss_spikes: lossSpikes,
  weights_stay: weightsStay,
  update_size: updateSize,
  random_targets: randomTargets,
  class_imbalance: classImbalance,
  one_class_only: oneClassOnly,
  classes_left_out: classesLeftOut,
  loss_stuck: lossStuck,
  loss_oscillating: lossOscillating,
  overfitting,
  overtraining,
} as const satisfies Record<string, Rule>;

/** The names of the rules. */
export type RuleId = keyof typeof RULES;

export const RULE_IDS = /* @__PURE__ */ Object.keys(RULES) as readonly RuleId[];

/** What a rule may offer; `REMEDIES` of src/experiment can apply each to an experiment. */
export type OfferedRemedy = (typeof RULES)[RuleId]['remedies'][number] | Instead;

/** What a rule found in a run. One finding per rule: the worst layer is named, the evidence counts the others. */
export interface Finding extends Found {
  /** Which rule found it: one of `RULES`, or one of one's own. */
  rule: RuleId | (string & {});
  /** A few words. */
  title: string;
  /** What to try, in this order. */
  remedies: OfferedRemedy[];
  /** The rule of the finding that it follows from, which stands above it: mend that one. */
  consequenceOf?: string;
}

/** A rule that could not judge a run. */
export interface Unchecked {
  /** Which rule. */
  rule: RuleId | (string & {});
  /** What is missing, in a few plain words. */
  why: string;
  /** Whether a run may be called healthy all the same. */
  minor?: true;
}

/** What the rules say of a run. */
export interface Diagnosis {
  /** What is wrong, the gravest first, and below each cause what follows from it. */
  findings: Finding[];
  /** The rules that could not judge. A run is healthy where nothing was found and none of these is important. */
  unchecked: Unchecked[];
}

/** A rule of one's own: a record as in `RULES`, with its name. */
export interface OwnRule extends Rule<string, OfferedRemedy> {
  /** Its name, in snake_case. */
  readonly name: string;
}

/** Levels of each rule. */
export type Levels = { readonly [Id in RuleId]: (typeof RULES)[Id]['levels'] };

/** Which rules are asked, and at what levels. */
export interface DiagnoseOptions {
  /** The rules to ask; all by default. */
  rules?: readonly RuleId[];
  /** Levels other than the defaults: `{ vanishing_with_depth: { warn: 1e-2 } }`. */
  levels?: { readonly [Id in RuleId]?: Partial<Levels[Id]> };
  /** Rules of one's own, asked after these; none by default. */
  more?: readonly OwnRule[];
}

const OPTIONS = {
  rules: { type: 'list', of: { type: 'string' }, empty: true, expected: 'a list of rules' },
  levels: { type: 'object', expected: 'levels by rule', accepts: isObject, default: {} },
  more: {
    type: 'list',
    of: { type: 'object', expected: 'a rule with name, needs, levels, remedies, text and check', accepts: isRule },
    empty: true,
    expected: 'a list of rules',
    default: [],
  },
} as const satisfies OptionTable<DiagnoseOptions>;

const ORDER: Readonly<Record<Severity, number>> = { severe: 0, warn: 1, note: 2 };

/**
 * Finds what is wrong with a run by rules: vanishing gradients, dead units, a learning rate that is too large, and so on. It reads a history of this engine, or
 * one logged elsewhere with a plain list of records for its steps. How much a history has kept changes no finding.
 *
 * @param given - The history.
 * @param options - Which rules to ask, all by default, levels other than theirs, and rules of one's own.
 * @returns The findings, the gravest first, and the rules that could not judge.
 * @throws UsageError for what is no history or rule, and for an unknown rule or level.
 * @example
 * const { findings, unchecked } = diagnose(trainer.history);
 * for (const { severity, title, message } of findings) console.log(severity, title, message);
 */
export function diagnose(given: HistoryData, options: DiagnoseOptions = {}): Diagnosis {
  const history = inColumns('diagnose', given);
  const { rules = RULE_IDS, levels, more } = readOptions<DiagnoseOptions, typeof OPTIONS>('diagnose', OPTIONS, options);
  for (const id of [...rules, ...Object.keys(levels)])
    if (!Object.hasOwn(RULES, id)) throw new UsageError(`diagnose: expected a rule out of ${RULE_IDS.join(', ')}; got ${show(id)}`);
  for (const { name } of more)
    if (Object.hasOwn(RULES, name) || more.filter((each) => each.name === name).length > 1)
      throw new UsageError(`diagnose: more: there is a rule ${name} already`);
  for (const [id, given] of Object.entries(levels)) {
    const known = Object.keys(RULES[id as RuleId].levels);
    for (const [name, value] of Object.entries(given ?? {})) {
      if (!known.includes(name)) throw new UsageError(`diagnose: the levels of ${id} are ${known.join(', ') || 'none'}; got ${show(name)}`);
      if (typeof value !== 'number' || Number.isNaN(value)) throw new UsageError(`diagnose: level ${id}.${name} is a number; got ${show(value)}`);
    }
  }
  const asked: [string, AnyRule][] = [...rules.map((id): [string, AnyRule] => [id, RULES[id]]), ...more.map((own): [string, AnyRule] => [own.name, own])];
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  for (const [id, rule] of asked) {
    const answer = ask(history, rule, { ...rule.levels, ...levels[id as RuleId] });
    if (!Array.isArray(answer)) unchecked.push({ rule: id, why: answer.why, ...(rule.minor ? { minor: true } : {}) });
    else for (const found of answer) findings.push({ rule: id, title: wordsOf(rule, found.kind).en.title, ...found, remedies: offer(history, rule.remedies) });
  }
  return { findings: inOrder(findings, Object.fromEntries(asked)), unchecked };
}

type AnyRule = Rule<string, OfferedRemedy>;

/** Asks a rule; one that finds nothing where none of the tensors that it reads was watched could not judge. */
function ask(history: History, rule: AnyRule, levels: Readonly<Record<string, number>>): Found[] | CannotJudge {
  const answer = rule.check(history, levels);
  const { figures } = history.steps.digest;
  const missing = rule.needs.filter((kind) => !figures.has(kind));
  if (missing.length === 0 || !Array.isArray(answer) || answer.length > 0) return answer;
  return { why: `no statistics of ${missing.map(tensorWords).join(', ')}` };
}

const tensorWords = (kind: TensorKind): string => kind.replaceAll('_', ' ');

function isRule(value: unknown): value is OwnRule {
  const { name, needs, levels, remedies, text, check } = (value ?? {}) as Partial<Record<keyof OwnRule, unknown>>;
  return typeof name === 'string' && Array.isArray(needs) && isObject(levels) && Array.isArray(remedies) && isObject(text) && typeof check === 'function';
}

/** Puts the gravest first, and below each cause what follows from it: a cause is as grave as the gravest of those. */
function inOrder(findings: readonly Finding[], rules: Readonly<Record<string, AnyRule>>): Finding[] {
  const groups: Finding[][] = [];
  for (const finding of findings) {
    const names = [finding.rule, `${finding.rule}/${finding.kind}`];
    const cause = groups.find(([first]) => first!.severity !== 'note' && rules[first!.rule]!.explains?.some((name) => names.includes(name)));
    if (cause) cause.push({ ...finding, consequenceOf: cause[0]!.rule });
    else groups.push([finding]);
  }
  const gravity = (group: readonly Finding[]): number => Math.min(...group.map(({ severity }) => ORDER[severity]));
  return groups
    .sort((a, b) => gravity(a) - gravity(b))
    .flatMap(([first, ...others]) => [first!, ...others.sort((a, b) => ORDER[a.severity] - ORDER[b.severity])]);
}

/** The texts of a finding of `RULES`, in every language: its title and a line of figures, with `{name}` as placeholders for its evidence. */
export const findingWords = ({ rule, kind }: Pick<Finding, 'rule' | 'kind'>): Texts<FindingWords> => wordsOf(RULES[rule as RuleId], kind);

const wordsOf = ({ text }: Pick<Rule, 'text'>, kind: string | undefined): Texts<FindingWords> =>
  'en' in text ? (text as Texts<FindingWords>) : (text as Readonly<Record<string, Texts<FindingWords>>>)[kind!]!;
