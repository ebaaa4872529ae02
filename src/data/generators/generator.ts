// What a generator is. A new one is one file and its line in index.ts: the document's schema, the page's controls and listings follow from its table.
import { requireInteger, UsageError } from '../../errors.ts';
import { count } from '../../format.ts';
import * as LIMITS from '../../limits.ts';
import { type NumberOption, type OptionTable, readOptions } from '../../option_table.ts';
import { foldIn, keyOf, Random } from '../../random.ts';
import type { Texts } from '../../texts.ts';
import { type Dataset, dataset } from '../dataset.ts';

/** A number that a generator can be given: enough for a form with sliders. */
export interface GeneratorParam extends NumberOption {
  /** The smallest value it may have. */
  readonly min: number;
  /** The largest value it may have. */
  readonly max: number;
  /** What it is where it is left out. */
  readonly default: number;
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
}

/** A function that makes a data set from a few numbers and a seed, such as two spirals. */
export interface Generator<Name extends string = string> {
  /** The name by which `generate` and documents know it. */
  readonly name: Name;
  /** Whether its targets are class indices or numbers. */
  readonly task: 'classification' | 'regression';
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
  /** What it takes, by name, with defaults and ranges. */
  readonly params: Readonly<Record<string, GeneratorParam>>;
  /** Whether its rows are images. */
  readonly images: boolean;
  /**
   * Number of classes; undefined for a regression. Params left out take their defaults.
   *
   * @param params - Its parameters by name; those left out have their defaults.
   * @returns At least 2, or undefined.
   */
  classes(params?: Readonly<Record<string, number>>): number | undefined;
  /**
   * Makes the data. Params left out take their defaults; the same params and seed give the same bits.
   *
   * @param params - Its parameters by name; those left out have their defaults.
   * @param seed - An integer; 0 by default.
   * @returns Inputs and targets in 32-bit floats.
   */
  generate(params?: Readonly<Record<string, number>>, seed?: number): Dataset;
}

interface Recipe<Name extends string, Param extends string> {
  /** In documents; and the samples' random numbers depend on it. */
  readonly name: Name;
  readonly text: Texts;
  readonly params: Readonly<Record<Param | 'rows' | 'noise', GeneratorParam>>;
  /** Number of classes; absent for a regression. */
  readonly classes?: (params: Readonly<Record<NoInfer<Param>, number>>) => number;
  /** Shape of a sample, where it is more than a row of numbers. */
  readonly shape?: (params: Readonly<Record<NoInfer<Param>, number>>) => number[];
  /** Sample i. Its target is a class index or a number. Classes take turns, so any first part of the data is balanced. */
  sample(params: Readonly<Record<NoInfer<Param> | 'rows' | 'noise', number>>, random: Random, i: number): { x: number[]; y: number };
}

// @__NO_SIDE_EFFECTS__
export function rows(standard: number): GeneratorParam {
  return {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    default: standard,
    text: { en: { title: 'Rows', summary: 'samples' }, zh: { title: '样本数', summary: '样本的个数' } },
  };
}

// @__NO_SIDE_EFFECTS__
export function noise(standard: number, on: Texts<string>): GeneratorParam {
  return {
    type: 'number',
    min: 0,
    max: 10,
    default: standard,
    text: {
      en: { title: 'Noise', summary: `standard deviation of the normal noise on ${on.en}` },
      zh: { title: '噪声', summary: `${on.zh}上正态噪声的标准差` },
    },
  };
}

// @__NO_SIDE_EFFECTS__
export function generator<const Name extends string, Param extends string = never>(recipe: Recipe<Name, Param>): Generator<Name> {
  type Params = Record<Param | 'rows' | 'noise', number>;
  const read = (given: unknown): Params =>
    readOptions<Params, OptionTable<Params>>(recipe.name, recipe.params as unknown as OptionTable<Params>, given) as Params;
  return {
    name: recipe.name,
    task: recipe.classes ? 'classification' : 'regression',
    text: recipe.text,
    params: recipe.params,
    images: recipe.shape !== undefined,
    classes: (given) => recipe.classes?.(read(given)),
    generate: (given, seed = 0) => {
      const params = read(given);
      requireInteger(`${recipe.name}: seed`, seed, Number.MIN_SAFE_INTEGER);
      const random = new Random(foldIn(keyOf(seed), recipe.name));
      const first = recipe.sample(params, random, 0);
      const features = first.x.length;
      if (params.rows * features > LIMITS.values)
        throw new UsageError(`${recipe.name}: expected at most ${count(LIMITS.values)} numbers, got ${count(params.rows)} rows of ${count(features)}`);
      const x = new Float32Array(params.rows * features);
      const y = new Float32Array(params.rows);
      for (let i = 0; i < params.rows; i++) {
        const sample = i === 0 ? first : recipe.sample(params, random, i);
        x.set(sample.x, i * features);
        y[i] = sample.y;
      }
      const classes = recipe.classes?.(params);
      return dataset({ x, y, shape: recipe.shape?.(params) ?? [features], ...(classes !== undefined && { classes }) });
    },
  };
}

/** A point of the square [-1, 1)². */
export function square(random: Random): [number, number] {
  return [2 * random.uniform() - 1, 2 * random.uniform() - 1];
}
