// What a rule is and what it finds. A new rule is one file and a line in index.ts; a rule of one's own is such a record, given to `diagnose` as `more`.
import { show, UsageError } from '../../errors.ts';
import type { Texts } from '../../texts.ts';
import type { History, TensorKind } from '../history.ts';

/** note: worth knowing, nothing is wrong. warn: training suffers. severe: it will not train like this. */
export type Severity = 'note' | 'warn' | 'severe';

/** The texts of a finding in one language. */
export interface FindingWords {
  /** A few words, without a full stop. */
  readonly title: string;
  /**
   * The decisive figures on one line. `{name}` is filled with that figure of the evidence; besides there are `{limit}`, the level that was passed, `{depth}`, the
   * number of hidden layers, and `{gradient}`, δ or the weights' gradient where the evidence is `of` that.
   */
  readonly evidence: string;
}

/** What a rule's check returns: a finding without what follows from the rule itself. */
export interface Found {
  /** Which of the rule's kinds of finding it is, where there are several: `small` or `large`. */
  kind?: string;
  /** How grave it is. */
  severity: Severity;
  /** Path of the layer, where one is to blame: of several the worst. */
  layer?: string;
  /** Paths of all layers that are to blame, where there are several. */
  layers?: readonly string[];
  /** Step at which it was seen. */
  step?: number;
  /** One plain sentence with the decisive figure. */
  message: string;
  /** All figures that the finding rests on. */
  evidence: Record<string, number | string>;
}

/** What a rule returns that cannot judge: the history lacks what it needs. */
export interface CannotJudge {
  /** What is missing, in a few plain words without a full stop: 'the history does not say what its targets are'. */
  readonly why: string;
}

/** Where a history begins after its first steps and does not say what its targets are. */
export const NO_START: CannotJudge = { why: 'the loss of the best constant answer is not known' };

/**
 * For a rule that cannot judge for want of facts or statistics. A rule that could judge and finds nothing, or that has no say in such a network, returns an empty
 * list instead.
 *
 * @param why - What is missing, in a few plain words without a full stop.
 * @returns What `check` returns.
 * @throws UsageError for what is no text.
 * @example
 * check: ({ facts }) => (facts?.inputs ? [] : unchecked('the history does not say what its inputs are'))
 */
export function unchecked(why: string): CannotJudge {
  if (typeof why !== 'string') throw new UsageError(`unchecked: expected what is missing, in words; got ${show(why)}`);
  return { why };
}

/**
 * A rule reads a history and returns nothing unless it is sure: short runs and networks that have learned give no finding. Where the history lacks what it needs it
 * says so (`unchecked`); of the tensors in `needs` `diagnose` says it, where nothing was found.
 * It reads what stays of any run, however long: the columns of `history.steps`, `latest` and `firstSampled` (read.ts), `steps.badLook` and `steps.digest`.
 * `Level` names its levels; every one can be set in `diagnose`.
 */
export interface Rule<Level extends string = string, Remedy extends string = string> {
  /** Tensors whose statistics it reads; without them it is unchecked. */
  readonly needs: readonly TensorKind[];
  /** Defaults; where they come from is in the rule's docstring. */
  readonly levels: Readonly<Record<Level, number>>;
  /** What to try, in this order: names of src/experiment/remedies. */
  readonly remedies: readonly Remedy[];
  /** Words of its findings; by kind where there are several. */
  readonly text: Texts<FindingWords> | Readonly<Record<string, Texts<FindingWords>>>;
  /**
   * Findings that follow from what this rule finds, by rule or by rule and kind ('update_size/small'): where both are there, that one stands below this one as its
   * consequence. None by default.
   */
  readonly explains?: readonly string[];
  /** Whether a run may be called healthy although this rule could not judge. */
  readonly minor?: true;
  /** Path of an SVG in a box of 14, for lists of findings. */
  readonly icon?: string;
  /**
   * Judges a run.
   *
   * @param history - The run, its steps in columns.
   * @param levels - The rule's levels, those that were given to `diagnose` in place of the defaults.
   * @returns What it finds, nothing where all is well, or what it lacks.
   */
  check(history: History, levels: Readonly<Record<Level, number>>): Found[] | CannotJudge;
}

/** A rule whose findings are of one kind. */
interface PlainRule<Level extends string, Remedy extends string> extends Rule<Level, Remedy> {
  readonly text: Texts<FindingWords>;
  check(history: History, levels: Readonly<Record<Level, number>>): (Found & { kind?: never })[] | CannotJudge;
}

/** A rule whose findings are of several kinds, each with its words. */
interface RuleOfKinds<Level extends string, Remedy extends string, Kind extends string> extends Rule<Level, Remedy> {
  readonly text: Readonly<Record<Kind, Texts<FindingWords>>>;
  check(history: History, levels: Readonly<Record<Level, number>>): (Found & { kind: NoInfer<Kind> })[] | CannotJudge;
}

/** Returns the rule unchanged, typed by the names of its levels and remedies: a remedy that does not exist does not compile (src/experiment/remedies/index.ts). */
export function rule<Level extends string, const Remedy extends string>(given: PlainRule<Level, Remedy>): Rule<Level, Remedy>;
export function rule<Level extends string, const Remedy extends string, Kind extends string>(given: RuleOfKinds<Level, Remedy, Kind>): Rule<Level, Remedy>;
// @__NO_SIDE_EFFECTS__
export function rule(given: Rule): Rule {
  return given;
}
