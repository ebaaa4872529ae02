// Loss, accuracy and metrics over steps, by uPlot: train solid and smoothed over its own faint noise, validation dotted, the run
// before grey. Labels lie on the lines.
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { charted, metricOf } from '../metrics.ts';
import { FIRST_SPAN, type Run } from '../run.ts';

type Column = (number | null)[];

/** Decades from which on the axis is logarithmic: a loss that blew up would press all else flat. */
const DECADES = 3;

/** Columns over which the training loss is smoothed: single batches jump. */
const SMOOTH = 10;

/** The chart; returns its update. `draw(true)` builds it anew, for another theme or language. */
export function lossChart(app: App): (anew?: boolean) => void {
  const box = byId('loss');
  const label = h('span', { class: 'on-line' });
  /** The library, loaded when there is a step to draw: the first picture comes without it. */
  let Plot: typeof uPlot | null = null;
  let asked = false;
  let plot: uPlot | null = null;
  let shape = '';
  let logarithmic = false;

  /** A file's run alone, or the network's and the one before it. */
  const shownRuns = (): { run: Run | null; before: Run | null } => (app.foreign ? { run: app.foreign.run, before: null } : app.session);

  function load(): void {
    const { run, before } = shownRuns();
    if (asked || (!run?.columns && !before)) return;
    asked = true;
    void import('uplot').then(({ default: library }) => {
      Plot = library;
      app.frame.request();
    });
  }

  function build(Library: typeof uPlot): void {
    plot?.destroy();
    const { ink } = app;
    const axis = { stroke: ink.ink3, font: `12.5px ${ink.font}`, ticks: { show: false }, gap: 4 };
    const line = (color: string, width: number, dash?: number[]): uPlot.Series => ({
      stroke: color,
      width,
      ...(dash ? { dash } : {}),
      // A line needs two points; until there are two, or where a run ended before, the point itself shows.
      points: { show: (u, series) => isPoint(u.data[series]!), size: 5, fill: color },
      spanGaps: true,
    });
    plot = new Library(
      {
        width: Math.max(80, box.clientWidth),
        height: Math.max(60, box.clientHeight),
        // Half of the last step number stands beyond the end of its axis.
        padding: [8, () => Math.max(10, 4 * String(span()).length), 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: () => [0, span()] },
          y: logarithmic ? { distr: 3, range: (_u, min, max) => decades(min, max) } : { range: (_u, min, max) => rangeOf(shown(), min, max) },
        },
        axes: [
          { ...axis, size: 20, grid: { show: false }, splits: () => [0, span() / 2, span()], values: (_u, splits) => splits.map(String) },
          {
            ...axis,
            size: 38,
            grid: { stroke: ink.rule2, width: 1 },
            splits: (_u, _i, min, max) => (logarithmic ? powers(min, max) : [0, 0.25, 0.5, 0.75, 1].map((fraction) => min + (max - min) * fraction)),
            values: (_u, splits) => splits.map((value, i) => (i % 2 && !logarithmic ? '' : tick(value))),
          },
        ],
        series: [{}, line(ink.ink3, 1.3), { ...line(ink.ink3, 1), alpha: 0.55 }, line(ink.ink, 1.8), line(ink.ink, 1.4, [2, 3])],
      },
      data(),
      box,
    );
    box.append(label);
  }

  const shown = (): string => charted(app.store.state.metric, shownRuns().run);

  const span = (): number => Math.max(shownRuns().run?.span ?? FIRST_SPAN, shownRuns().before?.span ?? 0);

  /** Steps, before, train as it is, train smoothed, validation: on one axis of steps. */
  function data(): uPlot.AlignedData {
    const { run, before } = shownRuns();
    const metric = shown();
    const points = new Map<number, Column>();
    const put = (step: number, series: number, value: number | undefined): void => {
      if (value === undefined) return;
      const row = points.get(step) ?? [null, null, null, null];
      row[series] = Number.isFinite(value) ? value : null;
      points.set(step, row);
    };
    const curve = (r: Run | null, series: number, smooth: number): void => {
      if (!r) return;
      if (metric !== 'loss')
        for (const validation of r.validations) put(validation.step, smooth, metricOf(validation, metric, smooth === 0 ? 'validation' : 'train'));
      else {
        let mean = Number.NaN;
        let seen = 0;
        for (let c = 0; c < r.columns; c++) {
          if (!r.has(c)) continue;
          seen++;
          mean = seen === 1 ? r.loss(c) : mean + (r.loss(c) - mean) / Math.min(seen, SMOOTH);
          const step = Math.min(r.step, (c + 1) * r.per);
          put(step, smooth, mean);
          if (series !== smooth) put(step, series, r.loss(c));
        }
      }
    };
    curve(before, 0, 0);
    curve(run, 1, 2);
    for (const validation of run?.validations ?? [])
      put(validation.step, 3, metric === 'loss' ? validation.validationLoss : metricOf(validation, metric, 'validation'));
    const steps = [...points.keys()].sort((a, b) => a - b);
    const column = (i: number): Column => steps.map((step) => points.get(step)![i]!);
    return [steps, column(0), column(1), column(2), column(3)];
  }

  /** The words on a line: what the loss of guessing is, while the network does no better. */
  function words(): void {
    const { run, before } = shownRuns();
    const baselineLoss = run?.baselineLoss ?? null;
    const recent = run && run.columns > 0 ? run.loss(run.columns - 1) : Number.NaN;
    const other = shown() !== 'loss';
    const value = before && before.columns > 0 && !other ? before.loss(before.columns - 1) : baselineLoss;
    const stuck = baselineLoss !== null && Math.abs(recent - baselineLoss) < 0.05 * baselineLoss;
    const said = other || value === null || !plot ? '' : before ? app.t('before') : stuck ? app.t('baselineLoss', { x: baselineLoss!.toFixed(3) }) : '';
    if (label.textContent !== said) label.textContent = said;
    if (!said) return;
    // From the plot's own numbers: asking the page where things are would have it laid out in every frame.
    const y = plot!.valToPos(value!, 'y') + plot!.bbox.top / devicePixelRatio;
    const top = `${Math.max(0, Math.min(plot!.height - 34, y + 8)).toFixed(1)}px`;
    if (label.style.top !== top) label.style.top = top;
  }

  return (anew = false) => {
    if (box.clientWidth < 40 || box.clientHeight < 30) return;
    if (!Plot) return load();
    logarithmic = spansDecades(data());
    const now = `${app.store.state.theme}${shown()}${logarithmic}`;
    if (!plot || anew || now !== shape) {
      shape = now;
      build(Plot);
    } else {
      if (plot.width !== box.clientWidth || plot.height !== box.clientHeight) plot.setSize({ width: box.clientWidth, height: box.clientHeight });
      plot.setData(data());
    }
    words();
  };
}

/** Whether positive values lie so many decades apart that a linear axis shows the largest alone. */
export function spansDecades([, ...series]: readonly (readonly (number | null | undefined)[] | { readonly [at: number]: number })[]): boolean {
  const values = series.flatMap((column) => Array.from(column as readonly (number | null)[])).filter((value): value is number => value !== null && value > 0);
  return values.length > 1 && Math.max(...values) > 10 ** DECADES * Math.min(...values);
}

/** Whether a column has no two values to draw a line between. */
export const isPoint = (column: ArrayLike<number | null | undefined>): boolean => Array.from(column).filter((value) => value != null).length < 2;

/** Whole decades around a range. */
function decades(min: number | null, max: number | null): [number, number] {
  return [10 ** Math.floor(Math.log10(min || 0.1)), 10 ** Math.ceil(Math.log10(max || 1))];
}

/** At most four powers of ten, the ends among them. */
function powers(min: number, max: number): number[] {
  const [low, high] = [Math.round(Math.log10(min)), Math.round(Math.log10(max))];
  const every = Math.max(1, Math.ceil((high - low) / 3));
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 10 ** (low + i * every));
}

/** A number of the axis: at most five characters, for which there is room. */
export function tick(value: number | null): string {
  // uPlot leaves out those of a logarithmic axis that have no room.
  if (value === null) return '';
  if (value !== 0 && (value < 0.1 || value >= 10_000)) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e').replace('-', '\u2212');
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** What the axis goes from and to. Most metrics are fractions; R² may fall below 0. */
function rangeOf(metric: string, min: number | null, max: number | null): [number, number] {
  if (metric === 'loss') return [0, ceiling(max)];
  return [Math.min(0, min ?? 0), metric === 'accuracy' || (max ?? 0) <= 1 ? 1 : ceiling(max)];
}

/** A round number above the largest loss. */
function ceiling(max: number | null): number {
  if (!max || !Number.isFinite(max)) return 0.8;
  for (const step of [0.1, 0.2, 0.4, 0.8, 1.6, 2.4, 4, 8, 16, 40, 80, 160]) if (max <= step) return step;
  // A power of ten, or its half: the axis has room for no more.
  const power = 10 ** Math.ceil(Math.log10(max));
  return max <= power / 2 ? power / 2 : power;
}
