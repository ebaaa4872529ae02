// Types that public signatures name and that no entry exports otherwise, so that programs can name them, too.
export type { TableDocument } from '../data/fitted.ts';
export type { Instead as InsteadOf } from '../inspect/diagnose/offer.ts';
export type { CannotJudge, FindingWords, Found, Rule } from '../inspect/diagnose/rule.ts';
export type { InputFacts, LayerFacts, OutputFacts, RunFacts, TargetFacts, TrainingFacts } from '../inspect/facts.ts';
export type {
  Branches as BranchDocuments,
  DocumentOf,
  Held,
  Inside,
  Layers as LayerRecords,
  Named as NamedDocument,
  Nodes as NodeDocuments,
  Row as RowDocuments,
} from '../nn/document.ts';
export type { AnyLayerRecord, ContainerRecord, Described as LayerDescription, LeafRecord } from '../nn/layer.ts';
export type { AllTargets, BestConstant } from '../nn/losses/constant.ts';
export type { LossFeature } from '../nn/losses/loss.ts';
export type { Options as OptionsOfTable } from '../option_table.ts';
export type { Answer as PreflightAnswer } from './preflight/check.ts';
export type { ClassWeighted } from './registry/losses.ts';
