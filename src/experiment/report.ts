// A run as one document to keep: HTML that needs no other file, or Markdown. Readable on paper and on a phone.

import { count, figure, known, percent } from '../format.ts';
import { partlyApplied } from '../inspect/applied.ts';
import { rgbOf } from '../inspect/colours.ts';
import { important, nothingFound, uncheckedText } from '../inspect/diagnose/health.ts';
import { type Diagnosis, diagnose, type Finding } from '../inspect/diagnose/index.ts';
import type { History, HistoryData, TensorStats } from '../inspect/history.ts';
import { type HistoryPlace, hiddenTrunk, placeNumbers, placesOf, shallowText } from '../inspect/places.ts';
import { inColumns } from '../inspect/read_history.ts';
import type { LayerPrediction } from '../inspect/theory/signal.ts';
import { visible } from '../visible.ts';
import { charts } from './charts.ts';
import { escapeHtml } from './html.ts';
import { toJson } from './json.ts';
import { toldLoss } from './judge.ts';
import { keptText } from './kept.ts';
import { markdownParagraph, markdownTable, markdownText } from './markdown.ts';
import { predictPlaces } from './predict.ts';
import { answersOf, dataOf, type ToldAnswers, type ToldData } from './report_data.ts';
import { pageHtml, tableHtml } from './report_page.ts';
import { SCALE_HTML } from './report_style.ts';
import type { RunResult } from './run.ts';
import type { RunSummary } from './run_summary.ts';
import { partsOfRun, scoreRows } from './scores.ts';
import type { RemedyTrials } from './try_remedies.ts';

/** What a report is about. A history from elsewhere has no result. */
export interface ReportInput {
  title: string;
  history: HistoryData;
  result?: Omit<RunResult, 'history'>;
  /** What the rules say of it; by default they are asked anew. */
  diagnosis?: Diagnosis;
  /** Where the run was treated: the table of before and after. */
  tried?: RemedyTrials;
  /** The address of the page's font as woff2, a data URL; by default the reader's own fonts. */
  font?: string;
  /** Fathom's version and the browser's. */
  versions?: Readonly<Record<string, string>>;
}

/** The parts that both forms share, as plain cells. */
interface Parts {
  description: string;
  about: [string, string][];
  scores: string[][];
  findings: readonly Finding[];
  /** What stands below them: what was not checked, or that nothing was found. */
  note: string;
  trials: string[][];
  layers: string[][];
  data: ToldData;
  answers: ToldAnswers | undefined;
}

function predictionOf({ document, start: { inputs, inputMeanSquare } }: Omit<RunResult, 'history'>, { layers }: History): LayerPrediction[] | undefined {
  return predictPlaces(document, inputs?.features ?? layers[0]!.fanIn, inputs ?? inputMeanSquare);
}

/** The report as HTML. `dom` is any document to draw in: the page's own, or linkedom's where there is no page. */
export function htmlReport(input: ReportInput, dom: Document): string {
  const { result, font } = input;
  const history = inColumns('report: history', input.history);
  const parts = partsOf({ ...input, history });
  const shallow = shallowText(history);
  const prediction = result ? predictionOf(result, history) : undefined;
  const figures = charts(history, prediction, dom, parts.answers?.chart)
    .map(
      ({ title, note, svg, scale }) =>
        `<figure><figcaption><b>${escapeHtml(title)}</b> ${escapeHtml(note)}</figcaption>${svg}${scale ? SCALE_HTML : ''}</figure>`,
    )
    .join('\n');
  const sections = [
    `<h1>${escapeHtml(input.title)}</h1>`,
    parts.description && `<p>${escapeHtml(parts.description)}</p>`,
    `<dl>${parts.about.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`,
    '<h2>Findings</h2>',
    parts.findings.length > 0 && `<ul class="findings">${parts.findings.map(findingHtml).join('')}</ul>`,
    parts.note && `<p>${escapeHtml(parts.note)}</p>`,
    parts.trials.length > 0 && `<h2>Remedies, measured</h2>${tableHtml(parts.trials)}`,
    parts.scores.length > 1 && `<h2>Result</h2>${tableHtml(parts.scores)}`,
    parts.answers && `<h2>${escapeHtml(parts.answers.title)}</h2><p>${escapeHtml(parts.answers.note)}</p>${tableHtml(parts.answers.table)}`,
    parts.data.lines.length > 0 && `<h2>Data</h2>${parts.data.lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}`,
    parts.data.columns.length > 0 && tableHtml(parts.data.columns),
    `<h2>Charts</h2><div class="charts">${figures}</div>`,
    `<h2>Layers at the last probed step, the output at the top</h2>`,
    shallow && `<p>${escapeHtml(shallow)}</p>`,
    tableHtml(parts.layers, swatches(history)),
    result && attachmentHtml(`${input.title.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.json`, toJson(result.document, 2)),
  ];
  return pageHtml({ title: input.title, what: 'Report of a run', font }, sections);
}

/** The document to download, and folded to read: it takes no room and no paper. */
function attachmentHtml(name: string, json: string): string {
  const bytes = new TextEncoder().encode(`${json}\n`);
  const link = `data:application/json;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
  return `<h2>Document</h2><p>The experiment, to run again: <a download="${escapeHtml(name)}" href="${link}">${escapeHtml(name)}</a></p><details><summary>Read it here</summary><pre>${escapeHtml(json)}</pre></details>`;
}

/** Per row of the layers' table, its colour on the page; undefined where it has none. */
function swatches(history: History): (string | undefined)[] {
  const record = history.steps.findSampled();
  const surface = record ? hiddenTrunk(history).at(-1)?.recordOf(record)?.tensors.delta?.rms : undefined;
  return placesOf(history)
    .toReversed()
    .map(({ recordOf }) => {
      const value = record && surface ? Math.log10((recordOf(record)?.tensors.delta?.rms ?? 0) / surface) : Number.NaN;
      return Number.isFinite(value) ? `rgb(${rgbOf(value).join(' ')})` : undefined;
    });
}

/** The report as Markdown: all tables and findings; charts are for HTML. */
export function markdownReport(input: ReportInput): string {
  const history = inColumns('report: history', input.history);
  const parts = partsOf({ ...input, history });
  const sections = [
    `# ${markdownText(input.title)}`,
    markdownParagraph(parts.description),
    parts.about.map(([name, value]) => `- **${markdownText(name)}:** ${markdownText(value)}`).join('\n'),
    ['## Findings', parts.findings.map(findingMarkdown).join('\n'), markdownParagraph(parts.note)].filter(Boolean).join('\n\n'),
    parts.trials.length > 0 ? `## Remedies, measured\n\n${markdownTable(parts.trials)}` : '',
    parts.scores.length > 1 ? `## Result\n\n${markdownTable(parts.scores)}` : '',
    parts.answers ? `## ${parts.answers.title}\n\n${markdownParagraph(parts.answers.note)}\n\n${markdownTable(parts.answers.table)}` : '',
    parts.data.lines.length > 0 ? ['## Data', ...parts.data.lines.map(markdownParagraph)].join('\n\n') : '',
    parts.data.columns.length > 0 ? markdownTable(parts.data.columns) : '',
    [`## Layers at the last probed step`, markdownText(shallowText(history) ?? ''), markdownTable(parts.layers)].filter(Boolean).join('\n\n'),
    input.result ? `<details><summary>Document</summary>\n\n\`\`\`json\n${visible(toJson(input.result.document, 2))}\n\`\`\`\n\n</details>` : '',
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function partsOf({
  history,
  result,
  tried: trials,
  diagnosis = trials?.before ?? diagnose(history),
  versions = {},
}: ReportInput & { history: History }): Parts {
  const about: [string, string][] = [['Steps', count(history.steps.length)]];
  if (result) {
    about.push(['Adapter', `${result.adapter.description}${result.adapter.fallback ? ' (software)' : ''}`], ['Seed', String(result.document.seed ?? 1)]);
    about.push(
      ['Time', `${(result.milliseconds / 1000).toFixed(1)} s, ${figure(result.msPerStep)} ms per step`],
      ['Ended', result.status.replaceAll('_', ' ')],
    );
  }
  const kept = keptText(history);
  if (kept) about.push(['Kept', kept.replace(/^Kept: /, '')]);
  for (const { from, to, learningRate, device } of history.recoveries ?? [])
    about.push([
      'Went back',
      device
        ? `from step ${from}, after which the GPU device was lost, to step ${to}, and on with another one${device.equal ? '' : ` (${device.adapter}: bits differ from here)`}`
        : `from step ${from}, which was not finite, to step ${to}, and on with a learning rate of ${figure(learningRate)}`,
    ]);
  if (history.nonFinite)
    about.push([
      'Not finite',
      `from step ${history.nonFinite.step}, first in ${history.nonFinite.tensor}${history.nonFinite.layer ? ` of ${history.nonFinite.layer}` : ''}`,
    ]);
  if (trials?.whyNone) about.push(['No remedy helped', trials.whyNone]);
  about.push(...Object.entries(versions));
  return {
    description: result?.document.description ?? '',
    about,
    scores: result ? scoreRows(partsOfRun(result)) : [],
    findings: diagnosis.findings,
    note: noteOf(diagnosis, history.steps.length),
    trials: trials && trials.trials.length > 0 ? trialRows(trials) : [],
    layers: layerRows(history),
    data: result ? dataOf(result) : { lines: [], columns: [] },
    answers: result && answersOf(result),
  };
}

/** Before and after, a row per attempt: does the gradient reach the first layer, what is the model worth that is kept, what does a step cost. */
export function trialRows({ before, trials, best }: RemedyTrials): string[][] {
  const cells = ({ lastDeltaRatio, firstDeltaRatio, trainLoss, validationLoss, validationAccuracy, msPerStep }: RunSummary, judged?: string): string[] => [
    figure(known(firstDeltaRatio)),
    figure(known(lastDeltaRatio)),
    judged ?? figure(known(validationLoss) ?? known(trainLoss)),
    percent(validationAccuracy),
    figure(known(msPerStep)),
  ];
  return [
    ['', 'delta 1 / L, first step', 'last step', before.comparison?.root ? 'RMSE' : 'loss', 'validation', 'ms per step', 'verdict'],
    ['before', ...cells(before.summary, before.comparison && toldLoss(before.comparison, before.comparison.loss)), ''],
    ...trials.map((trial) => [
      trial.remedy,
      ...cells(trial.summary, trial.comparison?.unit === 'loss' ? toldLoss(trial.comparison, trial.comparison.loss) : undefined),
      `${trial === best ? 'best: ' : ''}${trial.verdict}: ${trial.because}`,
    ]),
  ];
}

function layerRows(history: History): string[][] {
  const record = history.steps.findSampled();
  const places = placesOf(history);
  const lossy = record && places.some(({ recordOf }) => partlyApplied(recordOf(record)) !== undefined);
  const numberOf = placeNumbers(history);
  const heading = [
    '',
    'layer',
    'activation',
    'size',
    'rms z',
    'rms delta',
    '|weight gradient|',
    'update / weight',
    ...(lossy ? ['applied'] : []),
    'zeros in delta',
    'not finite',
  ];
  if (!record) return [heading];
  return [
    heading,
    ...places.toReversed().map((place) => {
      const { tensors = {}, updateToWeight } = place.recordOf(record) ?? {};
      const bad = Object.values(tensors).reduce((sum, stats: TensorStats) => sum + stats.nanCount + stats.infCount, 0);
      return [
        numberOf(place),
        place.name,
        `${place.activation}${place.layer?.batchNorm ? ', batch norm' : place.layer?.normalised ? ', normalised' : ''}${whereabouts(place)}`,
        place.layer ? `${place.layer.fanIn}\u00a0→\u00a0${place.width}` : String(place.width),
        figure(tensors.z?.rms),
        figure(tensors.delta?.rms),
        figure(tensors.weight_gradient?.l2),
        figure(updateToWeight?.l2),
        ...(lossy ? [percent(updateToWeight?.applied)] : []),
        percent(tensors.delta?.zeroFraction),
        String(bad),
      ];
    }),
  ];
}

/** What a place is, where it is no layer of the trunk. */
function whereabouts({ trunk, layer, branchOf }: HistoryPlace): string {
  if (!layer) return ', branches meet';
  return trunk ? '' : `, in a branch${branchOf ? ` from ${branchOf}` : ''}`;
}

function noteOf(diagnosis: Diagnosis, steps: number): string {
  if (diagnosis.findings.length === 0) return nothingFound(diagnosis, steps);
  const left = important(diagnosis);
  return left.length > 0 ? uncheckedText(left) : '';
}

function evidenceText({ evidence }: Finding): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? figure(value) : value}`)
    .join(', ');
}

const followsText = ({ consequenceOf }: Finding): string => (consequenceOf ? `, follows from ${consequenceOf}` : '');

/** Severities as the terminal marks them. */
const MARKS = { severe: '✖', warn: '▲', note: '·' } as const;

const findingHtml = (finding: Finding): string =>
  `<li class="${finding.severity}"><b>${escapeHtml(finding.title)}</b> <i>${MARKS[finding.severity]} ${finding.severity}${followsText(finding)}${finding.layer ? `, ${escapeHtml(finding.layer)}` : ''}</i><br>${escapeHtml(finding.message)}<br><small>${escapeHtml(evidenceText(finding))}${finding.remedies.length > 0 ? `. To try: ${escapeHtml(finding.remedies.join(', '))}` : ''}.</small></li>`;

const findingMarkdown = (finding: Finding): string =>
  `- **${markdownText(finding.title)}** (${finding.severity}${followsText(finding)}${finding.layer ? `, ${markdownText(finding.layer)}` : ''}): ${markdownText(finding.message)}\n  Evidence: ${markdownText(evidenceText(finding))}.${finding.remedies.length > 0 ? ` To try: ${finding.remedies.join(', ')}.` : ''}`;
