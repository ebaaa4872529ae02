// The format conformance/1 (README.md beside the shared manifests): types, tensors and the rule by which a value passes.

export interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

export interface TensorRef {
  readonly name: string;
  readonly dtype: 'f32' | 'i32';
  readonly shape: readonly number[];
  /** Byte offset in the manifest's .bin; null where `recipe` computes the tensor. */
  readonly off: number | null;
  readonly n: number;
  readonly recipe?: 'hash';
  readonly origDtype?: string;
  readonly tol?: Tolerance;
  readonly tolStrict?: Tolerance;
}

/** A case of any kind; the runner of its kind knows the other members. */
export interface Case {
  readonly id: string;
  readonly op: string;
  readonly tier?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of case has members of its own
  readonly [member: string]: any;
}

export interface Manifest {
  readonly format: string;
  readonly suite: string;
  readonly bin: string;
  readonly cases: readonly Case[];
}

/** An op, rank, attribute or convention that the engine does not claim: the case is skipped by this name. */
export class Skip extends Error {}

/** An input that nobody asked for is part of an operation that the engine does not claim: throws Skip with its name. */
export function requireAsked(op: string, names: readonly string[], asked: ReadonlySet<string>): void {
  const left = names.find((name) => !asked.has(name));
  if (left !== undefined) throw new Skip(`${op} with the input ${left}`);
}

/** Non-finite scalars are strings in a manifest. */
export function scalar(value: number | string): number {
  return Number(value);
}

/** The binary part of a manifest. */
export class Tensors {
  private readonly bytes: ArrayBuffer;

  constructor(bytes: ArrayBuffer) {
    this.bytes = bytes;
  }

  /** A copy: offsets may be shared. */
  f32(ref: TensorRef): Float32Array<ArrayBuffer> {
    if (ref.recipe === 'hash') return hashed(ref.n);
    return new Float32Array(this.slice(ref));
  }

  i32(ref: TensorRef): Int32Array {
    return new Int32Array(this.slice(ref));
  }

  /** Elements as numbers, whatever their type. */
  numbers(ref: TensorRef): number[] {
    return Array.from(ref.dtype === 'i32' ? this.i32(ref) : this.f32(ref));
  }

  private slice({ name, off, n }: TensorRef): ArrayBuffer {
    if (off === null) throw new Error(`${name} has neither bytes nor a recipe that is known`);
    return this.bytes.slice(off, off + n * 4);
  }
}

function hashed(n: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: n }, (_, i) => {
    let h = Math.imul(i, 2654435761);
    h ^= h >>> 15;
    h = Math.imul(h, 2246822519);
    h ^= h >>> 13;
    return Math.fround((((h >>> 0) >>> 8) / 16777216) * 2 * 0.001 - 0.001);
  });
}

/** The element that came nearest to its limit, or went beyond. */
export interface Worst {
  /** Error over allowed error: at most 1 passes. */
  margin: number;
  where: string;
}

export const FINE: Worst = { margin: 0, where: '' };

/** |got - expected| <= atol + rtol |expected|, NaN equals NaN, Inf equals Inf of the same sign. */
export function marginOf(got: number, expected: number, { rtol = 0, atol = 0 }: Tolerance): number {
  if (Object.is(got, expected) || got === expected) return 0;
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return Number.isNaN(got) && Number.isNaN(expected) ? 0 : Number.MAX_VALUE;
  const allowed = atol + rtol * Math.abs(expected);
  return allowed > 0 ? Math.min(Number.MAX_VALUE, Math.abs(got - expected) / allowed) : Number.MAX_VALUE;
}

export function worse(a: Worst, b: Worst): Worst {
  return b.margin > a.margin ? b : a;
}

/** Compares a single number. */
export function compareNumber(name: string, got: number, expected: number, tolerance: Tolerance): Worst {
  return { margin: marginOf(got, expected, tolerance), where: `${name}: got ${got}, expected ${expected}` };
}

/** Compares a tensor; a wrong number of elements fails. */
export function compare(name: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): Worst {
  if (got.length !== expected.length) return { margin: Number.MAX_VALUE, where: `${name}: got ${got.length} elements, expected ${expected.length}` };
  let worst = FINE;
  for (let i = 0; i < expected.length; i++) {
    const margin = marginOf(got[i]!, expected[i]!, tolerance);
    if (margin > worst.margin) worst = { margin, where: `${name}[${i}]: got ${got[i]}, expected ${expected[i]}` };
  }
  return worst;
}

/** What a case came to. */
export interface Outcome {
  readonly id: string;
  readonly op: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Worst error over allowed error. */
  readonly margin: number;
  /** The same for the strict tolerance, which is a goal. */
  readonly strict: number;
  /** Where the worst element is, or by what name the case was skipped. */
  readonly detail: string;
}

/** What a runner of cases gives back. */
export interface Verdict {
  readonly worst: Worst;
  readonly strict: Worst;
}
