// A model as a function of named tensors: several inputs and outputs, layers that are shared, skips at will. `sequential` is the short form.
import { isObject, requireFree, requireObject, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import { Graph, type Value } from '../graph/graph.ts';
import * as LIMITS from '../limits.ts';
import { type DType, isSizes, sizeOf } from '../shape.ts';
import { type Built, buildInto, type Groups, type Initializers, type Mode } from './build.ts';
import { type Callee, callOn } from './layer.ts';
import { SEQUENTIAL, type Sequential } from './sequential.ts';

/** A tensor that a model is given, a sample of it. */
export interface InputType {
  /** Of one sample: `[28, 28, 1]`. */
  readonly shape: readonly number[];
  /** f32 by default; i32 for classes, tokens and indices. */
  readonly dtype?: DType;
}

/** Shapes of a sample by name, or shapes with element types. */
export type Inputs<Name extends string = string> = Readonly<Record<Name, readonly number[] | InputType>>;

/** The result of building a model. */
export interface BuiltModel<Out extends string = string> extends Built {
  /** The outputs by name. */
  readonly outputs: Readonly<Record<Out, Value>>;
}

/** A model of named inputs and outputs, as `model(...)` makes it. In the function of another model it can be called like a layer. */
export interface Model<In extends string = string, Out extends string = string> {
  /** Inside of another model, where it keeps its weights if it is called again. */
  (inputs: Readonly<Record<In, Value>>): Record<Out, Value>;
  /** Tells models of named inputs from layers in a row. */
  readonly kind: 'model';
  /** Shape and element type of a sample of each input. */
  readonly inputs: Readonly<Record<In, Required<InputType>>>;
  /**
   * Appends the model to a graph.
   *
   * @param inputs - Values by name, [batch, ...shape].
   * @param mode - 'train' or 'infer', the default.
   * @param initializers - Collects how its parameters start.
   * @param groups - Parameter groups, which say what is frozen; none by default.
   * @param graph - The graph to append to.
   * @returns The outputs, and what a training step needs.
   * @throws UsageError for inputs that are missing, and what its function and its layers throw.
   */
  build(graph: Graph, inputs: Readonly<Record<In, Value>>, mode?: Mode, initializers?: Initializers, groups?: Groups): BuiltModel<Out>;
  /** @internal The call as one of the model's kind, under whose place it is built. */
  callAs(callee: Callee, inputs: Readonly<Record<In, Value>>): Record<Out, Value>;
}

/** What can be trained. */
export type AnyModel = Model | Sequential;

/**
 * A model as a function of named tensors. A data set has its inputs by name, and the targets of an output under the output's name. A layer that is called twice
 * is the same layer and shares its weights; a model may be called like a layer.
 *
 * @param inputs - The shape of a sample of each input, without the batch; `{ shape, dtype: 'i32' }` for indices.
 * @param body - From values, `[batch, ...shape]`, to the outputs by name. It is called for each graph that the model is built in, in training and without.
 * @returns The model, for `createTrainer` or `createModel`.
 * @throws UsageError for other inputs, and for a function that returns no values by name.
 * @example
 * const net = model({ image: [64], age: [1] }, ({ image, age }) => {
 *   const hidden = dense(16)(ops.concat([dense(32)(image), dense(8)(age)], -1));
 *   return { digit: dense(10)(relu()(hidden)), size: dense(1)(hidden) };
 * });
 */
export function model<In extends string, Out extends string>(
  inputs: Inputs<In>,
  body: (inputs: Readonly<Record<In, Value>>) => Readonly<Record<Out, Value>>,
): Model<In, Out> {
  const types = inputTypes(inputs);
  if (typeof body !== 'function') throw new UsageError(`model: expected a function from inputs to outputs, got ${show(body)}`);
  const outputsOf = (given: Readonly<Record<In, Value>>): Readonly<Record<Out, Value>> => checkOutputs(body(given), Graph.of(Object.values(given)[0])!);
  // How many residual blocks there are shows when the function has run: once, in a graph of its own, for a layer that asks.
  let blocks: number | undefined;
  const residualBlocks = (): number => {
    if (blocks !== undefined) return blocks;
    blocks = 1;
    const graph = new Graph();
    blocks = buildInto('model', graph, { mode: 'infer', initializers: new Map(), residualBlocks: () => 1 }, (scope) =>
      scope.open(() => outputsOf(declareInputs(graph, types, 1) as Record<In, Value>)),
    ).residualBlocks;
    return blocks;
  };
  // Weights, plans and predictions belong to the first build.
  let first: readonly string[] | undefined;
  const requireSame = (sequence: readonly string[]): void => {
    first ??= sequence;
    const at = sequence.findIndex((layer, i) => layer !== first![i]);
    const place = at < 0 && sequence.length < first.length ? sequence.length : at;
    if (place >= 0)
      throw new UsageError(
        `model: its function built ${sequence[place] ?? 'no more layers'} where it built ${first[place] ?? 'no more layers'} the first time: it must build the same layers each time`,
      );
  };
  const build: Model<In, Out>['build'] = (graph, given, mode = 'infer', initializers = new Map(), groups) => {
    const own = pick(types, given);
    const { result, ...built } = buildInto('model', graph, { mode, initializers, residualBlocks, ...(groups ? { groups } : {}) }, (scope) =>
      scope.open(() => outputsOf(own)),
    );
    requireSame(built.sequence);
    return { outputs: result, ...built };
  };
  const callAs: Model<In, Out>['callAs'] = (callee, given) => {
    const own = pick(types, given);
    return callOn(callee, Object.values<Value>(own), (context) => context.calling(() => outputsOf(own)));
  };
  const self = (given: Readonly<Record<In, Value>>): Record<Out, Value> => callAs(self as Model<In, Out>, given);
  return Object.assign(self, { kind: 'model' as const, inputs: types, build, callAs });
}

/** Values that stand for the inputs of a model: `[rows, ...shape]`. */
export function declareInputs(graph: Graph, types: Readonly<Record<string, Required<InputType>>>, rows: number): Record<string, Value> {
  return Object.fromEntries(Object.entries(types).map(([name, { shape, dtype }]) => [name, graph.input(name, [rows, ...shape], { dtype, batch: true })]));
}

/** The inputs of any model: one that is given layers in a row takes samples of so many features. */
export function inputsOf(given: AnyModel, features: number): Readonly<Record<string, Required<InputType>>> {
  return given.kind === 'model' ? given.inputs : { [SEQUENTIAL.input]: { shape: [features], dtype: 'f32' } };
}

/** Appends any model to a graph. */
export function buildAny(
  given: AnyModel,
  graph: Graph,
  inputs: Readonly<Record<string, Value>>,
  mode: Mode,
  initializers: Initializers = new Map(),
  groups?: Groups,
): BuiltModel {
  if (given.kind === 'model') return given.build(graph, inputs, mode, initializers, groups);
  return given.build(graph, inputs[SEQUENTIAL.input]!, mode, initializers, groups);
}

/** A model as a layer of another. */
export const calleeOf = (given: AnyModel): object => (given.kind === 'model' ? given : given.layer);

function checkName(what: string, name: string): void {
  if (!/^\w[\w-]*$/.test(name)) throw new UsageError(`model: expected names of letters, digits, _ and - for ${what}, got ${show(name)}`);
  requireFree(`model: ${what}`, name);
}

function inputTypes<In extends string>(inputs: Inputs<In>): Readonly<Record<In, Required<InputType>>> {
  requireObject('model: inputs', inputs, 'the shape of a sample of each input by name, { x: [5] }');
  const entries = Object.entries<readonly number[] | InputType>(inputs);
  if (entries.length === 0) throw new UsageError('model: there are no inputs: give the shape of a sample of each by name, { x: [5] }');
  return Object.fromEntries(
    entries.map(([name, given]) => {
      checkName('inputs', name);
      const { shape, dtype = 'f32' } = Array.isArray(given) ? { shape: given as readonly number[] } : ((given ?? {}) as InputType);
      if (!isSizes(shape)) throw new UsageError(`model: ${name}: expected the shape of a sample, [28, 28], or { shape, dtype }, got ${show(given)}`);
      if (sizeOf(shape) > LIMITS.inputs)
        throw new UsageError(`model: ${name}: expected at most ${count(LIMITS.inputs)} numbers in a sample, got ${show(shape)}`);
      if (dtype !== 'f32' && dtype !== 'i32') throw new UsageError(`model: ${name}: expected dtype 'f32' or 'i32', got ${show(dtype)}`);
      return [name, { shape: [...shape], dtype }];
    }),
  ) as unknown as Readonly<Record<In, Required<InputType>>>;
}

/** The inputs of the model, picked from the given tensors. */
function pick<In extends string>(types: Readonly<Record<In, unknown>>, given: Readonly<Record<In, Value>>): Readonly<Record<In, Value>> {
  const names = Object.keys(types) as In[];
  const expected = `values by name, { ${names.join(', ')} }`;
  if (Graph.of(given)) throw new UsageError(`model: expected ${expected}, got one value`);
  requireObject('model', given, expected);
  for (const name of names) if (!Graph.of(given[name])) throw new UsageError(`model: ${name}: expected a value, got ${show(given[name])}`);
  for (const name of Object.keys(given)) if (!Object.hasOwn(types, name)) throw new UsageError(`model: there is no input ${name}: expected ${expected}`);
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Record<In, Value>;
}

function checkOutputs<Out extends string>(given: Readonly<Record<Out, Value>>, graph: Graph): Readonly<Record<Out, Value>> {
  const expected = 'model: expected the function to return its outputs by name, { y: value }';
  if (!isObject(given) || Graph.of(given)) throw new UsageError(`${expected}, got ${Graph.of(given) ? 'one value' : show(given)}`);
  const entries = Object.entries<Value>(given);
  if (entries.length === 0) throw new UsageError(`${expected}, got none`);
  for (const [name, value] of entries) {
    checkName('outputs', name);
    if (Graph.of(value) !== graph) throw new UsageError(`${expected}: ${name} is ${show(value)}, no value of the model's graph`);
  }
  return Object.fromEntries(entries) as Record<Out, Value>;
}
