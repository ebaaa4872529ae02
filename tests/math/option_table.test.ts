// Options as data: one table checks programs and documents alike.
import { toJsonSchema } from '@valibot/to-json-schema';
import { describe, expect, test } from 'vitest';
import { show, UsageError } from '../../src/errors.ts';
import { check, object, tableEntries } from '../../src/experiment/check.ts';
import { type OptionTable, readOptions } from '../../src/option_table.ts';

interface Given {
  units: number;
  learningRate?: number;
  momentum?: number;
  bias?: boolean;
  mode?: 'fan_in' | 'fan_out';
  betas?: readonly [number, number];
  scale?: number | '1/sqrt(L)';
  clip?: { norm: number };
  start?: { scheme: 'normal'; gain?: number } | { scheme: 'constant'; value: number };
  layer?: object;
}

const TABLE = {
  units: { type: 'integer', min: 1, required: true },
  learningRate: { type: 'number', above: 0, default: 0.1 },
  momentum: { type: 'number', min: 0, below: 1, default: 0 },
  bias: { type: 'boolean', default: true },
  mode: { type: 'name', names: ['fan_in', 'fan_out'], default: 'fan_in' },
  betas: { type: 'list', of: { type: 'number', min: 0, below: 1 }, length: 2, expected: 'two numbers of at least 0 and below 1', default: [0.9, 0.999] },
  scale: { type: 'either', of: [{ type: 'number' }, { type: 'name', names: ['1/sqrt(L)'] }], expected: 'a number or "1/sqrt(L)"', default: 1 },
  clip: { type: 'record', options: { norm: { type: 'number', above: 0, required: true } } },
  start: {
    type: 'variant',
    key: 'scheme',
    of: { normal: { gain: { type: 'number', above: 0, default: 1 } }, constant: { value: { type: 'number', required: true } } },
  },
  layer: { type: 'object', expected: 'a layer', accepts: (value) => typeof value === 'object' && value !== null },
} as const satisfies OptionTable<Given>;

const read = (given: unknown) => readOptions<Given, typeof TABLE>('thing', TABLE, given);

test('fills in defaults, and copies lists and records', () => {
  const clip = { norm: 1 };
  const options = read({ units: 3, clip, start: { scheme: 'normal' } });
  expect(options).toEqual({
    units: 3,
    learningRate: 0.1,
    momentum: 0,
    bias: true,
    mode: 'fan_in',
    betas: [0.9, 0.999],
    scale: 1,
    clip: { norm: 1 },
    start: { scheme: 'normal', gain: 1 },
    layer: undefined,
  });
  clip.norm = 5;
  expect(options.clip).toEqual({ norm: 1 });
});

test('Infinity belongs to the range where the table says so', () => {
  const wait = { timeout: { type: 'number', above: 0, infinite: true } } as const;
  const readWait = (timeout: number) => readOptions<{ timeout?: number }, typeof wait>('wait', wait, { timeout }).timeout;
  expect(readWait(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(() => readWait(Number.NEGATIVE_INFINITY)).toThrow('wait: timeout: expected a number above 0, or Infinity, got -Infinity');
});

const WRONG: [given: unknown, message: string][] = [
  [null, 'thing: expected options (units, learningRate, momentum, bias, mode, betas, scale, clip, start, layer), got null'],
  [[], 'thing: expected options (units, learningRate, momentum, bias, mode, betas, scale, clip, start, layer), got []'],
  [{}, 'thing: units is missing: expected a positive integer'],
  [{ units: 1, momentumm: 0.9 }, 'thing: unknown option momentumm; did you mean "momentum"?'],
  [{ units: 1, toString: 1 }, 'thing: unknown option toString; it has units, learningRate, momentum, bias, mode, betas, scale, clip, start, layer'],
  [{ units: '64' }, 'thing: units: expected a positive integer, got "64"'],
  [{ units: 1.5 }, 'thing: units: expected a positive integer, got 1.5'],
  [{ units: 1, learningRate: 0 }, 'thing: learningRate: expected a number above 0, got 0'],
  [{ units: 1, learningRate: Number.NaN }, 'thing: learningRate: expected a number above 0, got NaN'],
  [{ units: 1, learningRate: null }, 'thing: learningRate: expected a number above 0, got null'],
  [{ units: 1, momentum: 1 }, 'thing: momentum: expected a number of at least 0 and below 1, got 1'],
  [{ units: 1, bias: 1 }, 'thing: bias: expected true or false, got 1'],
  [{ units: 1, mode: 'fan' }, 'thing: mode: expected one of fan_in, fan_out; got "fan"'],
  [{ units: 1, betas: [0.9] }, 'thing: betas: expected two numbers of at least 0 and below 1, got [0.9]'],
  // 1 as a number of 32 bits.
  [{ units: 1, betas: [0.9, 1 - 1e-9] }, 'thing: betas[1]: expected a number of at least 0 and below 1, got 0.999999999'],
  [{ units: 1, betas: [0.9, 1] }, 'thing: betas[1]: expected a number of at least 0 and below 1, got 1'],
  [{ units: 1, scale: 'half' }, 'thing: scale: expected a number or "1/sqrt(L)", got "half"'],
  [{ units: 1, clip: 5 }, 'thing: clip: expected options (norm), got 5'],
  [{ units: 1, clip: { nrom: 1 } }, 'thing: unknown option clip.nrom; did you mean "norm"?'],
  [{ units: 1, start: { scheme: 'he' } }, 'thing: start.scheme: expected one of normal, constant; got "he"'],
  [{ units: 1, start: { scheme: 'constant', gain: 1 } }, 'thing: unknown option start.gain; it has value'],
  [{ units: 1, layer: 3 }, 'thing: layer: expected a layer, got 3'],
];

test.each(WRONG)('a program: %j', (given, message) => {
  expect(() => read(given)).toThrow(UsageError);
  expect(() => read(given)).toThrow(message);
});

describe('a document', () => {
  const schema = object(tableEntries(TABLE));

  test.each(WRONG.filter(([, message]) => !/expected options|unknown|missing|null|layer/.test(message)))('refuses %j with the same words', (given, message) => {
    expect(() => check(schema, given, 'document')).toThrow(message.replace('thing: ', ''));
  });

  test('cannot hold an object of the program', () => {
    expect(() => check(schema, { units: 1, layer: {} }, 'document')).toThrow('layer: unknown key');
  });

  test('has the ranges in its JSON schema', () => {
    expect(toJsonSchema(schema, { target: 'draft-2020-12', errorMode: 'ignore' })).toMatchObject({
      required: ['units'],
      properties: { units: { type: 'integer', minimum: 1 }, learningRate: { type: 'number', exclusiveMinimum: 0 }, mode: { enum: ['fan_in', 'fan_out'] } },
    });
  });
});

test('a hole in a list is no entry', () => {
  const table = { sizes: { type: 'list', of: { type: 'number' }, expected: 'a list of numbers' } } as const;
  expect(() => readOptions('f', table as never, { sizes: new Array(2) } as never)).toThrow('f: sizes[0]: expected a number, got undefined');
});

test.each<[string, unknown, string]>([
  ['a Promise', Promise.resolve({}), 'a Promise: await it'],
  ['a Map', new Map([['units', 2]]), 'Map'],
  ['a Date', new Date(0), 'Date'],
  ['an ArrayBuffer', new ArrayBuffer(8), 'ArrayBuffer'],
  ['a DataView', new DataView(new ArrayBuffer(8)), 'DataView'],
])('%s holds no options', (_, given, got) => {
  const table = { units: { type: 'integer' } } as const;
  expect(() => readOptions('f', table as never, given)).toThrow(`f: expected options (units), got ${got}`);
});

test('options of a class, inherited ones and those without prototype are options', () => {
  const table = { units: { type: 'integer' } } as const;
  class Own {
    readonly units = 3;
  }
  const bare = Object.assign(Object.create(null), { units: 3 });
  for (const given of [new Own(), Object.create({ units: 3 }), bare]) expect(readOptions('f', table as never, given)).toEqual({ units: 3 });
});

test('a value that JSON leaves out has words all the same', () => {
  expect(show({ toJSON: () => undefined })).toBe('{...}');
});
