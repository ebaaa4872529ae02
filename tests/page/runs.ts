// Runs as the worker would tell them, for tests of what the page says of them.
import { FIELDS, type FindingMessage, type StartedMessage, type StepsMessage } from '../../demo/protocol.ts';
import { Run } from '../../demo/run.ts';

/** A run of `depth` layers whose delta changes by `factor` per layer on its way down. */
export function runOf(depth: number, factor: number, steps: number, loss: (step: number) => number = () => 0.7): Run {
  const layers = Array.from({ length: depth + 1 }, (_, i) => ({
    name: `dense_${i + 1}`,
    role: i < depth ? ('hidden' as const) : ('output' as const),
    activation: 'tanh',
    fanIn: 4,
    width: 4,
    batchNorm: false,
    residual: false,
  }));
  const start: StartedMessage = {
    type: 'started',
    run: 1,
    step: 0,
    layers,
    theory: null,
    points: null,
    task: 'classification',
    classes: 2,
    features: 2,
    rows: 10,
    baselineLoss: 0.69,
    parameters: 1,
  };
  const run = new Run(start);
  for (let step = 1; step <= steps; step++) run.add(stepOf(depth, step, factor, loss(step)));
  return run;
}

/** One step in which delta changes by `factor` per layer on its way down. */
export function stepOf(depth: number, step: number, factor: number, loss: number): StepsMessage {
  const layers = new Float32Array(depth * FIELDS.length);
  for (let l = 0; l < depth; l++) layers.set([0.01 * factor ** (depth - 1 - l), 1e-3, 0, 0], l * FIELDS.length);
  return { type: 'steps', run: 1, first: step, loss: Float32Array.of(loss), norm: Float32Array.of(1), learningRate: Float32Array.of(0.1), epoch: 0, layers };
}

/** A finding with these words. */
export function findingOf(rule: string, severity: FindingMessage['severity'], more: Partial<FindingMessage> = {}): FindingMessage {
  const words = { title: rule, evidence: '{x}' };
  return { rule, severity, message: `${rule} says so.`, evidence: { x: 1 }, text: { en: words, zh: words }, remedies: [], ...more };
}
