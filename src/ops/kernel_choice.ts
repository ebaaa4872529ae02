// Which kernels for which adapter. This is the one place that decides it, from the device's capabilities.
//
// Kernels tuned for SwiftShader run on SwiftShader alone: a workgroup of 4, right there, lost half of a sum on llvmpipe. Every
// other adapter, GPU, software or unknown, gets the portable ones.
import type { Capabilities } from '../graph/op.ts';

export interface KernelChoice {
  /** How a product is made: by quads that swap registers (lib/quad), in registers alone, or through workgroup memory (lib/shared_tile). */
  readonly products: 'quads' | 'registers' | 'shared';
  /** Invocations of a workgroup that add up a chunk together; undefined leaves the kernel's own number. */
  readonly lanes: number | undefined;
  /** Whether the invocations of a workgroup share one row, column or chunk, or have one each. */
  readonly shares: boolean;
}

const PORTABLE: KernelChoice = { products: 'shared', lanes: undefined, shares: true };

/** SwiftShader: as many lanes as its registers are wide; barriers and workgroup memory are slow, a loop may be long. */
const SWIFTSHADER: KernelChoice = { products: 'registers', lanes: 4, shares: false };
const SWIFTSHADER_QUADS: KernelChoice = { ...SWIFTSHADER, products: 'quads' };

export function kernelsFor({ swiftshader, subgroupSize }: Capabilities): KernelChoice {
  if (!swiftshader) return PORTABLE;
  return subgroupSize === 4 ? SWIFTSHADER_QUADS : SWIFTSHADER;
}

/** Files of kernels that most plans do without: each is loaded before the first plan that runs one of them. */
const FILES = {
  /** Products in registers, and whatever else SwiftShader alone runs. */
  swiftshader: () => import('./swiftshader.ts'),
  /** Of nodes that nothing was fused with, of large ones, of bytes and the like. */
  seldom: () => import('./seldom.ts'),
};
type Files = { readonly [File in keyof typeof FILES]: Awaited<ReturnType<(typeof FILES)[File]>> };

const loaded: { -readonly [File in keyof Files]?: Files[File] } = {};

/** Lowering wants kernels that are not loaded: `planOf` loads them and lowers anew. */
export class NotLoaded extends Error {
  /** Loads them. */
  readonly load: () => Promise<void>;

  constructor(file: keyof Files) {
    super(`the kernels of ops/${file} are not loaded: call loadKernels first`);
    this.load = () => loadKernels(file);
  }
}

/** Loads kernels, by default all. Who lowers without `planOf` calls it before. */
export async function loadKernels(...files: (keyof Files)[]): Promise<void> {
  for (const file of files.length > 0 ? files : (Object.keys(FILES) as (keyof Files)[])) Object.assign(loaded, { [file]: await FILES[file]() });
}

/** The kernels of a file. Throws NotLoaded where they are not there yet. */
export function kernelsOf<File extends keyof Files>(file: File): Files[File] {
  const kernels = loaded[file];
  if (!kernels) throw new NotLoaded(file);
  return kernels;
}

/** The override of kernels that call it LANES. */
export function lanesOf({ lanes }: KernelChoice): { LANES?: number } {
  return lanes === undefined ? {} : { LANES: lanes };
}
