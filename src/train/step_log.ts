// From rings on the GPU to records: which ranges to read after a group of steps, and what they say.
import type { StepRecord } from '../inspect/history.ts';
import { HISTOGRAM_GROUP, MOMENTS_GROUP, NORM_GROUP, type ProbePlan } from '../inspect/probes.ts';
import { LOG_ROWS, RING_ROWS } from '../ops/finish.ts';
import type { Range } from '../scheduler/plan.ts';
import { runOffset } from './run_state.ts';

const LOG_BYTES = 32;
const RUN_RANGE_BYTES = runOffset('batches') + 4;

export class StepLog {
  /** The step at which the run halted, once it did. */
  halted: number | undefined;
  readonly #probes: ProbePlan | null;
  readonly #stepsPerEpoch: number;

  constructor(probes: ProbePlan | null, stepsPerEpoch: number) {
    this.#probes = probes;
    this.#stepsPerEpoch = stepsPerEpoch;
  }

  /** How many steps may be submitted before the rings must be read: none may be overwritten. */
  get most(): number {
    const every = this.#probes
      ? Math.min(
          this.#probes.rowBytes.moments || this.#probes.rowBytes.activity ? this.#probes.every : Number.POSITIVE_INFINITY,
          this.#probes.histogramEvery || Number.POSITIVE_INFINITY,
          this.#probes.normEvery || Number.POSITIVE_INFINITY,
        )
      : Number.POSITIVE_INFINITY;
    // Two groups are in flight, so each may fill half a ring.
    return Math.max(1, Math.min(LOG_ROWS / 2, (RING_ROWS / 2 - 1) * every));
  }

  /** Bytes that `ranges` of up to `most` steps have at the most, wherever they begin. */
  get mostBytes(): number {
    const { most } = this;
    const bytes = RUN_RANGE_BYTES + most * LOG_BYTES;
    if (!this.#probes) return bytes;
    const { every, histogramEvery, normEvery, rowBytes } = this.#probes;
    const rows = (interval: number): number => (interval ? Math.ceil(most / interval) : 0);
    return bytes + rows(every) * (rowBytes.moments + rowBytes.activity) + rows(histogramEvery) * rowBytes.histograms + rows(normEvery) * rowBytes.norms;
  }

  /** Probe groups that look at a step (counted from 1). */
  groups(step: number): string[] {
    if (!this.#probes) return [];
    const groups: string[] = [];
    if (step % this.#probes.every === 0) groups.push(MOMENTS_GROUP);
    if (this.#probes.histogramEvery && step % this.#probes.histogramEvery === 0) groups.push(HISTOGRAM_GROUP);
    if (this.#probes.normEvery && step % this.#probes.normEvery === 0) groups.push(NORM_GROUP);
    return groups;
  }

  /** What to read after the steps from+1 .. from+count. */
  ranges(from: number, count: number): Range[] {
    const ranges: Range[] = [{ buffer: 'run', offset: 0, size: RUN_RANGE_BYTES }];
    for (let step = from + 1; step <= from + count; step++) ranges.push({ buffer: 'log', offset: ((step - 1) % LOG_ROWS) * LOG_BYTES, size: LOG_BYTES });
    for (let step = from + 1; step <= from + count; step++) ranges.push(...this.#probeRanges(step));
    return ranges;
  }

  #probeRanges(step: number): Range[] {
    if (!this.#probes) return [];
    const { every, histogramEvery, normEvery, rowBytes } = this.#probes;
    const groups = this.groups(step);
    const ranges: Range[] = [];
    const row = (buffer: string, bytes: number, interval: number): void => {
      if (bytes > 0) ranges.push({ buffer, offset: (Math.floor(step / interval) % RING_ROWS) * bytes, size: bytes });
    };
    if (groups.includes(MOMENTS_GROUP)) {
      row('ring/moments', rowBytes.moments, every);
      row('ring/activity', rowBytes.activity, every);
    }
    if (groups.includes(HISTOGRAM_GROUP)) row('ring/histograms', rowBytes.histograms, histogramEvery);
    if (groups.includes(NORM_GROUP)) row('ring/norms', rowBytes.norms, normEvery);
    return ranges;
  }

  /** Records of the steps from+1 .. from+count, without those behind a halt. */
  decode(bytes: ArrayBuffer, from: number, count: number): StepRecord[] {
    const run = new Uint32Array(bytes, 0, RUN_RANGE_BYTES / 4);
    const taken = run[runOffset('step') / 4]!;
    if (run[runOffset('halted') / 4] !== 0) this.halted = taken;
    const records: StepRecord[] = [];
    let probeAt = run.byteLength + count * LOG_BYTES;
    for (let i = 0; i < count; i++) {
      const step = from + i + 1;
      const rows: { moments?: Float32Array; activity?: Uint32Array; histograms?: Uint32Array; norms?: Float32Array } = {};
      for (const { buffer, size } of this.#probeRanges(step)) {
        const words = bytes.slice(probeAt, probeAt + size);
        if (buffer === 'ring/moments') rows.moments = new Float32Array(words);
        else if (buffer === 'ring/activity') rows.activity = new Uint32Array(words);
        else if (buffer === 'ring/norms') rows.norms = new Float32Array(words);
        else rows.histograms = new Uint32Array(words);
        probeAt += size;
      }
      if (this.halted !== undefined && step > this.halted) break;
      const [loss, penalty, norm, rate, batchRows] = new Float32Array(bytes, run.byteLength + i * LOG_BYTES, 8) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      const record: StepRecord = { step, epoch: step / this.#stepsPerEpoch, loss, penalty, gradientNorm: norm, rate };
      if (this.#probes && (rows.moments || rows.activity || rows.norms)) record.layers = this.#probes.decode(rows, batchRows);
      records.push(record);
    }
    return records;
  }
}
