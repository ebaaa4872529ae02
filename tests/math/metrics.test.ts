// No metric without a figure of scikit-learn: tests/gpu/metrics.test.ts compares with these.
import { expect, test } from 'vitest';
import { METRICS } from '../../src/train/metrics.ts';
import recorded from '../fixtures/sklearn_metrics.json';

/** What scikit-learn's figures are recorded as, where that is not the metric's name. */
const RECORDED: Readonly<Record<string, string>> = { top_k: 'top_2', confusion_matrix: 'confusion' };

test.each(Object.keys(METRICS))('%s has a figure of scikit-learn', (name) => {
  const figures = [recorded.classes, recorded.binary, recorded.numbers].flatMap(Object.keys);
  expect(figures).toContain(RECORDED[name] ?? name);
});
