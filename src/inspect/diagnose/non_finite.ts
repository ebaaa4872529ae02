import type { History, NonFinite, StepRecord, TensorKind } from '../history.ts';
import { placesOf } from '../places.ts';
import { learnedHalf } from './outcome.ts';
import { rule } from './rule.ts';

/**
 * Any NaN or infinity in z, h, delta, the weights, their gradients, the loss or the gradient norm is severe: it cannot be undone (the
 * ExplodingTensor rule of SageMaker Debugger says the same). A note about the past where the run went on and learned;
 * a gradient that is not finite in any of the last ten steps is no past, though the loss be a number: nothing can be learned any more. Names the first step, and in it the first tensor in the order of computation.
 */
export const nonFinite = rule({
  needs: ['z', 'delta', 'weight_gradient'],
  minor: true,
  levels: {},
  remedies: ['critical_initialisation', 'learning_rate', 'clip', 'batch_norm'],
  text: {
    en: { title: 'Numbers left the finite range', evidence: '{tensor} at step {step}' },
    zh: { title: '数值已溢出', evidence: '第 {step} 步的{tensor}' },
  },
  icon: 'M2.900 1.600L7 5.700l4.100-4.100 1.300 1.300L8.300 7l4.100 4.100-1.300 1.300L7 8.300l-4.100 4.100-1.300-1.300L5.700 7 1.600 2.900z',
  check(history) {
    const inSteps = history.nonFinite ?? firstInSteps(history);
    const found = inSteps ?? firstInValidations(history);
    if (!found) return [];
    // Of a run that went on, and ended finite: it left the step out, or only an activation was infinite.
    const last = inSteps ? { step: history.steps.at(-1)?.step ?? 0, losses: [...history.steps.loss.subarray(-10)] } : lastValidation(history);
    const over = !history.nonFinite && last.losses.every(Number.isFinite) && last.step > found.step && !gradientIsGone(history);
    const { step, layer, tensor, nanCount, infCount } = found;
    const counts = [nanCount > 0 ? `${nanCount} NaN` : '', infCount > 0 ? `${infCount} infinite` : ''].filter(Boolean).join(', ');
    const where = `${inSteps ? '' : 'validation '}${tensor.replaceAll('_', ' ')}${layer ? ` of ${layer}` : ''}`;
    return [
      {
        severity: over && learnedHalf(history) ? 'note' : 'severe',
        ...(layer ? { layer } : {}),
        step,
        message: `At step ${step} the ${where} was the first to be non-finite${layer && counts ? ` (${counts})` : ''}${over ? `; the ${inSteps ? '' : 'validation '}loss has been finite since` : ''}.`,
        evidence: { step, ...(layer ? { layer } : {}), tensor, nanCount, infCount },
      },
    ];
  },
});

/** Where a history without a verdict of its own first shows a NaN or an infinity. */
export const firstNonFinite = (history: History): NonFinite | undefined => firstInSteps(history) ?? firstInValidations(history);

function firstInSteps(history: History): NonFinite | undefined {
  const { loss, gradientNorm, regularizationLoss: penalty, nonFiniteSample: bad } = history.steps;
  const { steps } = history;
  const at = loss.findIndex(
    (value, i) =>
      !Number.isFinite(value) ||
      (!Number.isFinite(gradientNorm[i]) && steps.has(i, 'gradientNorm')) ||
      (!Number.isFinite(penalty[i]) && steps.has(i, 'regularizationLoss')),
  );
  const scalars = at < 0 ? undefined : history.steps.at(at);
  const step = bad && !(scalars && scalars.step < bad.step) ? bad : scalars;
  return step && inStep(history, step);
}

/** Whether no gradient norm of the last ten steps was finite. */
function gradientIsGone({ steps }: History): boolean {
  const from = Math.max(0, steps.length - 10);
  return steps.length >= 10 && steps.gradientNorm.subarray(from).every((norm, at) => steps.has(from + at, 'gradientNorm') && !Number.isFinite(norm));
}

function firstInValidations({ validations }: History): NonFinite | undefined {
  const found = validations.find(({ trainLoss, validationLoss }) => !Number.isFinite(trainLoss) || !Number.isFinite(validationLoss));
  return found && { step: found.step, tensor: 'loss', nanCount: 0, infCount: 0 };
}

function lastValidation({ validations }: History): { step: number; losses: number[] } {
  const { step, trainLoss, validationLoss } = validations.at(-1)!;
  return { step, losses: [trainLoss, validationLoss] };
}

/** Forwards through z and h, the loss, backwards through delta and the weight gradients, then what the update made of the weights. */
function inStep(history: History, step: StepRecord): NonFinite | undefined {
  const places = placesOf(history);
  const look = (layers: typeof places, kinds: readonly TensorKind[]): NonFinite | undefined => {
    for (const { name, recordOf } of layers)
      for (const tensor of kinds) {
        const stats = recordOf(step)?.tensors[tensor];
        if (stats && stats.nanCount + stats.infCount > 0) return { step: step.step, layer: name, tensor, nanCount: stats.nanCount, infCount: stats.infCount };
      }
    return undefined;
  };
  const scalar = (tensor: NonFinite['tensor'], value = 0): NonFinite | undefined =>
    Number.isFinite(value) ? undefined : { step: step.step, tensor, nanCount: Number.isNaN(value) ? 1 : 0, infCount: Number.isNaN(value) ? 0 : 1 };
  return (
    look(places, ['z', 'h']) ??
    scalar('loss', step.loss) ??
    look(places.toReversed(), ['delta', 'weight_gradient']) ??
    scalar('gradient_norm', step.gradientNorm) ??
    scalar('regularization_loss', step.regularizationLoss) ??
    look(places, ['update', 'weight'])
  );
}
