// The float64 reference: a package entry of its own, for tests and for the curious; the engine does not depend on it.

export type { RowSpread } from '../ops/row_differences.ts';
export { type GradcheckOptions, type GradcheckResult, gradcheck } from './gradcheck.ts';
export { type InterpretOptions, interpret, interpretStep } from './interpret.ts';
export { type Arena64, createInterpreterState, type InterpreterOptions, type InterpreterState, type Run64 } from './interpreter_state.ts';
export { REFERENCE } from './operations.ts';
export { computeHistogram, computeStats } from './statistics.ts';
export { maxAbs, type Tensor64, tensor64, zeros64 } from './tensor64.ts';
export type { Reference } from './twin.ts';
