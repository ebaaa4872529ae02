// What the page's hand needs to turn the factor without an engine: the activation's moments over the size of its input, once per network. The page then
// walks fifty layers by look-ups, in every frame of a drag.
import type { Experiment } from '../../src/experiment/index.ts';
import { gaussianMean } from '../../src/inspect/theory/mean_field.ts';
import type { Nonlinearity } from '../../src/inspect/theory/quadrature.ts';
import { fansOf, type Initializer, varianceOf } from '../../src/nn/initializers.ts';
import { nonlinearityOf } from '../../src/nn/layers/activation.ts';
import { GRID, type HandMessage, sizeAt } from '../protocol.ts';

interface Layer {
  readonly type: string;
  readonly units?: number;
  readonly name?: string;
  readonly initializer?: Initializer;
  readonly layers?: readonly Layer[];
}

/** Tables by activation: the same network is built again and again. */
const kept = new Map<string, Pick<HandMessage, 'square' | 'slope' | 'mean' | 'fourth' | 'steepest'>>();

/** The moments of the hidden layers' activation, and how large a gain of 1 makes their weights; null where the hidden layers are of several kinds or none that the page can turn. */
export function handOf(document: Experiment, features: number, input: number): HandMessage | null {
  const layers = (document.model.layers as unknown as readonly Layer[]).flatMap(written);
  const dense = layers.filter(({ type }) => type === 'dense');
  const names = new Set(layers.flatMap(({ type, name }) => (type === 'activation' && name ? [name] : [])));
  const [name] = names;
  const [first, second] = dense;
  const widths = new Set(dense.slice(0, -1).map(({ units }) => units));
  if (names.size !== 1 || !name || widths.size !== 1 || dense.length < 3 || layers.some(({ type }) => type.startsWith('conv'))) return null;
  let tables = kept.get(name);
  if (!tables) {
    tables = tablesOf(nonlinearityOf({ name } as Parameters<typeof nonlinearityOf>[0]));
    kept.set(name, tables);
  }
  const sw2 = ({ initializer = { scheme: 'he_normal' } }: Layer, fanIn: number, fanOut: number): number =>
    fanIn * varianceOf({ ...initializer, gain: 1 } as Initializer, ...fansOf('initializer', initializer, [fanIn, fanOut]));
  return { ...tables, first: sw2(first!, features, first!.units!), hidden: sw2(second!, first!.units!, second!.units!), input };
}

/** E[φ²], E[φ′²], E[φ] and E[φ′⁴] over q. */
function tablesOf(phi: Nonlinearity): Pick<HandMessage, 'square' | 'slope' | 'mean' | 'fourth' | 'steepest'> {
  const over = (f: (x: number) => number): Float32Array => Float32Array.from({ length: GRID }, (_, i) => gaussianMean(phi, sizeAt(i), f));
  const slope = over((x) => phi.derivative(x) ** 2);
  let steepest = 0;
  for (let x = -6; x <= 6; x += 0.05) steepest = Math.max(steepest, Math.abs(phi.derivative(x)));
  return { square: over((x) => phi.value(x) ** 2), slope, mean: over((x) => phi.value(x)), fourth: over((x) => phi.derivative(x) ** 4), steepest };
}

/** The layers in the order of computation. */
function written(layer: Layer): readonly Layer[] {
  const inner = (layer.layers ?? []).flatMap(written);
  if (layer.type !== 'repeat') return [layer, ...inner];
  // Three times are as good as fifty for what kinds there are.
  return [...inner, ...inner, ...inner];
}
