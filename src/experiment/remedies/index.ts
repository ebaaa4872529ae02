// All remedies. A remedy's line in REMEDIES makes it known: what a rule offers and is not here does not compile.
import { RULES, type RuleId } from '../../inspect/diagnose/index.ts';
import { activation } from './activation.ts';
import { addActivations } from './add_activations.ts';
import { batchNorm } from './batch_norm.ts';
import { batchNormMomentum } from './batch_norm_momentum.ts';
import { breakSymmetry } from './break_symmetry.ts';
import { classWeights } from './class_weights.ts';
import { clip } from './clip.ts';
import { constantRate } from './constant_rate.ts';
import { criticalInitialisation } from './critical_initialisation.ts';
import { dropColumns } from './drop_columns.ts';
import { dropout } from './dropout.ts';
import { earlyStopping } from './early_stopping.ts';
import { fewerLayers } from './fewer_layers.ts';
import { l2 } from './l2.ts';
import { largerBatch } from './larger_batch.ts';
import { layerNorm } from './layer_norm.ts';
import { learningRate } from './learning_rate.ts';
import { lessDropout } from './less_dropout.ts';
import { lessL1 } from './less_l1.ts';
import { lessL2 } from './less_l2.ts';
import { lessLabelSmoothing } from './less_label_smoothing.ts';
import { lessMomentum } from './less_momentum.ts';
import { lessWeightDecay } from './less_weight_decay.ts';
import { loss } from './loss.ts';
import { optimizer } from './optimizer.ts';
import { outputLayer } from './output_layer.ts';
import type { Remedy } from './remedy.ts';
import { residual } from './residual.ts';
import { scaleTargets } from './scale_targets.ts';
import { standardiseInputs } from './standardise_inputs.ts';
import { warmUp } from './warm_up.ts';

export type { Proposal, Remedy } from './remedy.ts';

/** The remedies by name, in the order in which they are listed where nothing else decides. */
export const REMEDIES = {
  critical_initialisation: criticalInitialisation,
  activation,
  batch_norm: batchNorm,
  residual,
  fewer_layers: fewerLayers,
  clip,
  learning_rate: learningRate,
  optimizer,
  larger_batch: largerBatch,
  l2,
  dropout,
  early_stopping: earlyStopping,
  standardise_inputs: standardiseInputs,
  scale_targets: scaleTargets,
  drop_columns: dropColumns,
  class_weights: classWeights,
  output_layer: outputLayer,
  loss,
  less_dropout: lessDropout,
  less_weight_decay: lessWeightDecay,
  less_l2: lessL2,
  less_l1: lessL1,
  add_activations: addActivations,
  layer_norm: layerNorm,
  warm_up: warmUp,
  constant_rate: constantRate,
  break_symmetry: breakSymmetry,
  batch_norm_momentum: batchNormMomentum,
  less_label_smoothing: lessLabelSmoothing,
  less_momentum: lessMomentum,
} satisfies Readonly<Record<string, Remedy>>;

/** The names of the remedies. */
export type RemedyId = keyof typeof REMEDIES;

export const REMEDY_IDS = Object.keys(REMEDIES) as readonly RemedyId[];

const OFFERS: Readonly<Record<RuleId, { readonly remedies: readonly RemedyId[] }>> = RULES;

/** The rules that offer a remedy. */
export const rulesOffering = (remedy: RemedyId): RuleId[] => (Object.keys(OFFERS) as RuleId[]).filter((rule) => OFFERS[rule].remedies.includes(remedy));

/** What a remedy does and costs, in English; of two that were tried together both. */
export const aboutRemedy = (tried: string): string =>
  tried
    .split(' + ')
    .map((remedy) => REMEDIES[remedy as RemedyId].text.en.summary)
    .join('; ');
