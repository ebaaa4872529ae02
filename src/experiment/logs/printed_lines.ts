// What a script prints of its training: `step 10 loss 2.30`, `Epoch 1/10 - loss: 0.4`, bars of tqdm, dicts of Python, after whatever a logger puts before them.
import { DataError, isObject } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { isCounter, type Meanings, meanings, STEPS, VALIDATION, wordsOf } from './column_meaning.ts';
import { readCsv, tableIn } from './csv.ts';
import { flat } from './json_lines.ts';
import type { LogFormat } from './log_format.ts';
import { type LogRow, numberIn, RowReader } from './row_reader.ts';

/** Names that are shown where none is a loss. */
const SHOWN = 12;
/** Characters of a line beyond which it is no line of a log. */
const LONGEST = 20_000;

/** No name: in `loss nan gnorm 3.1` there are two numbers. */
const NOT_NAN = String.raw`(?!(?:nan|inf|infinity)\b)`;
const NAME = String.raw`(?<![\w.])(?<name>${NOT_NAN}[A-Za-z_][\w@/.-]*(?: ${NOT_NAN}[A-Za-z_][\w@/.]*){0,2})`;
/** Between a name and its number: a colon, an equals sign or blanks, a bracket, a call such as tensor(. */
const BETWEEN = String.raw`(?:\s*[:=]\s*|\s+)\[?\s*(?:(?:[a-z]+\.)?[a-z]+\d*\(\s*)?`;
/** The number, and what it is a part of: 9100/10000. No clock (1:23), no unit (2ms), no decimal comma. */
const NUMBER = String.raw`(?<grouped>\d{1,3}(?:,\d{3})+)(?![\d,.])|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]|,\d|:\d)|(?<word>[-+]?(?:nan|inf|infinity))\b`;
const PAIR = new RegExp(String.raw`${NAME}${BETWEEN}(?:${NUMBER})(?:\s*/\s*(?<of>\d+))?`, 'gi');
const TIME = /\d{4}-\d\d-\d\d(?:[T ,]+\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?Z?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?/g;
/** ` 33%|###   | 20/60 [00:20<00:40, 1.00it/s, loss=2.3]` */
const BAR = /(?<done>\d+)\/(?<all>\d+) \[(?:\d+:)*\d+:\d\d/;
const SECTION = /(?:^|[\s[(|>*#-])(val|valid|validation|eval|evaluation|evaluating|dev|test|testing|train|training)(?=[\s:\])|>*-]|$)/gi;
/** `Test Error:`, with its numbers in the line below. */
const HEADING = /^\W*(?:val|valid|validation|eval|evaluation|dev|test|testing)\b[^:]*:\s*$/i;
const SCORE = /loss|cost|acc/i;
/** Words around that of a step. */
const BESIDE_STEP = new Set(['train', 'training', 'global', 'num', 'current', 'at', 'it', 'in']);

/** A literal of Python as JSON: quotes, None, and numbers in a call. */
const toJson = (text: string): string =>
  text.replace(
    /'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|\b(None|True|False)\b|[A-Za-z_][\w.]*\(\s*(-?[\d.]+(?:e[-+]?\d+)?|-?nan|-?inf)[^()]*\)|(-?)\b(nan|inf)\b/gi,
    (whole, single: string | undefined, constant: string | undefined, called: string | undefined, sign: string | undefined, word: string | undefined) => {
      if (single !== undefined) return JSON.stringify(single);
      if (constant !== undefined) return constant === 'None' ? 'null' : constant.toLowerCase();
      if (called !== undefined) return numberIn(called) !== undefined && Number.isFinite(Number(called)) ? String(Number(called)) : JSON.stringify(called);
      return word === undefined ? whole : JSON.stringify(`${sign}${word}`);
    },
  );

/** The object in a line, and where it begins. */
function objectIn(line: string): { before: string; row: LogRow } | undefined {
  const [from, to] = [line.search(/\{\s*['"]/), line.lastIndexOf('}')];
  if (from < 0 || to < from) return undefined;
  const text = line.slice(from, to + 1);
  for (const read of [() => fromPythonJson(text), () => fromPythonJson(toJson(text))]) {
    try {
      const value = read();
      if (isObject(value)) return { before: line.slice(0, from), row: flat(value) };
    } catch {}
  }
  return undefined;
}

/** A name for a step whatever it is called; others as they are. */
function columnOf(name: string): string {
  const words = wordsOf(name);
  const last = words.at(-1)!;
  if (STEPS.includes(last) && words.slice(0, -1).every((word) => BESIDE_STEP.has(word))) return 'step';
  return last === 'epoch' && words.slice(0, -1).every((word) => BESIDE_STEP.has(word)) ? 'epoch' : name;
}

/** The numbers of a line, each by the name before it; those of a validation by names that say so. */
function pairsIn(line: string, within = ''): LogRow {
  const row: LogRow = {};
  const text = line.replace(TIME, ' | ');
  let [at, section, rank] = [0, within, Number.POSITIVE_INFINITY];
  for (const found of text.matchAll(PAIR)) {
    const { name = '', grouped, number, word, of } = found.groups!;
    for (const [, which] of text.slice(at, found.index + name.length).matchAll(SECTION)) section = /^train/i.test(which!) ? '' : 'val ';
    at = found.index + found[0].length;
    const column = columnOf(name);
    const counts = column === 'step' || column === 'epoch';
    if (grouped !== undefined && !counts) continue;
    const value = grouped === undefined ? numberIn(number ?? word)! : Number(grouped.replaceAll(',', ''));
    if (column === 'step') {
      // Of several the one that goes on over epochs.
      const its = STEPS.indexOf(wordsOf(name).at(-1)!);
      if (its >= rank) continue;
      rank = its;
    }
    const part = of !== undefined && /acc/i.test(name) ? value / Number(of) : value;
    const named = SCORE.test(name) && !wordsOf(name).some((each) => VALIDATION.has(each)) ? section + column : column;
    row[named] ??= part;
  }
  return row;
}

/** The rows of lines, one after another: what a bar says of its step, and the epoch that a line of its own has said. */
class Lines {
  readonly #meaning: Meanings;
  /** Names that were beside a number. */
  readonly names = new Set<string>();
  #bar = { done: 0, epoch: 1 };
  /** Whether the line above is the heading of a validation. */
  #below = false;

  constructor(map: readonly string[] | undefined) {
    this.#meaning = meanings(map);
  }

  /** A row of what is known; undefined where nothing is. */
  row(line: string): LogRow | undefined {
    const object = objectIn(line);
    const within = this.#below ? 'val ' : '';
    this.#below = HEADING.test(line);
    const row = object ? { ...pairsIn(object.before), ...object.row } : pairsIn(line, within);
    // What Hugging Face sums up at the end: means over the whole run.
    if ('train_runtime' in row) return undefined;
    const columns = Object.keys(row);
    for (const column of columns) if (this.names.size < SHOWN) this.names.add(column);
    if (!columns.some((column) => this.#meaning(column, false))) return undefined;
    const bar = BAR.exec(line)?.groups;
    if (bar && row.step === undefined && !columns.some((column) => /^val /.test(column))) this.#step(row, Number(bar.done));
    return row;
  }

  #step(row: LogRow, done: number): void {
    // A bar that begins anew is another epoch.
    if (done < this.#bar.done) this.#bar.epoch++;
    this.#bar.done = done;
    row.step = done;
    row.epoch ??= this.#bar.epoch;
  }
}

export const printedLines: LogFormat = {
  text: {
    en: { title: 'Printed lines', summary: 'What a script prints: a name and a number beside it, bars of tqdm, dicts of Python, a table with blanks.' },
    zh: { title: '打印的文本', summary: '脚本打印的文本：名称与其后的数、tqdm 进度条、Python 字典、空格分隔的表。' },
  },
  sample: 'from what scripts of PyTorch print (its examples, tqdm, logging, loguru)',
  extensions: ['log', 'txt', 'out'],
  recognises: ({ head }) => /loss|cost/i.test(head),
  read(source, options) {
    const delimiter = tableIn(source.head);
    if (delimiter !== undefined) return readCsv(source, options, { delimiter });
    const lines = new Lines(options.map);
    const reader = new RowReader(options);
    let some = false;
    // A bar is drawn over and over in one line.
    for (const { text, number } of source.lines())
      for (const part of text.split(/[\r\b]+/)) {
        const row = part.length > LONGEST ? undefined : lines.row(part);
        if (!row) continue;
        some = true;
        reader.add(row, number);
      }
    if (some) return reader.finish();
    const names = [...lines.names].map((name) => JSON.stringify(name));
    throw new DataError(
      `no line has a number beside the word loss, as "step 10 loss 2.30" has; ${
        names.length > 0
          ? `--map '${[...lines.names].find((name) => !isCounter(name)) ?? 'objective'}=loss' says which of the others it is: ${names.join(', ')}`
          : 'no number has a name before it at all: where each line has a step and a loss, write "step loss" above the first'
      }`,
    );
  },
};
