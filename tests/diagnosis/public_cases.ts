// Networks of public benchmarks that the third set has no kind of, described anew from what their pages say, with rows of ours: none of their code or data is here. SO is a question of Stack
// Overflow, DL the benchmark of DeepLocalize (github.com/Wardat-ISU/DeepLocalize), AT the demo cases of AutoTrainer (github.com/shiningrain/AUTOTRAINER), FD the subjects of DeepFD
// (github.com/ArabelaTso/DeepFD). Their cases by source, with those of the third set: RESULTS.md.
import { clouds, plane, scaled } from './data.ts';
import { numbered, truthTable } from './fourth_data.ts';
import { adam, document, hidden, LOSS, output, type Sick, sgd, type Written } from './network.ts';

const sick = (name: string, cause: string, accepted: readonly string[], score: Sick['score'], twin: Written, planted: Partial<Written>): Sick => ({
  ...{ name, cause, accepted, score },
  document: document({ ...twin, ...planted }),
  twin: document(twin),
});

const line = scaled(plane(240, 71, 1), 40, 60);
/** Targets at mean 0 and deviation 1. */
const neat = scaled(line, 1 / 40, -1.5);
const uniform = { weights: { initializer: { scheme: 'glorot_uniform' } } };
export const PUBLIC_SICK: readonly Sick[] = [
  // SO 48221692 (DL): a line through numbers as they come, five sigmoid units, and a sigmoid behind the output; whole batches, plain descent.
  sick(
    'line-behind-sigmoids',
    'a sigmoid behind the output of a regression whose targets are tens',
    ['output_cannot_answer', 'targets_not_scaled'],
    'r2',
    { data: neat, layers: [...hidden(1, 5, 'sigmoid'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.03), steps: 300, batchSize: 144 },
    { data: line, layers: [...hidden(1, 5, 'sigmoid'), ...output(1, { activation: 'sigmoid' })], optimizer: sgd(0.01) },
  ),
  // AT Improper_Activation_case: four ReLU layers of 50 on clouds of points, and a ReLU where probabilities should come out.
  sick(
    'clouds-behind-relu',
    'a ReLU behind the output of a classification',
    ['output_cannot_answer', 'dead_units'],
    'accuracy',
    { data: clouds(500, 73, 3, 2, 0.4), layers: [...hidden(4, 50), ...output(3)], loss: LOSS.ce, optimizer: adam(0.003), steps: 200, batchSize: 64 },
    { layers: [...hidden(4, 50), ...output(3, { activation: 'relu', weights: { biasInitializer: { scheme: 'constant', value: -3 } } })] },
  ),
  // FD 31556268 and SO 31556268 (DL): exclusive or, four sigmoid units, mean absolute error, and descent at 0.05 for a fiftieth of the epochs that it takes.
  sick(
    'exclusive-or-slow',
    'plain descent at 0.05 on sigmoids and an absolute error',
    ['learning_rate_too_low'],
    'r2',
    {
      data: numbered(truthTable(400, 74), [0, 1]),
      layers: [...hidden(1, 4, 'sigmoid', uniform), ...output(1, { activation: 'sigmoid' })],
      loss: LOSS.mse,
      optimizer: adam(0.05),
      steps: 400,
    },
    { loss: 'mae', optimizer: sgd(0.05, { momentum: 0.11, nesterov: true }), steps: 400 },
  ),
];
