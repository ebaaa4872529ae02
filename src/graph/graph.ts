// What is computed: values and the nodes that make them, in an order in which they can run. It knows no op by name and no GPU.
import { requireObject, ShapeError, show, UsageError } from '../errors.ts';
import type { ParameterOptions } from '../layout.ts';
import { type DType, isSizes, sameShape, type TensorType } from '../shape.ts';
import type { OwnFunction } from './functions.ts';
import type { Op, Padding } from './op.ts';

/** A tensor of the graph. Its name is a path from the model, the same in errors, profiler, statistics and checkpoints. */
export interface Value {
  /** Tells values from other objects. */
  readonly kind: 'value';
  /** Its number in the graph. */
  readonly id: number;
  /** Its path: `dense_1/z`. */
  readonly name: string;
  /** Shape, element type, and whether axis 0 counts samples. */
  readonly type: TensorType;
  /** Where it comes from: outside, the parameters, the buffers, or a node. */
  readonly origin: 'input' | 'parameter' | 'buffer' | 'node' | 'scratch';
  /** Of a parameter: its hyperparameters. */
  readonly options?: ParameterOptions;
  /** Of a buffer: a parameter of the model that this graph does not train. */
  readonly frozen?: boolean;
  /** Of a batch input: what its padded rows hold. */
  readonly padding?: Padding;
}

/** An operation in the graph: the values that it takes and makes. */
// biome-ignore lint/suspicious/noExplicitAny: attributes belong to the op
export interface Node<Attrs = any> {
  /** The operation. */
  readonly op: Op<Attrs>;
  /** Its path: `dense_1/z`. */
  readonly name: string;
  /** What it takes. */
  readonly inputs: readonly Value[];
  /** What it makes. */
  readonly outputs: readonly Value[];
  /** What the operation is told: axes, sizes, constants. */
  readonly attrs: Attrs;
  /** The probe group that the node belongs to; 'step' runs always. */
  readonly group: string;
}

/** What an input is beside its shape. */
export interface InputOptions {
  /** f32 by default; i32 for classes, tokens and indices. */
  readonly dtype?: DType;
  /** True where axis 0 counts samples. */
  readonly batch?: boolean;
  /** What the caller puts into the padded rows; anything by default. */
  readonly padding?: Padding;
}

const typeText = ({ shape, dtype, rowsPerSample }: TensorType): string => `${dtype === 'f32' ? '' : dtype}[${shape}]${rowsPerSample ? ' of a batch' : ''}`;
const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && a.rowsPerSample === b.rowsPerSample && sameShape(a.shape, b.shape);

function requireNamed(name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new UsageError(`graph: expected a name, got ${show(name)}`);
}

/** Integers are labels, indices and masks: an op that computes with numbers refuses them. */
function checkElements(op: Op, inputs: readonly Value[], where: string): void {
  inputs.forEach(({ name, type }, i) => {
    const expected = op.elements === 'any' ? type.dtype : (op.elements?.[i] ?? 'f32');
    if (type.dtype !== expected) throw new ShapeError(`${op.name} at ${where}: expected ${expected} elements in ${name}, got ${type.dtype}`);
  });
}

/** The graph of each value. Beside the values, which stay plain data. */
const owners = new WeakMap<object, Graph>();

/** A computation as data: inputs, parameters and the nodes that compute values from them. `compile` makes it a program; models and layers append to one. */
export class Graph {
  /** The nodes, in an order in which they can run. */
  readonly nodes: Node[] = [];
  /** Every value, in the order in which they were made. */
  readonly values: Value[] = [];
  /** Custom functions, by their input value. */
  readonly functions = new Map<Value, OwnFunction>();
  readonly #prefix: string[] = [];
  readonly #named = new Map<string, Value>();

  /** The graph that a value belongs to; undefined for anything that is no value. */
  static of(value: unknown): Graph | undefined {
    return typeof value === 'object' && value !== null ? owners.get(value) : undefined;
  }

  /**
   * Adds a tensor that is given from outside.
   *
   * @param name - Its name; asking again for the same name and type gives the same value.
   * @param type - A shape of f32 of which every row counts, or a type.
   * @param options - `batch`: axis 0 counts samples, and the last ones may be padding.
   * @returns The value.
   * @throws UsageError for a name that is taken with another type, and for what is no shape.
   * @example
   * const x = graph.input('x', [32, 5], { batch: true });
   */
  input(name: string, type: readonly number[] | TensorType, options: InputOptions = {}): Value {
    requireNamed(name);
    requireObject(`input ${name}: options`, options, 'an object');
    const { dtype = 'f32', batch = false, padding = 'any' } = options;
    if (typeof type !== 'object' || type === null) throw new UsageError(`input ${name}: expected a shape, [4, 3], got ${show(type)}`);
    const declared = 'shape' in type ? type : { shape: type, dtype, rowsPerSample: batch ? 1 : 0 };
    return this.#declare('input', name, declared, declared.rowsPerSample > 0 ? { padding } : {});
  }

  /**
   * Adds a trained tensor. Asking again for the same path gives the same value: that is how parameters are shared.
   *
   * @param path - Its path, below the open scopes: `dense_1/weight`.
   * @param shape - Sizes of its axes.
   * @param options - Penalties, and whether weight decay leaves it out.
   * @returns The value.
   * @throws UsageError where the path has another shape already.
   * @example
   * const w = graph.parameter('w', [5, 2]);
   */
  parameter(path: string, shape: readonly number[], options: ParameterOptions = {}): Value {
    return this.#declare('parameter', this.#path(path), { shape, dtype: 'f32', rowsPerSample: 0 }, { options });
  }

  /**
   * Adds a buffer: a tensor kept from step to step but not trained, such as running statistics.
   *
   * @param path - Its path, below the open scopes: `batch_norm_1/mean`.
   * @param shape - Sizes of its axes.
   * @param frozen - Whether it is a parameter of the model that this graph does not train; false by default.
   * @returns The value.
   * @throws UsageError where the path has another shape already.
   * @example
   * const mean = graph.buffer('batch_norm_1/mean', [8]);
   */
  buffer(path: string, shape: readonly number[], frozen = false): Value {
    return this.#declare('buffer', this.#path(path), { shape, dtype: 'f32', rowsPerSample: 0 }, frozen ? { frozen } : {});
  }

  /**
   * Appends an operation.
   *
   * @param op - The operation, such as `matmulOp`.
   * @param inputs - Values of this graph.
   * @param attrs - The operation's attributes.
   * @param name - The node's name, below the open scopes; the operation's by default.
   * @param group - The group of dispatches that it runs with; every step by default.
   * @returns The operation's outputs.
   * @throws ShapeError where the inputs do not fit; UsageError for what is no value of this graph.
   * @example
   * const [product] = graph.apply(matmulOp, [x, graph.parameter('w', [5, 2])], {});
   */
  apply<Attrs>(op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>, name: string = op.name, group = 'step'): Value[] {
    if (typeof op?.infer !== 'function') throw new UsageError(`apply: expected an op, got ${show(op)}`);
    if (!Array.isArray(inputs) || inputs.some((value) => owners.get(value) !== this))
      throw new UsageError(`apply: ${op.name}: expected a list of values of this graph, got ${show(inputs)}`);
    const path = this.#path(name);
    requireObject(`apply: ${path}: attributes`, attrs, 'an object');
    checkElements(op, inputs, path);
    const types = op.infer(
      inputs.map((value) => value.type),
      attrs,
      path,
    );
    const outputs = types.map((type, i) => this.#create('node', i === 0 ? path : `${path}:${i}`, type));
    this.nodes.push({ op, name: path, inputs, outputs, attrs, group });
    return outputs;
  }

  /**
   * Puts `name/` before all names inside `body`.
   *
   * @param name - One part of a path.
   * @param body - Appends to the graph.
   * @returns What `body` returns.
   * @example
   * const z = graph.scope('head', () => ops.relu(x)); // head/relu
   */
  scope<Result>(name: string, body: () => Result): Result {
    this.#prefix.push(name);
    try {
      return body();
    } finally {
      this.#prefix.pop();
    }
  }

  /**
   * Makes names inside `body` whole paths, whatever scopes are open.
   *
   * @param body - Appends to the graph.
   * @returns What `body` returns.
   * @example
   * const shared = graph.unscoped(() => graph.parameter('embedding/table', [1000, 16]));
   */
  unscoped<Result>(body: () => Result): Result {
    const open = this.#prefix.splice(0);
    try {
      return body();
    } finally {
      this.#prefix.push(...open);
    }
  }

  /**
   * Finds an input, parameter or buffer by name.
   *
   * @param name - Its whole path.
   * @returns The value; undefined where there is none of that name.
   * @example
   * const w = graph.find('dense_1/weight');
   */
  find(name: string): Value | undefined {
    return this.#named.get(name);
  }

  #path(name: string): string {
    requireNamed(name);
    return [...this.#prefix, name].join('/');
  }

  #declare(origin: Value['origin'], name: string, type: TensorType, more: Pick<Value, 'options' | 'padding' | 'frozen'> = {}): Value {
    if (!isSizes(type.shape)) throw new UsageError(`${name}: expected a shape of positive integers, got ${show(type.shape)}`);
    const known = this.#named.get(name);
    if (known) {
      if (known.origin !== origin || !sameType(known.type, type))
        throw new UsageError(`${name}: declared twice, as ${known.origin} ${typeText(known.type)} and as ${origin} ${typeText(type)}`);
      return known;
    }
    const value = this.#create(origin, name, type, more);
    this.#named.set(name, value);
    return value;
  }

  #create(origin: Value['origin'], name: string, type: TensorType, more: Pick<Value, 'options' | 'padding' | 'frozen'> = {}): Value {
    const value: Value = { kind: 'value', id: this.values.length, name, type, origin, ...more };
    this.values.push(value);
    owners.set(value, this);
    return value;
  }
}
