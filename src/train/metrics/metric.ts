// What a metric is: a number that says how good the predictions of one output are, in addition to the loss.
import type { Loss } from '../../nn/losses/loss.ts';
import type { Options } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Measured, MeasuredOutput, Reduction } from './measured.ts';
import { joinMetrics } from './measuring.ts';

/** A metric as its file describes it. */
export interface Description {
  /** What it is called in results: `f1`, `top_3`. */
  readonly name: string;
  /** The losses that it can accompany. */
  readonly task?: Loss['task'];
  /** What the GPU makes of the rows for it. */
  readonly needs: readonly Reduction[];
  /** Why it cannot be measured for an output, as the end of a sentence; undefined if it can. */
  wrong?(output: MeasuredOutput): string | undefined;
}

/** Something that is measured beside the loss, as `accuracy()` and the like make it. */
export type Metric = Description & {
  /** @internal How several are measured together. It comes with them, so that a program without metrics does not carry it. */
  readonly join: typeof joinMetrics;
} & (
    | { readonly kind: 'number'; measure(data: Measured): number }
    /** The confusion matrix, `[right class][answered class]`. */
    | { readonly kind: 'matrix'; measure(data: Measured): number[][] }
  );

/** Metrics of a model with one loss; by output, where there are several. */
export type Metrics = readonly Metric[] | Readonly<Record<string, readonly Metric[]>>;

/** All that the file of a metric exports. A program that uses the constructor alone bundles none of the rest. */
export interface MetricFeature {
  /** Its options as data. */
  readonly options: Options;
  /** The constructor. */
  create(options?: object): Metric;
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
}

export const numberMetric = (description: Description & { measure(data: Measured): number }): Metric => ({ kind: 'number', join: joinMetrics, ...description });

export const matrixMetric = (description: Description & { measure(data: Measured): number[][] }): Metric => ({
  kind: 'matrix',
  join: joinMetrics,
  ...description,
});

/** Of a metric without options. */
export type NoOptions = Readonly<Record<never, never>>;
