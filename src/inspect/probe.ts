// What a probe is: nodes at the end of the training graph that write a row of a ring in the steps that they sample, and how such a row is read.
import type { Graph, Value } from '../graph/graph.ts';
import type { Ring } from '../ops/rings.ts';
import type { Counting } from '../ops/statistics.ts';
import type { NumberOption, Options } from '../option_table.ts';
import type { Texts } from '../texts.ts';
import type { LayerRecord, TensorKind } from './history.ts';
import type { Place, Tap, Taps } from './taps.ts';

/** What a probed step showed, layer by layer and join by join; probes fill it in, in their order. */
export interface ProbedStep {
  readonly layers: LayerRecord[];
  readonly joins: LayerRecord[];
  /** True rows of the batch. */
  readonly rows: number;
}

export interface Probe {
  /** The dispatches of the probe run in the steps of this group; probes of one group look at the same steps. */
  readonly group: string;
  readonly ring: Ring;
  /** True where it looks at updates, so that its steps must keep what the optimizer asked for. */
  readonly observesUpdate?: boolean;
  /** Appends what looks before the update, or after it. */
  append(graph: Graph, when: 'before' | 'after'): void;
  /** Takes a row of the ring into what the step showed. */
  decode(row: ArrayBuffer, probed: ProbedStep): void;
}

/** What can be watched in a training step, and what was requested. */
export interface Scene {
  readonly taps: Taps;
  /** Layers and joins that are wanted, by name. */
  watched(name: string): boolean;
  /** The steps of the full statistics, and their tensors. */
  readonly every: number;
  readonly tensors: readonly TensorKind[];
  gradientOf(value: Value): Value | undefined;
  /** What counts, where losses leave rows out. */
  readonly counting?: Counting;
  /** The gradients in the gradient arena, and their partial sums of squares. */
  readonly gradients: { readonly partials: Value; readonly of: readonly Value[] };
  readonly parameterWords: number;
}

/** A requested probe. */
export interface ProbeRequest {
  /**
   * The order of its nodes in the graph and of its figures in a record, among those of other probes: below 0 before the full statistics, above after them. Probes of one
   * rank go by their names.
   * @internal
   */
  readonly rank: number;
  /** Undefined where the model has nothing for it. @internal */
  plan(scene: Scene): Probe | undefined;
}

/** What lists of probes show. A new probe is one file, and its lines in probe_index.ts. */
export interface ProbeFeature {
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
  /** What documents and programs may ask it. */
  readonly options: Options;
  /**
   * The constructor.
   *
   * @param options - As of the constructor.
   * @returns The probe.
   */
  create(options: object): ProbeRequest;
  /** Whether documents that do not name it have it, by the tensors that they watch. */
  usual?(tensors: readonly TensorKind[]): boolean;
}

/** Numbers of a layer that a probe brings, one of each: a record has them under these names. None may be negative. */
export type LayerMetricTable = Readonly<Record<string, NumberOption & { readonly min: number }>>;

/** The watched layers, or joins, with their place in the records. */
export function watchedOf(scene: Scene, of: 'layers'): { place: Tap; index: number }[];
export function watchedOf(scene: Scene, of: 'layers' | 'joins'): { place: Place & { name: string }; index: number }[];
export function watchedOf({ taps, watched }: Scene, of: 'layers' | 'joins'): { place: Place & { name: string }; index: number }[] {
  return taps[of].flatMap((place, index) => (watched(place.name) ? [{ place, index }] : []));
}
