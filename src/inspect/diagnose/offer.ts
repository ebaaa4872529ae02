// Which of a rule's remedies can help a network, judging by the layers in its history.
import type { History } from '../history.ts';

/** What is offered in the place of a remedy that cannot help. */
export type Instead = 'activation' | 'batch_norm';

/** Remedies as far as they can help here, in order. */
export function offer<Remedy extends string>(history: History, remedies: readonly Remedy[]): (Remedy | Instead)[] {
  const hidden = history.layers.filter((layer) => layer.role === 'hidden');
  const normalised = hidden.length > 0 && hidden.every((layer) => layer.batchNorm || layer.normalised);
  const sigmoid = hidden.length > 0 && hidden.filter((layer) => layer.activation === 'sigmoid').length > hidden.length / 2;
  const fitting = remedies.flatMap((remedy): (Remedy | Instead)[] => {
    // After a norm the backward factor does not depend on the weights' scale.
    if (normalised && (remedy === 'critical_initialisation' || remedy === 'batch_norm')) return [];
    // Sigmoid's critical sw2, about 103, saturates most units.
    if (sigmoid && remedy === 'critical_initialisation') return normalised ? ['activation'] : ['activation', 'batch_norm'];
    return [remedy];
  });
  return [...new Set(fitting)];
}
