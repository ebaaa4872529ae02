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

/** Products in registers, and whatever else SwiftShader alone runs. */
let tuned: typeof import('./swiftshader.ts') | undefined;

/** Loads the kernels that an adapter runs and no other does: to be called before anything is lowered for it. */
export async function loadKernels({ swiftshader }: Capabilities): Promise<void> {
  if (swiftshader) tuned ??= await import('./swiftshader.ts');
}

/** What `loadKernels` has loaded. */
export function tunedKernels(): typeof import('./swiftshader.ts') {
  if (!tuned) throw new Error('the kernels for SwiftShader are not loaded: call loadKernels first');
  return tuned;
}

/** The override of kernels that call it LANES. */
export function lanesOf({ lanes }: KernelChoice): { LANES?: number } {
  return lanes === undefined ? {} : { LANES: lanes };
}
