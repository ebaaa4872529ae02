// One scalar in a file of its own: its name is the file's, and what is in it are times, steps and values.
import { DataError } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { isLoss, VALIDATION } from './column_meaning.ts';
import { columnsOf, readCsv } from './csv.ts';
import type { LogFormat } from './log_format.ts';
import { type LogSource, withoutGz } from './log_source.ts';
import { numberIn, RowReader } from './row_reader.ts';

/** `1700000000000 2.3 10`: milliseconds, value, step. */
const MLFLOW = /^\d{13} (\S+) (\d+)$/;
/** `[[1700000000.1, 10, 2.3], ...`: seconds, step, value. */
const TRIPLES = /^\s*\[\s*\[\s*\d{9,10}(?:\.\d+)?\s*,\s*-?\d+(?:\.0+)?\s*,[^,\]]*\]/;
const OF_TENSORBOARD = ['Wall time', 'Step', 'Value'];
/** `run-train-tag-epoch_loss`, as TensorBoard names what it exports. */
const EXPORTED = /^run-(?<run>.*)-tag-(?<tag>.*?)(?: ?\(\d+\))?$/;

/** What the values are, by the file's name where that is a loss; else `Value`, as TensorBoard has it, and `--map 'Value=loss'` says it. */
function nameOf(path: string): string {
  const base = withoutGz(path)
    .replace(/^.*[\\/]/, '')
    .replace(/\.(?:csv|json|txt|log)$/i, '');
  const { run = '', tag = base } = EXPORTED.exec(base)?.groups ?? {};
  const part = /[a-z]+$/i.exec(run)?.[0].toLowerCase() ?? '';
  const name = VALIDATION.has(part) ? `${part}/${tag}` : tag;
  return isLoss(name) ? name : 'Value';
}

export const scalarSeries: LogFormat = {
  text: {
    en: { title: 'One scalar', summary: 'What TensorBoard exports of a curve as CSV or JSON, and a metric’s file of MLflow; the name says of what.' },
    zh: { title: '单个标量', summary: 'TensorBoard 导出的一条曲线（CSV 或 JSON），或 MLflow 的指标文件；由文件名得知是什么。' },
  },
  sample: 'from the formats’ documentation (tensorboard.plugins.scalar, mlflow.store.tracking.file_store)',
  extensions: ['csv', 'json', 'txt', 'log', ''],
  recognises: isScalarSeries,
  read(source, options) {
    const name = nameOf(source.path);
    if (isExported(source)) return readCsv(source, options, { rename: () => [undefined, 'Step', name] });
    const reader = new RowReader(options);
    if (TRIPLES.test(source.head)) {
      const rows = fromPythonJson(source.text());
      if (!Array.isArray(rows)) throw new DataError('expected a list of [time, step, value]');
      rows.forEach((row, i) => {
        if (Array.isArray(row)) reader.add({ step: row[1], [name]: row[2] }, i + 1);
        else reader.passOver(i + 1, 'it is no list of time, step and value');
      });
    } else
      for (const { text, number } of source.lines()) {
        const [, value, step] = MLFLOW.exec(text.trim()) ?? [];
        if (step === undefined) reader.passOver(number, 'it is no time, value and step');
        else reader.add({ step: Number(step), [name]: numberIn(value) }, number);
      }
    return reader.finish();
  },
};

/** Whether a file holds times, steps and values of one scalar. */
export function isScalarSeries(source: Pick<LogSource, 'head'>): boolean {
  return TRIPLES.test(source.head) || isExported(source) || beginsAsMlflow(source.head);
}

const isExported = (source: Pick<LogSource, 'head'>): boolean => {
  const columns = columnsOf(source);
  return OF_TENSORBOARD.every((name, i) => columns[i] === name);
};

const beginsAsMlflow = (head: string): boolean => MLFLOW.test(/^[^\r\n]*/.exec(head)![0].trim());
