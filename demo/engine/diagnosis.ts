// The diagnosis of the run in progress, each finding with the documents that its remedies lead to.
import { diagnose, type Experiment, type Finding, REMEDIES, type RemedyId } from '../../src/experiment/index.ts';
import type { History } from '../../src/index.ts';
import type { ExperimentDocument } from '../document.ts';
import type { FindingMessage, RemedyMessage } from '../protocol.ts';
import { type Row, rowOf } from '../rows.ts';

export class Diagnosis {
  private readonly document: Experiment;
  private readonly rows: readonly Row[];
  /** What each remedy makes of the document: the theory behind some takes a third of a second, and a diagnosis is made twice a second. */
  private readonly offers = new Map<string, RemedyMessage[]>();

  constructor(document: Experiment, rows: readonly Row[]) {
    this.document = document;
    this.rows = rows;
  }

  /** Findings, the gravest first. */
  of(history: History): FindingMessage[] {
    return diagnose(history).map((finding) => {
      const rule = sideOf(finding);
      const layer = rowOf(this.rows, finding.layer);
      const { severity, message, evidence } = finding;
      const remedies = finding.remedies.flatMap((id) => this.offer(id, rule, finding));
      return { rule, severity, message, evidence, ...(layer ? { layer } : {}), remedies };
    });
  }

  /** What a remedy makes of the document; nothing where it does not apply. */
  private offer(id: RemedyId, rule: string, finding: Finding): RemedyMessage[] {
    // Some remedies ask what they are for, most do not.
    const key = REMEDIES[id].length > 1 ? `${id} ${rule}` : id;
    let offer = this.offers.get(key);
    if (!offer) {
      const proposal = REMEDIES[id](this.document, finding);
      // The page passes documents on as loose JSON.
      offer = proposal ? [{ id, name: id.replaceAll('_', ' '), effect: proposal.why, document: proposal.document as unknown as ExperimentDocument }] : [];
      this.offers.set(key, offer);
    }
    return offer;
  }
}

/** Updates can be wrong on two sides, and their remedies differ. */
function sideOf({ rule, evidence }: Finding): string {
  if (rule !== 'update_size') return rule;
  return Number(evidence.log10L2) < -2 ? 'update_size_small' : 'update_size_large';
}
