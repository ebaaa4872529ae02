// Histories as JSON Lines: every history that a run can make comes back as it was written.
import { describe, expect, it, test } from 'vitest';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { historyLines } from '../../src/experiment/history_schema.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import type { History, LayerRecord } from '../../src/inspect/history.ts';
import { RETENTION, type Retention, Steps } from '../../src/inspect/steps.ts';
import { stats } from '../support/synthetic_history.ts';

describe('comes back, whatever it holds and however much is kept', () => {
  const full = { z: stats({ rms: 2 }), delta: stats({ mean: -1e-9, infCount: 3, max: 1e300 }), weight: stats({ l2: 0 }) };
  const LAYERS: Record<string, (step: number) => LayerRecord> = {
    'full statistics': () => ({ tensors: full }),
    norms: () => ({ tensors: {}, norms: { delta: 0.25, weight_gradient: Number.NaN } }),
    'norms of one tensor': () => ({ tensors: {}, norms: { weight_gradient: 1e-30 } }),
    histograms: () => ({ tensors: { z: { ...stats(), histogram: [0, 3, 2045] } } }),
    activity: () => ({ tensors: {}, deadFraction: 0, saturatedFraction: 0.125 }),
    'size of updates': () => ({ tensors: full, updateToWeight: { l2: 1e-3, absMean: Number.POSITIVE_INFINITY, applied: 0.5 } }),
    'all of them': (step) => ({ tensors: full, norms: { delta: step }, updateToWeight: { l2: 0, absMean: 0 }, deadFraction: 1 }),
    'nothing of the layer': () => ({ tensors: {} }),
  };
  const KEEPS: Retention[] = [RETENTION, { sampled: 8, norms: 20 }, { sampled: 0, norms: 0 }];
  const about: Omit<History, 'steps'> = {
    layers: [
      { name: '0.dense', role: 'hidden', activation: 'cube', fanIn: 3, width: 4, batchNorm: false, residual: false, trunk: true },
      { name: '2.dense', role: 'output', activation: 'linear', fanIn: 4, width: 1, batchNorm: true, residual: true, trunk: false, branchOf: 'input' },
    ],
    joins: [{ name: '1.add', role: 'hidden', activation: 'linear', width: 4, after: 1 }],
    validations: [{ step: 40, epoch: 0.5, trainLoss: 1, validationLoss: Number.NaN }],
    nonFinite: { step: 60, tensor: 'loss', nanCount: 1, infCount: 0 },
    histogramEdges: [1e-3, 1],
    task: { kind: 'classification', classes: 1 },
  };
  test.each(Object.keys(LAYERS).flatMap((first) => Object.keys(LAYERS).map((second) => [first, second])))('%s, then %s', (first, second) => {
    for (const keep of KEEPS)
      for (const every of [1, 7]) {
        const records = Array.from({ length: 60 }, (_, i) => {
          const step = i + 1;
          const kind = LAYERS[step <= 30 ? first! : second!]!;
          const seen = { layers: [kind(step), LAYERS[first!]!(step)], joins: [kind(step)] };
          return {
            step,
            regularizationLoss: 0,
            gradientNorm: 1,
            learningRate: 0.1,
            loss: step === 60 ? Number.NaN : 0.1 * step,
            ...(step % 2 ? { epoch: step / 3 } : {}),
            ...(step % every === 0 ? seen : {}),
          };
        });
        const given: History = { ...about, steps: new Steps(records, keep) };
        const back = parseHistory(historyLines(given).join('\n'));
        expect(back).toEqual(given);
        expect([...back.steps]).toEqual([...given.steps]);
      }
  });

  it('a run that ended before its first step', () => {
    const given: History = { ...about, layers: [], steps: new Steps() };
    expect(parseHistory(historyLines(given).join('\n'))).toEqual(given);
    expect(diagnose({ ...given, validations: [] }).findings.map(({ rule }) => rule)).toEqual(['non_finite']);
  });

  it('a history that came from a file with the least in it', () => {
    const least =
      '{"format":"fathom-history/2","layers":[{"name":"a"}]}\n{"step":1,"loss":2,"layers":[{"delta":{"count":4,"l2":1,"mean":0,"std":1,"min":0,"max":1,"absMean":1}}]}';
    const given = parseHistory(least);
    expect(parseHistory(historyLines(given).join('\n'))).toEqual(given);
  });
});
