// What tells the rows of a data set from others: a few numbers in a checkpoint. Of large tensors a quarter of a million numbers are looked at, evenly spread, so that it costs
// milliseconds; and once per data set.
import { type AnyDataset, type Column, columnsOf } from './columns.ts';
import { mix } from './permutation.ts';

/** Of each tensor by name: the sum of its numbers with random factors between -1 and 1, one for each place, and the sum of their magnitudes. */
export type Fingerprint = Readonly<Record<string, readonly [projection: number, magnitude: number]>>;

/** Numbers of a tensor that are looked at. */
const MOST = 2 ** 18;
/** Where rows are computed or scaled anew, the last bit of a float may differ from one browser to the next. */
const TOLERANCE = 2 ** -23;

const known = new WeakMap<AnyDataset, Fingerprint>();

/** The fingerprint of a data set as it is now; as it was when it was asked for the first time. */
export function fingerprintOf(data: AnyDataset): Fingerprint {
  let found = known.get(data);
  if (!found) {
    found = Object.fromEntries(Object.entries(columnsOf(data)).map(([name, column]) => [name, sumsOf(column)]));
    known.set(data, found);
  }
  return found;
}

function sumsOf({ values, divisor = 1 }: Column): [number, number] {
  const step = Math.max(1, values.length / MOST);
  const count = Math.ceil(values.length / step);
  let [projection, magnitude] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[Math.floor(i * step)]!;
    projection += value * factorAt(i);
    magnitude += Math.abs(value);
  }
  return [projection / divisor, magnitude / divisor];
}

/** A random number between -1 and 1 for a place. */
const factorAt = (place: number): number => mix(place + 1) / 2 ** 31 - 1;

/** The first tensor in which two fingerprints differ by more than rounding; a tensor that one of them lacks is not compared. Sums that are no numbers are alike. */
export function differenceOf(one: Fingerprint, other: Fingerprint): string | undefined {
  return Object.keys(one).find((name) => {
    const [a, b] = [one[name], Object.hasOwn(other, name) ? other[name] : undefined];
    return a && b && a.some((sum, i) => Math.abs(sum - b[i]!) > TOLERANCE * Math.max(a[1], b[1]));
  });
}
