// Files of a document for what reads them in this process: those that it names, and the digits, which come with the tool.
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { UsageError } from '../errors.ts';
import type { ReadFile } from '../experiment/data.ts';
import type { Files } from './documents.ts';

export const DIGITS: Files = new Map([
  ['digits-train.csv', digitsTrain],
  ['digits-test.csv', digitsTest],
]);

export const readFrom =
  (files: Files): ReadFile =>
  async (name) => {
    const file = files.get(name) ?? DIGITS.get(name);
    if (file === undefined) throw new UsageError(`there is no file ${name}`);
    return file;
  };
