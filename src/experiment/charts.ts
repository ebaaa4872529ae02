// The report's charts: SVG text drawn by Observable Plot into any DOM. Depth runs downwards: the output is at the surface, layer 1 at the bed. Depth is
// that of the trunk; what belongs to weights is shown of every layer, in branches too.
import * as Plot from '@observablehq/plot';
import { amount, count, figure } from '../format.ts';
import { rgbOf } from '../inspect/colours.ts';
import type { History, StepRecord } from '../inspect/history.ts';
import { type HistoryPlace, hiddenTrunk, placesOf } from '../inspect/places.ts';
import type { LayerPrediction } from '../inspect/theory/signal.ts';
import { visible } from '../visible.ts';

/** Points of a curve, and columns of a map, at most. */
const MOST_POINTS = 400;
const MOST_COLUMNS = 120;
const WIDTH = 480;

// As the report's style has them, light and dark.
const INK = 'currentColor';
const THEORY = 'var(--mark)';
const STYLE = { fontSize: '12.5px', fontFamily: 'inherit', background: 'var(--surface)', color: INK };

/** A chart with its heading and its sentence. */
export interface Chart {
  title: string;
  note: string;
  svg: string;
  /** Whether it has the colours of the scale. */
  scale?: true;
}

/** Predictions beside the right ones; with `log` all are above 0, and ratios count. */
export interface AnswerPoints {
  readonly points: readonly { readonly truth: number; readonly answer: number }[];
  readonly log?: boolean | undefined;
}

/** Every chart that a history has data for. */
export function charts(history: History, prediction: readonly LayerPrediction[] | undefined, document: Document, answers?: AnswerPoints): Chart[] {
  const draw = drawerIn(document);
  const probed = [...history.steps.sampled()];
  const numbered = (places: readonly HistoryPlace[]): Hidden[] => places.map((place, i) => ({ ...place, depth: i + 1 }));
  const trunk = numbered(hiddenTrunk(history));
  const layers = numbered(placesOf(history).filter(({ layer, role }) => layer && role === 'hidden'));
  return [
    lossChart(history, draw),
    ...metricCharts(history, draw),
    ...(answers && answers.points.length > 0 ? [answersChart(answers, draw)] : []),
    ...(probed.length > 0 && trunk.length > 0
      ? [mapChart(probed, trunk, draw), profileChart(probed, trunk, prediction, draw), signalChart(probed, trunk, prediction, draw)]
      : []),
    ...updateChart(probed, layers, draw),
    ...histogramChart(history, layers, draw),
  ];
}

/** How a chart is drawn in a document. */
export const drawerIn =
  (document: Document): Draw =>
  (title, note, options) => ({
    title,
    note,
    svg: Plot.plot({ document, width: WIDTH, marginBottom: 44, style: STYLE, ariaLabel: visible(title), ...options } as Plot.PlotOptions).outerHTML,
  });

type Draw = (title: string, note: string, options: Plot.PlotOptions) => Chart;
interface Hidden extends HistoryPlace {
  /** From 1 at the input. */
  depth: number;
}

/** The theory's word on a place. */
const predictedOf = (prediction: readonly LayerPrediction[] | undefined, { name }: Hidden): LayerPrediction | undefined =>
  prediction?.find((layer) => layer.name === name);

/** Where the theory ends, as a sentence. */
function unknownNote(prediction: readonly LayerPrediction[] | undefined): string {
  const unknown = prediction?.find((layer) => layer.unknown !== undefined)?.unknown;
  return unknown === undefined ? '' : ` Theory does not know ${unknown} and ends there.`;
}

function lossChart(history: History, draw: Draw): Chart {
  const { numbers, loss } = history.steps;
  const points = chunks([...loss.keys()], MOST_POINTS).map((at) => ({ step: numbers[at.at(-1)!]!, loss: meanOf(at.map((i) => loss[i]!)) }));
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const validations = chunks(
    history.validations.filter(({ validationLoss }) => Number.isFinite(validationLoss)),
    MOST_POINTS,
  ).map((records) => records.at(-1)!);
  const [min, max] = extent([...finite.map((point) => point.loss), ...validations.map(({ validationLoss }) => validationLoss)]);
  const log = min > 0 && max > 30 * min;
  const lost = history.nonFinite;
  return draw('Loss', `Training, solid${validations.length > 0 ? '; validation, dashed' : ''}.${lost ? ` Not finite from step ${lost.step} on.` : ''}`, {
    height: 260,
    marginLeft: 56,
    x: { label: 'step', tickFormat: count },
    y: { label: 'loss', type: log ? 'log' : 'linear', grid: true, ...(log ? { ticks: 5 } : {}), tickFormat: log ? power : (value: number) => figure(value) },
    marks: [
      Plot.lineY(finite, { x: 'step', y: 'loss', stroke: INK, strokeWidth: 1.5 }),
      Plot.lineY(validations, { x: 'step', y: 'validationLoss', stroke: INK, strokeDasharray: '4 3', strokeWidth: 1.5 }),
      ...(lost ? [Plot.ruleX([lost.step], { stroke: THEORY })] : []),
    ],
  });
}

/** A chart for each metric that the validations have: they are on scales of their own. */
function metricCharts({ validations }: History, draw: Draw): Chart[] {
  const names = [...new Set(validations.flatMap(({ validationMetrics = {} }) => Object.keys(validationMetrics)))];
  return names.map((name) => {
    const values = validations
      .map(({ step, validationMetrics }) => ({ step, value: validationMetrics?.[name] ?? Number.NaN }))
      .filter(({ value }) => Number.isFinite(value));
    const points = chunks(values, MOST_POINTS).map((records) => records.at(-1)!);
    return draw(name, 'In the validations.', {
      height: 200,
      marginLeft: 56,
      x: { label: 'step', tickFormat: count },
      y: { label: visible(name), grid: true },
      marks: [
        Plot.lineY(points, { x: 'step', y: 'value', stroke: INK, strokeDasharray: '4 3', strokeWidth: 1.5, marker: points.length === 1 ? 'dot' : 'none' }),
      ],
    });
  });
}

/** Numbers that were predicted beside the right ones: on the line they are the same. */
export function answersChart({ points, log = false }: AnswerPoints, draw: Draw): Chart {
  const [min, max] = extent(points.flatMap(({ truth, answer }) => [truth, answer]));
  const axis = { domain: [min, max], ...(log ? { type: 'log' as const, tickFormat: power } : { tickFormat: amount }) };
  return draw('Predictions against the truth', 'A dot for each row; on the line both are the same.', {
    height: 320,
    marginLeft: 20 + 7 * Math.max(8, amount(max).length, amount(min).length),
    x: { ...axis, label: 'true value', ticks: 3 },
    y: { ...axis, label: 'prediction', grid: true, ...(log ? { ticks: 5 } : {}) },
    marks: [
      Plot.line(
        [min, max].map((value) => ({ truth: value, answer: value })),
        { x: 'truth', y: 'answer', stroke: THEORY },
      ),
      Plot.dot(points, { x: 'truth', y: 'answer', r: 2, fill: INK, fillOpacity: 0.45 }),
    ],
  });
}

function mapChart(probed: readonly StepRecord[], hidden: readonly Hidden[], draw: Draw): Chart {
  const columns = chunks(probed, MOST_COLUMNS);
  const meanSquare = (records: readonly StepRecord[], { recordOf }: Hidden): number =>
    meanOf(records.map((record) => (recordOf(record)?.tensors.delta?.rms ?? Number.NaN) ** 2));
  const cells = columns.flatMap((records) => {
    const surface = meanSquare(records, hidden.at(-1)!);
    return hidden.map((place) => ({ step: records[0]!.step, depth: place.depth, value: Math.log10(meanSquare(records, place) / surface) / 2 }));
  });
  const ticks = columns.map((records) => records[0]!.step).filter((_, i) => i % Math.ceil(columns.length / 6) === 0);
  const chart = draw('Gradient over time', 'rms of δ relative to the last hidden layer, every layer and step. Blank where it is zero or not finite.', {
    height: Math.max(180, Math.min(420, 90 + 10 * hidden.length)),
    marginLeft: 40,
    marginTop: 8,
    x: { label: 'step', ticks, tickFormat: count, padding: 0 },
    y: { label: 'layer', reverse: true, padding: 0, ticks: depthTicks(hidden.length) },
    color: { type: 'identity' },
    marks: [
      Plot.cell(
        cells.filter(({ value }) => Number.isFinite(value)),
        { x: 'step', y: 'depth', fill: ({ value }: { value: number }) => `rgb(${rgbOf(value).join(' ')})`, inset: 0, shapeRendering: 'crispEdges' },
      ),
    ],
  });
  return { ...chart, scale: true };
}

function profileChart(probed: readonly StepRecord[], hidden: readonly Hidden[], prediction: readonly LayerPrediction[] | undefined, draw: Draw): Chart {
  const [first, last] = [probed[0]!, probed.at(-1)!];
  const profile = (record: StepRecord): { depth: number; ratio: number }[] => {
    const surface = hidden.at(-1)!.recordOf(record)?.tensors.delta?.rms ?? Number.NaN;
    return hidden.map(({ recordOf, depth }) => ({ depth, ratio: (recordOf(record)?.tensors.delta?.rms ?? Number.NaN) / surface })).filter(usable('ratio'));
  };
  const predicted = hidden.map((place) => ({ depth: place.depth, ratio: predictedOf(prediction, place)?.delta ?? Number.NaN })).filter(usable('ratio'));
  return draw(
    'Gradient against depth',
    `rms delta over that of the last hidden place of the trunk: solid at step ${first.step}, thin at step ${last.step}${predicted.length > 0 ? '; theory before the first step, dashed' : ''}.${unknownNote(prediction)}`,
    {
      height: Math.max(200, Math.min(420, 90 + 10 * hidden.length)),
      marginLeft: 40,
      x: {
        label: 'relative to the last hidden place',
        type: 'log',
        domain: decades([...profile(first), ...profile(last), ...predicted].map(({ ratio }) => ratio)),
        grid: true,
        ticks: 5,
        tickFormat: power,
      },
      y: { label: 'layer', domain: [1, Math.max(2, hidden.length)], ticks: depthTicks(hidden.length), tickFormat: 'd' },
      marks: [
        Plot.ruleX([1], { stroke: INK, strokeOpacity: 0.4 }),
        Plot.line(profile(last), { x: 'ratio', y: 'depth', stroke: INK, strokeWidth: 1, strokeOpacity: 0.6 }),
        Plot.line(profile(first), { x: 'ratio', y: 'depth', stroke: INK, strokeWidth: 2, marker: hidden.length < 40 ? 'dot' : 'none' }),
        Plot.line(predicted, { x: 'ratio', y: 'depth', stroke: THEORY, strokeWidth: 1.8, strokeDasharray: '7 4' }),
      ],
    },
  );
}

function signalChart(probed: readonly StepRecord[], hidden: readonly Hidden[], prediction: readonly LayerPrediction[] | undefined, draw: Draw): Chart {
  const measured = (record: StepRecord): { depth: number; rms: number }[] =>
    hidden.map(({ recordOf, depth }) => ({ depth, rms: recordOf(record)?.tensors.z?.rms ?? Number.NaN })).filter(usable('rms'));
  const predicted = hidden.map((place) => ({ depth: place.depth, rms: Math.sqrt(predictedOf(prediction, place)?.q ?? Number.NaN) })).filter(usable('rms'));
  const [first, last] = [probed[0]!, probed.at(-1)!];
  return draw(
    'Signal against depth',
    `rms z, the input of the activation: solid at step ${first.step}, thin at step ${last.step}${predicted.length > 0 ? '; theory, dashed' : ''}.${unknownNote(prediction)}`,
    {
      height: Math.max(200, Math.min(420, 90 + 10 * hidden.length)),
      marginLeft: 40,
      x: {
        label: 'rms z',
        type: 'log',
        domain: decades([...measured(first), ...measured(last), ...predicted].map(({ rms }) => rms)),
        grid: true,
        ticks: 5,
        tickFormat: power,
      },
      y: { label: 'layer', domain: [1, Math.max(2, hidden.length)], ticks: depthTicks(hidden.length), tickFormat: 'd' },
      marks: [
        Plot.line(measured(last), { x: 'rms', y: 'depth', stroke: INK, strokeWidth: 1, strokeOpacity: 0.6 }),
        Plot.line(measured(first), { x: 'rms', y: 'depth', stroke: INK, strokeWidth: 2, marker: hidden.length < 40 ? 'dot' : 'none' }),
        Plot.line(predicted, { x: 'rms', y: 'depth', stroke: THEORY, strokeWidth: 1.8, strokeDasharray: '7 4' }),
      ],
    },
  );
}

function updateChart(probed: readonly StepRecord[], hidden: readonly Hidden[], draw: Draw): Chart[] {
  const last = probed.findLast((record) => record.layers!.some((layer) => layer.updateToWeight));
  if (!last || hidden.length === 0) return [];
  const dots = hidden.map(({ recordOf, depth }) => ({ depth, ratio: recordOf(last)?.updateToWeight?.l2 ?? Number.NaN })).filter(usable('ratio'));
  return [
    draw('Update size', `Norm of the update over norm of the weight at step ${last.step}. The shaded band, 10⁻⁴ to 10⁻¹, is where it usually belongs.`, {
      height: Math.max(180, Math.min(420, 90 + 10 * hidden.length)),
      marginLeft: 40,
      x: { label: 'update / weight', type: 'log', grid: true, ticks: 5, tickFormat: power },
      y: { label: 'layer', domain: [0.5, hidden.length + 0.5], ticks: depthTicks(hidden.length), tickFormat: 'd' },
      marks: [
        Plot.rectX([0], { x1: 1e-4, x2: 1e-1, y1: 0.5, y2: hidden.length + 0.5, fill: INK, fillOpacity: 0.07 }),
        Plot.dot(dots, { x: 'ratio', y: 'depth', fill: INK, r: 3 }),
      ],
    }),
  ];
}

function histogramChart(history: History, hidden: readonly Hidden[], draw: Draw): Chart[] {
  const edges = history.histogramEdges;
  const record = history.steps.findSampled(({ layers }) => layers.some((layer) => layer.tensors.delta?.histogram));
  if (!edges || !record) return [];
  // The first and the last bin are open: they are drawn one bin wide.
  const size = (edge: number): string => power(Number(edge.toPrecision(1)));
  const label = (bin: number): string => (bin === 0 ? `< ${size(edges[0]!)}` : size(edges[bin - 1]!));
  const cells = hidden.flatMap(({ recordOf, depth }) => {
    const { histogram = [], count = 1 } = recordOf(record)?.tensors.delta ?? {};
    return histogram.map((n, bin) => ({ depth, bin: label(bin), fraction: n / count })).filter(({ fraction }) => fraction > 0);
  });
  const bins = Array.from({ length: edges.length + 1 }, (_, bin) => label(bin));
  return [
    draw('Sizes of delta', `Fraction of the elements of delta per size |x| at step ${record.step}, zeros left out; the label is a bin's lower edge.`, {
      height: Math.max(180, Math.min(420, 90 + 10 * hidden.length)),
      marginLeft: 40,
      marginTop: 8,
      x: { label: '|delta|', domain: bins, ticks: bins.filter((_, i) => i % Math.ceil(bins.length / 6) === 1), padding: 0 },
      y: { label: 'layer', reverse: true, padding: 0, ticks: depthTicks(hidden.length) },
      opacity: { type: 'sqrt', range: [0.06, 1] },
      marks: [Plot.cell(cells, { x: 'bin', y: 'depth', fill: INK, fillOpacity: 'fraction', inset: 0, shapeRendering: 'crispEdges' })],
    }),
  ];
}

/** The range of some sizes with 1 in it, two decades wide at least: small differences must not fill the picture. */
function decades(values: readonly number[]): [number, number] {
  return extent([0.1, 10, ...values]);
}

/** The smallest and the largest: a deep network has more cells than a call may have arguments. */
export function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number on a log axis: `10⁻⁶`, `1`, `10`; as elsewhere where it is no power of ten. */
function power(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (!(Math.abs(value / 10 ** exponent - 1) < 1e-9)) return figure(value);
  if (exponent === 0 || exponent === 1) return String(10 ** exponent);
  return `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;
}

/** All layers where they are few, round tens otherwise. */
function depthTicks(depth: number): number[] {
  const every = depth < 12 ? 1 : depth < 25 ? 5 : depth < 120 ? 10 : 100;
  return [...new Set([1, ...Array.from({ length: depth }, (_, i) => i + 1).filter((layer) => layer % every === 0), depth])].filter(
    (layer) => layer === 1 || layer === depth || depth - layer > every / 3,
  );
}

function chunks<Item>(items: readonly Item[], max: number): Item[][] {
  const size = Math.max(1, Math.ceil(items.length / max));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

const usable =
  <Key extends string>(key: Key) =>
  (point: Record<Key, number>): boolean =>
    point[key] > 0 && Number.isFinite(point[key]);

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
