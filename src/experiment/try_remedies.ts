// Diagnoses a run, tries remedies from the same seed on the same batches, and says which of them helped.
import { requireFunction } from '../errors.ts';
import { type Diagnosis, diagnose, type Finding } from '../inspect/diagnose/index.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import type { Experiment } from './document.ts';
import { type Proposal, REMEDIES, type RemedyId } from './remedies/index.ts';
import type { RunResult } from './run.ts';
import { type RunSummary, summaryOf } from './run_summary.ts';
import { givenExperiment } from './schema.ts';

/** A run with its findings. */
export interface Diagnosed extends Diagnosis {
  /** The run. */
  result: RunResult;
  /** The run in a few numbers. */
  summary: RunSummary;
}

/** Whether a remedy helped. */
export type Verdict = 'helped' | 'helped in part' | 'did not help';

/** A remedy that was tried, and what came of it. */
export interface RemedyTrial extends Diagnosed {
  /** Which remedy. */
  remedy: RemedyId;
  /** The document that was run, and why it should help. */
  proposal: Proposal;
  /** The rule whose finding asked for it. */
  rule: string;
  /** Whether it helped. */
  verdict: Verdict;
  /** The figures that decided it: a sentence. */
  because: string;
}

/** A run, and the remedies that were tried on it. */
export interface RemedyTrials {
  /** The run as the document has it. */
  before: Diagnosed;
  /** The remedies, in the order in which they were tried. */
  trials: RemedyTrial[];
  /** The attempt that helped with the lowest loss at the end: validation, or training where there is none. */
  best?: RemedyTrial;
}

/** How remedies are tried. */
export interface TryRemediesOptions {
  /** Runs a document: on an engine of this process, or in a browser. */
  run: (document: Experiment, label: string) => Promise<RunResult>;
  /** Remedies tried at most; default 6. */
  max?: number;
  /** Called after each remedy that was tried. */
  onTrial?(trial: RemedyTrial): void;
}

const OPTIONS = {
  run: { ...FUNCTION, required: true },
  max: { type: 'integer', min: 0, default: 6 },
  onTrial: FUNCTION,
} as const satisfies OptionTable<TryRemediesOptions>;

/**
 * Runs a document and applies the rules.
 *
 * @param document - The experiment.
 * @param run - Runs it: `(document) => runExperiment(engine, document)`.
 * @param label - What `run` is told it is, for messages; 'before' by default.
 * @returns The run, its findings, and the rules that could not judge.
 * @throws UsageError for what is no experiment or no function, and what `run` throws.
 * @example
 * const { findings } = await examine(experiment, (document) => runExperiment(engine, document));
 */
export async function examine(document: Experiment, run: TryRemediesOptions['run'], label = 'before'): Promise<Diagnosed> {
  givenExperiment('examine', document);
  requireFunction('examine: run', run);
  const result = await run(document, label);
  return { result, summary: summaryOf(result), ...diagnose(result.history) };
}

/**
 * Runs a document, and then each remedy that its findings propose, one at a time and in their order, from the same seed on the same batches. Each is measured,
 * not believed: a remedy after which its finding is as severe as before did not help, whatever its name.
 *
 * @param document - The experiment.
 * @param options - `run` runs a document; at most 6 remedies are tried by default.
 * @returns The run before, the trials, and the best of those that helped.
 * @throws UsageError for what is no experiment and for a wrong option, and what `run` throws.
 * @example
 * const { best } = await tryRemedies(experiment, { run: (document) => runExperiment(engine, document) });
 * console.log(best?.remedy, best?.because);
 */
export async function tryRemedies(document: Experiment, options: TryRemediesOptions): Promise<RemedyTrials> {
  const { max, onTrial } = readOptions<TryRemediesOptions, typeof OPTIONS>('tryRemedies', OPTIONS, options);
  givenExperiment('tryRemedies', document);
  const before = await examine(document, options.run);
  const trials: RemedyTrial[] = [];
  const tried = new Set<RemedyId>();
  for (const finding of before.findings) {
    if (finding.severity === 'note') continue;
    for (const remedy of finding.remedies) {
      if (tried.has(remedy) || trials.length >= max || before.result.status === 'aborted' || trials.at(-1)?.result.status === 'aborted') continue;
      tried.add(remedy);
      const proposal = REMEDIES[remedy].propose(document, finding);
      if (!proposal) continue;
      const after = await examine(proposal.document, options.run, remedy);
      const trial: RemedyTrial = { ...after, remedy, proposal, rule: finding.rule, ...judge(finding, before, after) };
      trials.push(trial);
      onTrial?.(trial);
    }
  }
  const best = trials.filter(({ verdict }) => verdict === 'helped').sort((a, b) => lossOf(a) - lossOf(b))[0];
  return { before, trials, ...(best ? { best } : {}) };
}

const LEVEL = { note: 0, warn: 1, severe: 2 } as const;

/** Whether the finding is gone or milder, no worse one has come, nothing severe is left, and the loss has not risen. */
function judge(finding: Finding, before: Diagnosed, after: Diagnosed): { verdict: Verdict; because: string } {
  if (after.result.history.nonFinite) return { verdict: 'did not help', because: `turned non-finite at step ${after.result.history.nonFinite.step}` };
  const left = worst(after.findings.filter(({ rule }) => rule === finding.rule));
  if (left >= LEVEL[finding.severity]) return { verdict: 'did not help', because: `${finding.rule} is still there` };
  const created = after.findings.filter(
    ({ rule, severity }) => LEVEL[severity] > worst(before.findings.filter((other) => other.rule === rule)) && LEVEL[severity] > 0,
  );
  if (created.length > 0)
    return {
      verdict: 'helped in part',
      because: `${finding.rule} is ${left < 0 ? 'gone' : 'milder'}, but now ${[...new Set(created.map(({ rule }) => rule))].join(', ')}`,
    };
  const severe = after.findings.filter(({ rule, severity }) => severity === 'severe' && rule !== finding.rule);
  if (severe.length > 0)
    return {
      verdict: 'helped in part',
      because: `${finding.rule} is ${left < 0 ? 'gone' : 'milder'}, but ${severe.map(({ rule }) => rule).join(', ')} is still there`,
    };
  if (lossOf(after) > lossOf(before) * 1.05)
    return { verdict: 'helped in part', because: `${finding.rule} is ${left < 0 ? 'gone' : 'milder'}, but the loss is higher` };
  return left < 0 ? { verdict: 'helped', because: `${finding.rule} is gone` } : { verdict: 'helped in part', because: `${finding.rule} is milder` };
}

/** -1 where there is none. */
const worst = (findings: readonly Finding[]): number => findings.reduce((max, { severity }) => Math.max(max, LEVEL[severity]), -1);

const lossOf = ({ summary }: Diagnosed): number => {
  const loss = Number.isNaN(summary.validationLoss) ? summary.trainLoss : summary.validationLoss;
  return Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
};
