// What a rule is and what it finds. A new rule is one file and a line in index.ts.
import type { Texts } from '../../texts.ts';
import type { History, TensorKind } from '../history.ts';

/** note: worth knowing, nothing is wrong. warn: training suffers. severe: it will not train like this. */
export type Severity = 'note' | 'warn' | 'severe';

/** The texts of a finding in one language. */
export interface FindingWords {
  /** A few words, without a full stop. */
  readonly title: string;
  /**
   * The decisive figures on one line. `{name}` is filled with that figure of the evidence; besides there are `{limit}`, the level that was passed, and `{depth}`, the
   * number of hidden layers.
   */
  readonly evidence: string;
}

/** What a rule's check returns: a finding without what follows from the rule itself. */
export interface Found {
  /** Which of the rule's kinds of finding it is, where there are several: `small` or `large`. */
  kind?: string;
  /** How grave it is. */
  severity: Severity;
  /** Path of the layer, where one is to blame. */
  layer?: string;
  /** Step at which it was seen. */
  step?: number;
  /** One plain sentence with the decisive figure. */
  message: string;
  /** All figures that the finding rests on. */
  evidence: Record<string, number | string>;
}

/**
 * A rule reads a history and returns nothing unless it is sure: short runs, missing statistics and networks that have learned give no finding.
 * It reads what stays of any run, however long: the columns of `history.steps`, `latest` and `firstLook` (read.ts), `steps.badLook` and `steps.digest`.
 * `Level` names its levels; every one can be set in `diagnose`.
 */
export interface Rule<Level extends string = string, Remedy extends string = string> {
  /** Tensors whose statistics it reads; without them it is quiet. */
  readonly needs: readonly TensorKind[];
  /** Defaults; where they come from is in the rule's docstring. */
  readonly levels: Readonly<Record<Level, number>>;
  /** What to try, in this order: names of src/experiment/remedies. */
  readonly remedies: readonly Remedy[];
  /** Words of its findings; by kind where there are several. */
  readonly text: Texts<FindingWords> | Readonly<Record<string, Texts<FindingWords>>>;
  /** Path of an SVG in a box of 14, for lists of findings. */
  readonly icon?: string;
  check(history: History, levels: Readonly<Record<Level, number>>): Found[];
}

/** A rule whose findings are of one kind. */
interface PlainRule<Level extends string, Remedy extends string> extends Rule<Level, Remedy> {
  readonly text: Texts<FindingWords>;
  check(history: History, levels: Readonly<Record<Level, number>>): (Found & { kind?: never })[];
}

/** A rule whose findings are of several kinds, each with its words. */
interface RuleOfKinds<Level extends string, Remedy extends string, Kind extends string> extends Rule<Level, Remedy> {
  readonly text: Readonly<Record<Kind, Texts<FindingWords>>>;
  check(history: History, levels: Readonly<Record<Level, number>>): (Found & { kind: NoInfer<Kind> })[];
}

/** Returns the rule unchanged, typed by the names of its levels and remedies: a remedy that does not exist does not compile (src/experiment/remedies/index.ts). */
export function rule<Level extends string, const Remedy extends string>(given: PlainRule<Level, Remedy>): Rule<Level, Remedy>;
export function rule<Level extends string, const Remedy extends string, Kind extends string>(given: RuleOfKinds<Level, Remedy, Kind>): Rule<Level, Remedy>;
// @__NO_SIDE_EFFECTS__
export function rule(given: Rule): Rule {
  return given;
}
