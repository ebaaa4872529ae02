// The diagnosis as programs call it: what the history's trainer knows of the run is read too.
import { type DiagnoseOptions, type Diagnosis, diagnose as diagnoseHistory } from '../inspect/diagnose/index.ts';
import type { RunFacts } from '../inspect/facts.ts';
import type { History, HistoryData } from '../inspect/history.ts';
import { readHistory } from '../inspect/read_history.ts';
import { factsOfTrainer } from '../train/facts_of.ts';
import { trainerOf } from '../train/facts_source.ts';

/**
 * What a run is made of: its data, its loss and the best constant answer to it, what changes the weights. The rules of `diagnose` look for causes there. Of a
 * trainer's history it is measured now, of others it is what they say.
 *
 * @param history - Of a trainer, a run or `parseHistory`.
 * @returns The facts; undefined where nothing is known.
 * @throws UsageError for what is no history, with the place that is none.
 * @example
 * console.log(factsOf(trainer.history)?.outputs?.[0]?.baselineLoss);
 */
export const factsOf = (history: HistoryData): RunFacts | undefined => withFacts('factsOf', history).facts;

/** The history, read, with its facts. Throws a UsageError for what is none. */
export function withFacts(where: string, given: HistoryData): History {
  const history = readHistory(where, given);
  const trainer = trainerOf.get(given);
  return trainer && !history.facts ? { ...history, facts: factsOfTrainer(trainer) } : history;
}

/**
 * Finds what is wrong with a run by rules: vanishing gradients, inputs that are not scaled, a learning rate that is too large, and so on. It reads a history of
 * this engine, or one logged elsewhere with a plain list of records for its steps. How much a history has kept changes no finding.
 *
 * @param history - Of a trainer, a run or `parseHistory`.
 * @param options - Which rules to ask, all by default, levels other than theirs, and rules of one's own.
 * @returns The findings, the gravest first, and the rules that could not judge.
 * @throws UsageError for what is no history, with the place that is none, or no rule, and for an unknown rule or level.
 * @example
 * const { findings, unchecked } = diagnose(trainer.history);
 * for (const { severity, title, message } of findings) console.log(severity, title, message);
 */
export const diagnose = (history: HistoryData, options: DiagnoseOptions = {}): Diagnosis => diagnoseHistory(withFacts('diagnose', history), options);
