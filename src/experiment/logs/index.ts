// All formats of training logs that the diagnosis reads.
import { DataError, FathomError, UsageError } from '../../errors.ts';
import { csv } from './csv.ts';
import { fathomHistory } from './fathom_history.ts';
import { jsonLines } from './json_lines.ts';
import { jsonRows } from './json_rows.ts';
import { jsonTables } from './json_tables.ts';
import { kerasCsv } from './keras_csv.ts';
import { kerasHistory } from './keras_history.ts';
import { lightningCsv } from './lightning_csv.ts';
import type { LogFormat, LogOptions, ReadLog } from './log_format.ts';
import { type LogSource, withoutGz } from './log_source.ts';
import { megatronLog } from './megatron_log.ts';
import { printedLines } from './printed_lines.ts';
import { scalarSeries } from './scalar_series.ts';
import { tensorboard } from './tensorboard.ts';
import { trainerState } from './trainer_state.ts';
import { wandb } from './wandb.ts';

/** Of several that could be meant, the first. */
export const LOG_FORMATS = {
  fathom_history: fathomHistory,
  hugging_face: trainerState,
  lightning: lightningCsv,
  wandb,
  tensorboard,
  scalar_series: scalarSeries,
  megatron: megatronLog,
  keras_history: kerasHistory,
  keras_csv: kerasCsv,
  json_tables: jsonTables,
  json_rows: jsonRows,
  json_lines: jsonLines,
  csv,
  printed_lines: printedLines,
} satisfies Readonly<Record<string, LogFormat>>;

/** The names of the formats. */
export type LogFormatName = keyof typeof LOG_FORMATS;

/** Whether a name has an ending, or a part that stands for one. */
const ends = (path: string, extension: string): boolean =>
  extension === ''
    ? hasNoEnding(path)
    : extension.startsWith('/')
      ? path.toLowerCase().includes(extension.slice(1))
      : withoutGz(path).toLowerCase().endsWith(`.${extension}`);

/** Whether a name has no ending at all, as the files of MLflow. */
export const hasNoEnding = (path: string): boolean => !/[^\\/]*\.[^\\/]*$/.test(path);

const formatsOf = (path: string): [LogFormatName, LogFormat][] =>
  (Object.entries(LOG_FORMATS) as [LogFormatName, LogFormat][]).filter(([, { extensions }]) => extensions.some((extension) => ends(path, extension)));

/** Whether a file is a log, by its name; one that ends in .json or in nothing may be an experiment, too, and needs a look (`formatOf`). */
export const isLog = (path: string): boolean => !hasNoEnding(path) && !withoutGz(path).toLowerCase().endsWith('.json') && formatsOf(path).length > 0;

/** The format of a file; undefined where none recognizes it. */
export const formatOf = (source: LogSource): LogFormatName | undefined => formatsOf(source.path).find(([, { recognises }]) => recognises(source))?.[0];

/**
 * The history in a log: in the format that recognizes it, else in the most general of those with such a name, which says what is wrong. Throws a DataError that names the
 * file and the line.
 */
export function readLog(source: LogSource, options: LogOptions = {}): ReadLog {
  const name = formatOf(source) ?? formatsOf(source.path).at(-1)?.[0];
  if (!name) {
    const known = new Set(
      Object.values<LogFormat>(LOG_FORMATS).flatMap(({ extensions }) =>
        extensions.filter(Boolean).map((extension) => extension.replace(/^\/?/, (slash) => (slash ? '' : '.'))),
      ),
    );
    throw new DataError(`${source.path}: expected a log with a name in ${[...known].join(', ')}`);
  }
  const { read }: LogFormat = LOG_FORMATS[name];
  try {
    return read(source, options);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof FathomError)) throw error;
    throw new DataError(`${source.path}: ${error.message}`, { cause: error });
  }
}
