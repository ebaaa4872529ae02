// Names that are given to layers. In its own module, so that bundlers drop it when unused.
import { UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import { callable, callOn, type Layer, type LayerLike, showGiven } from './layer.ts';
import type { Model } from './model.ts';
import { checkKind } from './names.ts';
import type { Sequential } from './sequential.ts';

/**
 * The same layer under a name of its own: its path is the name instead of kind and number, in files, tables, findings and patterns of `freeze`. Other paths stay
 * as they are, as the layer is counted with its kind. A layer, a block, or a model that another one calls; its place has weights of its own, as any other.
 *
 * @param name - Letters, digits, `_` and `-`. No other layer of its block may have it, and none of the model itself `optimizer` or `best`: that is refused when the model is built.
 * @param layer - What `dense`, `residual`, `layer('scale', ...)`, `sequential`, `model` and the like make. An activation has no weights and takes no name.
 * @returns A layer of the same type.
 * @throws UsageError for another name, and for what is no layer.
 * @example
 * sequential([dense(16), tanh(), named('head', dense(2))]); // dense_1/weight, head/weight
 */
export function named<Given extends Layer | Sequential | Model>(name: string, layer: Given): Given {
  checkKind('named', name);
  const given = layer as unknown as Partial<Omit<Layer, 'kind'>> & Partial<LayerLike> & { kind: unknown };
  if (typeof given?.build !== 'function' || typeof given.kind !== 'string')
    throw new UsageError(
      `named ${name}: expected a layer, got ${Array.isArray(given) ? 'a list: name its layers, or sequential([...]) of them' : showGiven(given)}`,
    );
  if (given.role === 'activation') throw new UsageError(`named ${name}: ${given.kind} is an activation, which has no weights and takes no name`);
  const original = given.layer ?? given;
  const own: Own = { givenName: name, unnamed: (original as Partial<Own>).unnamed ?? original };
  const make = (): unknown => {
    if (given.kind === 'model') return namedModel(layer as Model, own);
    return given.layer ? namedSequential(layer as Sequential, own) : callable({ ...(layer as Layer), ...own });
  };
  return make() as Given;
}

type Own = Required<Pick<Layer, 'givenName' | 'unnamed'>>;

function namedModel({ kind, inputs, build, callAs }: Model, own: Own): Model {
  const self: Model = Object.assign((given: Readonly<Record<string, Value>>) => callAs(self, given), { kind, inputs, build, callAs, ...own });
  return self;
}

function namedSequential({ kind, layers, build, layer: unnamed }: Sequential, own: Own): Sequential {
  const layer: Layer = { ...unnamed, ...own };
  return Object.assign((x: Value) => callOn(layer, [x], (context) => layer.build(context, x)), { kind, layers, layer, build });
}
