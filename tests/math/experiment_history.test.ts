import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { historyJsonSchema, historyLines } from '../../src/experiment/history_schema.ts';
import { fromJson, toJson } from '../../src/experiment/json.ts';
import { markdownReport } from '../../src/experiment/report.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import type { History, TensorStats } from '../../src/inspect/history.ts';
import { trunkOf } from '../../src/inspect/places.ts';
import { Steps } from '../../src/inspect/steps.ts';

const stats = (rms: number): TensorStats => ({
  count: 100,
  l2: rms * 10,
  rms,
  mean: 0,
  std: rms,
  min: -rms,
  max: rms,
  absMean: rms,
  zeroFraction: 0,
  nanCount: 0,
  infCount: 0,
});

const history: History = {
  layers: ['dense_1', 'dense_2', 'dense_3', 'dense_4'].map((name, i) => ({
    name,
    role: i < 3 ? 'hidden' : 'output',
    activation: 'sigmoid',
    fanIn: 10,
    width: 10,
    batchNorm: false,
    residual: false,
  })),
  steps: new Steps(
    Array.from({ length: 20 }, (_, i) => ({
      step: i + 1,
      epoch: i / 10,
      loss: i === 19 ? Number.NaN : 2.3,
      regularizationLoss: 0,
      gradientNorm: 1,
      learningRate: 0.1,
      layers: [1e-8, 1e-5, 1e-2, 1].map((rms) => ({
        tensors: { delta: stats(rms), z: stats(1) },
        updateToWeight: { l2: 1e-3, absMean: 2e-3, applied: 0.5 },
        saturatedFraction: 0.1,
      })),
    })),
  ),
  validations: [{ step: 10, epoch: 1, trainLoss: 2.3, validationLoss: 2.4, validationAccuracy: 0.1, validationMetrics: { f1: 0.2, auc: Number.NaN } }],
  nonFinite: { step: 20, layer: 'dense_1', tensor: 'z', nanCount: 3, infCount: 1 },
  task: { kind: 'classification', classes: 10 },
};

describe('history as JSON Lines', () => {
  it('comes back as it was written, NaN included', () => {
    expect(parseHistory(historyLines(history).join('\n'))).toEqual(history);
  });

  it('keeps recoveries, and cuts what was told of steps that were taken back', () => {
    const recovered = { from: 3, to: 1, learningRate: 0.05, nonFinite: { step: 3, tensor: 'loss' as const, nanCount: 1, infCount: 0 } };
    const whole: History = { ...history, recoveries: [recovered] };
    expect(parseHistory(historyLines(whole).join('\n'))).toEqual(whole);
    expect(markdownReport({ title: 'a', history: whole })).toContain('from step 3, which was not finite, to step 1, and on with a learning rate of 0.05');
    const [head] = historyLines(history);
    const step = (number: number, loss: number): string => toJson({ step: number, loss });
    const check = (number: number): string => toJson({ validation: { step: number, trainLoss: 1, validationLoss: 1 } });
    const told = [head, step(1, 1), check(1), step(2, 9), check(2), step(3, Number.NaN), toJson({ recovered }), step(2, 0.5)];
    const { steps, validations: checks, recoveries } = parseHistory(told.join('\n'));
    expect(steps.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
    expect([checks.map(({ step }) => step), recoveries]).toEqual([[1], [recovered]]);
    expect(() => parseHistory([head, toJson({ recovered: { ...recovered, to: -1 } })].join('\n'))).toThrow('line 2 (recovered): recovered.to');
  });

  it('keeps joins and branches; a file without them is read as before', () => {
    const branched: History = {
      ...history,
      layers: history.layers.map((layer, i) => (i === 1 ? { ...layer, trunk: false, branchOf: 'dense_1', residual: true } : { ...layer, trunk: true })),
      joins: [{ name: 'residual_1', role: 'hidden', activation: 'linear', width: 10, after: 2 }],
      steps: new Steps(history.steps.map((step) => ({ ...step, joins: [{ tensors: { delta: stats(3) } }] }))),
    };
    const lines = historyLines(branched);
    expect(parseHistory(lines.join('\n'))).toEqual(branched);
    expect(trunkOf(branched).map(({ name }) => name)).toEqual(['dense_1', 'residual_1', 'dense_3', 'dense_4']);
    const old = lines.map((line) => line.replaceAll(/,"(trunk|branchOf)":(true|false|"dense_1")/g, '').replace(/,"joins":.*(?=[,}])/, ''));
    expect(trunkOf(parseHistory(old.join('\n'))).map(({ name }) => name)).toEqual(['dense_1', 'dense_3', 'dense_4']);
    expect(() => parseHistory([lines[0]!, lines[1]!.replace('"joins":[', '"joins":[{},')].join('\n'))).toThrow(/line 2: joins: expected 1 entries/);
  });

  it('takes the least that another framework would log, and it can be diagnosed', () => {
    const tensor = (rms: number): object => ({ count: 4, l2: rms * 2, mean: 0, std: rms, min: -rms, max: rms, absMean: rms });
    const lines = [
      { format: 'fathom-history/2', layers: [{ name: 'fc1' }, { name: 'fc2' }, { name: 'fc3' }, { name: 'out' }] },
      ...Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: 2.3, layers: [1e-9, 1e-6, 1e-3, 1].map((rms) => ({ delta: tensor(rms) })) })),
    ];
    const parsed = parseHistory(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(parsed.layers.map(({ role }) => role)).toEqual(['hidden', 'hidden', 'hidden', 'output']);
    expect(parsed.steps.at(0)!.layers![0]!.tensors.delta!.rms).toBe(1e-9);
    const { findings, unchecked } = diagnose(parsed);
    expect(findings.map(({ rule }) => rule)).toEqual(['vanishing_with_depth', 'loss_stuck']);
    expect(unchecked).toContainEqual({ rule: 'no_activation', why: 'the history does not say what stands between its layers' });
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /empty/],
    ['no header', '{"step": 1, "loss": 2}', /line 1 \(header\): format: is missing|line 1 \(header\): .*header/],
    ['text that is no JSON', '{"format":"fathom-history/2","layers":[{"name":"a"}]}\n{"step": 1,', /line 2: expected JSON/],
    [
      'a step below 0',
      '{"format":"fathom-history/2","layers":[{"name":"a"}]}\n{"step": -1, "loss": 2}',
      /line 2 \(step\): step: expected an integer of at least 0, got -1/,
    ],
    [
      'too few layers',
      '{"format":"fathom-history/2","layers":[{"name":"a"},{"name":"b"}]}\n{"step": 1, "loss": 2, "layers": [{}]}',
      /line 2: layers: expected 2 entries/,
    ],
    [
      'an unknown tensor',
      '{"format":"fathom-history/2","layers":[{"name":"a"}]}\n{"step": 1, "loss": 2, "layers": [{"dleta": {}}]}',
      /layers\[0\]\.dleta: unknown key; did you mean "delta"/,
    ],
    [
      'a tensor of a number that is none',
      '{"format":"fathom-history/2","layers":[{"name":"a"}]}\n{"step": 1, "loss": 2, "layers": [{"delta": {"l2": "large"}}]}',
      /layers\[0\]\.delta\.l2: expected a number/,
    ],
    ['no step', '{"format":"fathom-history/2","layers":[{"name":"a"}]}', /no step/],
  ])('refuses %s, and says where', (_what, text, message) => {
    expect(() => parseHistory(text)).toThrow(DataError);
    expect(() => parseHistory(text)).toThrow(message);
  });
});

describe('a line is checked quickly', () => {
  const tensor = { count: 4, l2: 2, mean: 0, std: 1, min: -1, max: 1, absMean: 1, rms: 1, zeroFraction: 0, nanCount: 0, infCount: 0, histogram: [1, 3] };
  const layer = { z: tensor, delta: tensor, weight: tensor, updateToWeight: { l2: 1, absMean: 1, applied: 0.5 }, deadFraction: 0, norms: { delta: 1 } };
  const line = { step: 1, epoch: 0.5, loss: 2, gradientNorm: 1, learningRate: 0.1, layers: [layer, layer] };
  const head = { format: 'fathom-history/2', layers: [{ name: 'a' }, { name: 'b' }] };
  const text = (lines: unknown[]): string => lines.map((each) => JSON.stringify(each)).join('\n');

  it('and what is wrong in any of its places is still refused, and named', () => {
    const places: { path: string; put: (value: unknown) => void }[] = [];
    const whole = JSON.parse(JSON.stringify(line));
    const walk = (value: object, path: string): void => {
      for (const [key, inner] of Object.entries(value)) {
        const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
        places.push({ path: at, put: (other) => Object.assign(value, { [key]: other }) });
        if (typeof inner === 'object') walk(inner, at);
      }
    };
    walk(whole, '');
    expect(places.length).toBeGreaterThan(80);
    for (const { path, put } of places) {
      const before = path
        .replaceAll(/\[(\d+)\]/g, '.$1')
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], whole);
      put('text');
      expect(() => parseHistory(text([head, whole])), path).toThrow(`line 2 (step): ${path}`);
      put(before);
    }
    expect(parseHistory(text([head, whole])).steps.at(0)).toMatchObject({ step: 1, loss: 2 });
  });

  it('10,000 lines in less than ten times what JSON.parse takes', () => {
    const lines = text([head, ...Array.from({ length: 10_000 }, (_, i) => ({ ...line, step: i + 1 }))]);
    const time = (work: () => void): number => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    };
    // Other programs may take the processor away from either: the best of a few rounds counts.
    let ratio = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5 && ratio >= 10; round++) {
      const plain = time(() => lines.split('\n').forEach((each) => JSON.parse(each)));
      ratio = Math.min(ratio, time(() => expect(parseHistory(lines).steps.length).toBe(10_000)) / plain);
    }
    expect(ratio).toBeLessThan(10);
  });
});

it('is written alike, whatever was missing in its validations', () => {
  const header = '{"format":"fathom-history/2","layers":[{"name":"a"}]}';
  const written = historyLines(parseHistory(`${header}\n{"step":1,"loss":2}\n{"validation":{"step":1,"validationLoss":2,"validationAccuracy":0.5}}`));
  expect(historyLines(parseHistory(written.join('\n')))).toEqual(written);
});

it.each(['{"step":1,"loss":2,"gradientNorm":-1}', '{"step":1,"loss":2,"layers":[{"weight_gradient":{"l2":-3}}]}'])('refuses a size below 0: %s', (line) => {
  expect(() => parseHistory(`{"format":"fathom-history/2","layers":[{"name":"a"}]}\n${line}`)).toThrow(/line 2 .*expected a number of at least 0/);
});

describe('historyJsonSchema', () => {
  it('describes the five kinds of lines', () => {
    const schema = historyJsonSchema() as { anyOf: { required: string[] }[] };
    expect(schema.anyOf.map(({ required }) => required)).toEqual([['format', 'layers'], ['step', 'loss'], ['validation'], ['recovered'], ['end']]);
    expect(JSON.stringify(schema)).toContain('"loss":{"anyOf":[{"type":"number"},{"enum":["NaN","Infinity","-Infinity"]}]}');
    expect(JSON.stringify(schema)).toContain('"gradientNorm":{"anyOf":[{"type":"number","minimum":0},{"enum":["NaN","Infinity","-Infinity"]}]}');
  });
});

describe('json', () => {
  it('keeps numbers that are not finite', () => {
    const value = { a: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 'text'] };
    expect(fromJson(toJson(value))).toEqual(value);
    expect(toJson(value)).toBe('{"a":["NaN","Infinity","-Infinity",1,"text"]}');
    expect(fromJson('"NaN"')).toBe(Number.NaN);
    expect(Object.keys(fromJson('{"__proto__": {"x": "NaN"}}') as object)).toEqual(['__proto__']);
    expect(() => fromJson(`${'['.repeat(1e5)}"NaN"${']'.repeat(1e5)}`)).toThrow('too deep inside each other');
  });
});
