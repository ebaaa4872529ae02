// The evaluators of a live model: one per loss and its metrics; the last few are kept.
import type { AnyDataset } from '../data/columns.ts';
import type { Loss } from '../nn/losses/loss.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { type Evaluation, Evaluator } from './evaluation.ts';
import type { InferenceParts } from './inference.ts';
import { metricsOption } from './join_metrics.ts';
import type { EvaluateOptions } from './live_model.ts';
import type { Metrics } from './metrics/metric.ts';
import type { Losses } from './objective.ts';

/** Losses whose evaluation is kept ready. */
const KEPT = 4;

const OPTIONS = { metrics: metricsOption } as const satisfies OptionTable<EvaluateOptions>;

export class Evaluators {
  readonly #parts: InferenceParts;
  /** The last that was asked for is the last to go. */
  #kept: { readonly loss: Loss | Losses; readonly metrics: Metrics | undefined; readonly evaluator: Evaluator }[] = [];
  /** Evaluators being dropped stay until their pending calls are done. */
  readonly #made = new Set<Evaluator>();
  #destroyed = false;

  constructor(parts: InferenceParts) {
    this.#parts = parts;
  }

  get bytes(): number {
    return [...this.#made].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  evaluate(dataset: AnyDataset, loss: Loss | Losses, options: EvaluateOptions | undefined, usual: Metrics | undefined): Promise<Evaluation> {
    const { metrics = usual } = readOptions<EvaluateOptions, typeof OPTIONS>('evaluate', OPTIONS, options);
    return this.of(loss, metrics).evaluate(dataset);
  }

  /** Throws a UsageError for metrics that make no sense of an output. */
  of(loss: Loss | Losses, metrics: Metrics | undefined): Evaluator {
    const known = this.#kept.find((each) => each.loss === loss && each.metrics === metrics);
    const evaluator = known?.evaluator ?? this.#make(loss, metrics);
    this.#kept = [...this.#kept.filter((each) => each !== known), { loss, metrics, evaluator }];
    // A caller that makes a new loss for each call would otherwise leak one each time.
    if (this.#kept.length > KEPT) {
      const { evaluator: oldest } = this.#kept.shift()!;
      void oldest.retire().then(() => this.#made.delete(oldest));
    }
    return evaluator;
  }

  #make(loss: Loss | Losses, metrics: Metrics | undefined): Evaluator {
    const evaluator = new Evaluator(this.#parts, loss, metrics);
    this.#made.add(evaluator);
    if (this.#destroyed) evaluator.destroy();
    return evaluator;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const each of this.#made) each.destroy();
  }
}
