// A document that is refused before its first step, and the remedy with which it runs: what is wrong is then not a matter of training.
import { DataError, ShapeError, UsageError } from '../errors.ts';
import { changesBetween } from './changes.ts';
import type { Experiment } from './document.ts';
import type { LossName } from './registry/losses.ts';
import { type Proposal, REMEDIES, type Remedy, type RemedyId } from './remedies/index.ts';

/** What made a document run that is refused as it is. */
export interface Admission {
  /** Why it is refused. */
  refused: string;
  /** What was changed so that it runs. */
  remedy: RemedyId;
  /** The document that runs, and why. */
  proposal: Proposal;
  /** What was changed in the document, a line for each place. */
  changes: string[];
}

/** Of two labels: the loss that takes those that the other refuses. */
const OTHER: Partial<Record<LossName, LossName>> = { hinge: 'bce_with_logits', squared_hinge: 'bce_with_logits', bce_with_logits: 'hinge' };

/**
 * Looks for the change with which a refused document runs.
 *
 * @param document - The document that was refused.
 * @param error - What refused it.
 * @param attempt - Runs a changed document.
 * @returns What `attempt` gave for the first that runs, and the change.
 * @throws `error` where it is no refusal or no change helps; what `attempt` throws that is no refusal.
 */
export async function admit<Result>(
  document: Experiment,
  error: unknown,
  attempt: (document: Experiment, remedy: RemedyId) => Promise<Result>,
): Promise<{ result: Result; admission: Admission }> {
  if (!isRefusal(error)) throw error;
  for (const { remedy, proposal } of proposalsFor(document)) {
    const result = await attempt(proposal.document, remedy).catch((again: unknown) => {
      if (!isRefusal(again)) throw again;
    });
    if (result) return { result, admission: { refused: error.message, remedy, proposal, changes: changesBetween(document, proposal.document) } };
  }
  throw error;
}

/** Whether an error says that a document cannot be run as it is. */
export const isRefusal = (error: unknown): error is Error => error instanceof DataError || error instanceof UsageError || error instanceof ShapeError;

/** What can be said of a document without its run. Of a file's targets nothing is known: whether the other loss takes them shows when it is asked. */
function proposalsFor(document: Experiment): { remedy: RemedyId; proposal: Proposal }[] {
  const name = typeof document.loss === 'string' ? document.loss : document.loss.name;
  const loss = OTHER[name];
  const asked = loss ? { document: { ...document, loss }, why: `${name} refuses these targets, and ${loss} takes them.` } : null;
  const proposals: [RemedyId, Proposal | null][] = [
    ['loss', (REMEDIES.loss as Remedy).propose(document) ?? asked],
    ['output_layer', (REMEDIES.output_layer as Remedy).propose(document)],
  ];
  return proposals.flatMap(([remedy, proposal]) => (proposal ? [{ remedy, proposal }] : []));
}
