// Rows made by a function and a seed.
import * as v from 'valibot';
import { GENERATOR_NAMES, GENERATORS, generate } from '../../data/generators/index.ts';
import { count } from '../../format.ts';
import * as LIMITS from '../../limits.ts';
import { choice, inner, object, tableEntries } from '../check.ts';
import type { GeneratorDocument } from '../document.ts';
import { augmented, prepared, type Source } from './source.ts';

const generators = Object.values(GENERATORS).map(({ name, text, params: known, images }) =>
  v.pipe(
    object({
      source: v.literal('generator'),
      name: v.literal(name),
      params: v.exactOptional(object(tableEntries(known)) as unknown as v.GenericSchema<Record<string, number>>),
      ...prepared,
      ...(images ? augmented : ({} as typeof augmented)),
    }),
    v.description(text.en.summary),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed || dataset.issues) return;
      const { params = {} } = dataset.value;
      const [rows, features] = ['rows', 'features'].map((key) => params[key] ?? known[key]?.default ?? 1) as [number, number];
      if (rows * features > LIMITS.values)
        addIssue({
          message: `expected at most ${count(LIMITS.values)} numbers, got ${count(rows)} rows of ${count(features)}`,
          path: inner(dataset.value, 'params.rows', rows),
        });
    }),
  ),
);

export const generator: Source<GeneratorDocument> = {
  schema: choice('name', GENERATOR_NAMES, generators),
  text: {
    en: { title: 'Generator', summary: 'Rows made from a formula and the seed: two spirals, moons, XOR, drawn digits and others.' },
    zh: { title: '生成器', summary: '由公式和随机种子生成的样本：双螺旋、双月、异或、手绘数字等。' },
  },
  origin: ({ name }) => `the generator ${name}`,
  rows: ({ name, params }, { seed }) => generate(name, params, seed),
};
