import { DataError, isObject, show, UsageError } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { columnsOf, readCsv } from './csv.ts';
import { flat, readJsonLines } from './json_lines.ts';
import type { LogFormat } from './log_format.ts';
import { withoutGz } from './log_source.ts';
import { type LogRow, RowReader } from './row_reader.ts';

/** A histogram as W&B keeps it: counts and edges, from which the statistics of the tensor follow, within the width of a bin. */
function withHistograms(row: LogRow): LogRow {
  for (const key of Object.keys(row)) {
    if (!key.endsWith('/_type') || row[key] !== 'histogram') continue;
    const name = key.slice(0, -'/_type'.length);
    const [values, bins] = [row[`${name}/values`], row[`${name}/bins`]];
    for (const part of ['_type', 'values', 'bins']) delete row[`${name}/${part}`];
    if (!Array.isArray(values) || !Array.isArray(bins) || bins.length !== values.length + 1) continue;
    let [count, sum, squares] = [0, 0, 0];
    values.forEach((n: number, i) => {
      const middle = (bins[i] + bins[i + 1]) / 2;
      count += n;
      sum += n * middle;
      squares += n * middle * middle;
    });
    if (count > 0) row[name] = { count, l2: Math.sqrt(squares), mean: sum / count, min: bins[0], max: bins.at(-1) };
  }
  return row;
}

/** A column of a chart: of which run, and of what. */
const CHARTED = /^(?<run>.*) - (?<metric>.*)$/;
const BOUND = /__(?:MIN|MAX)$/;

/** The runs whose curves a chart has, in order: each of its columns stands with its bounds. */
const runsOfChart = (columns: readonly string[]): string[] => [
  ...new Set(columns.flatMap((column) => (columns.includes(`${column}__MIN`) ? (CHARTED.exec(column)?.groups?.run ?? []) : []))),
];

/** The columns of a run by their metrics' names, those of other runs and bounds left out. */
const ofRun = (columns: readonly string[], run: string | undefined): (string | undefined)[] =>
  columns.map((column) => {
    if (BOUND.test(column)) return undefined;
    const charted = columns.includes(`${column}__MIN`) ? CHARTED.exec(column)?.groups : undefined;
    return charted === undefined ? column : charted.run === run ? charted.metric : undefined;
  });

/** Weights & Biases: `run.history()` or `scan_history()` as CSV, JSON or JSON lines, and the table that the page exports of a chart. */
export const wandb: LogFormat = {
  text: {
    en: { title: 'W&B history', summary: 'An exported history of Weights & Biases, as CSV or JSON, or the CSV of a chart.' },
    zh: { title: 'W&B 历史', summary: '从 Weights & Biases 导出的历史（CSV 或 JSON），或图表的 CSV。' },
  },
  sample: 'from the format’s documentation (wandb.apis.public.Run.history)',
  extensions: ['csv', 'json', 'jsonl', 'ndjson'],
  recognises: ({ head, path }) =>
    /"_step"|"_timestamp"/.test(head)
      ? /^\s*[[{]/.test(head)
      : withoutGz(path).toLowerCase().endsWith('.csv') && columnsOf({ head }).some((column) => column === '_step' || / - .*__(MIN|MAX)$/.test(column)),
  read(source, options) {
    if (/^\s*\[/.test(source.head)) {
      const reader = new RowReader(options);
      const rows = fromPythonJson(source.text());
      (rows as unknown[]).forEach((row, i) => {
        if (isObject(row)) reader.add(withHistograms(flat(row)), i + 1);
        else reader.passOver(i + 1, 'it is no object');
      });
      return reader.finish();
    }
    if (/^\s*\{/.test(source.head)) return readJsonLines(source, options, withHistograms);
    const { run, ...others } = options;
    const runs = runsOfChart(columnsOf(source));
    if (runs.length < 2) return readCsv(source, options, { rename: (columns) => ofRun(columns, runs[0]) });
    if (run === undefined)
      throw new DataError(
        `the chart has ${runs.length} runs: ${runs.map((name, i) => `${i + 1} ${show(name)}`).join(', ')}; --run 1 reads the first, or keep the columns of one`,
      );
    const name = runs[run - 1];
    if (name === undefined) throw new UsageError(`--run ${run}: the chart has ${runs.length} runs`);
    return readCsv(source, others, { rename: (columns) => ofRun(columns, name) });
  },
};
