// A foreign log as a run that the pictures can draw.
import type { LayerInfo } from '../../src/inspect/history.ts';
import type { StartedMessage } from '../protocol.ts';
import { Run } from '../run.ts';
import type { ForeignLog } from './foreign_log.ts';

/** A run that is over: its axis ends where it does. */
export class ForeignRun extends Run {
  override get span(): number {
    return Math.max(1, this.columns * this.per);
  }
}

/** Every layer of the log is a row, the last one at the surface. */
export function foreignRun(log: ForeignLog): ForeignRun {
  const layer: Omit<LayerInfo, 'name'> = { role: 'hidden', activation: 'unknown', fanIn: 0, width: 0, batchNorm: false, residual: false, trunk: true };
  const start: StartedMessage = {
    type: 'started',
    run: 0,
    step: 0,
    layers: log.layers.map((name) => ({ ...layer, name })),
    theory: null,
    points: null,
    task: log.task,
    classes: 0,
    features: 0,
    rows: 0,
    baselineLoss: log.baselineLoss,
    parameters: 0,
  };
  const run = new ForeignRun(start);
  const { numbers, loss, norm, learningRate, values } = log.steps;
  // The page counts steps from 1.
  const shift = numbers[0] === 0 ? 1 : 0;
  const size = values.length / Math.max(1, numbers.length);
  let before = 0;
  numbers.forEach((number, i) => {
    const first = number + shift;
    if (first <= before) return;
    before = first;
    const one = (column: Float32Array): Float32Array => column.subarray(i, i + 1);
    run.add({
      type: 'steps',
      run: 0,
      first,
      loss: one(loss),
      norm: one(norm),
      learningRate: one(learningRate),
      epoch: 0,
      layers: values.subarray(i * size, (i + 1) * size),
    });
  });
  for (const validation of log.validations) run.addValidation({ ...validation, step: validation.step + shift });
  run.findings = log.findings;
  run.unchecked = log.unchecked;
  run.nonFinite = log.nonFinite;
  run.diagnosed = true;
  return run;
}
