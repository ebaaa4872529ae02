// The diagnosis: every rule over one history. Everything that lists rules (ids, texts, levels, remedies) reads RULES.
import { isObject, show, UsageError } from '../../errors.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { HistoryData } from '../history.ts';
import { inColumns, requireHistory } from '../steps.ts';
import { absolutelyHuge } from './absolutely_huge.ts';
import { absolutelyTiny } from './absolutely_tiny.ts';
import { deadUnits } from './dead_units.ts';
import { explodingWithDepth } from './exploding_with_depth.ts';
import { forwardScale } from './forward_scale.ts';
import { lossOscillating } from './loss_oscillating.ts';
import { lossStuck } from './loss_stuck.ts';
import { nonFinite } from './non_finite.ts';
import { type Instead, offer } from './offer.ts';
import { overfitting } from './overfitting.ts';
import { overtraining } from './overtraining.ts';
import type { FindingWords, Found, Rule, Severity } from './rule.ts';
import { saturated } from './saturated.ts';
import { updateSize } from './update_size.ts';
import { vanishingWithDepth } from './vanishing_with_depth.ts';

export { classify, type Label } from './classify.ts';
export type { FindingWords, Rule, Severity } from './rule.ts';

/** All rules, the most serious causes first: findings of equal severity keep this order. */
export const RULES = {
  non_finite: nonFinite,
  vanishing_with_depth: vanishingWithDepth,
  exploding_with_depth: explodingWithDepth,
  absolutely_tiny: absolutelyTiny,
  absolutely_huge: absolutelyHuge,
  forward_scale: forwardScale,
  dead_units: deadUnits,
  saturated,
  update_size: updateSize,
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
  /** Which rule found it. */
  rule: RuleId;
  /** A few words. */
  title: string;
  /** What to try, in this order. */
  remedies: OfferedRemedy[];
}

/** Levels of each rule. */
export type Levels = { readonly [Id in RuleId]: (typeof RULES)[Id]['levels'] };

/** Which rules are asked, and at what levels. */
export interface DiagnoseOptions {
  /** The rules to ask; all by default. */
  rules?: readonly RuleId[];
  /** Levels other than the defaults: `{ vanishing_with_depth: { warn: 1e-2 } }`. */
  levels?: { readonly [Id in RuleId]?: Partial<Levels[Id]> };
}

const OPTIONS = {
  rules: { type: 'list', of: { type: 'string' }, empty: true, expected: 'a list of rules' },
  levels: { type: 'object', expected: 'levels by rule', accepts: isObject, default: {} },
} as const satisfies OptionTable<DiagnoseOptions>;

const ORDER: Readonly<Record<Severity, number>> = { severe: 0, warn: 1, note: 2 };

/**
 * Finds what is wrong with a run by rules: vanishing gradients, dead units, a learning rate that is too large, and so on. It reads a history of this engine, or
 * one logged elsewhere with a plain list of records for its steps. How much a history has kept changes no finding.
 *
 * @param given - The history.
 * @param options - Which rules to ask, all by default, and levels other than theirs.
 * @returns The findings, the gravest first; none for a healthy run.
 * @throws UsageError for what is no history, and for an unknown rule or level.
 * @example
 * for (const { severity, title, message } of diagnose(trainer.history)) console.log(severity, title, message);
 */
export function diagnose(given: HistoryData, options: DiagnoseOptions = {}): Finding[] {
  requireHistory('diagnose', given);
  const history = inColumns(given);
  const { rules = RULE_IDS, levels } = readOptions<DiagnoseOptions, typeof OPTIONS>('diagnose', OPTIONS, options);
  for (const id of [...rules, ...Object.keys(levels)])
    if (!Object.hasOwn(RULES, id)) throw new UsageError(`diagnose: expected a rule out of ${RULE_IDS.join(', ')}; got ${show(id)}`);
  for (const [id, given] of Object.entries(levels)) {
    const known = Object.keys(RULES[id as RuleId].levels);
    for (const [name, value] of Object.entries(given ?? {})) {
      if (!known.includes(name)) throw new UsageError(`diagnose: the levels of ${id} are ${known.join(', ') || 'none'}; got ${show(name)}`);
      if (typeof value !== 'number' || Number.isNaN(value)) throw new UsageError(`diagnose: level ${id}.${name} is a number; got ${show(value)}`);
    }
  }
  return rules
    .flatMap((id) => {
      const rule: Rule<string, OfferedRemedy> = RULES[id];
      const remedies = offer(history, rule.remedies);
      return rule
        .check(history, { ...rule.levels, ...levels[id] })
        .map((found): Finding => ({ rule: id, title: findingWords({ rule: id, ...found }).en.title, ...found, remedies }));
    })
    .sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** The texts of a finding, in every language: its title and a line of figures, with `{name}` as placeholders for its evidence. */
export function findingWords({ rule, kind }: Pick<Finding, 'rule' | 'kind'>): Texts<FindingWords> {
  const { text }: Rule = RULES[rule];
  return 'en' in text ? (text as Texts<FindingWords>) : text[kind!]!;
}
