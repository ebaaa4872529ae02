// The diagnosis: every rule over one history.
import { show, UsageError } from '../../errors.ts';
import type { HistoryData } from '../history.ts';
import { inColumns } from '../steps.ts';
import { absolutelyHuge } from './absolutely_huge.ts';
import { absolutelyTiny } from './absolutely_tiny.ts';
import { deadUnits } from './dead_units.ts';
import { explodingWithDepth } from './exploding_with_depth.ts';
import { forwardScale } from './forward_scale.ts';
import { lossOscillating } from './loss_oscillating.ts';
import { lossStuck } from './loss_stuck.ts';
import { nonFinite } from './non_finite.ts';
import { overfitting } from './overfitting.ts';
import { overtraining } from './overtraining.ts';
import type { Finding, Rule, RuleId, Severity } from './rule.ts';
import { saturated } from './saturated.ts';
import { updateSize } from './update_size.ts';
import { vanishingWithDepth } from './vanishing_with_depth.ts';

export { classify, type Label } from './classify.ts';
export type { Finding, RemedyId, Rule, RuleId, Severity } from './rule.ts';

/** All rules, the gravest causes first: findings of one severity keep this order. */
export const RULES: readonly Rule[] = [
  nonFinite,
  vanishingWithDepth,
  explodingWithDepth,
  absolutelyTiny,
  absolutelyHuge,
  forwardScale,
  deadUnits,
  saturated,
  updateSize,
  lossStuck,
  lossOscillating,
  overfitting,
  overtraining,
];

export interface DiagnoseOptions {
  /** The rules to ask; all by default. */
  rules?: readonly RuleId[];
  /** Levels other than the defaults: `{ vanishing_with_depth: { warn: 1e-2 } }`. */
  levels?: Partial<Record<RuleId, Readonly<Record<string, number>>>>;
}

const ORDER: Readonly<Record<Severity, number>> = { severe: 0, warn: 1, note: 2 };

/**
 * What ails a run, the gravest first; empty for a healthy one. Reads a history of this engine, or one logged elsewhere with a plain list of
 * records for its steps. How much a history has kept changes no finding. Throws a UsageError for an unknown rule or level.
 */
export function diagnose(given: HistoryData, { rules, levels = {} }: DiagnoseOptions = {}): Finding[] {
  const history = inColumns(given);
  const find = (id: string): Rule => {
    const rule = RULES.find((candidate) => candidate.id === id);
    if (!rule) throw new UsageError(`diagnose: expected a rule out of ${RULES.map((known) => known.id).join(', ')}; got ${show(id)}`);
    return rule;
  };
  for (const [id, given] of Object.entries(levels)) {
    const known = Object.keys(find(id).levels);
    for (const [name, value] of Object.entries(given ?? {})) {
      if (!known.includes(name)) throw new UsageError(`diagnose: the levels of ${id} are ${known.join(', ') || 'none'}; got ${show(name)}`);
      if (typeof value !== 'number' || Number.isNaN(value)) throw new UsageError(`diagnose: level ${id}.${name} is a number; got ${show(value)}`);
    }
  }
  return (rules?.map(find) ?? RULES)
    .flatMap((rule) => rule.check(history, { ...rule.levels, ...levels[rule.id] }))
    .sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
