// Layers in a row as a document has them, and a program's model written down so. The types are written out, not inferred from the schema: the published
// declarations must not need the validator library.
import { show, UsageError } from '../errors.ts';
import { count, LIMITS } from '../limits.ts';
import { ACTIVATIONS, type ActivationName } from '../ops/activation_table.ts';
import type { Initial } from './init.ts';
import type { Layer } from './layer.ts';
import type { AnyModel } from './model.ts';
import { LayerPaths } from './names.ts';

/** The layers in order. The output layer is the last dense, with as many units as classes (or targets). */
export interface ModelDocument {
  layers: LayerDocument[];
}

export type LayerDocument =
  | DenseDocument
  | ActivationDocument
  | BatchNormDocument
  | DropoutDocument
  | FlattenDocument
  | SequentialDocument
  | RepeatDocument
  | ResidualDocument
  | GraphDocument
  | BranchesDocument;

/** What a layer may be called: all but an activation, whose name is its function's, and a repeat, which is no layer. */
interface NamedDocument {
  /** Its name in paths instead of type and number: letters, digits, _ and -; no other layer of its block may have it. */
  name?: string;
}

/** z = W h + b. */
export interface DenseDocument extends NamedDocument {
  type: 'dense';
  units: number;
  /** Default true. */
  bias?: boolean;
  /** Default he_normal. */
  initial?: InitialDocument;
  /** Penalty l1 * sum |W|. Default 0. */
  l1?: number;
  /** Penalty l2 / 2 * sum W². Default 0. */
  l2?: number;
}

/** An elementwise function by name, with its own parameters beside the name. */
export interface ActivationDocument {
  type: 'activation';
  name: ActivationName;
  /** Parameters of the function: leaky_relu, elu and celu have {alpha}, softplus has {beta, threshold}. */
  params?: Record<string, number>;
}

/** Batch normalisation with scale and shift; PyTorch's defaults: eps 1e-5, momentum 0.1. */
export interface BatchNormDocument extends NamedDocument {
  type: 'batch_norm';
  eps?: number;
  momentum?: number;
}

/** Sets a share `rate` to zero while training and scales the rest by 1/(1 - rate). */
export interface DropoutDocument extends NamedDocument {
  type: 'dropout';
  rate: number;
}

export interface FlattenDocument extends NamedDocument {
  type: 'flatten';
}

/** Layers as one block, whose paths begin with its own: `sequential_1/dense_1`. */
export interface SequentialDocument extends NamedDocument {
  type: 'sequential';
  layers: LayerDocument[];
}

/** `times` copies of the layers, each with its own initial values. */
export interface RepeatDocument {
  type: 'repeat';
  times: number;
  layers: LayerDocument[];
}

/** Branches over one input, their outputs side by side (concat) or added up (add, all of one width). */
export interface BranchesDocument extends NamedDocument {
  type: 'concat' | 'add';
  branches: LayerDocument[][];
}

/**
 * Layers that are wired by name: skips and branches at will. `{"nodes": {"a": {"from": "x", "layers": [...]}, "b": {"from": ["x", "a"], "join": "concat"}},
 * "output": "b"}`. As a whole model it is `"model": {"graph": ...}`.
 */
export interface GraphDocument extends NamedDocument {
  type: 'graph';
  /** By name: letters, digits, _ and -. All must lead to the output. */
  nodes: Record<string, NodeDocument>;
  /** The node whose value the graph gives. */
  output: string;
}

/** A place in a graph: what it takes, joined, through its layers. */
export interface NodeDocument {
  /** Names of nodes, or `x`, what the graph is given. */
  from: string | string[];
  /** How several are joined: side by side, or added up (all of one width). Needed for several. */
  join?: 'concat' | 'add';
  /** In a row; needed where nothing is joined. */
  layers?: LayerDocument[];
}

/** y = x + scale * f(x), with a linear projection of x where the widths differ. */
export interface ResidualDocument extends NamedDocument {
  type: 'residual';
  /** Factor of the branch: a number, or 1/√L with L the number of residual blocks of the model. Default 1. */
  scale?: number | '1/sqrt(L)';
  layers: LayerDocument[];
}

interface Fans {
  /** Inputs of a unit, and units that an input goes to. Default: as the shape of the weight says. */
  fanIn?: number;
  fanOut?: number;
}

/** Schemes by fan-in or fan-out; `gain` multiplies the standard deviation. Default 1. */
export type InitialDocument =
  | ({ scheme: ScaledScheme; gain?: number } & Fans)
  | ({ scheme: 'variance_scaling'; scale: number; mode?: 'fan_in' | 'fan_out' | 'fan_average'; distribution?: 'normal' | 'uniform'; gain?: number } & Fans)
  | { scheme: 'constant'; value: number };

export const SCALED_SCHEMES = ['he_normal', 'he_uniform', 'glorot_normal', 'glorot_uniform', 'lecun_normal', 'lecun_uniform', 'orthogonal'] as const;
export type ScaledScheme = (typeof SCALED_SCHEMES)[number];

/**
 * The model of layers in a row as a document has it: `buildModel(modelDocument(net))` has the same paths, initial values and plan. With it theory, `treat` and
 * whatever else asks for a document serve a program. What stands for a default is left out, and layers that `repeat` copied are one `repeat`.
 *
 * @param model - As `sequential([...])` makes it; of a trainer it is `trainer.model.description`.
 * @returns The `model` of an experiment document.
 * @throws UsageError for what no document can hold, with its path: a layer or an activation of one's own, a weight that is another layer's, a model that is a
 * function of named inputs.
 * @example
 * // What theory says of a program's model before its first step: 2 features, whose mean square is 1/3.
 * const net = sequential([repeat(6, [dense(16), activate(tanh)]), dense(2)]);
 * const expected = predict({ model: modelDocument(net), training: { batchSize: 32 } }, 2, 1 / 3);
 */
export function modelDocument(model: AnyModel): ModelDocument {
  if (model?.kind === 'model')
    throw new UsageError(`modelDocument: model(...) is a function of the program, ${NOT_WRITTEN}: only layers in a row can be written`);
  if (model?.kind !== 'sequential') throw new UsageError(`modelDocument: expected a model, as sequential([...]) makes it, got ${show(model)}`);
  return { layers: new Writer().list(model.layers, '', 3) };
}

const NOT_WRITTEN = 'which a document cannot hold';

/** Writes the layers of one model. */
class Writer {
  readonly #paths = new LayerPaths();
  #layers = 0;

  /** `prefix` stands before the paths of these layers; `depth` is how deep the list is in its document. */
  list(layers: readonly Layer[], prefix: string, depth: number): LayerDocument[] {
    this.#layers += layers.length;
    if (this.#layers > LIMITS.layers) throw new UsageError(`modelDocument: expected at most ${count(LIMITS.layers)} layers in all, got ${count(this.#layers)}`);
    // Options of a layer and a repeat around it are deeper still.
    if (depth + 4 > LIMITS.nesting)
      throw new UsageError(`modelDocument: ${prefix.slice(0, 40)}...: lists and objects of a document are at most ${LIMITS.nesting} deep`);
    const written = layers.map((layer): LayerDocument => {
      const { type, ...options } = this.#layer(layer, this.#paths.next(prefix, layer.kind, layer.givenName), depth + 1);
      return (layer.givenName === undefined ? { type, ...options } : { type, name: layer.givenName, ...options }) as LayerDocument;
    });
    return folded(layers, written);
  }

  #layer({ options, kind }: Layer, path: string, depth: number): LayerDocument {
    const refuse = (what: string): UsageError => new UsageError(`modelDocument: ${path}: ${what}`);
    const inside = (layers: readonly Layer[], below = ''): LayerDocument[] => this.list(layers, `${path}/${below}`, depth + 1);
    switch (options?.type) {
      case 'dense': {
        const { units, bias, initial, l1, l2, weight } = options;
        if (weight) throw refuse(`its weight is that of another layer, ${NOT_WRITTEN}`);
        if (units > LIMITS.units) throw refuse(`units: documents have at most ${count(LIMITS.units)}, got ${count(units)}`);
        const start = initialDocument(initial, refuse);
        return { type: 'dense', units, ...(bias ? {} : { bias }), ...(start ? { initial: start } : {}), ...(l1 ? { l1 } : {}), ...(l2 ? { l2 } : {}) };
      }
      case 'activation': {
        const { name, entry } = options;
        // Of that name there may be one of somebody's own.
        if (!Object.hasOwn(ACTIVATIONS, name) || ACTIVATIONS[name as ActivationName] !== entry)
          throw refuse(`${name} is an activation of one's own, ${NOT_WRITTEN}: its WGSL and its functions are the program's`);
        const defaults: Readonly<Record<string, number>> = entry.params;
        const changed = Object.entries(options.params).filter(([key, value]) => value !== defaults[key]);
        return { type: 'activation', name: name as ActivationName, ...(changed.length > 0 ? { params: Object.fromEntries(changed) } : {}) };
      }
      case 'batch_norm': {
        const { epsilon, momentum } = options;
        return { type: 'batch_norm', ...(epsilon === 1e-5 ? {} : { eps: epsilon }), ...(momentum === 0.1 ? {} : { momentum }) };
      }
      case 'dropout':
        return { type: 'dropout', rate: options.rate };
      case 'flatten':
        return { type: 'flatten' };
      case 'sequential':
        return { type: 'sequential', layers: inside(options.layers) };
      case 'residual':
        return { type: 'residual', ...(options.scale === 1 ? {} : { scale: options.scale }), layers: inside(options.layers) };
      case 'graph':
        return {
          type: 'graph',
          nodes: Object.fromEntries(
            options.nodes.map(({ name, from, join, layers }) => [
              name,
              {
                from: from.length === 1 ? from[0]! : [...from],
                ...(join ? { join } : {}),
                ...(layers.length > 0 ? { layers: inside(layers, `${name}/`) } : {}),
              },
            ]),
          ),
          output: options.output,
        };
      case 'concat':
      case 'add':
        return { type: options.type, branches: options.branches.map((branch, i) => inside(branch, `branch_${i + 1}/`)) };
      default:
        throw refuse(`${kind} is a layer of one's own, ${NOT_WRITTEN}: its function is the program's`);
    }
  }
}

/** How a weight starts, as far as its scheme asks; undefined for the default. */
function initialDocument(
  { scheme, gain = 1, scale = 1, value = 0, mode = 'fan_in', distribution = 'normal', ...fans }: Initial,
  refuse: (what: string) => UsageError,
): InitialDocument | undefined {
  if (scheme === 'constant') return { scheme, value };
  for (const [key, factor] of Object.entries({ gain, ...(scheme === 'variance_scaling' ? { scale } : {}) }))
    if (factor === 0) throw refuse(`initial.${key}: documents have a number above 0: a constant starts at 0`);
  const { fanIn, fanOut } = fans;
  const more = {
    ...(gain === 1 ? {} : { gain }),
    ...(fanIn === undefined || scheme === 'orthogonal' ? {} : { fanIn }),
    ...(fanOut === undefined || scheme === 'orthogonal' ? {} : { fanOut }),
  };
  if (scheme === 'variance_scaling')
    return { scheme, scale, ...(mode === 'fan_in' ? {} : { mode }), ...(distribution === 'normal' ? {} : { distribution }), ...more };
  return scheme === 'he_normal' && Object.keys(more).length === 0 ? undefined : { scheme, ...more };
}

/** The documents of layers, those of copies by `repeat` once: it puts the same layers into the list again. The stretch that covers most is taken first. */
function folded(layers: readonly Layer[], written: readonly LayerDocument[]): LayerDocument[] {
  const result: LayerDocument[] = [];
  for (let i = 0; i < layers.length; ) {
    let [period, times] = [1, 1];
    const left = layers.length - i;
    for (let size = 1; 2 * size <= left && period * times < left; size++) {
      if (layers[i] !== layers[i + size]) continue;
      let end = i + size;
      while (end < layers.length && layers[end] === layers[end - size]) end++;
      const copies = Math.floor((end - i) / size);
      if (copies > 1 && copies * size > period * times) [period, times] = [size, copies];
    }
    const own = written.slice(i, i + period);
    result.push(...(times === 1 ? own : [{ type: 'repeat' as const, times, layers: folded(layers.slice(i, i + period), own) }]));
    i += period * times;
  }
  return result;
}
