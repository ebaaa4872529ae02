// What the file of a layer exports besides its constructor, for documents, theory, exporter and page. A program that uses the constructor
// alone bundles none of it.

import type { SignalStep } from '../../inspect/theory/signal.ts';
import type { Pair, PairOption } from '../../ops/windows.ts';
import type { Texts } from '../../texts.ts';
import type { AnyLayerRecord, Layer, WrittenLayer } from '../layer.ts';

/**
 * Sizes of the axes between samples and channels: [height, width] of images, [time] of sequences; then a width is that of their channels. Undefined where
 * samples are rows, and NaN for a size that is not known.
 */
export type Image = readonly number[] | undefined;

/** What adds up the size of a model without building it. A width that is not known is NaN. */
export interface Sizing {
  /** Of the images that the layer is given; undefined where samples are rows. */
  readonly image: Image;
  /** Counts numbers that are trained or kept; `below` is the place in the layer's document that causes them, `.units` say. */
  add(numbers: number, below?: string): void;
  /** Throws if a layer may not have this many columns; `how` says what has them. */
  limit(columns: number, how: string, below?: string): void;
  /** The width after the layers at a place in the document, `.layers` say. */
  after(layers: readonly WrittenLayer[], width: number, below: string): number;
}

/** What theory knows where a layer stands. */
export interface TheoryContext {
  /** The path of its weights. */
  readonly path: string;
  /** Columns that it is given. */
  readonly width: number;
  /** The images, or sequences, that it is given, and those that it gives. */
  readonly image: Image;
  readonly after: Image;
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Residual blocks of the model. */
  readonly residualBlocks: number;
  /** The steps of layers inside, and the columns after them. */
  inside(layers: readonly WrittenLayer[]): { steps: SignalStep[]; width: number };
}

/** What a layer is given in PyTorch. */
export interface TorchSample {
  /** Columns that it is given. */
  readonly inputs: number;
  /** Of the images that it is given. PyTorch has their channels first, [batch, channels, height, width]; undefined where samples are rows. */
  readonly image: Image;
}

/** What the line in PyTorch depends on. */
export interface TorchContext extends TorchSample {
  /** Residual blocks of the model. */
  readonly residualBlocks: number;
  /**
   * Layers inside as a dictionary, `{"dense_1": nn.Linear(6, 4)}`, and what they give. `below` stands before their paths, and `given` is what they are given where
   * that is not what the layer is given. Undefined where one has no line: whoever asks has taken note of it.
   */
  inside(layers: readonly WrittenLayer[], more?: { below?: string; given?: TorchSample }): (TorchSample & { readonly code: string }) | undefined;
}

/** The steps of the signal prediction from a layer's document; `unknown` if theory does not cover it; the prediction then says so. */
export type Theory<Document> = 'unknown' | ((document: Document, context: TheoryContext) => readonly SignalStep[] | 'unknown');

/**
 * Its line in PyTorch from its document, or several of which the first that is no `Permute` holds its weights; `inPlace` are layers that stand for it. Null where
 * PyTorch has nothing like it, undefined where a layer inside has no line. Classes beside torch.nn are those of src/exchange/python/layers.py.
 */
export type Torch<Document> =
  | null
  | ((document: Document, context: TorchContext) => string | readonly string[] | { readonly inPlace: readonly WrittenLayer[] } | null | undefined);

/** All that the file of a layer exports. */
export interface LayerFeature<Document = never> {
  /** Type, role and options, as data. */
  readonly record: AnyLayerRecord;
  /** The layer, or the layers, of a document; `layers` builds those inside. */
  build(document: Document, layers: (documents: readonly WrittenLayer[]) => Layer[]): Layer | readonly Layer[];
  /** Counts its tensors, and returns its output width for an input width. */
  size(document: Document, width: number, sizing: Sizing): number;
  /** Height and width of images after it, for a layer that changes them. */
  image?(document: Document, before: Image): Image;
  /** Its steps in the prediction of signals. */
  readonly theory: Theory<Document>;
  /** Its line in PyTorch. */
  readonly torch: Torch<Document>;
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
  /** What is wrong in its document though every option is in its range, by its place: `params.alpha`. */
  wrong?(document: Document): Iterable<readonly [place: string, message: string]>;
}

/** Height and width after a layer of images. */
export function imageOf(before: Image, after: (image: Pair) => Pair | undefined): Image {
  return before && (before.length === 2 ? after(before as unknown as Pair) : [Number.NaN, Number.NaN]);
}

/** An option for height and width, as Python has it. */
export const pairText = (value: PairOption): string => (typeof value === 'number' ? String(value) : `(${value.join(', ')})`);

/** `size` of layers that hold nothing and change no width. */
export const sameWidth = (_document: unknown, width: number): number => width;
