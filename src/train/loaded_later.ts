// Nothing here is imported by value from elsewhere in train: it comes through `later()`.

export { regularizationLossOp } from '../ops/regularization.ts';
export { BatchInput } from './batch_input.ts';
export { between } from './between.ts';
export { createModel } from './create_model.ts';
export { Evaluators } from './evaluators.ts';
export { changedBy, groupedGraph, readGroups } from './groups.ts';
export { Inference } from './inference.ts';
export { joinMetrics } from './join_metrics.ts';
export { link } from './links.ts';
export { recover } from './non_finite.ts';
export { OwnCopies } from './own_copies.ts';
export { requireValidation } from './reaction.ts';
export { regroup } from './regroup.ts';
export { answerOf } from './revive_model.ts';
export { Ring, requireSource, Stream } from './stream.ts';
export { makeAnew, revive, survive } from './survive.ts';
export { requireComparable, wrongTargets } from './wrong_targets.ts';
