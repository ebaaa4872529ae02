// The full statistics of the watched tensors.
import type { Graph, Value } from '../graph/graph.ts';
import { copyArenaOp } from '../ops/arena.ts';
import type { Ring } from '../ops/rings.ts';
import { MOMENTS, momentsOp, type ProbedTensor, type StatisticsAttrs, type StatisticsSource } from '../ops/statistics.ts';
import { TENSOR_KINDS, type TensorKind, type TensorStats } from './history.ts';
import { type Probe, type Scene, watchedOf } from './probe.ts';
import type { Place, Tap } from './taps.ts';

export const MOMENTS_GROUP = 'moments';

/** A watched tensor, and whose it is. */
export interface WatchedTensor {
  readonly of: 'layers' | 'joins';
  readonly index: number;
  readonly kind: TensorKind;
  readonly segment: ProbedTensor;
  /** The value whose rows it has: itself, or what it is the gradient of. */
  readonly rowsOf: Value;
}

const SOURCE: Readonly<Record<TensorKind, StatisticsSource>> = {
  z: 'activations',
  h: 'activations',
  delta: 'activations',
  weight_gradient: 'gradients',
  weight: 'weights',
  update: 'update',
};

/** The tensors that are asked for, layer by layer, then those of the joins. */
export function watchedTensors(scene: Scene): WatchedTensor[] {
  const kinds = TENSOR_KINDS.filter((kind) => scene.tensors.includes(kind));
  return (['layers', 'joins'] as const).flatMap((of) =>
    watchedOf(scene, of).flatMap(({ place, index }) =>
      kinds.flatMap((kind): WatchedTensor[] => {
        const value = tensorOf(scene, place, kind);
        // A frozen weight lies with the running statistics.
        const source = value?.frozen ? 'activations' : SOURCE[kind];
        return value ? [{ of, index, kind, segment: { value, source }, rowsOf: kind === 'delta' ? place.z : value }] : [];
      }),
    ),
  );
}

function tensorOf({ gradientOf }: Scene, place: Place & Partial<Tap>, kind: TensorKind): ProbedTensor['value'] | undefined {
  if (kind === 'z' || kind === 'h') return place[kind];
  if (kind === 'delta') return gradientOf(place.z);
  if (kind === 'weight_gradient') return place.weight && gradientOf(place.weight);
  return kind === 'update' && place.weight?.frozen ? undefined : place.weight;
}

/** Statistics of the update need the weights from before it; those of the other tensors can wait for it, so that all are taken at once. */
export const sampledWhen = ({ tensors }: Scene): 'before' | 'after' => (tensors.includes('update') ? 'after' : 'before');

/** The watched tensors as a probe's op takes them: of activations and deltas only the rows that count, where losses leave some out. */
export function countedSegments({ counting }: Scene, watched: readonly WatchedTensor[], group: string, every: number): ProbedTensor[] {
  return watched.map(({ segment, rowsOf }) => {
    const rows = segment.source === 'activations' ? counting?.rows(rowsOf, segment.value, group, every) : undefined;
    return rows ? { ...rows, source: segment.source } : segment;
  });
}

/** What an op of statistics over these tensors is given. */
export function statisticsAttrs(scene: Scene, segments: readonly ProbedTensor[], ring: Ring): StatisticsAttrs {
  return {
    sources: segments.map(({ source }) => source),
    ...(segments.some(({ taken }) => taken) ? { taken: segments.map(({ taken }) => taken) } : {}),
    weights: sampledWhen(scene) === 'after' ? 'retained/previous' : 'parameters',
    ring,
  };
}

/** The probe; undefined where no tensor is watched. */
export function moments(scene: Scene): Probe | undefined {
  const watched = watchedTensors(scene);
  if (watched.length === 0) return undefined;
  const updates = watched.filter(({ kind }) => kind === 'update');
  // How far the weights really moved, next to the requested updates: in the row after the tensors.
  const moved = updates.map(({ segment: { value } }): ProbedTensor => ({ value, source: 'moved' }));
  const ring: Ring = { name: 'ring/moments', rowBytes: (watched.length + moved.length) * MOMENTS.words * 4, every: scene.every };
  return {
    group: MOMENTS_GROUP,
    ring,
    observesUpdate: updates.length > 0,
    append(graph: Graph, when) {
      if (when === 'before' && sampledWhen(scene) === 'after')
        graph.apply(copyArenaOp, [], { from: 'parameters', to: 'retained/previous', words: scene.parameterWords }, 'previous', MOMENTS_GROUP);
      if (when !== sampledWhen(scene)) return;
      const segments = [...countedSegments(scene, watched, MOMENTS_GROUP, ring.every), ...moved];
      graph.apply(
        momentsOp,
        segments.map(({ value }) => value),
        statisticsAttrs(scene, segments, ring),
        'statistics',
        MOMENTS_GROUP,
      );
    },
    decode(row, probed) {
      const words = new Float32Array(row);
      watched.forEach(({ of, index, kind }, i) => {
        probed[of][index]!.tensors[kind] = decodeMoments(words, i * MOMENTS.words);
      });
      for (const record of probed.layers) {
        const { update, weight } = record.tensors;
        if (update && weight) record.updateToWeight = { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean };
      }
      updates.forEach(({ of, index }, i) => {
        const { tensors, updateToWeight } = probed[of][index]!;
        const asked = tensors.update!.l2;
        const held = decodeMoments(words, (watched.length + i) * MOMENTS.words).l2;
        if (updateToWeight && asked > 0) updateToWeight.applied = Math.min(1, held / asked);
      });
    },
  };
}

/** The statistics at `at` of a row: the scale is taken in here, in float64, where nothing overflows or underflows. */
function decodeMoments(row: Float32Array, at: number): TensorStats {
  const index = MOMENTS.at;
  const [count, scale] = [row[at + index.total]!, row[at + index.scale]!];
  return {
    count,
    l2: row[at + index.l2]! * scale,
    rms: row[at + index.rms]! * scale,
    mean: row[at + index.mean]! * scale,
    std: row[at + index.deviation]! * scale,
    // Kept as bits by the kernel.
    min: row[at + index.low]!,
    max: row[at + index.high]!,
    absMean: row[at + index.abs_mean]! * scale,
    zeroFraction: count > 0 ? row[at + index.zeros]! / count : 0,
    nanCount: row[at + index.nans]!,
    infCount: row[at + index.infs]!,
  };
}
