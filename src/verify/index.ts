// What the device computes beside float64: a package entry of its own, so that programs that do not ask carry none of it.
export { type ExplainStepOptions, explainStep, type NotFinite, type StepExplanation, type StepNumbers, type WrongKernel } from './explain_step.ts';
export { type SelfTestOptions, type SelfTestResult, selfTest, type VariantResult } from './self_test.ts';
