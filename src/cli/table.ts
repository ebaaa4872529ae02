// Text for a terminal: aligned tables that fit it, bars on a log scale, numbers of a fixed width.
import { figure, percent } from '../format.ts';
import { partlyApplied } from '../inspect/applied.ts';
import type { History, LayerRecord, StepRecord } from '../inspect/history.ts';
import { type HistoryPlace, hiddenTrunk, placeNumbers, placesOf } from '../inspect/places.ts';
import { columns, oneLine, type Piece, painted } from './print.ts';
import { wrapped } from './wrapped.ts';

/** Between two columns. */
const GAP = '  ';

/** Rows as aligned columns; the first row is the heading. Columns whose cells look like numbers stand right. Where they take more than `width`, what the last column says goes below its row. */
export function table(given: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const rows = given.map((row) => row.map(oneLine));
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const right = widths.map((_, c) => rows.slice(1).every((row) => /^([-+]?\d[\d.]*(e[-+]?\d+)?( %)?|NaN|-?Infinity|-|–|)$/.test(row[c] ?? '')));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => (right[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join(GAP)
      .trimEnd();
  const total = widths.reduce((sum, each) => sum + each, GAP.length * (count - 1));
  if (total <= width || count < 2 || right[count - 1]) return rows.map(line).join('\n');
  return rows
    .flatMap((row, r) => {
      const last = r > 0 && row.length === count ? row[count - 1]! : '';
      return [line(row.slice(0, count - 1)), ...(last ? [wrapped(last, width, '    ')] : [])];
    })
    .join('\n');
}

const EIGHTHS = ' ▏▎▍▌▋▊▉█';

/** A bar whose length says where log10(value) lies between `low` and `high`, which are logarithms. */
export function bar(value: number, low: number, high: number, width: number): string {
  if (!(value > 0) || !Number.isFinite(value)) return value > 0 ? `${'█'.repeat(width)}▶` : '';
  const share = high > low ? Math.min(1, Math.max(0, (Math.log10(value) - low) / (high - low))) : 1;
  const eighths = Math.max(1, Math.round(share * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '').trim();
}

/** More layers than this are cut in the middle. */
const MOST_ROWS = 44;
const LEAST_BAR = 8;
const MOST_BAR = 24;
/** Names are shortened to so many letters before rms z is left out, and then to so many. */
const SHORT_NAME = 18;
const LEAST_NAME = 12;

/** A row of the table: its cells, and its bar with the size that colours it. */
interface LayerRow {
  cells: readonly string[];
  bar: (width: number) => Piece;
}

/**
 * A row per layer, as the page has them: the output at the top, layer 1 at the bottom, numbered along the hidden trunk; branches indented under where they meet it. rms z (left
 * out where the terminal is narrow), rms delta, norm of the weight gradient, update over weight, the share of the update that the weights took in where some lost part of it, and
 * a bar of rms delta over whole decades, coloured by its size relative to the last hidden layer.
 */
export function layerTable(history: History, record: StepRecord | undefined, width = columns()): Piece[] {
  if (!record?.layers) return ['No step was probed.'];
  const places = placesOf(history).toReversed();
  const deltaOf = ({ recordOf }: HistoryPlace): number => recordOf(record)?.tensors.delta?.rms ?? 0;
  const deltas = places.map(deltaOf).filter((rms) => rms > 0 && Number.isFinite(rms));
  const high = Math.ceil(Math.max(...deltas.map(Math.log10), -30));
  const low = Math.min(Math.floor(Math.min(...deltas.map(Math.log10), high)), high - 3);
  const trunk = hiddenTrunk(history);
  const numberOf = placeNumbers(history);
  const surface = trunk.length > 0 ? deltaOf(trunk.at(-1)!) : Number.NaN;
  const lossy = places.some(({ recordOf }) => partlyApplied(recordOf(record)) !== undefined);
  const rows = places.map((place): LayerRow => {
    const { name, trunk: onTrunk, recordOf } = place;
    return layerRow(numberOf(place), `${onTrunk ? '' : '  '}${name}`, recordOf(record) ?? { tensors: {} }, { low, high, surface }, lossy);
  });
  const half = MOST_ROWS / 2;
  const cut: LayerRow[] =
    rows.length > MOST_ROWS ? [...rows.slice(0, half), { cells: ['', `... ${rows.length - MOST_ROWS} more`], bar: () => '' }, ...rows.slice(-half)] : rows;
  const heading = ['', 'layer', 'rms z', 'delta', 'gradient', 'update', ...(lossy ? ['applied'] : [])];
  return [...drawn(heading, cut, width), painted('quiet', `\nBars: rms delta from 1e${low} to 1e${high}.`)];
}

function layerRow(
  number: string,
  name: string,
  { tensors, updateToWeight }: LayerRecord,
  { low, high, surface }: { low: number; high: number; surface: number },
  lossy: boolean,
): LayerRow {
  const { z, delta, weight_gradient: gradient } = tensors;
  const bad = [z, delta, gradient].some((stats) => stats && stats.nanCount + stats.infCount > 0);
  const size = Math.log10((delta?.rms ?? 0) / surface);
  return {
    cells: [
      number,
      name,
      figure(z?.rms),
      figure(delta?.rms),
      figure(gradient?.l2),
      figure(updateToWeight?.l2),
      ...(lossy ? [percent(updateToWeight?.applied)] : []),
    ],
    bar: (width) => {
      if (bad) return painted('severe', 'not finite');
      const text = delta ? bar(delta.rms, low, high, width) || 'zero' : '';
      return Number.isFinite(size) ? painted(size, text) : text;
    },
  };
}

/** The rows in the columns that there are: long names are shortened, then rms z is left out, and the bars have the rest. */
function drawn(heading: readonly string[], rows: readonly LayerRow[], width: number): Piece[] {
  const cells = [heading, ...rows.map((row) => row.cells)].map((row) => row.map(oneLine));
  const widthsOf = (list: readonly string[][]): number[] => list[0]!.map((_, c) => Math.max(...list.map((row) => row[c]?.length ?? 0)));
  const room = (list: readonly string[][]): number => width - widthsOf(list).reduce((sum, each) => sum + each + GAP.length, 0);
  const shortened = (list: string[][], least: number): string[][] => {
    const length = Math.max(least, widthsOf(list)[1]! + Math.min(0, room(list) - LEAST_BAR));
    return list.map((row) => row.with(1, short(row[1]!, length)));
  };
  const named = shortened(cells, SHORT_NAME);
  const withoutZ = cells.map((row) => row.toSpliced(2, 1));
  const fitting = room(named) < LEAST_BAR ? shortened(withoutZ, LEAST_NAME) : named;
  const widths = widthsOf(fitting);
  const barWidth = Math.max(LEAST_BAR, Math.min(MOST_BAR, room(fitting)));
  const line = (row: readonly string[]): string => row.map((cell, c) => (c === 1 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join(GAP);
  return fitting.flatMap((row, r) => {
    if (r === 0) return [painted('quiet', line(row))];
    const drawnBar = rows[r - 1]!.bar(barWidth);
    const text = line(row);
    return ['\n', drawnBar === '' ? text.trimEnd() : `${text}${GAP}`, drawnBar];
  });
}

/** A name in at most so many letters, its indent among them: its end says more than its beginning. */
function short(name: string, length: number): string {
  if (name.length <= length) return name;
  const indent = name.length - name.trimStart().length;
  return `${name.slice(0, indent)}…${name.slice(name.length - length + indent + 1)}`;
}
