// What theory says of a network before its first step, and where it has no say.
import type { Experiment } from '../../src/experiment/index.ts';
import { type InputMoments, predictPlaces } from '../../src/experiment/predict.ts';
import type { StartedMessage } from '../protocol.ts';

export type Foreseen = Pick<StartedMessage, 'theory' | 'noTheory'>;

/** Columns of the data that are too few for batch norm: its factor is that of a batch of full rank, and rows of two numbers are of rank two. */
const FLAT = 3;

interface Layer {
  readonly type: string;
  readonly layers?: readonly Layer[];
}

/** What the theory says of the hidden trunk, or why it says nothing. `inputs` is the mean of x² over the data, or what is known of its images. */
export function foresee(document: Experiment, features: number, inputs: number | InputMoments): Foreseen {
  const order = (document.model.layers as unknown as readonly Layer[]).flatMap(written);
  if (features <= FLAT && order.some(({ type }) => type === 'batch_norm')) return { theory: null, noTheory: 'flat_data' };
  const layers = predictPlaces(document, features, inputs)
    ?.slice(0, -1)
    .filter(({ place }) => place !== 'branch');
  // A layer that the theory does not know leaves no gradient in proportion to another's after it.
  if (!layers || layers.some(({ delta }) => Number.isNaN(delta)))
    return { theory: null, noTheory: rectifiedBehindSum(order) ? 'post_activation' : 'unknown_layer' };
  if (layers.length < 2) return { theory: null };
  const delta = Float32Array.from(layers, (layer) => Math.log10(layer.delta));
  const factor = 10 ** ((delta[0]! - delta.at(-1)!) / (layers.length - 1));
  return { theory: { delta, factor, chi: Float32Array.from(layers, (layer) => layer.chi ?? Number.NaN) } };
}

/** What most often is not known of a network with shortcuts. */
const rectifiedBehindSum = (order: readonly Layer[]): boolean => order.some(({ type }, i) => type === 'activation' && order[i - 1]?.type === 'residual_end');

/** The layers in the order of computation, with the end of each block. */
function written(layer: Layer): readonly Layer[] {
  const inner = (layer.layers ?? []).flatMap(written);
  if (layer.type === 'residual') return [...inner, { type: 'residual_end' }];
  // Twice, so that what follows a block in a repeat is seen to.
  return layer.type === 'repeat' ? [...inner, ...inner] : [layer, ...inner];
}
