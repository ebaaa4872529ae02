// The float64 twin of every op, by its name: those of each file's list. tests/math/ops.test.ts names an op without one.
import * as arithmetic from './arithmetic.ts';
import * as augment from './augment.ts';
import * as convolution from './convolution.ts';
import * as layers from './layers.ts';
import * as norms from './norms.ts';
import * as picks from './picks.ts';
import * as pooling from './pooling.ts';
import * as rows from './rows.ts';
import * as shapes from './shapes.ts';
import * as statistics from './statistics.ts';
import * as steps from './steps.ts';
import type { Reference } from './twin.ts';
import * as upsampling from './upsampling.ts';

/** The float64 reference of every op, by the op's name. */
export const REFERENCE: Readonly<Record<string, Reference>> = Object.fromEntries(
  [arithmetic, augment, convolution, layers, norms, picks, pooling, rows, shapes, statistics, steps, upsampling].flatMap(({ TWINS }) => TWINS),
);
