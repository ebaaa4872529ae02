// A sweep as a page: its table, and the score against each path that was varied, in the style of reports.
import * as Plot from '@observablehq/plot';
import { visible } from '../visible.ts';
import { escapeHtml } from './html.ts';
import { STYLE } from './report_style.ts';
import { type SweepLine, scoreOf, sweepRows, wasStopped } from './sweep.ts';

/** The page. `dom` is any document to draw in. */
export function sweepReport(title: string, lines: readonly SweepLine[], dom: Document): string {
  const paths = Object.keys(lines[0]?.values ?? {});
  const figures = paths.map(
    (path) => `<figure><figcaption><b>${escapeHtml(path)}</b> ${escapeHtml(noteOf(lines))}</figcaption>${chartOf(path, lines, dom)}</figure>`,
  );
  const [heading, ...rows] = sweepRows(lines);
  const cells = (tag: string, row: readonly string[]): string => `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} — Fathom sweep</title><style>${STYLE}</style></head><body>
<header><b>Fathom</b><span>Report of a sweep</span></header><main>
<h1>${escapeHtml(title)}</h1>
<h2>Runs, the best first</h2><div class="table"><table>${cells('th', heading!)}${rows.map((row) => cells('td', row)).join('')}</table></div>
<h2>Charts</h2><div class="charts">${figures.join('\n')}</div>
</main></body></html>
`;
}

const noteOf = (lines: readonly SweepLine[]): string =>
  `${lines.some(({ validationLoss }) => validationLoss !== undefined) ? 'Validation' : 'Training'} loss of each run; hollow: ended early as hopeless.`;

function chartOf(path: string, lines: readonly SweepLine[], dom: Document): string {
  const points = lines
    .map((line) => ({ value: line.values[path], score: scoreOf(line), hopeless: wasStopped(line) }))
    .filter(({ score }) => Number.isFinite(score));
  const numbers = points.every(({ value }) => typeof value === 'number');
  const values = points.map(({ value }) => (numbers ? (value as number) : String(typeof value === 'string' ? value : JSON.stringify(value))));
  const sizes = numbers ? (values as number[]) : [];
  // Learning rates and the like are chosen by factors.
  const log = sizes.length > 0 && Math.min(...sizes) > 0 && Math.max(...sizes) / Math.min(...sizes) >= 20;
  const scores = points.map(({ score }) => score);
  const wide = scores.length > 0 && Math.min(...scores) > 0 && Math.max(...scores) / Math.min(...scores) >= 20;
  const data = points.map((point, i) => ({ ...point, value: values[i]! }));
  return Plot.plot({
    document: dom,
    width: 480,
    marginBottom: 44,
    style: { fontSize: '12.5px', fontFamily: 'inherit', background: 'var(--surface)', color: 'currentColor' },
    ariaLabel: visible(path),
    x: { label: path, type: numbers ? (log ? 'log' : 'linear') : 'point' },
    y: { label: 'loss', type: wide ? 'log' : 'linear', grid: true },
    marks: [
      Plot.dot(
        data.filter(({ hopeless }) => !hopeless),
        { x: 'value', y: 'score', fill: 'currentColor', r: 4 },
      ),
      Plot.dot(
        data.filter(({ hopeless }) => hopeless),
        { x: 'value', y: 'score', stroke: 'currentColor', r: 4 },
      ),
    ],
  } as Plot.PlotOptions).outerHTML;
}
