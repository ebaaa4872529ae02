// The diagnosis of the run in progress, each finding with the documents that its remedies lead to.
import { diagnose, type Experiment, type Finding, REMEDIES, type RemedyId } from '../../src/experiment/index.ts';
import type { History, LayerInfo } from '../../src/index.ts';
import type { ExperimentDocument } from '../document.ts';
import type { FindingMessage, RemedyMessage } from '../protocol.ts';

/** Findings, the gravest first. */
export function diagnosis(history: History, document: Experiment, hidden: readonly LayerInfo[]): FindingMessage[] {
  return diagnose(history).map((finding) => {
    const rule = sideOf(finding);
    const layer = hidden.findIndex((each) => each.name === finding.layer) + 1;
    const { severity, message, evidence } = finding;
    return { rule, severity, message, evidence, ...(layer ? { layer } : {}), remedies: finding.remedies.flatMap((id) => offer(id, finding, document)) };
  });
}

/** Updates can be wrong on two sides, and their remedies differ. */
function sideOf({ rule, evidence }: Finding): string {
  if (rule !== 'update_size') return rule;
  return Number(evidence.log10L2) < -2 ? 'update_size_small' : 'update_size_large';
}

/** What a remedy makes of the document; nothing where it does not apply. */
function offer(id: RemedyId, finding: Finding, document: Experiment): RemedyMessage[] {
  const proposal = REMEDIES[id](document, finding);
  // The page passes documents on as loose JSON.
  return proposal ? [{ id, name: id.replaceAll('_', ' '), effect: proposal.why, document: proposal.document as unknown as ExperimentDocument }] : [];
}
