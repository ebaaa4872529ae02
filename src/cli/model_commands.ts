// `fathom evaluate` and `fathom predict`: a saved model on data that it is given.

import { UsageError } from '../errors.ts';
import { toJson } from '../experiment/json.ts';
import { scoreRows } from '../experiment/scores.ts';
import { figure } from '../format.ts';
import type { ModelScores } from './api.ts';
import { loadInside, readBytes, readModelFile, requireFolder, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { print, write } from './print.ts';
import { Session, type Where } from './session.ts';
import { table } from './table.ts';
import { CSV_FLAGS, tableOptionsIn } from './table_flags.ts';

export interface ModelFlags extends Where {
  out?: string;
  /** Flags of table_flags.ts: how the rows are written. */
  [flag: string]: unknown;
}

/** Classes of which the confusion matrix still fits on a line. */
const MOST_CLASSES = 20;

/** Loss, accuracy and confusion matrix on a CSV with a target column, or on the parts of the model's own data. */
export async function evaluateCommand(model: string, rows: string | undefined, flags: ModelFlags): Promise<number> {
  requireFolder(flags.out);
  const file = readModelFile(model);
  const { files, name } = rows === undefined ? loadInside(model, file) : { files: new Map(), name: model };
  const written = tableOptionsIn(flags, CSV_FLAGS);
  if (rows === undefined && Object.keys(written).length > 0)
    throw new UsageError(`${CSV_FLAGS.find((option) => option.attributeName() in written)!.long}: only with a CSV of rows`);
  const data = rows === undefined ? { files } : { rows: readBytes(rows), written };
  const session = await Session.open(flags);
  try {
    const scores = await session.evaluate(file, data);
    print(`${name}${rows === undefined ? '' : ` on ${rows}`}, ${session.adapter.description}\n\n${scoresText(scores)}`);
    if (flags.out) writeText(flags.out, `${toJson(scores, 2)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** The model's answers to the rows of a CSV, as CSV on the standard output or in a file. */
export async function predictCommand(model: string, rows: string, flags: ModelFlags): Promise<number> {
  requireFolder(flags.out);
  const [file, text] = [readModelFile(model), readBytes(rows)];
  const session = await Session.open(flags);
  try {
    const answers = await session.predict(file, text, tableOptionsIn(flags, CSV_FLAGS));
    if (flags.out) writeText(flags.out, answers);
    else write(answers);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function scoresText({ parts, classes }: ModelScores): string {
  const scores = table(scoreRows(parts));
  const { part, evaluation } = parts.at(-1)!;
  const { confusion } = evaluation;
  if (!confusion || confusion.length > MOST_CLASSES) return scores;
  const names = confusion.map((_, index) => classes?.[index] ?? String(index));
  const matrix = table([
    ['is \\ taken for', ...names],
    ...confusion.map((counts, index) => [names[index]!, ...counts.map((count) => (Number.isInteger(count) ? String(count) : figure(count)))]),
  ]);
  return `${scores}\n\nConfusion of ${part}:\n${matrix}`;
}
