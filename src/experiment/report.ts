// A run as one document to keep: HTML that needs no other file, or Markdown. Readable on paper and on a phone.

import { figure, known, percent } from '../format.ts';
import { partlyApplied } from '../inspect/applied.ts';
import { important, nothingFound, uncheckedText } from '../inspect/diagnose/health.ts';
import { type Diagnosis, diagnose, type Finding } from '../inspect/diagnose/index.ts';
import type { History, HistoryData, TensorStats } from '../inspect/history.ts';
import { type HistoryPlace, placesOf, shallowText } from '../inspect/places.ts';
import { inColumns } from '../inspect/steps.ts';
import { charts } from './charts.ts';
import { toJson } from './json.ts';
import { markdownParagraph, markdownTable, markdownText } from './markdown.ts';
import { predictPlaces } from './predict.ts';
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
}

/** The report as HTML. `dom` is any document to draw in: the page's own, or linkedom's where there is no page. */
export function htmlReport(input: ReportInput, dom: Document): string {
  const { result } = input;
  const history = inColumns(input.history);
  const parts = partsOf({ ...input, history });
  const shallow = shallowText(history);
  const prediction = result ? predictPlaces(result.document, history.layers[0]!.fanIn, result.start.inputMeanSquare) : undefined;
  const figures = charts(history, prediction, dom)
    .map(({ title, note, svg }) => `<figure><figcaption><b>${escaped(title)}</b> ${escaped(note)}</figcaption>${svg}</figure>`)
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(input.title)} — Fathom report</title><style>${STYLE}</style></head><body><main>
<h1>${escaped(input.title)}</h1>
${parts.description ? `<p>${escaped(parts.description)}</p>` : ''}
<dl>${parts.about.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
<h2>Findings</h2>
${parts.findings.length > 0 ? `<ul class="findings">${parts.findings.map(findingHtml).join('')}</ul>` : ''}${parts.note ? `<p>${escaped(parts.note)}</p>` : ''}
${parts.trials.length > 0 ? `<h2>Remedies, measured</h2>${tableHtml(parts.trials)}` : ''}
${parts.scores.length > 1 ? `<h2>Result</h2>${tableHtml(parts.scores)}` : ''}
<h2>Charts</h2><div class="charts">${figures}</div>
<h2>Layers at the last probed step</h2>${shallow ? `<p>${escaped(shallow)}</p>` : ''}${tableHtml(parts.layers)}
${result ? `<h2>Document</h2><pre>${escaped(toJson(result.document, 2))}</pre>` : ''}
</main></body></html>
`;
}

/** The report as Markdown: all tables and findings; charts are for HTML. */
export function markdownReport(input: ReportInput): string {
  const history = inColumns(input.history);
  const parts = partsOf({ ...input, history });
  const sections = [
    `# ${markdownText(input.title)}`,
    markdownParagraph(parts.description),
    parts.about.map(([name, value]) => `- **${markdownText(name)}:** ${markdownText(value)}`).join('\n'),
    ['## Findings', parts.findings.map(findingMarkdown).join('\n'), markdownParagraph(parts.note)].filter(Boolean).join('\n\n'),
    parts.trials.length > 0 ? `## Remedies, measured\n\n${markdownTable(parts.trials)}` : '',
    parts.scores.length > 1 ? `## Result\n\n${markdownTable(parts.scores)}` : '',
    [`## Layers at the last probed step`, markdownText(shallowText(history) ?? ''), markdownTable(parts.layers)].filter(Boolean).join('\n\n'),
    input.result ? `## Document\n\n\`\`\`json\n${toJson(input.result.document, 2)}\n\`\`\`` : '',
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
  const about: [string, string][] = [['Steps', String(history.steps.length)]];
  if (result) {
    about.push(['Adapter', `${result.adapter.description}${result.adapter.fallback ? ' (software)' : ''}`], ['Seed', String(result.document.seed ?? 1)]);
    about.push(
      ['Time', `${(result.milliseconds / 1000).toFixed(1)} s, ${figure(result.msPerStep)} ms per step`],
      ['Ended', result.status.replaceAll('_', ' ')],
    );
  }
  for (const { from, to, learningRate } of history.recoveries ?? [])
    about.push(['Went back', `from step ${from}, which was not finite, to step ${to}, and on with a learning rate of ${figure(learningRate)}`]);
  if (history.nonFinite)
    about.push([
      'Not finite',
      `from step ${history.nonFinite.step}, first in ${history.nonFinite.tensor}${history.nonFinite.layer ? ` of ${history.nonFinite.layer}` : ''}`,
    ]);
  about.push(...Object.entries(versions));
  return {
    description: result?.document.description ?? '',
    about,
    scores: result ? scoreRows(partsOfRun(result)) : [],
    findings: diagnosis.findings,
    note: noteOf(diagnosis, history.steps.length),
    trials: trials && trials.trials.length > 0 ? trialRows(trials) : [],
    layers: layerRows(history),
  };
}

/** Before and after, a row per attempt: does the gradient reach the first layer, what is the model worth that is kept, what does a step cost. */
export function trialRows({ before, trials, best }: RemedyTrials): string[][] {
  const cells = ({ lastDeltaRatio, firstDeltaRatio, trainLoss, validationLoss, validationAccuracy, msPerStep }: RunSummary, judged?: number): string[] => [
    figure(known(firstDeltaRatio)),
    figure(known(lastDeltaRatio)),
    figure(judged ?? known(validationLoss) ?? known(trainLoss)),
    percent(validationAccuracy),
    figure(known(msPerStep)),
  ];
  return [
    ['', 'delta 1 / L, first step', 'last step', 'loss', 'validation', 'ms per step', 'verdict'],
    ['before', ...cells(before.summary, before.comparison?.loss), ''],
    ...trials.map((trial) => [
      trial.remedy,
      ...cells(trial.summary, trial.comparison?.unit === 'loss' ? trial.comparison.loss : undefined),
      `${trial === best ? 'best: ' : ''}${trial.verdict}: ${trial.because}`,
    ]),
  ];
}

function layerRows(history: History): string[][] {
  const record = history.steps.findSampled();
  const places = placesOf(history);
  const lossy = record && places.some(({ recordOf }) => partlyApplied(recordOf(record)) !== undefined);
  const heading = [
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
    ...places.map((place) => {
      const { tensors = {}, updateToWeight } = place.recordOf(record) ?? {};
      const bad = Object.values(tensors).reduce((sum, stats: TensorStats) => sum + stats.nanCount + stats.infCount, 0);
      return [
        place.name,
        `${place.activation}${place.layer?.batchNorm ? ', batch norm' : place.layer?.normalised ? ', normalised' : ''}${whereabouts(place)}`,
        place.layer ? `${place.layer.fanIn} → ${place.width}` : String(place.width),
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

const findingHtml = (finding: Finding): string =>
  `<li class="${finding.severity}"><b>${escaped(finding.title)}</b> <i>${finding.severity}${followsText(finding)}${finding.layer ? `, ${escaped(finding.layer)}` : ''}</i><br>${escaped(finding.message)}<br><small>${escaped(evidenceText(finding))}${finding.remedies.length > 0 ? `. To try: ${escaped(finding.remedies.join(', '))}` : ''}.</small></li>`;

const findingMarkdown = (finding: Finding): string =>
  `- **${markdownText(finding.title)}** (${finding.severity}${followsText(finding)}${finding.layer ? `, ${markdownText(finding.layer)}` : ''}): ${markdownText(finding.message)}\n  Evidence: ${markdownText(evidenceText(finding))}.${finding.remedies.length > 0 ? ` To try: ${finding.remedies.join(', ')}.` : ''}`;

function tableHtml([heading = [], ...rows]: readonly string[][]): string {
  const row = (cells: readonly string[], tag: string): string => `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="table"><table><thead>${row(heading, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `
:root { color: #1b2a33; background: #fff; font: 15px/1.45 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; font-variant-numeric: tabular-nums; }
body { margin: 0; } main { max-width: 1040px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 8px; } h2 { font-size: 18px; margin: 32px 0 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 16px 0; } dt { color: #55666f; } dd { margin: 0; overflow-wrap: anywhere; }
.findings { list-style: none; padding: 0; } .findings li { border-left: 3px solid #55666f; padding: 4px 0 4px 12px; margin: 0 0 12px; } .findings .severe { border-color: #c2185b; }
.findings i { color: #55666f; } small { color: #55666f; font-size: 13px; overflow-wrap: anywhere; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: 13.5px; } th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid #dce3e7; vertical-align: top; } th { font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px 32px; } figure { margin: 0; break-inside: avoid; } figcaption { font-size: 13.5px; margin-bottom: 4px; } figure svg { width: 100%; height: auto; }
pre { font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; background: #f2f5f7; padding: 12px; }
@media print { main { padding: 0; max-width: none; } h2 { break-after: avoid; } tr, li { break-inside: avoid; } .table { overflow: visible; } }
`;
