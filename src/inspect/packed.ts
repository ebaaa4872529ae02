// The statistics of a step packed into one row of numbers, and back: an object per layer and tensor takes several times the memory.
import { type LayerRecord, NORM_KINDS, type StepRecord, TENSOR_KINDS, type TensorStats } from './history.ts';
import type { LayerMetricName } from './probe_index.ts';

/** The names of figures of probes, in the order in which they were first packed: a program carries no list of them. */
const FIGURE_NAMES: LayerMetricName[] = [];

/** The part of a step's record that belongs to its layers and joins. */
export type Seen = Pick<StepRecord, 'layers' | 'joins'>;

/** Where a number is absent that is never negative, and after the last tensor and the last figure of a place. */
const NONE = -1;

/** The numbers of a tensor, in the order in which they are packed. */
export const STATS = ['count', 'l2', 'rms', 'mean', 'std', 'min', 'max', 'absMean', 'zeroFraction', 'nanCount', 'infCount'] as const;

/** The row: the number of layers and of joins, then the numbers of each. Of norms alone, or of all but them. */
export function pack({ layers = [], joins = [] }: Seen, norms: boolean): Float64Array {
  const row: number[] = [layers.length, joins.length];
  for (const { tensors, norms: own, updateToWeight: ratio, ...figures } of [...layers, ...joins]) {
    if (norms) {
      for (const kind of NORM_KINDS) row.push(own?.[kind] ?? NONE);
      continue;
    }
    TENSOR_KINDS.forEach((kind, i) => {
      const stats = tensors[kind];
      if (!stats) return;
      const { histogram = [] } = stats;
      row.push(i);
      for (const name of STATS) row.push(stats[name]);
      row.push(histogram.length, ...histogram);
    });
    row.push(NONE, ratio?.l2 ?? NONE, ratio?.absMean ?? NONE, ratio?.applied ?? NONE);
    for (const name of Object.keys(figures) as LayerMetricName[]) {
      if (!FIGURE_NAMES.includes(name)) FIGURE_NAMES.push(name);
      row.push(FIGURE_NAMES.indexOf(name), figures[name]!);
    }
    row.push(NONE);
  }
  return Float64Array.from(row);
}

/** What `pack` was given. */
export function unpack(row: Float64Array, norms: boolean): Seen {
  let at = 2;
  const next = (): number => row[at++]!;
  const place = (): LayerRecord => {
    const record: LayerRecord = { tensors: {} };
    if (norms) {
      for (const kind of NORM_KINDS) {
        const norm = next();
        if (norm !== NONE) record.norms = { ...record.norms, [kind]: norm };
      }
      return record;
    }
    for (let kind = next(); kind !== NONE; kind = next()) {
      const stats = Object.fromEntries(STATS.map((name) => [name, next()])) as unknown as TensorStats;
      const bins = next();
      if (bins > 0) stats.histogram = Array.from({ length: bins }, next);
      record.tensors[TENSOR_KINDS[kind]!] = stats;
    }
    const [l2, absMean, applied] = [next(), next(), next()];
    if (l2 !== NONE) record.updateToWeight = { l2, absMean, ...(applied !== NONE && { applied }) };
    for (let figure = next(); figure !== NONE; figure = next()) record[FIGURE_NAMES[figure]!] = next();
    return record;
  };
  const [layers, joins] = [row[0]!, row[1]!].map((length) => Array.from({ length }, place)) as [LayerRecord[], LayerRecord[]];
  return { layers, ...(joins.length > 0 && { joins }) };
}
