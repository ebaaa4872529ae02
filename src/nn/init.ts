// Initial values, seeded by the parameter's path: the same seed gives the same bits, and adding a layer changes no other.
import { requireInteger, requireName, requireNumber, UsageError } from '../errors.ts';
import { type Key, Random } from '../random.ts';
import { shapeText, sizeOf } from '../shape.ts';

export const INITIAL_SCHEMES = [
  'he_normal',
  'he_uniform',
  'glorot_normal',
  'glorot_uniform',
  'lecun_normal',
  'lecun_uniform',
  'orthogonal',
  'variance_scaling',
  'constant',
] as const;
export type InitialScheme = (typeof INITIAL_SCHEMES)[number];

/**
 * How a weight starts. Variance of the schemes, with fan-in i and fan-out o: he 2/i (He 2015), glorot 2/(i+o) (Glorot 2010),
 * lecun 1/i (LeCun 1998), variance_scaling scale/fan; `gain` multiplies the standard deviation. orthogonal: gain Q (Saxe 2014).
 *
 * The fans follow from the shape by PyTorch's rule, turned to this library's order: the last two axes are in and out, and those before them are the
 * receptive field, as of a convolution's [height, width, in, out], which multiplies both. A stack of matrices, [heads, in, out] say, looks the same: give it
 * `fanIn` and `fanOut`. So do shapes of fewer axes, which tell no fans. orthogonal takes all axes but the last as rows.
 */
export interface Initial {
  scheme: InitialScheme;
  /** Inputs of a unit, and units that an input goes to; by default as the shape says. */
  fanIn?: number;
  fanOut?: number;
  /** Factor on the standard deviation; 1 by default. */
  gain?: number;
  /** Of variance_scaling: fan times variance, 1 by default. */
  scale?: number;
  /** Of variance_scaling. */
  mode?: 'fan_in' | 'fan_out' | 'fan_average';
  /** Of variance_scaling. */
  distribution?: 'normal' | 'uniform';
  /** Of constant; 0 by default. */
  value?: number;
}

/** The largest 32-bit float. */
const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

/** Checks a description; `where` is its path in the message. */
export function checkInitial(where: string, initial: Initial): void {
  requireName(`${where}.scheme`, initial.scheme, INITIAL_SCHEMES);
  requireNumber(`${where}.gain`, initial.gain ?? 1, 0);
  requireNumber(`${where}.scale`, initial.scale ?? 1, 0);
  requireNumber(`${where}.value`, initial.value ?? 0, -F32_MAX, F32_MAX);
  for (const fan of ['fanIn', 'fanOut'] as const) if (initial[fan] !== undefined) requireInteger(`${where}.${fan}`, initial[fan]);
  if (initial.mode !== undefined) requireName(`${where}.mode`, initial.mode, ['fan_in', 'fan_out', 'fan_average']);
  if (initial.distribution !== undefined) requireName(`${where}.distribution`, initial.distribution, ['normal', 'uniform']);
}

/** Fan-in and fan-out of a weight. Throws a UsageError that begins with `where` for a shape that does not tell them, where they matter and are not given. */
export function fansOf(where: string, { scheme, fanIn, fanOut }: Initial, shape: readonly number[]): [fanIn: number, fanOut: number] {
  const last = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / last;
  if (shape.length < 2 && scheme !== 'constant' && (scheme === 'orthogonal' || !fanIn || !fanOut))
    throw new UsageError(
      `${where}: a shape of ${shapeText(shape)} does not tell the fans that ${scheme} needs: give ${scheme === 'orthogonal' ? 'two axes or more' : 'fanIn and fanOut'}, or a constant`,
    );
  // Of a receptive field both have all places.
  return scheme === 'orthogonal' ? [rows, last] : [fanIn ?? rows, fanOut ?? (rows / (shape.at(-2) ?? 1)) * last];
}

/** Variance of a weight with these fans, gain included: fan-in times it is the sigma_w² of the theory. 0 for a constant. */
export function varianceOf(initial: Initial, fanIn: number, fanOut: number): number {
  const gain2 = (initial.gain ?? 1) ** 2;
  switch (initial.scheme) {
    case 'he_normal':
    case 'he_uniform':
      return (2 / fanIn) * gain2;
    case 'glorot_normal':
    case 'glorot_uniform':
      return (2 / (fanIn + fanOut)) * gain2;
    case 'lecun_normal':
    case 'lecun_uniform':
      return gain2 / fanIn;
    case 'orthogonal':
      return gain2 / Math.max(fanIn, fanOut);
    case 'variance_scaling': {
      const fan = { fan_in: fanIn, fan_out: fanOut, fan_average: (fanIn + fanOut) / 2 }[initial.mode ?? 'fan_in'];
      return ((initial.scale ?? 1) / fan) * gain2;
    }
    case 'constant':
      return 0;
  }
}

/** Values of a parameter; `path` is for the message where its fans are not known. Throws UsageError. */
export function initialValues(initial: Initial, shape: readonly number[], key: Key, path = 'initial'): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (initial.scheme === 'constant') return values.fill(initial.value ?? 0);
  const [fanIn, fanOut] = fansOf(path, initial, shape);
  const random = new Random(key);
  if (initial.scheme === 'orthogonal') return orthogonal(fanIn, fanOut, initial.gain ?? 1, random);
  const std = Math.sqrt(varianceOf(initial, fanIn, fanOut));
  const uniform = initial.scheme.endsWith('uniform') || (initial.scheme === 'variance_scaling' && initial.distribution === 'uniform');
  const bound = std * Math.sqrt(3);
  for (let i = 0; i < values.length; i++) values[i] = uniform ? (2 * random.uniform() - 1) * bound : random.normal() * std;
  return values;
}

/** gain Q, Q with orthonormal rows or columns: modified Gram-Schmidt in float64, twice, on a Gaussian matrix. */
function orthogonal(rows: number, columns: number, gain: number, random: Random): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const v = Float64Array.from({ length }, () => random.normal());
    for (let pass = 0; pass < 2; pass++)
      for (const u of vectors) {
        let dot = 0;
        for (let j = 0; j < length; j++) dot += u[j]! * v[j]!;
        for (let j = 0; j < length; j++) v[j]! -= dot * u[j]!;
      }
    const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    vectors.push(v.map((x) => x / norm));
  }
  const values = new Float32Array(rows * columns);
  vectors.forEach((v, i) => {
    v.forEach((x, j) => {
      values[rows < columns ? i * columns + j : j * columns + i] = gain * x;
    });
  });
  return values;
}
