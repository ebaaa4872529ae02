// Text for a terminal: aligned tables, bars on a log scale, numbers of a fixed width.
import { figure, percent } from '../format.ts';
import { partlyApplied } from '../inspect/applied.ts';
import type { History, LayerRecord, StepRecord } from '../inspect/history.ts';
import { placesOf } from '../inspect/places.ts';
import { oneLine } from './print.ts';

/** Rows as aligned columns; the first row is the heading. Columns whose cells look like numbers stand right. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(oneLine));
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const right = widths.map((_, c) => rows.slice(1).every((row) => /^([-+]?\d[\d.]*(e[-+]?\d+)?( %)?|NaN|-?Infinity|-|–|)$/.test(row[c] ?? '')));
  return rows
    .map((row) =>
      row
        .map((cell, c) => (right[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
        .join('  ')
        .trimEnd(),
    )
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
const BAR_WIDTH = 18;

/** Per layer, from the input to the output, branches indented under where they leave the trunk: rms z, rms delta, norm of the weight gradient, update over weight, the share of the update that the weights took in where some lost part of it, and a bar of rms delta over whole decades. */
export function layerTable(history: History, record: StepRecord | undefined): string {
  if (!record?.layers) return 'No step was probed.';
  const places = placesOf(history);
  const deltas = places.map(({ recordOf }) => recordOf(record)?.tensors.delta?.rms ?? 0).filter((rms) => rms > 0 && Number.isFinite(rms));
  const high = Math.ceil(Math.max(...deltas.map(Math.log10), -30));
  const low = Math.min(Math.floor(Math.min(...deltas.map(Math.log10), high)), high - 3);
  const lossy = places.some(({ recordOf }) => partlyApplied(recordOf(record)) !== undefined);
  const rows = places.map(({ name, role, trunk, recordOf }) =>
    layerRow(`${trunk ? '' : '  '}${name}${role === 'output' ? ' (output)' : ''}`, recordOf(record) ?? { tensors: {} }, low, high, lossy),
  );
  const cut =
    rows.length > MOST_ROWS
      ? [...rows.slice(0, MOST_ROWS / 2), [`... ${rows.length - MOST_ROWS} more`, ...rows[0]!.slice(1).map(() => '')], ...rows.slice(-MOST_ROWS / 2)]
      : rows;
  return table([['layer', 'rms z', 'rms delta', '|weight grad|', 'update/weight', ...(lossy ? ['applied'] : []), `delta, 1e${low} to 1e${high}`], ...cut]);
}

function layerRow(name: string, { tensors, updateToWeight }: LayerRecord, low: number, high: number, lossy: boolean): string[] {
  const { z, delta, weight_gradient: gradient } = tensors;
  const bad = [z, delta, gradient].some((stats) => stats && stats.nanCount + stats.infCount > 0);
  const bars = bad ? 'not finite' : delta ? bar(delta.rms, low, high, BAR_WIDTH) || 'zero' : '';
  return [
    name,
    figure(z?.rms),
    figure(delta?.rms),
    figure(gradient?.l2),
    figure(updateToWeight?.l2),
    ...(lossy ? [percent(updateToWeight?.applied)] : []),
    bars,
  ];
}
