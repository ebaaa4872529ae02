// One word for one backward pass, by the rule of the conformance format: coarser than the findings, and without their patience.
import type { HistoryData } from '../history.ts';
import { hiddenTrunks } from '../places.ts';
import { inColumns } from '../read_history.ts';
import { firstNonFinite } from './non_finite.ts';
import { cleanStats, hiddenPlaces } from './read.ts';

export type Label = 'non-finite' | 'dead' | 'vanishing' | 'exploding' | 'healthy';

/**
 * non-finite: a NaN or infinity anywhere in the history. For the rest, the last probed step: dead if the activations of a hidden layer are all
 * 0; vanishing if rms delta of the first over the last of a hidden trunk is below 1e-3, or every weight-gradient norm is below 1e-9; exploding
 * if the ratio is above 1e3 or a norm above 1e4; else healthy. Needs h, delta and weight_gradient of every layer; missing statistics are ignored.
 */
export function classify(given: HistoryData): Label {
  const history = inColumns('classify', given);
  if (history.nonFinite || firstNonFinite(history)) return 'non-finite';
  const look = history.steps.findSampled() ?? { layers: [] };
  if (hiddenPlaces(history).some(({ recordOf }) => cleanStats(recordOf(look), 'h')?.zeroFraction === 1)) return 'dead';
  const ratios = hiddenTrunks(history).map((trunk) => {
    const [first, last] = [trunk[0], trunk.at(-1)].map((place) => cleanStats(place?.recordOf(look), 'delta')?.rms);
    return first !== undefined && last !== undefined && last > 0 ? first / last : 1;
  });
  const norms = look.layers.flatMap((record) => cleanStats(record, 'weight_gradient')?.l2 ?? []);
  if (ratios.some((ratio) => ratio < 1e-3) || (norms.length > 0 && norms.every((norm) => norm < 1e-9))) return 'vanishing';
  if (ratios.some((ratio) => ratio > 1e3) || norms.some((norm) => norm > 1e4)) return 'exploding';
  return 'healthy';
}
