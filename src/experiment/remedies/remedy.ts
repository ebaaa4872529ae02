// What a remedy is. A new one is one file and its line in index.ts: rules offer it by that name, and page and command line show its words.
import type { Finding } from '../../inspect/diagnose/index.ts';
import type { Texts } from '../../texts.ts';
import type { Experiment, LayerDocument, OptimizerDocument } from '../document.ts';

/** A changed document and why it should help. */
export interface Proposal {
  document: Experiment;
  why: string;
}

/** A remedy only proposes; try_remedies.ts measures whether a proposal helps. */
export interface Remedy {
  /** Its name, as it fits after 'With', and what it does, as a menu says it: in small letters and without a full stop. */
  readonly text: Texts;
  /** Whether the proposal depends on the finding: a learning rate can be too large or too small. */
  readonly asksWhy?: true;
  /** The mended document, the given one untouched; null where the remedy does not apply. `finding` is what asked for it, where that is known. */
  propose(document: Experiment, finding?: Finding): Proposal | null;
}

export const withLayers = (document: Experiment, layers: LayerDocument[]): Experiment => ({ ...document, model: { ...document.model, layers } });

export const withOptimizer = (document: Experiment, change: Partial<Pick<OptimizerDocument, 'learningRate' | 'clip'>>): Experiment => ({
  ...document,
  optimizer: { ...document.optimizer, ...change },
});
