// TEMPORARY until src/inspect/diagnose is there.
import { REMEDIES, type Experiment, type RemedyId } from '../../src/experiment/index.ts';
import type { History, LayerInfo } from '../../src/index.ts';
import type { FindingMessage, RemedyMessage } from '../protocol.ts';

export function diagnosis(history: History, document: Experiment, hidden: LayerInfo[]): FindingMessage[] {
  const last = history.steps.at(-1);
  if (!last?.layers) return [];
  const n = hidden.length;
  const ratio = last.layers[0]!.tensors.delta!.rms / last.layers[n - 1]!.tensors.delta!.rms;
  const offer = (ids: RemedyId[], rule: string): RemedyMessage[] => ids.flatMap((id) => {
    const proposal = (REMEDIES[id] as (d: Experiment, r?: string) => { document: Experiment; why: string } | null)(document, rule);
    return proposal ? [{ id, name: id, effect: proposal.why, document: proposal.document as never }] : [];
  });
  const list: FindingMessage[] = [];
  if (ratio < 1e-3) list.push({ rule: 'vanishing', severity: ratio < 1e-6 ? 'severe' : 'warn', message: 'vanishing', evidence: { 'δ<sub>1</sub> / δ<sub>L</sub>': ratio, limit: ratio < 1e-6 ? 1e-6 : 1e-3 }, remedies: offer(['critical_initialisation', 'activation', 'batch_norm', 'residual'], 'vanishing') });
  if (ratio > 70) list.push({ rule: 'exploding', severity: ratio > 1e3 ? 'severe' : 'warn', message: 'exploding', evidence: { 'δ<sub>1</sub> / δ<sub>L</sub>': ratio, limit: 1e3 }, remedies: offer(['critical_initialisation', 'residual', 'clip'], 'exploding') });
  return list;
}
