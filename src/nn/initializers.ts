// Initial values, seeded by the parameter's path: the same seed gives the same bits, and adding a layer changes no other.
// An initializer is one entry of INITIALIZERS: its options, its variance and its values. Documents, schema and theory read it there.
import { UsageError } from '../errors.ts';
import { type Options, type OptionTable, readOptions, type VariantOption } from '../option_table.ts';
import { type Key, Random } from '../random.ts';
import { shapeText, sizeOf } from '../shape.ts';

/** Fan-in and fan-out of a weight. */
export type Fans = readonly [fanIn: number, fanOut: number];

/** How a parameter may start. */
export interface InitializerEntry<Given extends object> {
  readonly options: OptionTable<Given>;
  /** What it must know of the parameter: inputs and outputs of a unit, two axes or more, or nothing. */
  readonly needs: 'fans' | 'axes' | 'nothing';
  /** Variance of a value, gain included; 0 where nothing is random. */
  variance(given: Given, fans: Fans): number;
  /** Mean of a value; 0 where it is left out. */
  mean?(given: Given): number;
  fill(values: Float32Array, given: Given, fans: Fans, key: Key): void;
}

/** Options of the schemes that follow the fans. */
export interface ScaledOptions {
  /** Factor on the standard deviation; 1 by default. */
  gain?: number;
  /** Inputs of a unit, and units that an input goes to; by default as the shape says. */
  fanIn?: number;
  /** Units that an input goes to; by default as the shape says. */
  fanOut?: number;
}

/** Options of the scheme `variance_scaling`. */
export interface VarianceScalingOptions extends ScaledOptions {
  /** Fan times variance, 1 by default. */
  scale?: number;
  /** Which fan; the inputs by default. */
  mode?: 'fan_in' | 'fan_out' | 'fan_average';
  /** 'normal' by default. */
  distribution?: 'normal' | 'uniform';
}

/** Options of the scheme `constant`. */
export interface ConstantOptions {
  /** 0 by default. */
  value?: number;
}

/** Options of the scheme `normal`. */
export interface NormalOptions {
  /** Standard deviation. */
  std: number;
}

/** Options of the scheme `uniform`. */
export interface UniformOptions {
  /** Values lie between -bound and bound. */
  bound: number;
}

/** The largest 32-bit float. */
const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

const SCALED = {
  gain: { type: 'number', above: 0, default: 1 },
  fanIn: { type: 'integer', min: 1 },
  fanOut: { type: 'integer', min: 1 },
} as const satisfies OptionTable<ScaledOptions>;

function draw(values: Float32Array, std: number, uniform: boolean, key: Key): void {
  const random = new Random(key);
  const bound = std * Math.sqrt(3);
  for (let i = 0; i < values.length; i++) values[i] = uniform ? (2 * random.uniform() - 1) * bound : random.normal() * std;
}

/** A scheme whose variance follows from the fans and the square of the gain. */
function scaled(distribution: 'normal' | 'uniform', varianceOf: (gain2: number, ...fans: Fans) => number): InitializerEntry<ScaledOptions> {
  const variance: InitializerEntry<ScaledOptions>['variance'] = ({ gain = 1 }, fans) => varianceOf(gain ** 2, ...fans);
  return {
    options: SCALED,
    needs: 'fans',
    variance,
    fill: (values, given, fans, key) => draw(values, Math.sqrt(variance(given, fans)), distribution === 'uniform', key),
  };
}

const he = (gain2: number, fanIn: number): number => (2 / fanIn) * gain2;
const glorot = (gain2: number, fanIn: number, fanOut: number): number => (2 / (fanIn + fanOut)) * gain2;
const lecun = (gain2: number, fanIn: number): number => gain2 / fanIn;

/** gain Q (Saxe 2014), all axes but the last as rows. */
const orthogonal: InitializerEntry<ScaledOptions> = {
  options: SCALED,
  needs: 'axes',
  variance: ({ gain = 1 }, fans) => gain ** 2 / Math.max(...fans),
  fill: (values, { gain = 1 }, fans, key) => fillOrthogonal(values, fans, gain, key),
};

const variance_scaling: InitializerEntry<VarianceScalingOptions> = {
  options: {
    scale: { type: 'number', above: 0, default: 1 },
    mode: { type: 'name', names: ['fan_in', 'fan_out', 'fan_average'], default: 'fan_in' },
    distribution: { type: 'name', names: ['normal', 'uniform'], default: 'normal' },
    ...SCALED,
  },
  needs: 'fans',
  variance: ({ scale = 1, mode = 'fan_in', gain = 1 }, [fanIn, fanOut]) =>
    (scale / { fan_in: fanIn, fan_out: fanOut, fan_average: (fanIn + fanOut) / 2 }[mode]) * gain ** 2,
  fill: (values, given, fans, key) => draw(values, Math.sqrt(variance_scaling.variance(given, fans)), given.distribution === 'uniform', key),
};

const constant: InitializerEntry<ConstantOptions> = {
  options: { value: { type: 'number', min: -F32_MAX, max: F32_MAX, default: 0 } },
  needs: 'nothing',
  variance: () => 0,
  mean: ({ value = 0 }) => value,
  fill: (values, { value = 0 }) => void values.fill(value),
};

const normal: InitializerEntry<NormalOptions> = {
  options: { std: { type: 'number', above: 0, max: F32_MAX, required: true } },
  needs: 'nothing',
  variance: ({ std }) => std ** 2,
  fill: (values, { std }, _fans, key) => draw(values, std, false, key),
};

const uniform: InitializerEntry<UniformOptions> = {
  options: { bound: { type: 'number', above: 0, max: F32_MAX, required: true } },
  needs: 'nothing',
  variance: ({ bound }) => bound ** 2 / 3,
  fill: (values, { bound }, _fans, key) => draw(values, bound / Math.sqrt(3), true, key),
};

/** All of them by name. */
export const INITIALIZERS = {
  he_normal: scaled('normal', he),
  he_uniform: scaled('uniform', he),
  glorot_normal: scaled('normal', glorot),
  glorot_uniform: scaled('uniform', glorot),
  lecun_normal: scaled('normal', lecun),
  lecun_uniform: scaled('uniform', lecun),
  orthogonal,
  variance_scaling,
  constant,
  normal,
  uniform,
};

/** The names of the initializer schemes. */
export type InitializerScheme = keyof typeof INITIALIZERS;
/** The initializer schemes by name. */
export const INITIALIZER_SCHEMES = /* @__PURE__ */ Object.keys(INITIALIZERS) as InitializerScheme[];

export type OptionsOf<Entry> = Entry extends InitializerEntry<infer Given> ? Given : never;

/**
 * How a parameter starts. Variance of the schemes, with fan-in i and fan-out o: he 2/i (He 2015), glorot 2/(i+o) (Glorot 2010),
 * lecun 1/i (LeCun 1998), variance_scaling scale/fan; `gain` multiplies the standard deviation. orthogonal: gain Q (Saxe 2014). normal has the standard deviation
 * `std`, uniform lies between -bound and bound, constant is `value`.
 *
 * The fans follow from the shape by PyTorch's rule, turned to this library's order: the last two axes are in and out, and those before them are the
 * receptive field, as of a convolution's [height, width, in, out], which multiplies both. A stack of matrices, [heads, in, out] say, looks the same: give it
 * `fanIn` and `fanOut`. So do shapes of fewer axes, which tell no fans. orthogonal takes all axes but the last as rows.
 */
export type Initializer = { [Scheme in InitializerScheme]: { scheme: Scheme } & OptionsOf<(typeof INITIALIZERS)[Scheme]> }[InitializerScheme];

const entryOf = ({ scheme }: Initializer): InitializerEntry<Initializer> => INITIALIZERS[scheme] as unknown as InitializerEntry<Initializer>;

/** How a parameter starts, as an option: any of the schemes that fit. */
function optionOf(fits: (entry: Pick<InitializerEntry<Initializer>, 'needs'>) => boolean): VariantOption {
  const fitting = Object.entries(INITIALIZERS).filter(([, entry]) => fits(entry));
  return { type: 'variant', key: 'scheme', of: Object.fromEntries(fitting.map(([scheme, { options }]) => [scheme, options as unknown as Options])) };
}

export const WEIGHT_INITIALIZER = optionOf(() => true);
/** Of a vector, which has one axis. */
export const BIAS_INITIALIZER = optionOf(({ needs }) => needs !== 'axes');

/** Checks a description, and fills it in; `where` and `name` are its path in the message. Throws UsageError. */
export function readInitializer(where: string, name: string, initializer: unknown): Initializer {
  return readOptions<Record<string, Initializer>, never>(where, { [name]: { ...WEIGHT_INITIALIZER, required: true } } as never, { [name]: initializer })[
    name
  ] as Initializer;
}

/** Fan-in and fan-out of a weight. Throws a UsageError that begins with `where` for a shape that does not tell them, where they matter and are not given. */
export function fansOf(where: string, initializer: Initializer, shape: readonly number[]): Fans {
  const { fanIn, fanOut } = initializer as ScaledOptions;
  const { needs } = entryOf(initializer);
  const last = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / last;
  if (shape.length < 2 && needs !== 'nothing' && (needs === 'axes' || !fanIn || !fanOut))
    throw new UsageError(
      `${where}: a shape of ${shapeText(shape)} does not tell the fans that ${initializer.scheme} needs: give ${needs === 'axes' ? 'two axes or more' : 'fanIn and fanOut'}, or a constant`,
    );
  // Of a receptive field both have all places.
  return needs === 'axes' ? [rows, last] : [fanIn ?? rows, fanOut ?? (rows / (shape.at(-2) ?? 1)) * last];
}

/** The start of a vector that belongs to a weight, such as a bias: a scheme by fans takes those of the weight where it has none of its own. */
export function withFans(initializer: Initializer, fanIn: number, fanOut: number): Initializer {
  if (entryOf(initializer).needs !== 'fans') return initializer;
  const given = initializer as ScaledOptions;
  return { ...initializer, fanIn: given.fanIn ?? fanIn, fanOut: given.fanOut ?? fanOut } as Initializer;
}

/** Variance of a parameter with these fans, gain included: fan-in times it is the sigma_w² of the theory. 0 for a constant. */
export function varianceOf(initializer: Initializer, fanIn: number, fanOut: number): number {
  return entryOf(initializer).variance(initializer, [fanIn, fanOut]);
}

/** Mean of a parameter: 0 but for a constant. */
export function meanOf(initializer: Initializer): number {
  return entryOf(initializer).mean?.(initializer) ?? 0;
}

/** Values of a parameter; `path` is for the message where its fans are not known. Throws UsageError. */
export function initialValues(initializer: Initializer, shape: readonly number[], key: Key, path = 'initial'): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  entryOf(initializer).fill(values, initializer, fansOf(path, initializer, shape), key);
  return values;
}

/** gain Q, Q with orthonormal rows or columns: modified Gram-Schmidt in float64, twice, on a Gaussian matrix. */
function fillOrthogonal(values: Float32Array, [rows, columns]: Fans, gain: number, key: Key): void {
  const random = new Random(key);
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
  vectors.forEach((v, i) => {
    v.forEach((x, j) => {
      values[rows < columns ? i * columns + j : j * columns + i] = gain * x;
    });
  });
}
