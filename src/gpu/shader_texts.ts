// Where the WGSL of sources is: in them. The page's build brings a module in place of this one that loads what is in a file of its own (demo/late_shaders.ts).
import type { Source } from '../kernel.ts';

/** Sources whose texts are there. */
export const withTexts = (sources: readonly Source[]): readonly Source[] | Promise<readonly Source[]> => sources;
