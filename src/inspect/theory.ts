// What signal propagation theory predicts for a network before its first step; see each function.
export { batchNormFactor, type NormalisedMoments, normalisedMoments } from './theory/batch_norm.ts';
export { backwardFactor, criticalGain, depthScale, type FixedPoint, fixedPoint, gainForDepth, survivalDepth, varianceMap } from './theory/mean_field.ts';
export type { Nonlinearity } from './theory/quadrature.ts';
export { type LayerPrediction, predictSignal, type SignalDense, type SignalOptions, type SignalStep } from './theory/signal.ts';
