// Creates a live model without a trainer.
import { requireInteger, ShapeError, UsageError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { Graph } from '../graph/graph.ts';
import { layOut } from '../layout.ts';
import type { Initializers } from '../nn/build.ts';
import { type AnyModel, buildAny, calleeOf, declareInputs, inputsOf } from '../nn/model.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { shapeText } from '../shape.ts';
import { link, type Part } from './links.ts';
import { initialWeights, LiveModel, type ModelOptions, requireModel } from './live_model.ts';
import { Weights } from './parameters.ts';
import { originOf } from './revive_model.ts';

const OPTIONS = {
  features: { type: 'integer', min: 1 },
  seed: { type: 'integer', min: 0, default: 0 },
  share: {
    type: 'list',
    of: { type: 'object', expected: 'a live model, as engine.createModel makes it', accepts: (value) => value instanceof LiveModel },
    empty: true,
    expected: 'a list of live models',
    default: [],
  },
} as const satisfies OptionTable<ModelOptions>;

/** Puts the weights on the device. Rejects with ShapeError, UsageError or DeviceError. */
export async function createModel<M extends AnyModel>(device: Device, cache: PipelineCache, description: M, options: ModelOptions): Promise<LiveModel<M>> {
  device.check();
  requireModel('createModel', description);
  const { features, seed, share } = readOptions<ModelOptions, typeof OPTIONS>('createModel', OPTIONS, options);
  if (description.kind === 'sequential') requireInteger('createModel: features', features);
  else if (features !== undefined) throw new UsageError('createModel: features: this model says the shapes of its inputs itself');
  const inputs = inputsOf(description, features!);
  const graph = new Graph();
  const initializers: Initializers = new Map();
  const { placed, outputs } = buildAny(description, graph, declareInputs(graph, inputs, 4), 'train', initializers);
  for (const [name, { type }] of Object.entries(outputs))
    if (type.rowsPerSample === 0)
      throw new ShapeError(`createModel: the output ${name} is ${shapeText(type.shape)} and of no sample: expected [batch, ...], a row for each`);
  const of = (origin: 'parameter' | 'buffer') => layOut(graph.values.filter((value) => value.origin === origin));
  return device.attempt(() => {
    const weights = new Weights(device, of('parameter'), of('buffer'));
    const again = (each: Weights): void => each.set(initialWeights(initializers, seed));
    again(weights);
    originOf.set(weights, { changes: weights.changes, again });
    if (share.length > 0)
      weights.linked = link(
        device,
        weights,
        share.map((live) => partOf(live, device, placed)),
      );
    return new LiveModel(device, cache, description, inputs, weights, share);
  });
}

/** Where the weights of a live model are among those of a model that calls its description. Throws UsageError where that does not. */
function partOf(live: LiveModel<AnyModel>, device: Device, placed: ReadonlyMap<object, string>): Part {
  live.alive();
  const placement = placed.get(calleeOf(live.description));
  if (placement === undefined)
    throw new UsageError('share: the model does not call the description of a live model that it shares: call it in the function of model(...)');
  live.on('share', device);
  return { weights: live.weights, placement: `${placement}/` };
}
