// What can be taken home of a run, and brought back: loaded when a first file is made.

import type { LoadedData } from '../../src/experiment/data.ts';
import type { Experiment } from '../../src/experiment/index.ts';
import { historyLines } from '../../src/experiment/index.ts';
import { type StepRecord, save, type Trainer } from '../../src/index.ts';
import type { ExportKind, FromWorker } from '../protocol.ts';

export { checkpoint, load, restore } from '../../src/index.ts';
export { oldFileNote } from '../../src/io/checkpoint.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One file of a run. */
export async function exported(
  kind: ExportKind,
  { trainer, document, data }: { trainer: Trainer; document: Experiment; data: LoadedData },
): Promise<Extract<FromWorker, { type: 'exported' }>> {
  const file = (name: string, mime: string, bytes: Uint8Array): Extract<FromWorker, { type: 'exported' }> => ({ type: 'exported', kind, name, mime, bytes });
  if (kind === 'start') {
    const { START, startFile } = await import('../../src/exchange/pytorch_program.ts');
    return file(START, 'application/octet-stream', startFile(document, data));
  }
  if (kind === 'weights') return file('weights.safetensors', 'application/octet-stream', await save(trainer, document));
  if (kind === 'csv') return file('history.csv', 'text/csv', bytesOf(csv(trainer)));
  if (kind === 'history') return file('history.jsonl', 'application/jsonl', bytesOf(`${historyLines(trainer.history, { document }).join('\n')}\n`));
  return file('experiment.json', 'application/json', bytesOf(`${JSON.stringify(document, null, 2)}\n`));
}

/** A row per step: loss, norms, and rms delta of every layer and of every sum of branches. */
function csv({ history }: Trainer): string {
  const header = [
    'step',
    'epoch',
    'loss',
    'regularization_loss',
    'gradient_norm',
    'learning_rate',
    ...history.layers.flatMap((layer) => [`${layer.name}/delta_rms`, `${layer.name}/update_over_weight`]),
    ...(history.joins ?? []).map((join) => `${join.name}/delta_rms`),
  ];
  const row = (record: StepRecord): (number | string)[] => [
    record.step,
    record.epoch ?? '',
    record.loss,
    record.regularizationLoss,
    record.gradientNorm,
    record.learningRate,
    ...history.layers.flatMap((_, l) => [record.layers?.[l]?.tensors.delta?.rms ?? '', record.layers?.[l]?.updateToWeight?.l2 ?? '']),
    ...(history.joins ?? []).map((_, j) => record.joins?.[j]?.tensors.delta?.rms ?? ''),
  ];
  return `${[header, ...Array.from(history.steps, row)].map((cells) => cells.join(',')).join('\n')}\n`;
}
