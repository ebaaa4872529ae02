// Tensors of other frameworks as 32-bit floats: safetensors of any number type, and files in several parts with their index.
import { DataError, isObject, show } from '../errors.ts';
import { beginsAsSafetensors, openSafetensors, type Sizes } from '../io/safetensors.ts';
import type { HostTensor } from '../shape.ts';

/** Tensors by name, with what was done to them. */
export interface ReadTensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** What was converted, in sentences. */
  readonly notes: readonly string[];
}

/** The types that are read, with their bytes. */
const SIZES: Sizes = { F32: 4, F64: 8, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 };

/** Gives the bytes of a file by its name. */
export type FileOf = (name: string) => Uint8Array | Promise<Uint8Array>;

/**
 * The tensors of one file, or of several.
 *
 * @param files - Each file's name and bytes; a name that ends in .json is an index (`{"weight_map": {"tensor": "file"}}`), whose files `read` gives.
 * @param without - Tensors that nobody has use for.
 * @throws DataError for damaged files, for a tensor in two of them, and for numbers that 32-bit floats do not hold.
 */
export async function readTensors(
  files: readonly { name: string; bytes: Uint8Array }[],
  read: FileOf,
  without: (name: string) => boolean = () => false,
): Promise<ReadTensors> {
  const tensors = new Map<string, HostTensor>();
  const metadata = new Map<string, string>();
  const converted = new Map<string, number>();
  const from = new Map<string, string>();
  const add = (name: string, bytes: Uint8Array): void => {
    const found = openIn(name, bytes);
    for (const [key, text] of found.metadata) metadata.set(key, text);
    for (const tensor of found.tensors) {
      if (from.has(tensor.name)) throw new DataError(`${show(tensor.name)} is in two files, ${from.get(tensor.name)} and ${name}`);
      from.set(tensor.name, name);
      if (without(tensor.name)) continue;
      tensors.set(tensor.name, { shape: tensor.shape, data: floatsOf(tensor.name, tensor.dtype, tensor.bytes) });
      if (tensor.dtype !== 'F32') converted.set(tensor.dtype, (converted.get(tensor.dtype) ?? 0) + 1);
    }
  };
  for (const { name, bytes } of files) {
    if (!name.endsWith('.json')) {
      add(name, bytes);
      continue;
    }
    const index = indexIn(name, bytes);
    for (const part of new Set(index.values())) add(part, await read(part));
    for (const [tensor, part] of index)
      if (from.get(tensor) !== part)
        throw new DataError(`${name}: ${show(tensor)} should be in ${part}, and ${from.has(tensor) ? `is in ${from.get(tensor)}` : 'is not'}`);
    for (const [tensor, part] of from)
      if (!index.has(tensor) && new Set(index.values()).has(part)) throw new DataError(`${part} has ${show(tensor)}, which ${name} does not name`);
  }
  return { tensors, metadata, notes: [...converted].map(([dtype, count]) => `${count} tensor${count === 1 ? '' : 's'} of ${dtype} became F32`) };
}

/** How one writes what is read here, from a model in Python. */
const BY_TORCH =
  'in Python `from safetensors.torch import save_file; save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, "model.safetensors")`, ' +
  'or, without that package, `files.write("model.safetensors", model.state_dict())` by the files.py of a project of `fathom export --pytorch`';
const SAVED = `a file of torch.save: load it, and its state_dict (of a checkpoint \`checkpoint["state_dict"]\` or \`["model"]\`) into the model; then write it: ${BY_TORCH}`;
const NUMPY = `arrays of NumPy: put them into the model, and write that: ${BY_TORCH}`;
const KERAS = 'a file of Keras: only weights of PyTorch are taken; `fathom diagnose` reads the log of its run';
const TENSORFLOW = 'a file of TensorFlow: only weights of PyTorch are taken; `fathom diagnose` reads the log of its run';
const ONNX = `a network of ONNX: take the weights of the model of PyTorch that it was exported from: ${BY_TORCH}`;
/** Kinds that are told by the end of their name: they begin with nothing of their own, or as another. */
const BY_NAME: readonly (readonly [ends: RegExp, what: string])[] = [
  [/\.(?:keras|h5|hdf5)$/i, KERAS],
  [/\.npz$/i, NUMPY],
  [/\.onnx$/i, ONNX],
  [/\.(?:pb|tflite|ckpt\.index|ckpt\.data-[\d-]+of-\d+)$/i, TENSORFLOW],
];
/** What other files begin with, and what to do about them. */
const OTHER_KINDS: readonly (readonly [begins: string, what: string])[] = [
  ['PK', SAVED],
  ['\x80', SAVED],
  ['\x89HDF', KERAS],
  ['\x93NUMPY', NUMPY],
  ['version https://git-lfs', 'a pointer of Git LFS in place of the weights: `git lfs pull` brings them'],
  ['\x1f\x8b', 'a packed file: unpack it first (gunzip)'],
  ['<', 'a page of the web: the download has not brought the file itself'],
  ['GGUF', 'a GGUF file: take the safetensors that it was made of'],
];

/** What a file is that is no safetensors; undefined where it may be one. */
function otherKind(name: string, bytes: Uint8Array): string | undefined {
  const named = BY_NAME.find(([ends]) => ends.test(name));
  if (named) return named[1];
  if (beginsAsSafetensors(bytes)) return undefined;
  const begins = String.fromCharCode(...bytes.subarray(0, 24));
  return OTHER_KINDS.find(([text]) => begins.startsWith(text))?.[1];
}

function openIn(name: string, bytes: Uint8Array): ReturnType<typeof openSafetensors> {
  const kind = otherKind(name, bytes);
  if (kind) throw new DataError(`${name}: expected safetensors, got ${kind}`);
  try {
    return openSafetensors(bytes, SIZES);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${name}: ${error.message}`, { cause: error });
  }
}

/** The longest index that is read, in bytes. */
const LONGEST_INDEX = 100_000_000;

function indexIn(name: string, bytes: Uint8Array): Map<string, string> {
  let value: unknown;
  try {
    if (bytes.length > LONGEST_INDEX) throw new RangeError(`it has ${bytes.length} bytes`);
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DataError(`${name}: expected an index in JSON: ${(cause as Error).message}`, { cause });
  }
  const map = isObject(value) ? (value as { weight_map?: unknown }).weight_map : undefined;
  if (!isObject(map)) throw new DataError(`${name}: expected an index, {"weight_map": {"tensor": "file"}}`);
  return new Map(
    Object.entries(map as Record<string, unknown>).map(([tensor, file]) => {
      // Files of a model lie beside each other: an index leads nowhere else.
      if (typeof file !== 'string' || !/^[^/\\]+\.safetensors$/.test(file))
        throw new DataError(`${name}: ${show(tensor)}: expected the name of a .safetensors file beside it, got ${show(file)}`);
      return [tensor, file];
    }),
  );
}

/** Numbers of a type as 32-bit floats. Throws a DataError for one that they do not hold: too large, or a whole number that would be rounded. */
function floatsOf(name: string, dtype: string, given: Uint8Array): Float32Array {
  // A copy begins at a whole element.
  const bytes = Uint8Array.from(given);
  const view = new DataView(bytes.buffer);
  const count = bytes.length / SIZES[dtype]!;
  const each = (of: (at: number) => number): Float32Array => Float32Array.from({ length: count }, (_, i) => of(i * SIZES[dtype]!));
  const whole = (of: (at: number) => number | bigint): Float32Array =>
    each((at) => {
      const value = of(at);
      if (BigInt(Math.fround(Number(value))) !== BigInt(value)) throw new DataError(`${show(name)}: ${value} of ${dtype} is no 32-bit float`);
      return Number(value);
    });
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F64':
      return each((at) => {
        const value = view.getFloat64(at, true);
        if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw new DataError(`${show(name)}: ${value} is beyond the 32-bit floats`);
        return value;
      });
    case 'F16':
      return each((at) => halfOf(view.getUint16(at, true)));
    case 'BF16': {
      const words = Uint32Array.from({ length: count }, (_, i) => view.getUint16(i * 2, true) << 16);
      return new Float32Array(words.buffer);
    }
    case 'I64':
      return whole((at) => view.getBigInt64(at, true));
    case 'U64':
      return whole((at) => view.getBigUint64(at, true));
    case 'I32':
      return whole((at) => view.getInt32(at, true));
    case 'U32':
      return whole((at) => view.getUint32(at, true));
    case 'I16':
      return each((at) => view.getInt16(at, true));
    case 'U16':
      return each((at) => view.getUint16(at, true));
    case 'I8':
      return each((at) => view.getInt8(at));
    default:
      return each((at) => view.getUint8(at));
  }
}

/** A 16-bit float. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
