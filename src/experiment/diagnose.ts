// The diagnosis as programs call it: what the history's trainer knows of the run is read too.
import { type DiagnoseOptions, type Diagnosis, diagnose as diagnoseHistory } from '../inspect/diagnose/index.ts';
import type { RunFacts } from '../inspect/facts.ts';
import type { HistoryData } from '../inspect/history.ts';
import { requireHistory } from '../inspect/steps.ts';
import { factsOfTrainer } from '../train/facts_of.ts';
import { trainerOf } from '../train/facts_source.ts';

/**
 * What a run is made of: its data, its loss and the best constant answer to it, what changes the weights. The rules of `diagnose` look for causes there. Of a
 * trainer's history it is measured now, of others it is what they say.
 *
 * @param history - Of a trainer, a run or `parseHistory`.
 * @returns The facts; undefined where nothing is known.
 * @throws UsageError for what is no history.
 * @example
 * console.log(factsOf(trainer.history)?.outputs?.[0]?.baselineLoss);
 */
export function factsOf(history: HistoryData): RunFacts | undefined {
  requireHistory('factsOf', history);
  const trainer = trainerOf.get(history);
  return history.facts ?? (trainer && factsOfTrainer(trainer));
}

/**
 * Finds what is wrong with a run by rules: vanishing gradients, inputs that are not scaled, a learning rate that is too large, and so on. It reads a history of
 * this engine, or one logged elsewhere with a plain list of records for its steps. How much a history has kept changes no finding.
 *
 * @param history - Of a trainer, a run or `parseHistory`.
 * @param options - Which rules to ask, all by default, levels other than theirs, and rules of one's own.
 * @returns The findings, the gravest first, and the rules that could not judge.
 * @throws UsageError for what is no history or rule, and for an unknown rule or level.
 * @example
 * const { findings, unchecked } = diagnose(trainer.history);
 * for (const { severity, title, message } of findings) console.log(severity, title, message);
 */
export function diagnose(history: HistoryData, options: DiagnoseOptions = {}): Diagnosis {
  requireHistory('diagnose', history);
  const facts = factsOf(history);
  return diagnoseHistory(facts ? { ...history, facts } : history, options);
}
