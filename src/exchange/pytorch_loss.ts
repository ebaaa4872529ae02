// Losses of a document as PyTorch computes them: the sum over the rows of a batch, and what it is divided by.
import type { LossDocument, LossName } from '../experiment/document.ts';
import { pythonOf } from './python_text.ts';

/** Lines of Python, in terms of `outputs` and `targets`. */
export interface TorchLoss {
  /** The sum over rows. */
  readonly sum: string;
  /** What the mean divides by: rows, or the weights of their classes. */
  readonly weight: string;
  /** Definitions that they need. */
  readonly before: readonly string[];
}

const meanOfColumns = (each: string): string => `${each}.mean(dim=1).sum()`;
const plain = (sum: string, ...before: string[]): TorchLoss => ({ sum, weight: 'float(len(targets))', before });

type Writers = { readonly [Name in LossName]: (given: Partial<Extract<LossDocument, { name: Name }>>, classIndices: boolean) => TorchLoss };

/** All have a counterpart in torch.nn.functional, or are a line of their own. */
const WRITERS: Writers = {
  mse: () => plain(meanOfColumns('F.mse_loss(outputs, targets, reduction="none")')),
  mae: () => plain(meanOfColumns('F.l1_loss(outputs, targets, reduction="none")')),
  huber: ({ delta = 1 }) => plain(meanOfColumns(`F.huber_loss(outputs, targets, delta=${pythonOf(delta)}, reduction="none")`)),
  hinge: () => plain(meanOfColumns('(1 - targets * outputs).clamp(min=0)')),
  squared_hinge: () => plain(meanOfColumns('(1 - targets * outputs).clamp(min=0).square()')),
  kl_div: () => plain('F.kl_div(F.log_softmax(outputs, dim=1), targets, reduction="sum")'),
  bce_with_logits: ({ posWeight }) =>
    posWeight === undefined
      ? plain(meanOfColumns('F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")'))
      : plain(
          meanOfColumns('F.binary_cross_entropy_with_logits(outputs, targets, pos_weight=POS_WEIGHT.to(outputs), reduction="none")'),
          `POS_WEIGHT = torch.tensor(${pythonOf([posWeight].flat())})`,
        ),
  softmax_cross_entropy({ labelSmoothing = 0, classWeights }, classIndices) {
    const more = `${classWeights ? ', weight=CLASS_WEIGHTS.to(outputs)' : ''}${labelSmoothing === 0 ? '' : `, label_smoothing=${pythonOf(labelSmoothing)}`}`;
    const before = classWeights ? [`CLASS_WEIGHTS = torch.tensor(${pythonOf(classWeights)})`] : [];
    const sum = `F.cross_entropy(outputs, targets${more}, reduction="sum")`;
    return classWeights && classIndices ? { sum, weight: 'CLASS_WEIGHTS.to(targets.device)[targets].sum()', before } : plain(sum, ...before);
  },
};

/** The loss of a document; `classIndices`: whether targets are class numbers, and not rows of numbers. */
export function torchLoss(given: LossName | LossDocument, classIndices: boolean): TorchLoss {
  const document = typeof given === 'string' ? { name: given } : given;
  return (WRITERS[document.name] as (given: object, classIndices: boolean) => TorchLoss)(document, classIndices);
}
