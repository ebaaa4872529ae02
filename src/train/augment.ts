// Augmentation: training images changed at random. A function rather than a list, so that bundlers drop it when unused.
import { type AnyDataset, X } from '../data/columns.ts';
import { type AnySource, infoOf } from '../data/source.ts';
import { show, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { InputType } from '../nn/model.ts';
import { augmentOp, type Stage } from '../ops/augment.ts';
import { type Options, type OptionTable, readOptions } from '../option_table.ts';
import { shapeText, sizeOf } from '../shape.ts';
import type { Texts } from '../texts.ts';

/** A mirror image, along one axis. */
export interface Flip {
  /** Tells the changes apart. */
  type: 'flip';
  /** 'horizontal' (default) exchanges left and right, 'vertical' top and bottom. */
  axis?: 'horizontal' | 'vertical';
  /** How often, from 0 to 1. Default 0.5. */
  probability?: number;
}

/** A shift by whole pixels; what comes in is 0. The same as a random crop of a padded image (He 2016). */
export interface Shift {
  /** Tells the changes apart. */
  type: 'shift';
  /** The most, up and down and to both sides: each integer is as likely. At least 1. */
  pixels: number;
}

/** A window of the image, enlarged to the whole. */
export interface Crop {
  /** Tells the changes apart. */
  type: 'crop';
  /** The least side of the window over that of the image, above 0 and below 1; its size and place are uniform. */
  scale: number;
}

/** A turn about the middle. */
export interface Rotate {
  /** Tells the changes apart. */
  type: 'rotate';
  /** The largest angle to both sides, above 0 and at most 180; the angle is uniform. */
  degrees: number;
}

/** A square of zeros about a random pixel, cut at the border (DeVries & Taylor 2017). */
export interface CutOut {
  /** Tells the changes apart. */
  type: 'cut_out';
  /** Its side in pixels, at least 1. */
  size: number;
}

/** Normal noise on every number of the image. */
export interface Noise {
  /** Tells the changes apart. */
  type: 'noise';
  /** Its standard deviation, in the unit of the data, above 0. */
  std: number;
}

/** A random change of an image. */
export type Augmentation = Flip | Shift | Crop | Rotate | CutOut | Noise;

const PIXELS = { type: 'integer', min: 1, max: 4096, required: true } as const;
/** Options of each kind of change, by its name. */
export const augmentations = {
  flip: {
    axis: { type: 'name', names: ['horizontal', 'vertical'], default: 'horizontal' },
    probability: { type: 'number', min: 0, max: 1, default: 0.5 },
  },
  shift: { pixels: PIXELS },
  crop: { scale: { type: 'number', above: 0, below: 1, required: true } },
  rotate: { degrees: { type: 'number', above: 0, max: 180, required: true } },
  cut_out: { size: PIXELS },
  noise: { std: { type: 'number', above: 0, required: true } },
} as const satisfies { [Type in Augmentation['type']]: OptionTable<Omit<Extract<Augmentation, { type: Type }>, 'type'>> };

/** What each is called. */
export const AUGMENTATION_TEXTS: Readonly<Record<Augmentation['type'], Texts>> = {
  flip: { en: { title: 'Flip', summary: 'Mirrors an image.' }, zh: { title: '翻转', summary: '把图像镜像翻转。' } },
  shift: { en: { title: 'Shift', summary: 'Moves an image by whole pixels.' }, zh: { title: '平移', summary: '把图像平移若干整像素。' } },
  crop: { en: { title: 'Crop', summary: 'Enlarges a window of an image to the whole.' }, zh: { title: '裁剪', summary: '把图像的一个窗口放大到原尺寸。' } },
  rotate: { en: { title: 'Rotate', summary: 'Turns an image about its middle.' }, zh: { title: '旋转', summary: '使图像绕中心旋转。' } },
  cut_out: { en: { title: 'Cut out', summary: 'Sets a square of an image to 0.' }, zh: { title: '挖空', summary: '把图像中的一个方块置零。' } },
  noise: { en: { title: 'Noise', summary: 'Adds normal noise to every number of an image.' }, zh: { title: '噪声', summary: '给图像的每个数加上正态噪声。' } },
};

/** A list of changes, in a program and in a document. */
export const augmentationList = {
  type: 'list',
  of: { type: 'variant', key: 'type', of: augmentations as Readonly<Record<Augmentation['type'], Options>> },
  expected: 'a list of changes, such as { type: "flip" }',
} as const;

/** What `augment` takes beside the changes. */
export interface AugmentOptions {
  /** Height and width, or height, width and channels, where the rows of the data are flat. By default as the data have them. */
  image?: readonly number[];
}

const options = {
  steps: { ...augmentationList, required: true },
  image: { type: 'list', of: { type: 'integer', min: 1 }, expected: 'height and width, or height, width and channels' },
} as const satisfies OptionTable<AugmentOptions & { steps: readonly Augmentation[] }>;

/** How a trainer changes its images. */
export interface Augment {
  /** @internal What appends the change to a step's graph. Throws a UsageError where the inputs are no images. */
  on(inputs: Readonly<Record<string, InputType>>, train: AnyDataset | AnySource | undefined): (graph: Graph, value: Value) => Value;
}

/**
 * Changes the images of a training batch at random, on the GPU: each sample at each step in its own way, which follows from the run's seed. Validation, evaluation
 * and predictions see images as they are. The changes are made in the order of the list, with one interpolation (bilinear) for all; what comes from beyond the
 * border is 0, and noise is added last.
 *
 * @param steps - The changes: `{ type: 'flip' }`, `{ type: 'shift', pixels: 2 }`, `{ type: 'crop', scale: 0.8 }`, `{ type: 'rotate', degrees: 15 }`,
 *   `{ type: 'cut_out', size: 4 }`, `{ type: 'noise', std: 0.05 }`; at least one.
 * @param given - `image`, where the rows of the data are flat.
 * @returns What `createTrainer({ augment })` takes. It throws a UsageError where the model has several inputs, or inputs that are no images.
 * @throws UsageError for another change or option, and for a value outside its range.
 * @example
 * const augmented = augment([{ type: 'flip' }, { type: 'shift', pixels: 2 }]);
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, augment: augmented });
 */
export function augment(steps: readonly Augmentation[], given: AugmentOptions = {}): Augment {
  const { steps: read, image } = readOptions<AugmentOptions & { steps: readonly Augmentation[] }, typeof options>('augment', options, { ...given, steps });
  const stages = (read as readonly Augmentation[]).map(stageOf);
  if (image && image.length !== 2 && image.length !== 3)
    throw new UsageError(`augment: image: expected height and width, or height, width and channels, got ${shapeText(image)}`);
  return {
    on(inputs, train) {
      const [name, ...others] = Object.keys(inputs);
      if (others.length > 0) throw new UsageError(`augment: expected a model with one input, got ${[name, ...others].join(', ')}`);
      const { shape, dtype } = inputs[name!] as Required<InputType>;
      if (dtype !== 'f32') throw new UsageError(`augment: expected images of f32, got ${name}, of ${dtype}`);
      if (train && 'reading' in train && train.reading?.scaling)
        throw new UsageError(
          'augment: the data set was standardised, each pixel by itself: moved to the place of another it would be a number of another unit. Leave `standardise` out',
        );
      const own = image ?? (train && infoOf(train)[name ?? X]?.shape) ?? shape;
      if (own.length !== 2 && own.length !== 3)
        throw new UsageError(
          `augment: expected images, [height, width] or [height, width, channels], got rows of ${show([...own])}; \`image\` says their shape`,
        );
      if (sizeOf(own) !== sizeOf(shape)) throw new UsageError(`augment: image: expected ${sizeOf(shape)} numbers as the rows have, got ${shapeText(own)}`);
      const [height, width, channels = 1] = own as readonly [number, number, number?];
      return (graph, value) => graph.apply(augmentOp, [value], { image: [height, width, channels], stages }, `${value.name}/augmented`)[0]!;
    },
  };
}

/** A change as the kernel knows it. */
function stageOf(change: Augmentation): Stage {
  switch (change.type) {
    case 'flip':
      return { kind: change.axis === 'vertical' ? 'flip_vertical' : 'flip_horizontal', probability: change.probability ?? 0.5 };
    case 'shift':
      return { kind: 'shift', amount: change.pixels };
    case 'crop':
      return { kind: 'crop', amount: change.scale };
    case 'rotate':
      return { kind: 'rotate', amount: (change.degrees * Math.PI) / 180 };
    case 'cut_out':
      return { kind: 'cut_out', amount: change.size };
    case 'noise':
      return { kind: 'noise', amount: change.std };
  }
}
