// The rows of every picture about depth: the hidden trunk, what each path from the input to the output passes. A block of a residual network is one row:
// its gradient is that of the block's sum, its weights those of the branch that ends there.
import type { History, LayerRecord, StepRecord } from '../src/inspect/history.ts';
import { type HistoryPlace, placesOf } from '../src/inspect/places.ts';

export interface Row {
  /** Where the gradient is measured. */
  place: HistoryPlace;
  /** Whose weights and activations are shown: the layer itself, or of a block the last one that has an activation. */
  layer: HistoryPlace | undefined;
  /** Of a block the layer with which its branch begins: how much of the trunk's gradient goes through it. */
  branch: HistoryPlace | undefined;
  /** Names of all that the row stands for. */
  names: string[];
}

/** The rows of a network, the first behind the input first. */
export function rowsOf(network: Pick<History, 'layers' | 'joins'>): Row[] {
  const rows: Row[] = [];
  let branch: HistoryPlace[] = [];
  for (const place of placesOf(network)) {
    if (!place.trunk) {
      branch.push(place);
      continue;
    }
    const own = place.layer ? [place] : [...branch, place];
    branch = [];
    if (place.role !== 'hidden') continue;
    const layers = own.filter(({ layer }) => layer);
    rows.push({
      place,
      layer: layers.findLast(({ activation }) => activation !== 'linear') ?? layers.at(-1),
      branch: place.layer ? undefined : layers[0],
      names: own.map(({ name }) => name),
    });
  }
  return rows;
}

/** Number of the row, from 1, that a layer or join belongs to; 0 for none. */
export const rowOf = (rows: readonly Row[], name: string | undefined): number => rows.findIndex(({ names }) => name !== undefined && names.includes(name)) + 1;

/** What a step showed in a row: everything of its layer, with the gradient of its place. */
export function recordOf({ place, layer }: Row, step: StepRecord): LayerRecord | undefined {
  const shown = layer?.recordOf(step) ?? place.recordOf(step);
  const delta = place.recordOf(step)?.tensors.delta;
  return shown && { ...shown, tensors: { ...shown.tensors, ...(delta ? { delta } : {}) } };
}
