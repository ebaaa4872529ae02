// What is looked at: a document with its data, or the options of a program's trainer. Nothing that the caller has is trained.
import { type AnyDataset, columnsOf, isNamed, rowsOfColumn, takeNamed } from '../../data/columns.ts';
import { take } from '../../data/dataset.ts';
import { isSource } from '../../data/source.ts';
import type { Engine } from '../../engine.ts';
import { UsageError } from '../../errors.ts';
import { activity } from '../../inspect/activity.ts';
import type { RunFacts } from '../../inspect/facts.ts';
import type { History } from '../../inspect/history.ts';
import { rank } from '../../inspect/rank.ts';
import { modelDocument } from '../../nn/document.ts';
import type { AnyModel } from '../../nn/model.ts';
import type { HostTensor } from '../../shape.ts';
import { LiveModel } from '../../train/live_model.ts';
import { Trainer, type TrainerOptions } from '../../train/trainer.ts';
import { buildModel } from '../build.ts';
import { factsOf } from '../diagnose.ts';
import type { LayerDocument, ModelDocument } from '../document.ts';

export type Options = TrainerOptions<AnyModel>;

export interface Subject {
  readonly engine: Engine;
  /** As a new trainer takes them, which has weights of its own. */
  readonly options: Options;
  /** The model's inputs by name. */
  readonly inputs: LiveModel<AnyModel>['inputs'];
  /** The weights that it would begin with. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** The rows that it trains on; undefined where they come one batch at a time. */
  readonly rows: AnyDataset | undefined;
  /** Its layers, where a document can hold them. */
  readonly document: ModelDocument | undefined;
  /** What it is made of, with the first step if there are rows for it. */
  readonly history: History & { facts: RunFacts };
  readonly batchSize: number;
}

/** Builds a trainer like that of the caller, with other weights, and takes its first step where there are rows. */
export async function subjectOf(engine: Engine, given: Options | Trainer<AnyModel>, firstStep = true): Promise<Subject> {
  const from = given instanceof Trainer ? given.options : given;
  const live = from.model instanceof LiveModel ? from.model : given instanceof Trainer ? given.model : undefined;
  // What is shared is trained where it is.
  const { share: _, freeze, ...rest } = from;
  const paths = freeze?.filter((each) => !(each instanceof LiveModel));
  const description = from.model instanceof LiveModel ? from.model.description : from.model;
  const options: Options = { ...rest, model: description, ...(paths?.length ? { freeze: paths } : {}) };
  const features = live && description.kind === 'sequential' ? live.inputs[Object.keys(live.inputs)[0]!]!.shape.reduce((a, b) => a * b, 1) : undefined;
  if (features !== undefined && !options.data) Object.assign(options, { features });
  const trainer = await engine.createTrainer({
    ...options,
    probes: { every: 1, tensors: ['z', 'delta', 'weight_gradient', 'weight', 'update'], activity: activity(), rank: rank({ every: 1 }) },
  });
  try {
    if (live) trainer.setParameters(ofPaths(await live.parameters(), await trainer.parameters()));
    const weights = await trainer.parameters();
    const train = options.data?.train;
    const rows = train && !isSource(train) ? train : undefined;
    if (firstStep && rows) await trainer.step();
    const { history, batchSize, model } = trainer;
    return {
      engine,
      options,
      inputs: model.inputs,
      weights,
      rows,
      document: documentOf(description),
      history: { ...history, facts: factsOf(history)! },
      batchSize,
    };
  } finally {
    trainer.destroy();
  }
}

/** Those of the first that the second has, and its own for the others. */
const ofPaths = (given: ReadonlyMap<string, HostTensor>, own: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> =>
  new Map([...own].map(([path, tensor]) => [path, given.get(path) ?? tensor]));

function documentOf(model: AnyModel): ModelDocument | undefined {
  try {
    return modelDocument(model);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The model with nothing dropped; undefined where it drops something and no document can hold it. */
export function withoutDropout({ options, document, history }: Subject): AnyModel | undefined {
  const model = options.model as AnyModel;
  if (!history.facts.layers?.some(({ dropout }) => dropout > 0)) return model;
  return document && (buildModel({ layers: quiet(document.layers) as LayerDocument[] }) as AnyModel);
}

/** The same layers with a dropout rate of 0: no path changes. */
function quiet(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(quiet);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, quiet(value)]));
  return inner.type === 'dropout' ? { ...inner, rate: 0 } : inner;
}

/** The rows of these numbers. */
export const rowsAt = (data: AnyDataset, indices: readonly number[]): AnyDataset => (isNamed(data) ? takeNamed(data, indices) : take(data, indices));

/** Rows that are looked at for some that differ. */
const LOOKED_AT = 2000;

/** Up to `count` rows whose inputs all differ, from all over the data, and of as many targets in turn as there are. */
export function pickRows(data: AnyDataset, inputs: readonly string[], count: number): number[] {
  const columns = Object.entries(columnsOf(data));
  const textOf = (row: number, wanted: (name: string) => boolean): string =>
    columns.flatMap(([name, column]) => (wanted(name) ? [rowsOfColumn(column, row, 1).join()] : [])).join(';');
  const seen = new Set<string>();
  const groups = new Map<string, number[]>();
  const looks = Math.min(LOOKED_AT, data.rows);
  for (let look = 0; look < looks; look++) {
    const row = Math.floor((look * data.rows) / looks);
    const input = textOf(row, (name) => inputs.includes(name));
    if (seen.has(input)) continue;
    seen.add(input);
    const target = textOf(row, (name) => !inputs.includes(name));
    groups.set(target, [...(groups.get(target) ?? []), row]);
  }
  // Of numbers each row is a group of its own: those are taken from all over.
  const lists = [...groups.values()];
  const chosen = lists.length > count ? Array.from({ length: count }, (_, i) => lists[Math.floor((i * lists.length) / count)]!) : lists;
  const picked: number[] = [];
  for (let turn = 0; picked.length < count && chosen.some((list) => turn < list.length); turn++)
    for (const list of chosen) if (turn < list.length && picked.length < count) picked.push(list[turn]!);
  return picked;
}
