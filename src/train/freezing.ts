// What a trainer leaves as it is.
import { backward } from '../autodiff.ts';
import { UsageError } from '../errors.ts';
import { Graph } from '../graph/graph.ts';
import type { Frozen, Initials } from '../nn/build.ts';
import { type AnyModel, buildAny, calleeOf } from '../nn/model.ts';
import type { LiveModel } from './live_model.ts';
import { appendLosses } from './objective.ts';
import type { TrainerOptions } from './options.ts';
import { batchTypes, type StepGraphOptions } from './step_graph.ts';

/** Whether a path is frozen, or lies below one that is. Throws UsageError for a live model that is no part of the model, or whose weights it does not have. */
export function frozenBy(freeze: NonNullable<TrainerOptions['freeze']>, placed: ReadonlyMap<object, string>, shares: readonly LiveModel<AnyModel>[]): Frozen {
  const patterns = freeze.map((each) => {
    if (typeof each === 'string') return patternOf(each);
    const home = placed.get(calleeOf(each.description));
    if (home === undefined) throw new UsageError('freeze: a live model is no part of the model: call its description in the function of model(...)');
    if (!shares.includes(each)) throw new UsageError(`freeze: the model has not the weights of the live model at ${home}: give it in share, too`);
    return patternOf(home);
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** The tensors that no loss depends on, as outputs without one have them; undefined where there are none. */
export function untrained({ model, loss, inputs, batch, frozen }: StepGraphOptions): Frozen | undefined {
  const graph = new Graph();
  const { parts, types } = batchTypes(model, loss, inputs, batch);
  const tensors = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, graph.input(name, type)]));
  const own = Object.fromEntries(Object.keys(inputs).map((name) => [name, tensors[name]!]));
  const { outputs } = buildAny(model, graph, own, 'train', new Map(), frozen);
  const { losses, seed } = appendLosses(graph, loss, parts, outputs, tensors);
  const gradients = backward(graph, losses, seed);
  const paths = new Set(graph.values.filter((value) => value.origin === 'parameter' && !gradients.has(value)).map(({ name }) => name));
  return paths.size === 0 ? undefined : (path) => paths.has(path);
}

/** Throws a UsageError for a path that is none of the model's. */
export function checkFrozen(freeze: NonNullable<TrainerOptions['freeze']>, initials: Initials): void {
  const paths = [...initials.keys()];
  for (const each of freeze)
    if (typeof each === 'string' && !paths.some((path) => patternOf(each).test(path)))
      throw new UsageError(`freeze: ${each} is no path of the model; there are ${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ', ...' : ''}`);
}

/** Matches a path and all below it. */
const patternOf = (text: string): RegExp => new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}(/|$)`);
