// Step records as flat numbers: thousands of small objects per second would keep the page's thread busy.
import type { LayerRecord, StepRecord, TensorStats } from '../../src/inspect/history.ts';
import { FIELDS, type StepsMessage } from '../protocol.ts';
import { type Row, recordOf } from '../rows.ts';

/** Packs records of consecutive steps, in which every step was probed. */
export function packSteps(run: number, records: readonly StepRecord[], rows: readonly Row[]): StepsMessage {
  const numbers = new Float32Array(records.length * rows.length * FIELDS.length);
  records.forEach((record, at) => {
    rows.forEach((row, l) => numbers.set(fields(recordOf(row, record)), (at * rows.length + l) * FIELDS.length));
  });
  const column = (value: (record: StepRecord) => number): Float32Array => Float32Array.from(records, value);
  return {
    type: 'steps',
    run,
    first: records[0]?.step ?? 0,
    loss: column((record) => record.loss),
    norm: column((record) => record.gradientNorm),
    learningRate: column((record) => record.learningRate),
    epoch: records.at(-1)?.epoch ?? 0,
    layers: numbers,
    ...(rows.some(({ branch }) => branch) && records.length > 0 ? { branches: branchesOf(rows, records.at(-1)!) } : {}),
  };
}

function branchesOf(rows: readonly Row[], record: StepRecord): Float32Array {
  return Float32Array.from(rows, ({ branch }) => sizeOf(branch?.recordOf(record)?.tensors.delta));
}

/** rms of a gradient. One that was not finite stays so: statistics alone are over the finite elements. */
function sizeOf(delta: TensorStats | undefined): number {
  return !delta ? Number.NaN : delta.nanCount > 0 ? Number.NaN : delta.infCount > 0 ? Number.POSITIVE_INFINITY : delta.rms;
}

/** In the order of FIELDS. */
function fields(layer: LayerRecord | undefined): number[] {
  return [sizeOf(layer?.tensors.delta), layer?.updateToWeight?.l2 ?? Number.NaN, layer?.deadFraction ?? 0, layer?.saturatedFraction ?? 0];
}
