// What a remedy is. A new one is one file and its line in index.ts: rules offer it by that name, and page and command line show its words.
import type { Finding } from '../../inspect/diagnose/index.ts';
import type { RunFacts } from '../../inspect/facts.ts';
import type { Texts } from '../../texts.ts';
import type { Experiment, LayerDocument, OptimizerDocument } from '../document.ts';
import { containerOf, withInner } from '../registry/layers.ts';

/** A changed document and why it should help. */
export interface Proposal {
  /** The changed document. */
  document: Experiment;
  /** Why it should help: a sentence. */
  why: string;
}

/** A remedy only proposes; try_remedies.ts measures whether a proposal helps. */
export interface Remedy {
  /** Its name, as it fits after 'With'; what it does, as a menu says it, and behind a semicolon what it costs: in small letters and without a full stop. */
  readonly text: Texts;
  /** Whether the proposal depends on the finding: a learning rate can be too large or too small. */
  readonly asksWhy?: true;
  /**
   * Changes a copy of a document so as to cure what a finding says.
   *
   * @param document - The experiment, which stays as it is.
   * @param finding - What asked for the remedy, where that is known.
   * @param facts - What the run was made of, where that is known: the data of most documents are in a file.
   * @returns The changed document and why; null where the remedy does not apply.
   */
  propose(document: Experiment, finding?: Finding, facts?: RunFacts): Proposal | null;
}

export const withLayers = (document: Experiment, layers: LayerDocument[]): Experiment => ({ ...document, model: { ...document.model, layers } });

export function withOptimizer(document: Experiment, change: Partial<Pick<OptimizerDocument, 'learningRate' | 'clip'>>): Experiment {
  const optimizer = { ...document.optimizer, ...change };
  return { ...document, optimizer: { ...optimizer, ...scheduleFor(optimizer.learningRate, document.optimizer) } };
}

/** Options of schedules that are learning rates. */
const RATES: ReadonlySet<string> = new Set(['etaMin', 'minLr', 'maxLr']);

/** The schedule of an optimizer, if it has one, for another learning rate: the rates that it names keep their proportion to it. */
export function scheduleFor(learningRate: number, { schedule, learningRate: before }: OptimizerDocument): Pick<OptimizerDocument, 'schedule'> {
  const scaled = <Part>(part: Part): Part => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(scaled) as Part;
    const entries = Object.entries(part).map(([name, value]) => [
      name,
      RATES.has(name) ? Number(((value * learningRate) / before).toPrecision(3)) : scaled(value),
    ]);
    return Object.fromEntries(entries) as Part;
  };
  return schedule ? { schedule: before > 0 && before !== learningRate ? scaled(schedule) : schedule } : {};
}

/** The layers with each one replaced by what `change` gives for it, wherever it is; containers are entered, graphs too. */
export function mapLayers(layers: readonly LayerDocument[], change: (layer: LayerDocument) => LayerDocument[]): LayerDocument[] {
  return layers.flatMap((layer) => (containerOf(layer) ? [withInner(layer, (inner) => mapLayers(inner, change))] : change(layer)));
}
