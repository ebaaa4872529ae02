// What preflight answers. A question is one record in a file of its own, with its title in both languages; index.ts lists them.
import type { OfferedRemedy } from '../../inspect/diagnose/index.ts';
import type { History } from '../../inspect/history.ts';
import type { LayerPrediction } from '../../inspect/theory/signal.ts';
import type { Texts } from '../../texts.ts';

/** What came of a check: nothing is wrong, something is, or it could not be told. */
export const OUTCOMES = ['pass', 'fail', 'unknown'] as const;

/** The answer to a question. */
export interface Answer {
  /** `fail`: it will not train like this, or badly. `unknown`: it could not be told, and the sentence says why. */
  outcome: (typeof OUTCOMES)[number];
  /** One plain sentence with the decisive figures. */
  sentence: string;
  /** All figures that it rests on; `rule` names the rule of the diagnosis that found it. */
  evidence: Record<string, number | string>;
  /** Of a check that fails, what to try, in this order, by the names of `REMEDIES`; absent where none is known. */
  remedies?: OfferedRemedy[];
}

/** What is known before the first step, or at it. */
export interface Before {
  /** A history with facts, and with no step or the first. */
  readonly history: History;
  /** What theory expects of the network; undefined where it does not know it. */
  readonly predicted?: readonly LayerPrediction[] | undefined;
}

/** A question that costs nothing: it is answered from data, layers, options and the first step. */
export interface BeforeCheck {
  /** A word or two. */
  readonly text: Texts<{ readonly title: string }>;
  /**
   * Answers it.
   *
   * @param before - What is known.
   * @returns The answer.
   */
  judge(before: Before): Answer;
}

export const pass = (sentence: string, evidence: Answer['evidence'] = {}): Answer => ({ outcome: 'pass', sentence, evidence });
export const fail = (sentence: string, evidence: Answer['evidence'] = {}, remedies: OfferedRemedy[] = []): Answer => ({
  outcome: 'fail',
  sentence,
  evidence,
  ...(remedies.length > 0 ? { remedies } : {}),
});
export const unknown = (sentence: string, evidence: Answer['evidence'] = {}): Answer => ({ outcome: 'unknown', sentence, evidence });
