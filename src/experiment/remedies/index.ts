// All remedies. A remedy's line in REMEDIES makes it known: what a rule offers and is not here does not compile.
import { RULES, type RuleId } from '../../inspect/diagnose/index.ts';
import { activation } from './activation.ts';
import { batchNorm } from './batch_norm.ts';
import { clip } from './clip.ts';
import { criticalInitialisation } from './critical_initialisation.ts';
import { dropout } from './dropout.ts';
import { earlyStopping } from './early_stopping.ts';
import { l2 } from './l2.ts';
import { largerBatch } from './larger_batch.ts';
import { learningRate } from './learning_rate.ts';
import { optimizer } from './optimizer.ts';
import type { Remedy } from './remedy.ts';
import { residual } from './residual.ts';

export type { Proposal, Remedy } from './remedy.ts';

/** The remedies by name, in the order in which they are listed where nothing else decides. */
export const REMEDIES = {
  critical_initialisation: criticalInitialisation,
  activation,
  batch_norm: batchNorm,
  residual,
  clip,
  learning_rate: learningRate,
  optimizer,
  larger_batch: largerBatch,
  l2,
  dropout,
  early_stopping: earlyStopping,
} satisfies Readonly<Record<string, Remedy>>;

/** The names of the remedies. */
export type RemedyId = keyof typeof REMEDIES;

export const REMEDY_IDS = Object.keys(REMEDIES) as readonly RemedyId[];

const OFFERS: Readonly<Record<RuleId, { readonly remedies: readonly RemedyId[] }>> = RULES;

/** The rules that offer a remedy. */
export const rulesOffering = (remedy: RemedyId): RuleId[] => (Object.keys(OFFERS) as RuleId[]).filter((rule) => OFFERS[rule].remedies.includes(remedy));
