// What is computed: values and the nodes that make them, in an order in which they can run. It knows no op by name and no GPU.
import { UsageError } from '../errors.ts';
import type { ParameterOptions } from '../layout.ts';
import type { DType, TensorType } from '../shape.ts';
import type { Op } from './op.ts';

/** A tensor of the graph. Its name is a path from the model, the same in errors, profiler, statistics and checkpoints. */
export interface Value {
  readonly kind: 'value';
  readonly id: number;
  readonly name: string;
  readonly type: TensorType;
  readonly origin: 'input' | 'parameter' | 'running' | 'node' | 'scratch';
  /** Of a parameter: its hyperparameters. */
  readonly options?: ParameterOptions;
}

// biome-ignore lint/suspicious/noExplicitAny: attributes belong to the op
export interface Node<Attrs = any> {
  readonly op: Op<Attrs>;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attrs: Attrs;
  /** The probe group that the node belongs to; 'step' runs always. */
  readonly group: string;
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly values: Value[] = [];
  readonly #prefix: string[] = [];
  readonly #named = new Map<string, Value>();

  /** A tensor that is given anew for each step: the batch and its targets. The first dimension is the batch. */
  input(name: string, shape: readonly number[], dtype: DType = 'f32'): Value {
    return this.#declare('input', name, { shape, dtype });
  }

  /** A trained tensor. Asking again for the same path gives the same value: that is how parameters are shared. */
  parameter(path: string, shape: readonly number[], options: ParameterOptions = {}): Value {
    return this.#declare('parameter', this.#path(path), { shape, dtype: 'f32' }, options);
  }

  /** A tensor kept from step to step but not trained: running statistics. */
  running(path: string, shape: readonly number[]): Value {
    return this.#declare('running', this.#path(path), { shape, dtype: 'f32' });
  }

  /** Appends an operation. Throws ShapeError where the inputs do not fit. */
  apply<Attrs>(op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>, name: string = op.name, group = 'step'): Value[] {
    const path = this.#path(name);
    const types = op.infer(
      inputs.map((value) => value.type),
      attrs,
      path,
    );
    const outputs = types.map((type, i) => this.#create('node', i === 0 ? path : `${path}:${i}`, type));
    this.nodes.push({ op, name: path, inputs, outputs, attrs, group });
    return outputs;
  }

  /** Names inside `body` get `name/` in front. */
  scope<Result>(name: string, body: () => Result): Result {
    this.#prefix.push(name);
    try {
      return body();
    } finally {
      this.#prefix.pop();
    }
  }

  /** The input, parameter or running value of this name. */
  find(name: string): Value | undefined {
    return this.#named.get(name);
  }

  #path(name: string): string {
    return [...this.#prefix, name].join('/');
  }

  #declare(origin: Value['origin'], name: string, type: TensorType, options?: ParameterOptions): Value {
    const known = this.#named.get(name);
    if (known) {
      if (known.origin !== origin || known.type.shape.join() !== type.shape.join())
        throw new UsageError(`${name}: declared twice, as ${known.origin} [${known.type.shape}] and as ${origin} [${type.shape}]`);
      return known;
    }
    const value = this.#create(origin, name, type, options);
    this.#named.set(name, value);
    return value;
  }

  #create(origin: Value['origin'], name: string, type: TensorType, options?: ParameterOptions): Value {
    const value: Value = { kind: 'value', id: this.values.length, name, type, origin, ...(options ? { options } : {}) };
    this.values.push(value);
    return value;
  }
}
