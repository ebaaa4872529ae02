// `fathom evaluate` and `fathom predict`: a saved model on data that it is given.

import { basename } from 'node:path';
import { plainly } from '../data/csv_summary.ts';
import { type Unseen, unseenText } from '../data/unseen.ts';
import { UsageError } from '../errors.ts';
import type { DataDocument } from '../experiment/document.ts';
import { toJson } from '../experiment/json.ts';
import { checkRows, isTable } from '../experiment/new_rows.ts';
import { contentsOf, documentOf } from '../experiment/saved_file.ts';
import { scoreRows } from '../experiment/scores.ts';
import { pathsOf } from '../experiment/sources/index.ts';
import { figure } from '../format.ts';
import { readDocument, readModelDescription } from '../io/checkpoint.ts';
import { beginsAsSafetensors } from '../io/safetensors.ts';
import type { AskedRows, ModelScores } from './api.ts';
import { type Files, isFolder, isThere, loadInside, readBytes, readModelFile, requireFolder, within, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { inFlags, sayingFlags } from './flag_words.ts';
import { note, print, write } from './print.ts';
import { checkReportName, writeEvaluation } from './report_file.ts';
import { rowsGiven } from './rows_given.ts';
import { Session, type Where } from './session.ts';
import { table } from './table.ts';
import { KEEP_FLAG, ROW_FLAGS, tableOptionsIn } from './table_flags.ts';

export interface ModelFlags extends Where {
  out?: string;
  report?: string;
  /** Flags of table_flags.ts: how the rows are written. */
  [flag: string]: unknown;
}

/** Classes of which the confusion matrix still fits on a line. */
const MOST_CLASSES = 20;

/** Loss, accuracy and confusion matrix on rows with their targets, or on the parts of the model's own data. */
export async function evaluateCommand(model: string, rows: readonly string[], flags: ModelFlags): Promise<number> {
  requireFolder(flags.out);
  requireFolder(flags.report);
  checkReportName(flags.report);
  if (flags.report !== undefined && rows.length === 0)
    throw new UsageError(`--report: of which rows? Give them after the model; of its own, \`fathom run --report ${flags.report}\` has a report`);
  const file = modelGiven('evaluate', model, rows);
  const written = tableOptionsIn(flags, ROW_FLAGS);
  const given = rows.length > 0 ? rowsOf(model, file, rows, written, true) : undefined;
  if (!given && Object.keys(written).length > 0)
    throw new UsageError(`${ROW_FLAGS.find((option) => option.attributeName() in written)!.long}: only with a table of rows`);
  const own = given ? undefined : loadInside(model, file);
  const path = tablePath(given?.asked.data ?? own!.document.data);
  if (given) await checkTable(file, given, true);
  const session = await Session.open(flags, true);
  try {
    const asked = given && { ...given.asked, ...(flags.report === undefined ? {} : { answers: true }) };
    const scores = await sayingFlags(() => session.evaluate(file, (given ?? own)!.files, asked), path);
    const { unseen = [], notes = [] } = scores;
    const unit = lossUnit(file);
    if (given) sayOf(given.asked, notes);
    if (unseen.length > 0) note(unseenNote(unseen, given!.asked));
    print(`${own?.name ?? model}${given ? ` on ${rows.join(', ')}` : ''}, ${session.adapter.description}\n\n${scoresText(scores)}${unit && `\n${unit}`}`);
    if (flags.report) {
      const said = notes.map((sentence) => inFlags(sentence));
      writeEvaluation(flags.report, {
        title: `${basename(model)} on ${rows.map((each) => basename(each)).join(', ')}`,
        adapter: session.adapter,
        scores,
        about: { Model: model, Rows: rows.join(', ') },
        notes: [...said, ...(unseen.length > 0 ? [unseenNote(unseen, given!.asked)] : []), ...(unit === '' ? [] : [unit])],
      });
    }
    if (flags.out) writeText(flags.out, `${toJson(withoutAnswers(scores), 2)}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** The model's answers to rows, as CSV on the standard output or in a file. */
export async function predictCommand(model: string, rows: readonly string[], flags: ModelFlags): Promise<number> {
  requireFolder(flags.out);
  const file = modelGiven('predict', model, rows);
  const given = rowsOf(model, file, rows, rowOptionsIn(flags), false);
  const { files, asked } = given;
  const path = tablePath(asked.data);
  await checkTable(file, given, false);
  const session = await Session.open(flags, true);
  try {
    const { csv, unseen, notes } = await sayingFlags(() => session.predict(file, files, asked), path);
    sayOf(asked, notes);
    if (unseen.length > 0) note(unseenNote(unseen, asked));
    if (flags.out) writeText(flags.out, csv);
    else write(csv);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** What is wrong with a table of rows is said before a browser starts. */
async function checkTable(file: Uint8Array, { files, asked }: { files: Files; asked: AskedRows }, labelled: boolean): Promise<void> {
  const path = tablePath(asked.data);
  const table = path === undefined ? undefined : files.get(path);
  if (table !== undefined) await sayingFlags(() => checkRows(file, table, asked.options, labelled), path);
}

/** The model's file. Throws a UsageError where it is none, as where rows were given before it. */
function modelGiven(command: string, model: string, rows: readonly string[]): Uint8Array {
  const file = readModelFile(model);
  if (beginsAsSafetensors(file)) return file;
  const swapped = rows.find((path) => isThere(path) && !isFolder(path) && beginsAsSafetensors(readBytes(path)));
  throw new UsageError(
    swapped === undefined
      ? `${model}: expected a model (.safetensors), as --save writes it, and rows after it`
      : `${model}: expected the model first, then the rows: did you swap them? \`fathom ${command} ${swapped} ${model}\``,
  );
}

/** A word on the unit of a loss of scaled targets, which is not that of the metrics. */
function lossUnit(file: Uint8Array): string {
  const { targets } = contentsOf(file).fitted;
  const deviation = targets?.divisor[0];
  if (targets?.log)
    return `The loss counts deviations of the target's logarithm, a factor of ${plainly(Math.exp(deviation!))} each; R2, RMSE, MAE and predictions are of the target itself.`;
  return deviation === undefined ? '' : `The loss counts deviations of the target, ${plainly(deviation)} each; RMSE, MAE and predictions are in its own unit.`;
}

/** The rows at the paths, read as the model's own are, and the files that they are in. */
function rowsOf(model: string, file: Uint8Array, paths: readonly string[], written: object, labelled: boolean): { files: Files; asked: AskedRows } {
  const { data, files } = rowsGiven(
    paths,
    within(model, () => ownData(file)),
    labelled,
  );
  if (!isTable(data) && Object.keys(written).length > 0) {
    const given = ROW_FLAGS.find((option) => option.attributeName() in written) ?? KEEP_FLAG;
    throw new UsageError(`${given.long}: only with a table of rows`);
  }
  return { files, asked: { data, options: { unseen: 'none', ...written } } };
}

/** The data section of the model's own document, where it has one. */
function ownData(file: Uint8Array): DataDocument | undefined {
  return readModelDescription(file) !== undefined || readDocument(file) === undefined ? undefined : documentOf(file).data;
}

/** How rows are written, and which of their columns stand before the answers. */
function rowOptionsIn({ keep, ...flags }: ModelFlags): object {
  return { ...tableOptionsIn(flags, ROW_FLAGS), ...(keep === undefined ? {} : { columns: keep }) };
}

/** The path of a table. */
const tablePath = (data: DataDocument): string | undefined => (isTable(data) ? data.path : undefined);

/** What else is to be known of the rows, by the name of their file. */
function sayOf({ data }: AskedRows, notes: readonly string[]): void {
  const [path] = pathsOf(data);
  for (const sentence of notes) note(inFlags(path === undefined ? sentence : `${basename(path)}: ${sentence}`));
}

/** What is to be known of answers to categories that training had not. */
function unseenNote(unseen: readonly Unseen[], { options }: AskedRows): string {
  const left = options.unseen === 'empty';
  const what = left ? 'are left without an answer' : 'count as none of the known ones, so that answers to these rows are guesses';
  return `Categories that training had not ${what}: ${unseenText(unseen)}.${left ? '' : ' --unseen empty leaves them without an answer, --unseen error refuses them.'}`;
}

/** As they are written for programs. */
const withoutAnswers = ({ answers: _, ...scores }: ModelScores): ModelScores => scores;

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
