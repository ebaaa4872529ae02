// How many directions the rows of a batch differ in, as a probe. In its own module, so that bundlers drop it when unused.
import { comparable, comparedRows, ROW_DIFFERENCES, rowDifferencesOp, spreadOf } from '../ops/row_differences.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { type LayerMetricTable, type Probe, type ProbeFeature, type ProbeRequest, type Scene, watchedOf } from './probe.ts';

const RANK_GROUP = 'rank';

/** The probe of ranks, as `rank(...)` makes it. */
export interface RankProbe extends ProbeRequest {
  /** It looks at the first step and at those divisible by this. */
  readonly every: number;
}

/** When ranks are taken. */
export interface RankOptions {
  /** Looks at the first step and at those divisible by this; at least 1. */
  every: number;
}

export const rankMetrics = {
  /**
   * In how many directions the activations of a batch's rows differ, each counted by its share: (Σλ)² / Σλ² of the eigenvalues of their covariance. At most one less than the rows, and the
   * units of a row.
   */
  effectiveRank: { type: 'number', min: 0 },
  /** Share of the mean square of activations that differs between the rows of a batch: 0 where all rows are alike, 1 where their mean is 0. */
  rowSpread: { type: 'number', min: 0 },
} as const satisfies LayerMetricTable;

const rankOptions = { every: { type: 'integer', min: 1, required: true } } as const satisfies OptionTable<RankOptions>;

/**
 * Watches how unlike the rows of a batch are in the activations of every watched layer and join: where they become alike with depth, the last layers cannot tell inputs apart (rank collapse).
 *
 * `effectiveRank` is (Σλ)² / Σλ² of the eigenvalues λ of the covariance between rows, tr(C)² / |C|_F²: a bound from below of the number of λ that are not small (Daneshmand and others 2020, Batch
 * Normalization Provably Avoids Rank Collapse, who take it without subtracting the mean), and of the exponential of their entropy (Roy and Vetterli 2007). It needs no eigenvalues. `rowSpread`
 * is the share of the mean square that is not the mean's: tr(C) over the mean of |h|². A row is a sample with all of its positions, and the first 64 of a batch are looked at, those that
 * losses leave out as well; not layers with more than 524,288 numbers in a row. It costs 64 products of a row for each of them: take it now and then.
 *
 * @param options - `every` is needed.
 * @returns The probe.
 * @throws UsageError for an `every` that is no positive integer.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, probes: { every: 10, rank: rank({ every: 50 }) } });
 */
export function rank(options: RankOptions): RankProbe {
  const { every } = readOptions<RankOptions, typeof rankOptions>('probes.rank', rankOptions, options);
  return { every, rank: 2, plan: (scene) => plan(scene, every) };
}

export const rankProbe = {
  text: {
    en: { title: 'Rank', summary: 'In how many directions the rows of a batch differ in each layer, and how much.' },
    zh: { title: '秩', summary: '每层中一批样本在多少个方向上不同，以及差异的大小。' },
  },
  options: rankOptions,
  create: rank,
} as const satisfies ProbeFeature;

function plan(scene: Scene, every: number): Probe | undefined {
  const watched = (['layers', 'joins'] as const).flatMap((of) =>
    watchedOf(scene, of).flatMap(({ place: { h }, index }) =>
      h.type.rowsPerSample > 0 && h.type.dtype === 'f32' && comparable(h.type) ? [{ of, index, h }] : [],
    ),
  );
  if (watched.length === 0) return undefined;
  const words = watched.map(({ h }) => comparedRows(h.type) * ROW_DIFFERENCES.words);
  const ring = { name: 'ring/rank', rowBytes: words.reduce((sum, count) => sum + count * 4, 0), every } as const;
  return {
    group: RANK_GROUP,
    ring,
    append(graph, when) {
      if (when !== 'before') return;
      graph.apply(
        rowDifferencesOp,
        watched.map(({ h }) => h),
        { ring },
        'rank',
        RANK_GROUP,
      );
    },
    decode(row, probed) {
      let at = 0;
      watched.forEach(({ of, index }, i) => {
        Object.assign(probed[of][index]!, spreadOf(new Float32Array(row, at * 4, words[i]!), probed.rows));
        at += words[i]!;
      });
    },
  };
}
