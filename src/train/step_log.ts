// From rings on the GPU to records: which ranges to read after a group of steps, and how to decode them.
import type { StepRecord } from '../inspect/history.ts';
import type { ProbePlan } from '../inspect/probes.ts';
import { LOG_ROW, LOG_ROWS } from '../ops/end_step.ts';
import type { Range } from '../scheduler/plan.ts';
import type { Run } from './run.ts';
import { runOffset } from './run_state.ts';

const AT = LOG_ROW.at;
const LOG_BYTES = LOG_ROW.words * 4;
const RUN_RANGE_BYTES = runOffset('batches') + 4;

export class StepLog {
  /** Replaced with the plan. */
  probes: ProbePlan | null;
  readonly #run: Run;
  readonly #stepsPerEpoch: number | undefined;

  /** `stepsPerEpoch` is absent where there is no data set. */
  constructor(run: Run, probes: ProbePlan | null, stepsPerEpoch?: number) {
    this.#run = run;
    this.probes = probes;
    this.#stepsPerEpoch = stepsPerEpoch;
  }

  /** How many steps may be submitted before the rings must be read: none may be overwritten. */
  get max(): number {
    // Two groups are in flight, so each may fill half the log.
    return Math.max(1, Math.min(LOG_ROWS / 2, this.probes?.max ?? Number.POSITIVE_INFINITY));
  }

  /** The most bytes that `ranges` can have, for up to `max` steps from any step on. */
  get mostBytes(): number {
    return RUN_RANGE_BYTES + this.max * LOG_BYTES + (this.probes?.bytes(this.max) ?? 0);
  }

  /** Probe groups that look at a step (counted from 1). */
  groups(step: number): string[] {
    return this.probes?.groups(step, step === this.#run.last) ?? [];
  }

  /** Whether a step must be submitted alone: it overwrites ring rows of the steps before it. */
  alone(step: number): boolean {
    return step === this.#run.last && !!this.probes?.borrowsRows(step);
  }

  /** What to read after the steps from+1 .. from+count. */
  ranges(from: number, count: number): Range[] {
    const ranges: Range[] = [{ buffer: 'run', offset: 0, size: RUN_RANGE_BYTES }];
    for (let step = from + 1; step <= from + count; step++) ranges.push({ buffer: 'log', offset: ((step - 1) % LOG_ROWS) * LOG_BYTES, size: LOG_BYTES });
    for (let step = from + 1; step <= from + count; step++) ranges.push(...(this.probes?.ranges(step, { whole: step === this.#run.last }) ?? []));
    return ranges;
  }

  /** Records of the steps from+1 .. from+count, without those after a halt. */
  decode(bytes: ArrayBuffer, from: number, count: number): StepRecord[] {
    const run = new Uint32Array(bytes, 0, RUN_RANGE_BYTES / 4);
    const taken = run[runOffset('step') / 4]!;
    if (run[runOffset('halted') / 4] !== 0) this.#run.halted = taken;
    const records: StepRecord[] = [];
    let probeAt = run.byteLength + count * LOG_BYTES;
    for (let i = 0; i < count; i++) {
      const step = from + i + 1;
      if (this.#run.halted !== undefined && step > this.#run.halted) break;
      const row = new Float32Array(bytes, run.byteLength + i * LOG_BYTES, LOG_ROW.words);
      const epoch = this.#stepsPerEpoch && step / this.#stepsPerEpoch;
      const record: StepRecord = {
        step,
        ...(epoch ? { epoch } : {}),
        loss: row[AT.loss]!,
        regularizationLoss: row[AT.regularization_loss]!,
        gradientNorm: row[AT.norm]!,
        learningRate: row[AT.learning_rate]!,
      };
      if (this.probes) {
        const whole = step === this.#run.last;
        Object.assign(record, this.probes.decode(step, bytes, probeAt, row[AT.rows]!, whole));
        probeAt += this.probes.ranges(step, { whole }).reduce((sum, { size }) => sum + size, 0);
      }
      records.push(record);
    }
    return records;
  }
}
