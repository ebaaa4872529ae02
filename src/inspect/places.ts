// The places of a network in a history, in the order of computation: its layers, and the joins of its branches among them.
import type { History, LayerInfo, LayerRecord, StepRecord } from './history.ts';

/** A layer or a join. */
export interface HistoryPlace extends Pick<LayerInfo, 'name' | 'role' | 'activation' | 'width' | 'branchOf'> {
  /** Whether every path from the input to the output passes it. */
  readonly trunk: boolean;
  /** Of a place on the trunk of some inputs and not of all: which. */
  readonly inputs?: readonly string[];
  /** What is known of it as a layer; absent for a join, which has no weight. */
  readonly layer?: LayerInfo;
  /** What a step showed of it. */
  recordOf(step: Pick<StepRecord, 'layers' | 'joins'>): LayerRecord | undefined;
}

/** All layers and joins. */
export function placesOf({ layers, joins = [] }: Pick<History, 'layers' | 'joins'>): HistoryPlace[] {
  const layerAt = (layer: LayerInfo, index: number): HistoryPlace => ({
    ...layer,
    layer,
    trunk: layer.trunk ?? !layer.residual,
    recordOf: (step) => step.layers?.[index],
  });
  const places: HistoryPlace[] = [];
  let next = 0;
  const addJoins = (after: number): void => {
    for (; next < joins.length && joins[next]!.after <= after; next++) {
      const index = next;
      const { after: _, ...join } = joins[index]!;
      places.push({ ...join, trunk: true, recordOf: (step) => step.joins?.[index] });
    }
  };
  addJoins(0);
  layers.forEach((layer, index) => {
    places.push(layerAt(layer, index));
    addJoins(index + 1);
  });
  return places;
}

/** What every path from the input to the output passes: the places that a depth can be told of. */
export const trunkOf = (history: Pick<History, 'layers' | 'joins'>): HistoryPlace[] => placesOf(history).filter(({ trunk }) => trunk);

/** The trunk of each input without the output layer, whose z are the logits: the way from an input on. One where the inputs share it, or there is only one. */
export function hiddenTrunks(history: Pick<History, 'layers' | 'joins'>): HistoryPlace[][] {
  const trunk = trunkOf(history).filter(({ role }) => role === 'hidden');
  const inputs = [...new Set(trunk.flatMap((place) => place.inputs ?? []))];
  return inputs.length === 0 ? [trunk] : inputs.map((input) => trunk.filter((place) => place.inputs?.includes(input) ?? true));
}

/** The longest of them, of equal ones the first: what depth is counted along. */
export const hiddenTrunk = (history: Pick<History, 'layers' | 'joins'>): HistoryPlace[] =>
  hiddenTrunks(history).reduce((longest, trunk) => (trunk.length > longest.length ? trunk : longest));

/** The places whose weight is trained, and joins; frozen layers are left out. */
export const notFrozen = ({ layer }: HistoryPlace): boolean => !layer?.frozen;

/** Fewer places than this are no depth. */
export const LEAST_DEPTH = 3;

/** What is to be said of depth where there is too little of it; undefined where there is enough. */
export function shallowText(history: Pick<History, 'layers' | 'joins'>): string | undefined {
  const trunks = hiddenTrunks(history);
  const count = hiddenTrunk(history).length;
  if (count >= LEAST_DEPTH) return undefined;
  const where =
    trunks.length > 1 ? 'on the longest trunk, what every path from an input to an output passes' : 'on the trunk, what every path from input to output passes';
  return `${count === 1 ? 'One hidden layer is' : `${count === 0 ? 'No' : 'Two'} hidden layers are`} ${where}: too few to judge by depth.`;
}

/** The numbers of places as the page has them, from 1 at the input along the hidden trunk; `out` for outputs, nothing for branches. */
export function placeNumbers(history: Pick<History, 'layers' | 'joins'>): (place: HistoryPlace) => string {
  const numbers = new Map(hiddenTrunk(history).map(({ name }, i) => [name, String(i + 1)]));
  return ({ name, role }) => (role === 'output' ? 'out' : (numbers.get(name) ?? ''));
}
