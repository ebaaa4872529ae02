// Every loss. A new one is its file in src/nn/losses and its lines here.
import * as bce_with_logits from './losses/bce_with_logits.ts';
import * as hinge from './losses/hinge.ts';
import * as huber from './losses/huber.ts';
import * as kl_div from './losses/kl_div.ts';
import type { LossFeature } from './losses/loss.ts';
import * as mae from './losses/mae.ts';
import * as mse from './losses/mse.ts';
import * as softmax_cross_entropy from './losses/softmax_cross_entropy.ts';
import * as squared_hinge from './losses/squared_hinge.ts';

export { type BceWithLogitsOptions, bceWithLogits } from './losses/bce_with_logits.ts';
export { type CustomLossOptions, type LossFunction, loss } from './losses/custom.ts';
export { hinge } from './losses/hinge.ts';
export { type HuberOptions, huber } from './losses/huber.ts';
export { klDivergence } from './losses/kl_div.ts';
export type { Loss } from './losses/loss.ts';
export { mae } from './losses/mae.ts';
export { mse } from './losses/mse.ts';
export { type CrossEntropyOptions, softmaxCrossEntropy } from './losses/softmax_cross_entropy.ts';
export { squaredHinge } from './losses/squared_hinge.ts';
export { type WeightedCrossEntropyOptions, weightedCrossEntropy } from './losses/weighted_cross_entropy.ts';

/** The losses of documents, with options, texts and float64 functions. Bundlers drop what a program does not use. */
export const LOSSES = { mse, mae, huber, softmax_cross_entropy, bce_with_logits, hinge, squared_hinge, kl_div } satisfies Record<string, LossFeature>;
