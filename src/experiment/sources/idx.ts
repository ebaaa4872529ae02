// Images and labels in IDX files, as MNIST has them.
import * as v from 'valibot';
import { WHITE } from '../../data/brightest.ts';
import { type Dataset, datasetOf } from '../../data/dataset.ts';
import type { Idx } from '../../data/idx.ts';
import { DataError } from '../../errors.ts';
import * as LIMITS from '../../limits.ts';
import { integer, object, string } from '../check.ts';
import type { IdxDocument } from '../document.ts';
import { fileBytes, type Reading } from './reading.ts';
import { augmented, prepared, type Source } from './source.ts';

const idxFiles = { images: string(), labels: string() };

async function readFiles(reading: Reading, { images, labels }: { images: string; labels: string }, classes?: number): Promise<Dataset> {
  const { fromIdx, parseIdx, unpacked } = await import('../../data/idx.ts');
  const [x, y] = await Promise.all(
    [images, ...(reading.unlabelled ? [] : [labels])].map(async (name) => unpacked(await fileBytes(reading, name, 'an IDX file'))),
  );
  return y ? fromIdx(x!, y, classes === undefined ? {} : { classes }) : imagesAlone(parseIdx(x!));
}

/** Images without labels. */
function imagesAlone({ data, shape }: Idx): Dataset {
  if (!(data instanceof Uint8Array) || shape.length < 2) throw new DataError('data: images: expected unsigned bytes of at least two dimensions');
  return datasetOf({ x: data.slice(), divisor: WHITE, y: new Float32Array(shape[0]!), shape: shape.slice(1), reading: { divisor: WHITE } });
}

export const idx: Source<IdxDocument> = {
  schema: object({
    source: v.literal('idx'),
    ...idxFiles,
    classes: v.exactOptional(integer(2, LIMITS.classes)),
    test: v.exactOptional(object(idxFiles)),
    ...prepared,
    ...augmented,
  }),
  text: {
    en: { title: 'IDX', summary: 'Images and labels in the files of MNIST, .gz or unpacked; pixels are divided by 255.' },
    zh: { title: 'IDX', summary: 'MNIST 格式的图像和标签文件，.gz 或已解压；像素除以 255。' },
  },
  origin: () => 'IDX files',
  withPaths: ({ test, ...data }, replace) => {
    const moved = ({ images, labels }: { images: string; labels: string }) => ({ images: replace(images), labels: replace(labels) });
    return { ...data, ...moved(data), ...(test ? { test: moved(test) } : {}) };
  },
  divisor: WHITE,
  rows: (data, reading) => readFiles(reading, data, reading.fitted?.classes?.length ?? data.classes),
  test: ({ test }, reading, { classes }) => (test ? readFiles(reading, test, classes) : undefined),
};
