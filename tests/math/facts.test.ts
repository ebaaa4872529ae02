// What a data set is in a few numbers, and how a history's file keeps it.
import { describe, expect, it } from 'vitest';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { headerLine, stepLine } from '../../src/experiment/history_schema.ts';
import { baselineOf, type RunFacts } from '../../src/inspect/facts.ts';
import { measureInput, measureTargets } from '../../src/train/measure_data.ts';
import { history, layers, noise } from '../support/synthetic_history.ts';

const column = (rows: number[][]) => ({ values: Float32Array.from(rows.flat()), shape: [rows[0]!.length] });

describe('inputs', () => {
  // A year, a price, a constant, twice the year and three, and noise.
  const rows = Array.from({ length: 1000 }, (_, i) => {
    const year = 1990 + (i % 30);
    return [year, 250_000 + 50_000 * noise(i), 7, 2 * year + 3, noise(5 * i)];
  });
  const facts = measureInput('input', column(rows), ['year', 'price', 'a', 'b', 'c']);

  it('are measured column by column, without losing what is small beside its mean', () => {
    const years = rows.map(([year]) => year!);
    const mean = years.reduce((a, b) => a + b) / 1000;
    const std = Math.sqrt(years.reduce((sum, year) => sum + (year - mean) ** 2, 0) / 1000);
    expect(facts).toMatchObject({ rows: 1000, columns: 5, constantColumns: 1, duplicateColumns: 1, names: ['year', 'price', 'a', 'b', 'c'] });
    expect(facts.offCentre.column).toBe(3);
    expect(measureInput('year', column(years.map((year) => [year]))).offCentre.value).toBeCloseTo(mean / std, 8);
    expect(facts.smallestStd.column).toBe(4);
    expect(facts.largestStd.column).toBe(1);
    expect(facts.meanSquare).toBeCloseTo(rows.flat().reduce((sum, x) => sum + Math.fround(x) ** 2, 0) / 5000, 0);
    expect([facts.min, facts.max]).toEqual([Math.min(...Float32Array.from(rows.flat())), Math.max(...Float32Array.from(rows.flat()))]);
  });

  it('are counted as copies only where no row says otherwise', () => {
    const nearly = rows.map(([year, ...rest], i) => [year!, ...rest.slice(0, 2), i === 501 ? 0 : year!, i === 501 ? -year! : year!]);
    expect(measureInput('input', column(nearly)).duplicateColumns).toBe(0);
    // A yes and its no are one answer in two columns, by design.
    const flags = rows.map((_, i) => [i % 3 ? 1 : 0, i % 3 ? 0 : 1, i % 3 ? 5 : 2]);
    expect(measureInput('input', column(flags)).duplicateColumns).toBe(0);
    const opposite = rows.map(([year]) => [year!, -year!]);
    expect(measureInput('input', column(opposite)).duplicateColumns).toBe(1);
  });

  it('have a code for what is missing where a number comes again far from all others', () => {
    const coded = (code: number, every = 25) =>
      measureInput('input', column(rows.map(([, , , , value], i) => [value!, i % every === 3 ? code : noise(7 * i)]))).code;
    expect(coded(-9999)).toMatchObject({ value: -9999, column: 1, rows: 40 });
    const values = rows.map((_, i) => noise(7 * i));
    const [least, largest] = [Math.min(...values), Math.max(...values)];
    expect(coded(largest + 2.1 * (largest - least))?.apart).toBeCloseTo(2.1, 1);
    expect(coded(largest + 1.9 * (largest - least))).toBeUndefined();
    expect(coded(999, 1000)).toBeUndefined();
    expect(coded(999, 501)?.rows).toBe(2);
    // What most rows have is no exception, and of two or three numbers each is an answer.
    const mostly = rows.map((_, i) => [i % 2 ? 0 : i % 4 ? 0 : 100 + (i % 7)]);
    expect(measureInput('input', column(mostly)).code).toBeUndefined();
    expect(measureInput('input', column(rows.map((_, i) => [[0, 1, 100][i % 3]!]))).code).toBeUndefined();
  });

  it('as bytes are what they stand for', () => {
    const bytes = { values: Uint8Array.from({ length: 200 }, (_, i) => (i % 100 === 1 ? 255 : 0)), shape: [100], divisor: 255 };
    const facts = measureInput('image', bytes);
    expect(facts).toMatchObject({ max: 1, constantColumns: 100, offCentre: { value: 0, column: 0 } });
    expect(facts.duplicateColumns).toBe(0);
  });

  it('are compared where there are hundreds of them', () => {
    const many = rows.map((_, i) => Array.from({ length: 240 }, (_, at) => (at < 200 ? (at + 1) * Math.sin(i * (1 + (at % 3))) - at : Math.sin(i * at))));
    expect(measureInput('input', column(many)).duplicateColumns).toBe(197);
  });
});

describe('targets', () => {
  it('have counts by class, or by value where there are few', () => {
    expect(measureTargets({ values: Int32Array.of(0, 2, 2, 0, 0) }, { kind: 'classes', columns: 1, classes: 4 })).toMatchObject({ counts: [3, 0, 2, 0] });
    const bits = measureTargets({ values: Float32Array.of(1, -1, 1, 1) }, { kind: 'values', columns: 1, classes: 1 });
    expect(bits).toMatchObject({ values: [-1, 1], counts: [1, 3], mean: 0.5 });
    expect(bits.variance).toBeCloseTo(0.75, 12);
    expect(measureTargets({ values: Float32Array.of(0.5, 1) }, { kind: 'values', columns: 1, classes: 1 })).toMatchObject({ values: [0.5, 1], counts: [1, 1] });
    const many = Float32Array.from({ length: 21 }, (_, i) => i / 20);
    expect(measureTargets({ values: many }, { kind: 'values', columns: 1, classes: 1 })).not.toHaveProperty('counts');
  });

  it('of several columns have the variance of each about its own mean', () => {
    const { variance } = measureTargets({ values: Float32Array.of(0, 100, 2, 102) }, { kind: 'values', columns: 2, classes: 2 });
    expect(variance).toBeCloseTo(1, 12);
  });
});

describe('facts of a run', () => {
  const output = { name: 'output', loss: 'mse', task: 'regression', units: 1, activation: 'relu', range: [0, Number.POSITIVE_INFINITY] } as const;
  const facts: RunFacts = {
    outputs: [{ ...output, baselineLoss: 2 }],
    training: { optimizer: 'sgd', learningRate: 0.1, weightDecay: 0, decoupled: false, batchSize: 32 },
  };

  it('come back from the header of a history, Infinity too', () => {
    const given = { ...history({ layers: layers(2), steps: 1 }), facts };
    const text = [headerLine(given), stepLine([...given.steps][0]!)].join('\n');
    expect(parseHistory(text).facts).toEqual(facts);
    expect(() => parseHistory(text.replace('"units":1', '"units":"one"'))).toThrow(/facts\.outputs\[0\]\.units: expected a positive integer/);
  });

  it('have a yardstick only where that of each output is known', () => {
    expect(baselineOf(facts)).toBe(2);
    expect(baselineOf({ outputs: [facts.outputs![0]!, { ...facts.outputs![0]!, baselineLoss: 0.5 }] })).toBe(2.5);
    expect(baselineOf({ outputs: [facts.outputs![0]!, output] })).toBeUndefined();
    expect(baselineOf({})).toBeUndefined();
  });
});
