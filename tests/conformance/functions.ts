// Elementwise functions by the names of the manifests: what the engine calls them, and which of their parameters it claims.
import type { Graph, Value } from '../../src/graph/graph.ts';
import { type ActivationAttrs, activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { transpose } from '../../src/ops/public.ts';
import { FUNCTIONS } from '../support/functions.ts';
import { Skip } from './format.ts';

const RENAMED: Readonly<Record<string, string>> = { hardsigmoid: 'hard_sigmoid', hardswish: 'hard_swish', logsigmoid: 'log_sigmoid', swish: 'silu' };

/** The engine's attributes of a function by PyTorch's name. Throws Skip for a function or parameter that is not claimed. */
export function functionAttrs(name: string, params: Readonly<Record<string, unknown>> = {}): ActivationAttrs {
  const known = params.approximate === 'tanh' ? `${name}_tanh` : (RENAMED[name] ?? name);
  if (!Object.hasOwn(FUNCTIONS, known)) throw new Skip(`function ${known}`);
  const given = Object.entries(params).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  for (const [key] of given) if (!Object.hasOwn(FUNCTIONS[known]!.params, key)) throw new Skip(`${known} with ${key}`);
  return activationAttrs(known, Object.fromEntries(given), FUNCTIONS);
}

/** Whether the name is that of an elementwise function. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, RENAMED[name] ?? name);
}

export function applyFunction(graph: Graph, name: string, x: Value, params: Readonly<Record<string, unknown>> = {}): Value {
  return graph.apply(activationOp, [x], functionAttrs(name, params))[0]!;
}

/** Class indices as rows of shares; an ignored class is a row of zeros. */
export function oneHot(labels: ArrayLike<number>, classes: number, ignored?: number): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(labels.length * classes);
  Array.from(labels).forEach((label, row) => {
    if (label !== ignored) probabilities[row * classes + label] = 1;
  });
  return probabilities;
}

/** A place among `size` that may be counted from the end, as those below 0 are in ONNX: an axis of a rank, an index into an axis. */
export const fromStart = (at: number, size: number): number => (at < 0 ? at + size : at);

/** f of [batch, channels, ...] with its channels moved behind, and moved back. */
export function onChannelsLast(x: Value, f: (x: Value) => Value): Value {
  const axes = [...x.type.shape.keys()];
  const last = [0, ...axes.slice(2), 1];
  return transpose(
    f(transpose(x, last)),
    axes.map((axis) => last.indexOf(axis)),
  );
}
