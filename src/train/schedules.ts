// All learning rate schedules: exports for programs, and the list for documents.
import * as constant from './schedules/constant.ts';
import * as cosine from './schedules/cosine.ts';
import * as cosine_restarts from './schedules/cosine_restarts.ts';
import * as exponential from './schedules/exponential.ts';
import * as inverse_sqrt from './schedules/inverse_sqrt.ts';
import * as linear from './schedules/linear.ts';
import * as multi_step from './schedules/multi_step.ts';
import * as one_cycle from './schedules/one_cycle.ts';
import * as plateau from './schedules/plateau.ts';
import * as polynomial from './schedules/polynomial.ts';
import type { ScheduleFeature } from './schedules/schedule.ts';
import * as sequential from './schedules/sequential.ts';
import * as step from './schedules/step.ts';
import * as warmup from './schedules/warmup.ts';

export { type ConstantOptions, constant } from './schedules/constant.ts';
export { type CosineOptions, cosine } from './schedules/cosine.ts';
export { type CosineRestartsOptions, cosineRestarts } from './schedules/cosine_restarts.ts';
export { type ExponentialOptions, exponential } from './schedules/exponential.ts';
export { type InverseSqrtOptions, inverseSqrt } from './schedules/inverse_sqrt.ts';
export { type LinearRampOptions, linearRamp } from './schedules/linear.ts';
export { type MultiStepOptions, multiStep } from './schedules/multi_step.ts';
export { type OneCycleOptions, oneCycle } from './schedules/one_cycle.ts';
export { type PlateauOptions, plateau } from './schedules/plateau.ts';
export { type PolynomialOptions, polynomial } from './schedules/polynomial.ts';
export type { Schedule, ScheduleState, Validated } from './schedules/schedule.ts';
export { type SequenceOptions, sequence } from './schedules/sequential.ts';
export { type StepDecayOptions, stepDecay } from './schedules/step.ts';
export { type WarmupOptions, warmup } from './schedules/warmup.ts';

/** All schedules by the names that documents have for them, in the order in which they are listed. */
export const SCHEDULES = {
  constant,
  step,
  multi_step,
  exponential,
  linear,
  cosine,
  cosine_restarts,
  polynomial,
  inverse_sqrt,
  one_cycle,
  warmup,
  sequential,
  plateau,
} as const satisfies Readonly<Record<string, ScheduleFeature>>;
