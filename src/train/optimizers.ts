// All optimizers: exports for programs, and the list from which documents, reference and page derive.
import type { Texts } from '../texts.ts';
import * as adadelta from './optimizers/adadelta.ts';
import * as adagrad from './optimizers/adagrad.ts';
import * as adam from './optimizers/adam.ts';
import * as adamax from './optimizers/adamax.ts';
import * as adamw from './optimizers/adamw.ts';
import * as lion from './optimizers/lion.ts';
import * as muon from './optimizers/muon.ts';
import * as nadam from './optimizers/nadam.ts';
import type { OptimizerFeature } from './optimizers/optimizer.ts';
import * as radam from './optimizers/radam.ts';
import * as rmsprop from './optimizers/rmsprop.ts';
import * as sgd from './optimizers/sgd.ts';

export { type AdadeltaOptions, adadelta } from './optimizers/adadelta.ts';
export { type AdagradOptions, adagrad } from './optimizers/adagrad.ts';
export { type AdamOptions, adam } from './optimizers/adam.ts';
export { adamax } from './optimizers/adamax.ts';
export { type AdamwOptions, adamw } from './optimizers/adamw.ts';
export { type LionOptions, lion } from './optimizers/lion.ts';
export { type MuonAdamwOptions, type MuonOptions, muon } from './optimizers/muon.ts';
export { type NadamOptions, nadam } from './optimizers/nadam.ts';
export type { DecoupledOptions, MomentsOptions, Optimizer, OptimizerOptions } from './optimizers/optimizer.ts';
export { radam } from './optimizers/radam.ts';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';

/** All optimizers by the names that documents have for them, in the order in which they are listed. */
export const OPTIMIZERS = { sgd, adam, adamw, adagrad, rmsprop, adadelta, adamax, nadam, radam, lion, muon } as const satisfies Readonly<
  Record<string, OptimizerFeature>
>;

/** Their texts alone, in the same order, so that a list of them does not bundle the optimizers. */
export const OPTIMIZER_TEXTS: Readonly<Record<keyof typeof OPTIMIZERS, Texts>> = {
  sgd: sgd.text,
  adam: adam.text,
  adamw: adamw.text,
  adagrad: adagrad.text,
  rmsprop: rmsprop.text,
  adadelta: adadelta.text,
  adamax: adamax.text,
  nadam: nadam.text,
  radam: radam.text,
  lion: lion.text,
  muon: muon.text,
};
