// How much of an update the weights took in, where that is to be said: for the tables and the page.
import type { LayerRecord } from './history.ts';

/** From this fraction on, rounding the update to float32 weights loses nothing worth a word. */
const WHOLE = 0.9;

/** The fraction of the update that reached the weights, if notably below 1: the rest was rounded away. */
export function partlyApplied(record: LayerRecord | undefined): number | undefined {
  const applied = record?.updateToWeight?.applied;
  return applied !== undefined && applied < WHOLE ? applied : undefined;
}
