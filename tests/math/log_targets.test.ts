// Targets over decades are trained on as their logarithms: recorded, undone, and refused where there is none.
import { describe, expect, test } from 'vitest';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { samplesFromCsv } from '../../src/data/csv_rows.ts';
import { summaryText } from '../../src/data/csv_summary.ts';
import { dataset } from '../../src/data/dataset.ts';
import { applyTargetScaling, split, standardise } from '../../src/data/prepare.ts';
import { unscaledTargets } from '../../src/data/target_units.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { jsProgram } from '../../src/exchange/js_program.ts';
import { type LoadedData, loadData } from '../../src/experiment/data.ts';
import { compareWithBaseline } from '../../src/experiment/judge.ts';
import { trainedOn } from '../../src/experiment/new_rows.ts';
import { type RowPredictions, typicalFactor } from '../../src/experiment/row_predictions.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const PRICES = Array.from({ length: 20 }, (_, row) => 20 * 10 ** (row / 5));
const TABLE = `x,price\n${PRICES.map((price, row) => `${row / 2},${price}`).join('\n')}`;

const experiment = (data: object, loss = 'mse', units = 1) =>
  parseExperiment({
    data,
    model: { layers: [{ type: 'dense', units }] },
    loss,
    metrics: loss === 'mse' ? ['rmse'] : ['f1'],
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
const csv = (more: object, text = TABLE): Promise<LoadedData> => loadData(experiment({ source: 'csv', text, ...more }));

describe('a document', () => {
  test('standardises the logarithms, keeps that with the model, and says it', async () => {
    const { train, validation, fitted, summary } = await csv({ logTargets: true, standardise: true, split: { validation: 0.25 } });
    expect(fitted.targets).toEqual({ offset: [expect.any(Number)], divisor: [expect.any(Number)], log: true });
    const mean = train.y.reduce((sum, value) => sum + value, 0) / train.rows;
    expect(mean).toBeCloseTo(0, 6);
    const back = [...unscaledTargets(train.y, fitted.targets!), ...unscaledTargets(validation!.y, fitted.targets!)].sort((a, b) => a - b);
    back.forEach((price, row) => {
      expect(price / PRICES[row]!).toBeCloseTo(1, 5);
    });
    const factor = Math.exp(fitted.targets!.divisor[0]!).toPrecision(3);
    expect(summaryText(summary!).join('\n')).toMatch(new RegExp(`trained on as their logarithms.*a factor of ${factor}`));
  });

  test('takes plain logarithms where it does not standardise', async () => {
    const { train, fitted } = await csv({ logTargets: true });
    expect(fitted.targets).toEqual({ offset: [0], divisor: [1], log: true });
    expect([...train.y].sort((a, b) => a - b)[0]).toBeCloseTo(Math.log(20), 6);
  });

  test('is told of the option where targets span decades, and no more where it has it', async () => {
    const told = async (more: object): Promise<boolean> =>
      summaryText((await csv(more)).summary!).some((line) => line.includes('`logTargets` trains on its logarithm'));
    expect([await told({}), await told({ logTargets: true })]).toEqual([true, false]);
  });

  test.each([
    ['0', '0'],
    ['a negative number', '-3.5'],
  ])('refuses %s, by line and column', async (_, cell) => {
    const wrong = csv({ logTargets: true }, TABLE.replace(/\n1,[\d.]+/, `\n1,${cell}`));
    await expect(wrong).rejects.toThrow(DataError);
    await expect(wrong).rejects.toThrow(
      `csv, line 4, column 2 (price): expected a number above 0, as its logarithm is trained on, got ${cell}; correct it, leave its row out, or leave out \`logTargets\``,
    );
  });

  test('of arrays refuses it by row, and classes by their loss', async () => {
    const arrays = { source: 'arrays', x: [[0], [1], [2]], logTargets: true };
    await expect(loadData(experiment({ ...arrays, y: [5, 0, 7] }))).rejects.toThrow('data, row 1: expected a number above 0');
    await expect(loadData(experiment({ ...arrays, y: [1, 0, 1] }, 'softmax_cross_entropy', 2))).rejects.toThrow('`logTargets`: the targets are 2 classes');
    await expect(loadData(experiment({ ...arrays, y: [1, 1, 1] }, 'bce_with_logits'))).rejects.toThrow('`logTargets`: the loss bce_with_logits is of classes');
    expect(() => experiment({ source: 'digits', logTargets: true })).toThrow('logTargets');
  });

  test('new rows of such a model are refused likewise', async () => {
    const { fitted } = await csv({ logTargets: true });
    expect(() => samplesFromCsv('x,price\n1,5\n2,0', trainedOn(fitted))).toThrow('csv, line 3, column 2 (price): expected a number above 0');
  });

  test('as a program measures in the unit of the data', () => {
    const text = jsProgram(experiment({ source: 'csv', path: 'flats.csv', logTargets: true }));
    expect(text).toContain("metrics: [buildMetric('rmse', fitted.targets)]");
    expect(text).toContain('const { train, validation, test, fitted } = await loadData(');
  });
});

describe('a program', () => {
  test('standardises them as a document does', async () => {
    const { train } = standardise(split(fromCsv(TABLE), { seed: 1 }), { logTargets: true });
    const { fitted } = await csv({ logTargets: true, standardise: true });
    expect(train.reading!.targets).toEqual(fitted.targets);
  });

  test('is told which row has no logarithm, and what goes together', () => {
    const some = dataset({ x: [[1], [2]], y: [3, -1] });
    expect(() => standardise({ train: some }, { logTargets: true })).toThrow('standardise: train, row 1: expected a number above 0');
    expect(() => standardise({ train: some }, { logTargets: true, targets: false })).toThrow(UsageError);
    const scaled = applyTargetScaling(some, { offset: [1], divisor: [2] });
    expect(() => applyTargetScaling(scaled, { offset: [0], divisor: [1], log: true })).toThrow('take their logarithms first');
    expect(() => applyTargetScaling(some, { offset: [0], divisor: [1], log: true })).toThrow('applyTargetScaling: row 1');
  });

  test('scales them again afterwards', () => {
    const logs = applyTargetScaling(dataset({ x: [[1], [2]], y: [1, Math.E ** 4] }), { offset: [0], divisor: [2], log: true });
    const { y, reading } = applyTargetScaling(logs, { offset: [1], divisor: [1] });
    expect([...y].map((value) => Math.round(1e6 * value) / 1e6)).toEqual([-1, 1]);
    expect(reading!.targets).toEqual({ offset: [2], divisor: [2], log: true });
  });
});

test('runs are judged by what their loss sees: a factor off counts alike for the small and the large', () => {
  const predictions: RowPredictions = { split: 'validation', rows: 2, outputs: [20, 2e6], targets: [10, 1e6], log: true };
  expect(compareWithBaseline({ loss: 'mse', predictions })).toMatchObject({ loss: expect.closeTo(Math.log(2) ** 2, 9), rows: 2 });
  expect(compareWithBaseline({ loss: 'mse', predictions }).root).toBeUndefined();
  expect(typicalFactor(predictions)).toBeCloseTo(2, 9);
});
