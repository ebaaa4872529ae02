// How often each class is predicted as which.
import { classesOf, type Measured } from './measured.ts';
import { answeredClass } from './reductions.ts';

/** `[right class][answered class]`. */
export function confusionOf(data: Measured): number[][] {
  const classes = classesOf(data);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  data.of(answeredClass).forEach((answer, row) => {
    counts[data.truth[row]!]![answer]!++;
  });
  return counts;
}
