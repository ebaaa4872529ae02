// What a rule is and what it finds. A new rule is one object in one file and its line in index.ts.
import type { History, TensorKind } from '../history.ts';

/** note: worth knowing, nothing is wrong. warn: training suffers. severe: it will not train like this. */
export type Severity = 'note' | 'warn' | 'severe';

/** What can be offered; `remedies.ts` knows how to apply each to an experiment. */
export type RemedyId =
  | 'critical_initialisation'
  | 'activation'
  | 'batch_norm'
  | 'residual'
  | 'clip'
  | 'learning_rate'
  | 'optimizer'
  | 'larger_batch'
  | 'l2'
  | 'dropout'
  | 'early_stopping';

export type RuleId =
  | 'non_finite'
  | 'vanishing_with_depth'
  | 'exploding_with_depth'
  | 'forward_scale'
  | 'absolutely_tiny'
  | 'absolutely_huge'
  | 'update_size'
  | 'dead_units'
  | 'saturated'
  | 'loss_stuck'
  | 'loss_oscillating'
  | 'overfitting'
  | 'overtraining';

/** What a rule says of a run. One finding per rule: the worst layer is named, the evidence counts the others. */
export interface Finding {
  rule: RuleId;
  severity: Severity;
  /** Path of the layer, where one is to blame. */
  layer?: string;
  /** Step at which it was seen. */
  step?: number;
  /** A few words. */
  title: string;
  /** One plain sentence with the decisive figure. */
  message: string;
  /** All figures behind it. */
  evidence: Record<string, number | string>;
  /** What to try, in this order. */
  remedies: RemedyId[];
}

/**
 * A rule reads a history and says nothing unless it is sure: too short a run, missing statistics and a network that has learned are quiet.
 * It reads what stays of any run, however long: the columns of `history.steps`, `latest` and `firstLook` (read.ts), `steps.badLook` and `steps.digest`.
 * `Level` names its levels; every one can be set in `diagnose`.
 */
export interface Rule<Level extends string = string> {
  id: RuleId;
  /** Tensors whose statistics it reads; without them it is quiet. */
  needs: readonly TensorKind[];
  /** Defaults; where they come from is in the rule's docstring. */
  levels: Readonly<Record<Level, number>>;
  check(history: History, levels: Readonly<Record<Level, number>>): Finding[];
}
