// Diagnoses a run, tries remedies from the same seed on the same batches, and says by their results which of them helped.
import { requireFunction } from '../errors.ts';
import { percent } from '../format.ts';
import { type Diagnosis, diagnose, type Finding } from '../inspect/diagnose/index.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import { type Admission, admit } from './admit.ts';
import { changesBetween } from './changes.ts';
import { DEFAULT_SEED } from './data.ts';
import type { Experiment } from './document.ts';
import { type Comparison, compare, compareWithBaseline, toldLoss } from './judge.ts';
import { bestRates } from './rate_range.ts';
import { type Proposal, REMEDIES, type Remedy, type RemedyId } from './remedies/index.ts';
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

/**
 * Whether a remedy helped, judged by the model that one would keep. 'helped': its loss is clearly lower than that of the untreated model and than that of the best
 * constant answer, with other seeds too, and it wins most of what any remedy won. 'in part': clearly lower, but much is left, or it was luck. 'too few rows': fewer than 20 to judge by.
 */
export type Verdict = 'helped' | 'in part' | 'did not help' | 'too few rows';

/** A remedy that was tried, and what came of it. */
export interface RemedyTrial extends Diagnosed {
  /** Which remedy; of two that were tried together both: `standardise_inputs + learning_rate`. */
  remedy: RemedyId | `${RemedyId} + ${RemedyId}`;
  /** The document that was run, and why it should help. */
  proposal: Proposal;
  /** What was changed in the document, a line for each place. */
  changes: string[];
  /** The rule whose finding asked for it; absent where none did, since the run had learned nothing and no rule knew why. */
  rule?: string;
  /** Whether it helped. */
  verdict: Verdict;
  /** The figures that decided it: a sentence. */
  because: string;
  /** The same as numbers; absent where the results hold no predictions. */
  comparison?: Comparison;
  /** Fraction of the loss of knowing nothing that it wins with other seeds, none below 0: of a remedy that helped, since one run may be luck. */
  wonByOtherSeeds?: number[];
}

/** A run, and the remedies that were tried on it. */
export interface RemedyTrials {
  /** Where the document is refused before its first step: why, and the change with which it runs. `before` is then the run of the changed document. */
  admission?: Admission;
  /** The run as the document has it; with `comparison`, how it fares against the best constant answer, where the result holds predictions. */
  before: Diagnosed & { comparison?: Comparison };
  /** The remedies, in the order in which they were tried. */
  trials: RemedyTrial[];
  /** The one that helped with the lowest loss; of too few rows to judge by, one that wins most of the loss of knowing nothing. */
  best?: RemedyTrial;
  /** Where something was wrong and no remedy helped: why that is so, or which came nearest; a sentence or two. */
  whyNone?: string;
}

/** How remedies are tried. */
export interface TryRemediesOptions {
  /** Runs a document: on an engine of this process, or in a browser. */
  run: (document: Experiment, label: string) => Promise<RunResult>;
  /** Remedies tried at most; default 10. Short runs that look for a learning rate are not counted, nor those of a remedy that helped with other seeds. */
  max?: number;
  /** Called after each remedy that was tried. A later one may win so much more that this one's verdict becomes 'in part'. */
  onTrial?(trial: RemedyTrial): void;
}

const OPTIONS = {
  run: { ...FUNCTION, required: true },
  max: { type: 'integer', min: 0, default: 10 },
  onTrial: FUNCTION,
} as const satisfies OptionTable<TryRemediesOptions>;

/** Of the most that may be tried, those that are kept for two remedies together; of few none, which are for the first cause's own. */
const FOR_PAIRS = 4;
const FEWEST_ALONE = 3;
/** Of the usual suspects, those that are tried behind the remedies of findings, and of pairs those that are where nothing wins alone. */
const [SUSPECTS, PAIRS] = [2, 2];
/** Added to the seed of the document, of a remedy that helped: whether it does so from other initial values and in other batches. */
const OTHER_SEEDS = [1001, 2002];
/** Fraction of what a remedy wins with the seed of the document that it must win with others, or it was luck. */
const NO_LUCK = 0.5;
/** Fewer rows say nothing of a difference. */
const FEWEST_ROWS = 20;
/** Fraction of the loss of knowing nothing that is gone where nothing needs to be tried any more. */
const GREAT = 0.9;
/** The same where no finding is left and no other remedy needs to be tried in its place. */
const GOOD = 0.75;
/** From here on a remedy wins something. */
const SOMETHING = 0.05;
/** From here on a run has learned: what is left of findings does not matter. */
const LEARNED = 0.5;
/** Fraction of what the best remedy wins that another must win to have helped. */
const MOST = 0.9;
/** What is tried where a run learned little and no finding's remedy mends it: first what only applies where there is a fault, then the usual suspects. */
const USUAL: readonly RemedyId[] = [
  'break_symmetry',
  'output_layer',
  'add_activations',
  'less_weight_decay',
  'less_dropout',
  'less_l2',
  'less_l1',
  'standardise_inputs',
  'learning_rate',
  'critical_initialisation',
  'batch_norm',
  'optimizer',
];

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
 * Runs a document, and then the remedies that its findings propose, the gravest finding's first, from the same seed on the same batches. Each is judged by its
 * result: what the model that one would keep predicts for the rows of the validation part, against the untreated model and the best constant answer. Where one alone
 * wins little, another is tried on top of it. A remedy after which a finding is gone and the loss is as before did not help.
 * Where the document is refused because its loss or its output layer does not fit the targets, that is changed first.
 *
 * @param document - The experiment.
 * @param options - `run` runs a document; at most 10 remedies are tried by default.
 * @returns The run before, the trials, and the best of those that helped.
 * @throws UsageError for what is no experiment and for a wrong option, and what `run` throws: a refusal that no change of loss or output layer lifts.
 * @example
 * const { best } = await tryRemedies(experiment, { run: (document) => runExperiment(engine, document) });
 * console.log(best?.remedy, best?.because);
 */
export async function tryRemedies(document: Experiment, options: TryRemediesOptions): Promise<RemedyTrials> {
  const { max, run, onTrial } = readOptions<TryRemediesOptions, typeof OPTIONS>('tryRemedies', OPTIONS, options);
  givenExperiment('tryRemedies', document);
  const { result: before, admission } = await examine(document, run).then(
    (result) => ({ result, admission: undefined }),
    (error: unknown) => admit(document, error, (changed, remedy) => examine(changed, run, remedy)),
  );
  const series = new Series(document, before, { run, max, ...(onTrial === undefined ? {} : { onTrial }), ...(admission ? { admission } : {}) });
  if (before.result.status !== 'aborted') await series.tryAll();
  return series.outcome();
}

/** What may be tried, and which finding asks for it. */
interface Candidate {
  remedy: RemedyId;
  finding?: Finding;
}

type SeriesOptions = TryRemediesOptions & { max: number; admission?: Admission };

/** The trials on one document. */
class Series {
  /** As it was given. */
  readonly #given: Experiment;
  /** As it runs: the same, unless it is refused. */
  readonly #document: Experiment;
  readonly #before: Diagnosed;
  readonly #options: SeriesOptions;
  readonly #trials: RemedyTrial[] = [];
  /** Documents that were tried, as text. */
  readonly #tried: Set<string>;
  /** The untreated run with other rows set apart, by what the document says of that. */
  readonly #untreated = new Map<string, RunResult>();

  constructor(given: Experiment, before: Diagnosed, options: SeriesOptions) {
    const document = options.admission?.proposal.document ?? given;
    this.#given = given;
    this.#document = document;
    this.#before = before;
    this.#options = options;
    this.#tried = new Set([JSON.stringify(document)]);
    this.#untreated.set(splitOf(document), before.result);
  }

  async tryAll(): Promise<void> {
    const candidates = this.#candidates();
    const alone = this.#isHopeless() ? FEWEST_ALONE : Math.max(FEWEST_ALONE, this.#options.max - FOR_PAIRS);
    for (const candidate of candidates) {
      const suspects = candidate.finding ? 0 : this.#trials.filter(({ rule }) => rule === undefined).length;
      const enough = this.#trials.length > suspects && suspects >= SUSPECTS;
      if (this.#trials.length < alone && !enough && !this.#enough()) await this.#try(candidate);
    }
    const wins = this.#trials.filter((trial) => wonBy(trial) > 0).sort(byLoss);
    const base = wins[0] ?? this.#trials[0];
    if (!base || wonBy(base) >= GREAT || this.#isHopeless()) return;
    await this.#tryAgainstMemory();
    if (this.#trials.some(isGreat)) return;
    // The rate that fitted the sick network need not fit the mended one.
    if (!this.#memorises()) await this.#try({ remedy: 'learning_rate' }, base);
    await this.#tryPairs(candidates, base, wins);
  }

  /** Where the first cause is gone, and what learns now learns by heart: what helps against that, on top. */
  async #tryAgainstMemory(): Promise<void> {
    const [first] = this.#before.findings;
    const mended = this.#trials
      .filter(({ rule, findings }) => first && rule === first.rule && isByHeart(findings[0]) && findings.every((each) => each.rule !== rule))
      .sort(byLoss)[0];
    const left = mended?.findings[0];
    for (const remedy of left?.remedies ?? [])
      if (!this.#trials.some((trial) => trial.rule === left!.rule && isLasting(trial))) await this.#try({ remedy, finding: left! }, mended);
  }

  /**
   * Two where one alone wins little: the others on top of the one that wins most. Where that wins much, those of the first cause; where nothing wins anything, few: the first
   * of another cause, and those of the first cause on top of each other.
   */
  async #tryPairs(candidates: readonly Candidate[], base: RemedyTrial, wins: readonly RemedyTrial[]): Promise<void> {
    const first = this.#before.findings[0];
    const own = candidates.filter(({ finding }) => finding === first);
    const others = candidates.filter(
      ({ finding }, at) => finding !== first && isCause(finding) && candidates.findIndex((each) => each.finding === finding) === at,
    );
    const none = wonBy(base) < SOMETHING;
    const all: Candidate[] = [...wins.map(({ remedy }) => ({ remedy: remedy as RemedyId })), ...candidates];
    // What a deep network wins with fewer layers is the measure for all else that mends it.
    const shallower = own.filter(({ remedy }) => remedy === 'fewer_layers');
    const order = none ? [...others, ...own] : [...shallower, ...(wonBy(base) < GOOD ? all : own)];
    const before = this.#trials.length;
    for (const candidate of order)
      if (candidate.remedy !== 'learning_rate' && !this.#trials.some(isGreat) && !(none && this.#trials.length - before >= PAIRS))
        await this.#try(candidate, base);
  }

  outcome(): RemedyTrials {
    const most = Math.max(...this.#trials.map(wonBy), 0);
    for (const trial of this.#trials) {
      if (trial.verdict !== 'helped' || wonBy(trial) >= MOST * most) continue;
      trial.verdict = 'in part';
      trial.because += `; ${this.#trials.find((other) => wonBy(other) === most)!.remedy} wins ${percent(most)}`;
    }
    const best =
      this.#trials.filter(({ verdict }) => verdict === 'helped').sort(byLoss)[0] ??
      this.#trials.filter((trial) => trial.verdict === 'too few rows' && wonBy(trial) >= LEARNED).sort(byLoss)[0];
    const { predictions, document } = this.#before.result;
    const comparison = predictions && compareWithBaseline({ loss: document.loss, predictions });
    const whyNone = best ? undefined : this.#whyNone();
    const { admission } = this.#options;
    return {
      ...(admission ? { admission } : {}),
      before: { ...this.#before, ...(comparison ? { comparison } : {}) },
      trials: this.#trials,
      ...(best ? { best } : {}),
      ...(whyNone ? { whyNone } : {}),
    };
  }

  /** Why no remedy helped, as far as the run and the trials tell. */
  #whyNone(): string | undefined {
    const first = this.#before.findings.find(({ severity }) => severity !== 'note');
    if (!first && this.#trials.length === 0) return undefined;
    if (this.#isHopeless()) return `${first!.message} No remedy mends that: look at the targets, and at how they came to the inputs.`;
    const [nearest] = [...this.#trials].sort(byLoss);
    const came = nearest && wonBy(nearest) >= SOMETHING ? ` ${nearest.remedy} comes nearest: ${nearest.because}.` : '';
    if (this.#memorises()) return `The training rows are learned and new ones are not: more rows, or fewer columns that mean nothing, are left to try.${came}`;
    if (came || !nearest) return came.trim() || undefined;
    return 'None wins anything over knowing nothing, alone or with another rate: what is wrong may be in the data, where no remedy reaches.';
  }

  /** Whether the targets cannot be told from the inputs: they have no remedy. */
  #isHopeless(): boolean {
    const [first] = this.#before.findings;
    return first !== undefined && first.severity !== 'note' && first.remedies.length === 0;
  }

  /** Whether the training rows are learned, so that nothing helps that lets a network learn. */
  #memorises(): boolean {
    return isByHeart(this.#before.findings[0]);
  }

  /** Each remedy once: those of causes, then of what follows from them, another rate first; the usual ones behind, where the run is known to have learned little. */
  #candidates(): Candidate[] {
    const { findings, result } = this.#before;
    const asked = findings
      .filter(({ severity }) => severity !== 'note')
      .flatMap((finding) => finding.remedies.map((remedy): Candidate => ({ remedy, finding })))
      .filter(({ remedy, finding }) => remedy !== 'learning_rate' || finding!.rule !== 'update_size' || !this.#learned(result));
    const [causes, consequences] = [asked.filter(({ finding }) => isCause(finding)), asked.filter(({ finding }) => !isCause(finding))];
    const rates = consequences.filter(({ remedy }) => remedy === 'learning_rate');
    const unlearned = result.predictions && !this.#isHopeless() && !this.#memorises() && !this.#learned(result);
    const usual = unlearned ? USUAL.map((remedy): Candidate => ({ remedy })) : [];
    const seen = new Set<RemedyId>();
    return [...causes, ...rates, ...consequences, ...usual].filter(({ remedy }) => !seen.has(remedy) && seen.add(remedy));
  }

  #learned({ document, predictions }: RunResult): boolean {
    return predictions !== undefined && compareWithBaseline({ loss: document.loss, predictions }).won >= LEARNED;
  }

  #over(): boolean {
    const last = this.#trials.at(-1);
    return this.#trials.length >= this.#options.max || last?.result.status === 'aborted';
  }

  #enough(): boolean {
    return this.#trials.some(isEnough);
  }

  /** Tries a remedy, on top of another where there is one. */
  async #try({ remedy, finding }: Candidate, base?: RemedyTrial): Promise<void> {
    if (this.#over() || base?.remedy === remedy) return;
    const proposals = base ? await this.#pairs(remedy, finding, base) : await this.#proposals(remedy, finding, this.#document);
    for (const proposal of proposals) {
      const text = JSON.stringify(proposal.document);
      if (this.#tried.has(text) || this.#over()) continue;
      this.#tried.add(text);
      const name = base ? (`${base.remedy as RemedyId} + ${remedy}` as const) : remedy;
      const after = await examine(proposal.document, this.#options.run, name);
      const trial: RemedyTrial = {
        ...after,
        remedy: name,
        proposal,
        changes: changesBetween(this.#given, proposal.document),
        ...(finding ? { rule: finding.rule } : base?.rule ? { rule: base.rule } : {}),
        ...(await this.#judge(after)),
      };
      if (trial.verdict === 'helped') await this.#repeat(trial);
      this.#trials.push(trial);
      this.#options.onTrial?.(trial);
      if (trial.verdict === 'helped') return;
    }
  }

  /** A remedy on top of another. A rate is looked for when the other is there: what it was without is of no use. */
  async #pairs(remedy: RemedyId, finding: Finding | undefined, { remedy: other, proposal: base, rule }: RemedyTrial): Promise<Proposal[]> {
    const second = other === 'learning_rate';
    const because = this.#before.findings.find((each) => each.rule === rule);
    const firsts = second ? await this.#proposals(remedy, finding, this.#document) : [base];
    const pairs: Proposal[] = [];
    for (const first of firsts)
      for (const next of second ? await this.#proposals('learning_rate', because, first.document) : await this.#proposals(remedy, finding, first.document))
        pairs.push({ document: next.document, why: `${first.why} ${next.why}` });
    return pairs;
  }

  async #proposals(remedy: RemedyId, finding: Finding | undefined, document: Experiment): Promise<Proposal[]> {
    const { result } = this.#before;
    if (remedy === 'learning_rate' && result.predictions) return bestRates(document, result.start.steps, this.#options.run);
    const proposal = (REMEDIES[remedy] as Remedy).propose(document, finding, result.history.facts);
    return proposal ? [proposal] : [];
  }

  async #judge(after: Diagnosed): Promise<Pick<RemedyTrial, 'verdict' | 'because' | 'comparison'>> {
    const { result, findings } = after;
    const { nonFinite } = result.history;
    const untreated = await this.#untreatedLike(result.document);
    if (result.status === 'non_finite') return { verdict: 'did not help', because: `turned non-finite${nonFinite ? ` at step ${nonFinite.step}` : ''}` };
    if (!result.predictions || !untreated.predictions) return { verdict: 'too few rows', because: 'the results hold no predictions to judge by' };
    const comparison = compare(
      { loss: untreated.document.loss, predictions: untreated.predictions },
      { loss: result.document.loss, predictions: result.predictions },
    );
    return { comparison, ...verdictOf(comparison, result.predictions.split, findings) };
  }

  /** The same with other seeds: what a network of many layers wins in a short run may be luck. */
  async #repeat(trial: RemedyTrial): Promise<void> {
    const { document } = trial.proposal;
    const won: number[] = [];
    for (const more of OTHER_SEEDS) {
      const seed = (document.seed ?? DEFAULT_SEED) + more;
      const { document: of, predictions, status } = await this.#options.run({ ...document, seed }, `${trial.remedy}, seed ${seed}`);
      if (status === 'aborted') return;
      won.push(status === 'non_finite' || !predictions ? 0 : Math.max(0, compareWithBaseline({ loss: of.loss, predictions }).won));
    }
    trial.wonByOtherSeeds = won;
    if (mean(won) >= NO_LUCK * trial.comparison!.won) return;
    trial.verdict = 'in part';
    trial.because += `; with other seeds it wins ${won.map(percent).join(' and ')}, with this one ${percent(trial.comparison!.won)}`;
  }

  /** The untreated run, with the same rows set apart: a remedy may need validation rows that the document has not. */
  async #untreatedLike(document: Experiment): Promise<RunResult> {
    const key = splitOf(document);
    const known = this.#untreated.get(key);
    if (known) return known;
    const { split } = document.data;
    const data = { ...this.#document.data, ...(split ? { split } : {}) } as Experiment['data'];
    const result = await this.#options.run({ ...this.#document, data }, 'before, with the same rows set apart');
    this.#untreated.set(key, result);
    return result;
  }
}

/** Whether a finding stands for itself. */
const isCause = (finding: Finding | undefined): boolean => finding !== undefined && finding.consequenceOf === undefined;

const isLasting = ({ verdict }: RemedyTrial): boolean => verdict === 'helped' || verdict === 'too few rows';

/** Whether rows are learned by heart, and that is all that is wrong. */
const isByHeart = (first: Finding | undefined): boolean => first?.severity === 'warn' && (first.rule === 'overfitting' || first.rule === 'overtraining');

/** Whether nothing more needs to be tried. */
const isGreat = (trial: RemedyTrial): boolean => isLasting(trial) && wonBy(trial) >= GREAT;

/** Whether no other needs to be tried in its place. */
const isEnough = (trial: RemedyTrial): boolean =>
  isGreat(trial) || (isLasting(trial) && wonBy(trial) >= GOOD && trial.findings.every(({ severity }) => severity === 'note'));

const splitOf = ({ data }: Experiment): string => JSON.stringify(data.split ?? null);

/** The mean over the seeds that it was tried with. */
const wonBy = ({ comparison, wonByOtherSeeds = [] }: RemedyTrial): number => mean([comparison?.won ?? 0, ...wonByOtherSeeds]);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The lowest loss first: of losses in different units, that which is the smallest fraction of its baseline. */
const byLoss = (a: RemedyTrial, b: RemedyTrial): number => wonBy(b) - wonBy(a);

/** What follows from a comparison, and from the findings that the treated run still has. */
export function verdictOf(comparison: Comparison, split: 'validation' | 'train', findings: readonly Finding[]): { verdict: Verdict; because: string } {
  const { rows, unit, root, loss, untreatedLoss, baselineLoss, won } = comparison;
  const what = (value: number): string => toldLoss(comparison, value);
  const name = `${split === 'validation' ? 'validation' : 'training'} ${unit === 'error' ? 'errors' : root ? 'RMSE' : 'loss'}`;
  const figures = `${name} ${what(untreatedLoss)} → ${what(loss)}, knowing nothing ${what(baselineLoss)}`;
  if (rows < FEWEST_ROWS) return { verdict: 'too few rows', because: `${figures}; ${rows} rows are too few to say` };
  const left = [...new Set(findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule))];
  const isLeft = left.length > 0 ? `; ${left.join(', ')} ${left.length > 1 ? 'are' : 'is'} left` : '';
  if (!comparison.beatsBaseline) return { verdict: 'did not help', because: `no better than knowing nothing: ${figures}${isLeft}` };
  if (!comparison.beatsUntreated) return { verdict: 'did not help', because: `no better than before: ${figures}${isLeft}` };
  if (won < LEARNED && isLeft) return { verdict: 'in part', because: `${figures}${isLeft}` };
  return { verdict: 'helped', because: figures };
}
