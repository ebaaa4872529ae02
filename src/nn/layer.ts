// A layer appends to a graph and returns a value. It sees graphs, never devices.
import { show, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { ParameterOptions } from '../layout.ts';
import { count, LIMITS } from '../limits.ts';
import type { RunningUpdate } from '../ops/batch_norm.ts';
import type { Initial } from './init.ts';
import { checkKind } from './names.ts';

/** A buffer, and what it holds after a training step. */
export interface Assignment {
  /** Comes with the layer that assigns. */
  readonly op: Op<{ everyBatch: boolean }>;
  readonly buffer: Value;
  readonly value: Value;
}

/** What a layer is given to build itself. */
export interface BuildContext {
  readonly graph: Graph;
  /** Training uses batch statistics and dropout; inference running statistics and none. */
  readonly mode: 'train' | 'infer';
  /** Running statistics that the training step moves. */
  readonly updates: RunningUpdate[];
  /** Buffers that hold another value after a training step. */
  readonly assignments: Assignment[];
  /** Blocks of residual layers in the whole model, for a branch scale of 1/sqrt(L). */
  readonly residualBlocks: number;
  /** The path of the layer now being built. */
  readonly path: string;
  /** A trained tensor below the layer's path; the same path gives the same tensor. */
  parameter(name: string, shape: readonly number[], initial: Initial, options?: ParameterOptions): Value;
  /** A tensor that is kept but not trained. */
  running(name: string, shape: readonly number[], value: number): Value;
  /** Builds layers below the path of this one. */
  nested(layers: readonly Layer[], x: Value, prefix?: string): Value;
}

/** What came where layers belong, for a message: values are another dialect. */
export function showGiven(given: unknown): string {
  const value = [given].flat().find((each) => Graph.of(each)) as Value | undefined;
  return value ? `the value ${value.name}: functions of that name in fathom-webgpu/ops take values, those of fathom-webgpu make layers` : show(given);
}

/** A list of layers that has been checked, as it is now: what becomes of the caller's list does not matter. Throws a UsageError. */
export function layersOf(where: string, layers: readonly Layer[]): readonly Layer[] {
  if (!Array.isArray(layers)) throw new UsageError(`${where}: expected a list of layers, got ${showGiven(layers)}`);
  if (layers.length === 0) throw new UsageError(`${where}: there are no layers`);
  if (layers.length > LIMITS.layers) throw tooMany(where, layers.length);
  layers.forEach((layer, i) => {
    if (typeof layer?.build !== 'function' || typeof layer.kind !== 'string')
      throw new UsageError(`${where}: layers[${i}]: expected a layer, got ${showGiven(layer)}`);
    checkKind(`${where}: layers[${i}]: kind`, layer.kind);
  });
  return [...layers];
}

/** A model of more layers than may be. */
export function tooMany(where: string, layers: number): UsageError {
  return new UsageError(`${where}: expected at most ${count(LIMITS.layers)} layers in all, got ${count(layers)}`);
}

export interface Layer {
  /** The kind, as in the path `dense_3`: letters, digits, `_` and `-`. */
  readonly kind: string;
  /** Residual blocks inside, itself included. */
  readonly residualBlocks: number;
  /** Of a block: the lists of layers that it was given. */
  readonly inside?: readonly (readonly Layer[])[];
  build(context: BuildContext, x: Value): Value;
}
