// What may be said of images in files. Apart from what decodes them: a document is checked without that.
import type { OptionTable } from '../option_table.ts';

/** How images become rows. */
export interface FromImagesOptions {
  /** Height and width that all are brought to, by the mean over each pixel's area. Default: that which all have. */
  readonly size?: readonly number[];
  /** 3 for red, green, blue; 1 for grey, ITU-R 601. Default 3. */
  readonly channels?: number;
  /** The classes in the order of their indices. Default: those that there are, sorted. */
  readonly classNames?: readonly string[];
}

export const imageOptions = {
  size: { type: 'list', of: { type: 'integer', min: 1, max: 4096 }, length: 2, expected: 'height and width' },
  channels: { type: 'integer', min: 1, max: 3 },
  classNames: { type: 'list', of: { type: 'string' }, expected: 'a list of names' },
} as const satisfies OptionTable<FromImagesOptions>;
