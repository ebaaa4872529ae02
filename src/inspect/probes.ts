// The probes of a trainer: requests become nodes at the end of the training graph, and rows of rings become records.
import { isObject, show, UsageError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { meant } from '../nearest.ts';
import { hasRow, type RingRow, ringRow, stepsPerRing } from '../ops/rings.ts';
import { type Complete, type OptionTable, readOptions } from '../option_table.ts';
import { type LayerRecord, TENSOR_KINDS, type TensorKind } from './history.ts';
import { moments } from './moments.ts';
import type { Probe, ProbedStep, ProbeRequest, Scene } from './probe.ts';
import type { ProbeRequests } from './probe_index.ts';
import type { Taps } from './taps.ts';

/**
 * What to watch. All layers and z, delta and weight gradient at every step by default.
 *
 * What losses leave out (`ignoreIndex`, rows and positions whose weight is 0), statistics of activations and deltas leave out: moments, histograms, norms of deltas,
 * dead units and saturation. A row of a layer counts where it counts for one of the losses that the layer leads to. In a layer of other positions than the targets (a mean
 * over time, a flattened row) it cannot be told which position is which: a sample counts as a whole, where one of its positions does. So it does in a layer
 * whose positions are as many in another order, which nothing tells apart. Weight gradients, weights and updates are of the whole step.
 */
export interface ProbeOptions extends ProbeRequests {
  /** Look at the first step, those divisible by this, and the last of a run; 1 by default. */
  every?: number;
  /** Whose full statistics are taken; z, delta and weight gradient by default. Empty where probes such as `norms({ every: 1 })` are all that is wanted. */
  tensors?: readonly TensorKind[];
  /** Names of layers and joins (`dense_3`); all by default. */
  layers?: readonly string[];
}

type Watched = Pick<ProbeOptions, 'every' | 'tensors' | 'layers'>;

const OPTIONS = {
  every: { type: 'integer', min: 1, default: 1 },
  tensors: { type: 'list', of: { type: 'name', names: TENSOR_KINDS }, empty: true, expected: 'a list of names', default: ['z', 'delta', 'weight_gradient'] },
  layers: { type: 'list', of: { type: 'string' }, empty: true, expected: 'a list of names' },
} as const satisfies OptionTable<Watched>;

const WHOLE = { probes: { type: 'record', options: OPTIONS, required: true } } as const satisfies OptionTable<{ probes: Watched }>;

/** Options of a trainer's probes, with defaults. Any name but those of the table is a probe's, so that a program carries no list of them. Throws a UsageError. */
export function readProbes(given: ProbeOptions): Complete<Watched, typeof OPTIONS> & ProbeRequests {
  const isOption = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(OPTIONS, name);
  const entries = Object.entries(isObject(given) ? given : {});
  const requests = entries.filter((entry) => entry[1] !== undefined && !isOption(entry));
  for (const [name, value] of requests) requireRequest(name, value);
  const isList = Array.isArray(given) || typeof given !== 'object';
  const watched = given === null || isList ? given : Object.fromEntries(entries.filter(isOption));
  const { probes } = readOptions<{ probes: Watched }, typeof WHOLE>('createTrainer', WHOLE, { probes: watched });
  return { ...(probes as Complete<Watched, typeof OPTIONS>), ...Object.fromEntries(requests) };
}

/** Throws a UsageError for anything but a probe, and names the option that may have been meant. */
function requireRequest(name: string, value: unknown): void {
  if (typeof (value as ProbeRequest | null)?.plan === 'function') return;
  const near = meant(name, Object.keys(OPTIONS));
  throw new UsageError(
    near ? `createTrainer: unknown option probes.${name}${near}` : `createTrainer: probes.${name}: expected a probe, as ${name}() makes it, got ${show(value)}`,
  );
}

/** Plans the probes of a model. Throws UsageError for unknown names. */
export function planProbes(scene: Omit<Scene, 'watched' | 'every' | 'tensors'>, options: ProbeOptions): ProbePlan {
  const { every, tensors, layers, ...requests } = readProbes(options);
  const whole: Scene = { ...scene, every, tensors, watched: watching(scene.taps, layers) };
  const probes = inOrder(requests).flatMap(({ plan }) => plan(whole) ?? []);
  return new ProbePlan(probes, { layers: scene.taps.layers.length, joins: scene.taps.joins.length });
}

/** Whether a layer or a join is watched: the named ones, or all if none is named. Throws a UsageError for an unknown name. */
function watching(taps: Taps, layers: readonly string[] | undefined): Scene['watched'] {
  const names = [...taps.layers, ...taps.joins].map(({ name }) => name);
  for (const name of layers ?? []) if (!names.includes(name)) throw new UsageError(`probes.layers: there is no layer ${name}; there are ${names.join(', ')}`);
  const wanted = layers && new Set(layers);
  return (name) => !wanted || wanted.has(name);
}

/** The requests and the full statistics, in the order of their nodes in the graph and of their figures in a record. */
function inOrder(requests: ProbeRequests): ProbeRequest[] {
  const asked = Object.entries<ProbeRequest | undefined>(requests).flatMap(([name, request]) => (request ? [[name, request] as const] : []));
  const all = [...asked, ['', { rank: 0, plan: moments }] as const];
  return all.sort(([a, { rank }], [b, other]) => rank - other.rank || (a < b ? -1 : 1)).map(([, request]) => request);
}

/** What the scheduler and the runner must know of the probes, and how rows are read. */
export class ProbePlan {
  readonly probes: readonly Probe[];
  readonly #records: { readonly layers: number; readonly joins: number };

  constructor(probes: readonly Probe[], records: { readonly layers: number; readonly joins: number }) {
    this.probes = probes;
    this.#records = records;
  }

  /** Appends the nodes that look before the update, or after it. */
  append(graph: Graph, when: 'before' | 'after'): void {
    for (const probe of this.probes) probe.append(graph, when);
  }

  /** The groups that look at updates, and the steps in which one of them does; undefined where none does. */
  get updateObservers(): { groups: string[]; every: number } | undefined {
    const observers = this.probes.filter(({ observesUpdate }) => observesUpdate);
    return observers.length > 0 ? { groups: observers.map(({ group }) => group), every: Math.min(...observers.map(({ ring }) => ring.every)) } : undefined;
  }

  /** Steps that may be submitted at once while as many are in flight before them. */
  get max(): number {
    return Math.min(...this.probes.map(({ ring }) => stepsPerRing(ring)));
  }

  /** The most bytes that the rows of this many consecutive steps take: those of the first steps, as the very first has a row too. */
  bytes(steps: number): number {
    return this.probes.reduce((sum, { ring: { every, rowBytes } }) => sum + (Math.floor(steps / every) + Number(every > 1)) * rowBytes, 0);
  }

  /** The groups that look at a step, counted from 1; all of them with `whole`. */
  groups(step: number, whole = false): string[] {
    return [...new Set(this.#at(step, whole).map(({ group }) => group))];
  }

  /** Whether sampling the whole of a step writes rows that belong to steps before it: these must have been read. */
  borrowsRows(step: number): boolean {
    return this.#at(step).length < this.probes.length;
  }

  /** Where the rows of a step lie; `halted` to sample it after the run has halted. */
  ranges(step: number, { halted = false, whole = false } = {}): RingRow[] {
    return this.#at(step, whole).map(({ ring }) => ringRow(ring, step, halted));
  }

  /**
   * Decodes the statistics of a step from its rows, which `ranges` names and which follow one another in `bytes` from `at` on; nothing if no probe sampled
   * it. `rows` are the true rows of the batch.
   */
  decode(step: number, bytes: ArrayBuffer, at: number, rows: number, whole = false): { layers?: LayerRecord[]; joins?: LayerRecord[] } {
    const probes = this.#at(step, whole);
    if (probes.length === 0) return {};
    const blank = (count: number): LayerRecord[] => Array.from({ length: count }, () => ({ tensors: {} }));
    const probed: ProbedStep = { layers: blank(this.#records.layers), joins: blank(this.#records.joins), rows };
    let from = at;
    for (const probe of probes) {
      probe.decode(bytes.slice(from, from + probe.ring.rowBytes), probed);
      from += probe.ring.rowBytes;
    }
    const seen = [...probed.layers, ...probed.joins].some(({ tensors, ...rest }) => Object.keys(tensors).length + Object.keys(rest).length > 0);
    return seen ? { layers: probed.layers, ...(probed.joins.length > 0 ? { joins: probed.joins } : {}) } : {};
  }

  #at(step: number, whole = false): readonly Probe[] {
    return whole ? this.probes : this.probes.filter(({ ring }) => hasRow(ring, step));
  }
}
