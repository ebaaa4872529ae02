// The binary version of CIFAR-10.
import * as v from 'valibot';
import type { Dataset } from '../../data/dataset.ts';
import { listOf, object, string } from '../check.ts';
import type { Cifar10Document } from '../document.ts';
import { fileBytes, type Reading } from './reading.ts';
import { augmented, prepared, type Source } from './source.ts';

const paths = listOf(string(), 'a list of paths');

async function readFiles(reading: Reading, names: readonly string[]): Promise<Dataset> {
  const [{ fromCifar10 }, { unpacked }] = await Promise.all([import('../../data/cifar.ts'), import('../../data/idx.ts')]);
  return fromCifar10(await Promise.all(names.map(async (name) => unpacked(await fileBytes(reading, name, 'a file of CIFAR-10')))));
}

export const cifar10: Source<Cifar10Document> = {
  schema: object({ source: v.literal('cifar10'), files: paths, test: v.exactOptional(paths), ...prepared, ...augmented }),
  text: {
    en: { title: 'CIFAR-10', summary: 'The binary version of CIFAR-10, 32 x 32 pixels in colour divided by 255, ten classes.' },
    zh: { title: 'CIFAR-10', summary: 'CIFAR-10 的二进制版本：32 x 32 彩色像素，除以 255，十个类别。' },
  },
  origin: () => 'CIFAR-10',
  withPaths: (data, replace) => ({ ...data, files: data.files.map(replace), ...(data.test ? { test: data.test.map(replace) } : {}) }),
  rows: ({ files }, reading) => readFiles(reading, files),
  test: ({ test }, reading) => (test ? readFiles(reading, test) : undefined),
};
