// Parameter groups: parameters trained differently from the rest, or not at all. In its own module, loaded by trainers that have groups or freeze something.
import { backward } from '../autodiff.ts';
import { UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { meant } from '../nearest.ts';
import { matches, type PathGroup, settingsOf } from '../nn/groups.ts';
import { type AnyModel, buildAny, calleeOf } from '../nn/model.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { LiveModel } from './live_model.ts';
import { appendLosses } from './objective.ts';
import type { TrainerOptions } from './options.ts';
import { batchTypes, buildStepGraph, type StepGraph, type StepGraphOptions } from './step_graph.ts';

/** What a group holds: the path of a layer or a tensor, in which `*` stands for any characters, with all below it; or a live model that is shared. */
export type GroupMatch = string | LiveModel<AnyModel>;

/** Parameters that are trained otherwise than the rest. Where a parameter is in several groups, the later one decides, setting by setting. */
export interface ParameterGroup {
  /** One, or a list: `'dense_1'`, `['block_*', '*\/bias']`. */
  match: GroupMatch | readonly GroupMatch[];
  /** Times the optimizer's learning rate, schedule included; from 0 to 3.4e38, 1 by default. At 0 the gradient is computed and the optimizer's state moves. */
  learningRateFactor?: number;
  /** Times the optimizer's weight decay; from 0 to 3.4e38, 1 by default. Biases and batch norm stay without. */
  weightDecayFactor?: number;
  /**
   * A constant: no gradient, no update, no decay, no optimizer state, and no backward pass below where nothing else needs one. Dropout works as in training. A batch
   * norm that is frozen as a whole uses its running statistics and keeps them. False by default.
   */
  frozen?: boolean;
  /** Of a norm that is frozen as a whole: `running` by default, as Keras does; `batch` uses the batch's, and the running ones go on moving, as in PyTorch. */
  statistics?: 'running' | 'batch';
}

const MATCH = { type: 'string' } as const;
const MODEL = { type: 'object', expected: 'a live model', accepts: (value: unknown) => value instanceof LiveModel } as const;

/** A factor is a number of 32 bits on the GPU. */
const MOST = 3.4e38;

/** As `groups` of a document has it, too. */
export const groupOptions = {
  match: {
    type: 'either',
    of: [MATCH, MODEL, { type: 'list', of: { type: 'either', of: [MATCH, MODEL], expected: 'a path or a live model' }, expected: 'a list of paths' }],
    expected: 'a path of the model, or a list of them',
    required: true,
  },
  learningRateFactor: { type: 'number', min: 0, max: MOST },
  weightDecayFactor: { type: 'number', min: 0, max: MOST },
  frozen: { type: 'boolean' },
  statistics: { type: 'name', names: ['running', 'batch'] },
} as const satisfies OptionTable<ParameterGroup>;

/** What the groups of a trainer are about. */
export interface Grouped {
  /** The step without groups. */
  readonly whole: StepGraphOptions;
  /** Some outputs have no loss: what only they depend on is not trained. */
  readonly idle: boolean;
  readonly placed: ReadonlyMap<object, string>;
  readonly shares: readonly LiveModel<AnyModel>[];
}

/** Those that hold. */
export interface Grouping extends Grouped {
  groups: readonly PathGroup[];
  /** Whether they were set while the trainer was there: then they are the run's, and not those that the trainer was made with. */
  set: boolean;
  /** Of parameters that were frozen before: the updates of the run until then. */
  since: ReadonlyMap<string, number>;
}

/** The groups that were asked for; `freeze` is the last. Throws UsageError for what is no group, and for a live model that is no part of the model, or whose weights it does not have. */
export function readGroups({ groups = [], freeze = [] }: Pick<TrainerOptions, 'groups' | 'freeze'>, grouped: Pick<Grouped, 'placed' | 'shares'>): PathGroup[] {
  const read = groups.map((group, i): PathGroup => {
    const where = `groups[${i}]`;
    const { match, ...settings } = readOptions<ParameterGroup, typeof groupOptions>(where, groupOptions, group);
    const given = Object.entries(settings).filter(([, value]) => value !== undefined);
    return { where, paths: pathsOf(where, [match].flat(), grouped), settings: Object.fromEntries(given) };
  });
  if (freeze.length > 0) read.push({ where: 'freeze', paths: pathsOf('freeze', freeze, grouped), settings: { frozen: true } });
  return read;
}

function pathsOf(where: string, match: readonly GroupMatch[], { placed, shares }: Pick<Grouped, 'placed' | 'shares'>): string[] {
  return match.map((each) => {
    if (typeof each === 'string') return each;
    const placement = placed.get(calleeOf(each.description));
    if (placement === undefined) throw new UsageError(`${where}: a live model is no part of the model: call its description in the function of model(...)`);
    if (!shares.includes(each)) throw new UsageError(`${where}: the model has not the weights of the live model at ${placement}: give it in share, too`);
    return placement;
  });
}

/** The graph of a step with these groups. Throws UsageError for a path that is none of the model's. */
export function groupedGraph(
  { whole, idle }: Pick<Grouped, 'whole' | 'idle'>,
  groups: readonly PathGroup[],
): { graphOptions: StepGraphOptions; graph: StepGraph } {
  const chosen = settingsOf(groups);
  const left = idle ? untrained({ ...whole, groups: chosen }) : new Set<string>();
  const graphOptions = { ...whole, groups: (path: string) => (left.has(path) ? { ...chosen(path), frozen: true } : chosen(path)) };
  const graph = buildStepGraph(graphOptions);
  checkPaths(groups, graph);
  return { graphOptions, graph };
}

/** The parameters that no loss depends on. */
function untrained({ model, loss, inputs, batch, groups }: StepGraphOptions): Set<string> {
  const graph = new Graph();
  const { parts, types } = batchTypes(model, loss, inputs, batch);
  const tensors = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, graph.input(name, type)]));
  const own = Object.fromEntries(Object.keys(inputs).map((name) => [name, tensors[name]!]));
  const { outputs } = buildAny(model, graph, own, 'train', new Map(), groups);
  const { losses, seed } = appendLosses(graph, loss, parts, outputs, tensors);
  const gradients = backward(graph, losses, seed);
  return new Set(graph.values.filter((value) => value.origin === 'parameter' && !gradients.has(value)).map(({ name }) => name));
}

/** Throws a UsageError for a path that is none of the model's. */
function checkPaths(groups: readonly PathGroup[], { graph }: StepGraph): void {
  const paths = graph.values.filter(isParameter).map(({ name }) => name);
  for (const { where, paths: asked } of groups)
    for (const each of asked) {
      if (paths.some((path) => matches(each, path))) continue;
      const near = meant(each, [...new Set(paths.flatMap(withHomes))]);
      throw new UsageError(
        `${where}: ${each} is no path of the model${near || ';'} there are ${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ', ...' : ''}`,
      );
    }
}

/** A path, and those of the layers that it is in. */
const withHomes = (path: string): string[] => path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));

const isParameter = ({ origin, frozen }: Value): boolean => origin === 'parameter' || !!frozen;

/** The tensors that a step changes. */
export function changedBy({ graph, model }: StepGraph): Set<string> {
  const parameters = graph.values.filter(({ origin }) => origin === 'parameter');
  const statistics = model.updates.flatMap(({ mean, variance }) => [mean, variance]);
  return new Set([...parameters, ...statistics, ...model.assignments.map(({ buffer }) => buffer)].map(({ name }) => name));
}
