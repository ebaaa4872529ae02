// PNG and JPEG files in a folder that has a folder for each class.
import * as v from 'valibot';
import { DataError, show } from '../../errors.ts';
import { listOf, object, string, tableEntries } from '../check.ts';
import type { ImagesDocument } from '../document.ts';
import { imageOptions } from '../image_options.ts';
import type { ImageFile } from '../images.ts';
import { fileBytes, fileText, type Reading } from './reading.ts';
import { augmented, prepared, type Source } from './source.ts';

/** Files that are asked for at once. */
const AT_ONCE = 32;

export const images: Source<ImagesDocument> = {
  schema: object({
    source: v.literal('images'),
    path: string(),
    ...tableEntries({ size: imageOptions.size, channels: imageOptions.channels }),
    classNames: v.exactOptional(listOf(string(), 'a list of names')),
    ...prepared,
    ...augmented,
  }),
  text: {
    en: { title: 'Images', summary: 'PNG and JPEG files in a folder that has a folder for each class; pixels are divided by 255.' },
    zh: { title: '图像', summary: '按类别分文件夹存放的 PNG 和 JPEG 文件；像素除以 255。' },
  },
  origin: () => 'images',
  withPaths: (data, replace) => ({ ...data, path: replace(data.path) }),
  folder: true,
  names: async ({ path }, reading) => listing(path, await fileText(reading, path), true),
  async rows({ path, size, channels, classNames: named }, reading) {
    const { fitted, unlabelled } = reading;
    const classNames = fitted?.classes ?? named;
    // Rows that are only to be answered need no folders of classes.
    const labelOf = (name: string): string => (unlabelled && classNames ? classNames[0]! : name.split('/')[0]!);
    const names = listing(path, await fileText(reading, path), unlabelled);
    const files: ImageFile[] = [];
    for (let first = 0; first < names.length; first += AT_ONCE)
      files.push(...(await Promise.all(names.slice(first, first + AT_ONCE).map((name) => imageFile(reading, `${path}/${name}`, labelOf(name))))));
    const { fromImages } = await import('../images.ts');
    return fromImages(files, { ...(size ? { size } : {}), ...(channels === undefined ? {} : { channels }), ...(classNames ? { classNames } : {}) });
  },
};

const imageFile = async (reading: Reading, name: string, label: string): Promise<ImageFile> => ({
  bytes: await fileBytes(reading, name, 'an image'),
  label,
  name,
});

/** The files of a folder, which come as JSON. */
function listing(path: string, text: string, unlabelled?: boolean): string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`data: ${path}: expected a JSON list of the files in this folder, got ${show(text.slice(0, 40))}`, { cause });
  }
  const fits = unlabelled ? /./ : /^[^/]+\/./;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string' && fits.test(name)))
    throw new DataError(`data: ${path}: expected images${unlabelled ? '' : ' in folders, one for each class, such as cat/1.png'}; got ${show(names)}`);
  return names as string[];
}
