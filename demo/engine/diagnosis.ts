// The diagnosis of the run in progress, each finding with the documents that its remedies lead to. Loaded once the network trains: the first picture
// needs none of the rules.
import { type Experiment, factsOf, type LoadedData, REMEDIES, type Remedy, type RemedyId } from '../../src/experiment/index.ts';
import { compare, type Judged } from '../../src/experiment/judge.ts';
import { predictionsOf } from '../../src/experiment/row_predictions.ts';
import { verdictOf } from '../../src/experiment/try_remedies.ts';
import type { Trainer } from '../../src/index.ts';
import { important } from '../../src/inspect/diagnose/health.ts';
import { diagnose, type Finding, type RuleId } from '../../src/inspect/diagnose/index.ts';
import { baselineOf } from '../../src/inspect/facts.ts';
import type { ExperimentDocument } from '../document.ts';
import type { FindingMessage, FindingsMessage, FromWorker, RemedyMessage } from '../protocol.ts';
import { type Row, rowOf } from '../rows.ts';
import { shownFinding, titleOf } from '../shown_finding.ts';

export class Diagnosis {
  private readonly trainer: Trainer;
  private readonly document: Experiment;
  private readonly data: LoadedData;
  private readonly rows: readonly Row[];
  /** What each remedy makes of the document: the theory behind some takes a third of a second, and a diagnosis is made twice a second. */
  private readonly offers = new Map<string, RemedyMessage[]>();

  constructor(trainer: Trainer, document: Experiment, data: LoadedData, rows: readonly Row[]) {
    this.trainer = trainer;
    this.document = document;
    this.data = data;
    this.rows = rows;
    // Measured once, and there for what is taken home.
    trainer.history.facts = factsOf(trainer.history)!;
  }

  /** Findings, the gravest first, the titles of the rules that matter and could not judge, and what any answer is measured by. */
  get findings(): Pick<FindingsMessage, 'findings' | 'unchecked' | 'baselineLoss'> {
    const diagnosis = diagnose(this.trainer.history);
    const unchecked = important(diagnosis).map(({ rule }) => titleOf(rule as RuleId));
    const baselineLoss = baselineOf(this.trainer.history.facts!);
    return {
      findings: diagnosis.findings.map((finding) => this.message(finding)),
      ...(unchecked.length > 0 ? { unchecked } : {}),
      ...(baselineLoss === undefined ? {} : { baselineLoss }),
    };
  }

  /** What the model that there is now predicts, and by what loss. */
  async judged(): Promise<Judged> {
    return { loss: this.document.loss, predictions: await predictionsOf(this.trainer, this.data) };
  }

  /** How the model compares with the untreated one, on the same rows; nothing where a remedy set rows apart and it has others. */
  async judgement(untreated: Judged): Promise<Omit<Extract<FromWorker, { type: 'judgement' }>, 'type' | 'run'> | undefined> {
    const treated = await this.judged();
    if (treated.predictions.rows !== untreated.predictions.rows) return undefined;
    const comparison = compare(untreated, treated);
    const { unit, loss, untreatedLoss, baselineLoss } = comparison;
    const { verdict } = verdictOf(comparison, treated.predictions.split, diagnose(this.trainer.history).findings);
    return { verdict, unit, loss, untreatedLoss, baselineLoss };
  }

  private message(finding: Finding): FindingMessage {
    const layer = rowOf(this.rows, finding.layer);
    return { ...shownFinding(finding), ...(layer ? { layer } : {}), remedies: finding.remedies.flatMap((id) => this.offer(id, finding)) };
  }

  /** What a remedy makes of the document; nothing where it does not apply. */
  private offer(id: RemedyId, finding: Finding): RemedyMessage[] {
    const remedy: Remedy = REMEDIES[id];
    const key = remedy.asksWhy ? `${id} ${finding.rule} ${finding.kind ?? ''}` : id;
    let offer = this.offers.get(key);
    if (!offer) {
      const proposal = remedy.propose(this.document, finding);
      // The page passes documents on as loose JSON.
      offer = proposal ? [{ id, text: remedy.text, document: proposal.document as unknown as ExperimentDocument }] : [];
      this.offers.set(key, offer);
    }
    return offer;
  }
}
