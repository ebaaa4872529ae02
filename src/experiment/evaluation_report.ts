// An evaluation of a saved model on new rows as one document to keep: HTML that needs no other file, or Markdown.
import { amount, count, figure, percent } from '../format.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { AnsweredRows } from './answered_rows.ts';
import { answersChart, drawerIn } from './charts.ts';
import { escapeHtml } from './html.ts';
import { markdownParagraph, markdownTable, markdownText } from './markdown.ts';
import { confusedClasses, errorGroups, factorNote, type ToldAnswers } from './report_data.ts';
import { pageHtml, tableHtml } from './report_page.ts';
import { type ScoredPart, scoreRows } from './scores.ts';

/** Groups of rows by their true values. */
const DECILES = 10;

/** What such a report is about. */
export interface EvaluationReportInput {
  readonly title: string;
  readonly adapter: AdapterSummary;
  readonly scores: { readonly parts: readonly ScoredPart[]; readonly classes?: readonly string[]; readonly answers?: AnsweredRows };
  /** What else is to be said above the tables, by name. */
  readonly about: Readonly<Record<string, string>>;
  /** Sentences on the rows, and on what the loss counts. */
  readonly notes: readonly string[];
  readonly font?: string;
  /** Fathom's version. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A part of the report: a heading, a sentence, a table. */
type Section = Pick<ToldAnswers, 'title' | 'note' | 'table'>;

/** The report as HTML. `dom` is any document to draw in. */
export function evaluationHtml(input: EvaluationReportInput, dom: Document): string {
  const { answers } = input.scores;
  const points = answers?.kind === 'numbers' ? pointsOf(answers) : [];
  const chart = points.length > 0 ? answersChart({ points, log: answers?.log }, drawerIn(dom)) : undefined;
  return pageHtml({ title: input.title, what: 'Report of an evaluation', font: input.font }, [
    `<h1>${escapeHtml(input.title)}</h1>`,
    `<dl>${aboutOf(input)
      .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
      .join('')}</dl>`,
    ...sectionsOf(input).map(
      ({ title, note, table }) => `<h2>${escapeHtml(title)}</h2>${note && `<p>${escapeHtml(note)}</p>`}${table.length > 1 ? tableHtml(table) : ''}`,
    ),
    chart &&
      `<h2>Chart</h2><div class="charts"><figure class="single"><figcaption><b>${escapeHtml(chart.title)}</b> ${escapeHtml(chart.note)}</figcaption>${chart.svg}</figure></div>`,
    input.notes.length > 0 && `<h2>Notes</h2>${input.notes.map((note) => `<p>${escapeHtml(sentence(note))}</p>`).join('')}`,
  ]);
}

/** The report as Markdown: all of it but the chart. */
export function evaluationMarkdown(input: EvaluationReportInput): string {
  const sections = [
    `# ${markdownText(input.title)}`,
    aboutOf(input)
      .map(([name, value]) => `- **${markdownText(name)}:** ${markdownText(value)}`)
      .join('\n'),
    ...sectionsOf(input).map(({ title, note, table }) =>
      [`## ${markdownText(title)}`, markdownParagraph(note), table.length > 1 ? markdownTable(table) : ''].filter(Boolean).join('\n\n'),
    ),
    input.notes.length > 0 ? ['## Notes', ...input.notes.map((note) => markdownParagraph(sentence(note)))].join('\n\n') : '',
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

const aboutOf = ({ adapter, about, versions = {} }: EvaluationReportInput): [string, string][] => [
  ...Object.entries(about),
  ['Adapter', `${adapter.description}${adapter.fallback ? ' (software)' : ''}`],
  ...Object.entries(versions),
];

const sentence = (note: string): string => `${note[0]!.toUpperCase()}${note.slice(1)}${/[.!?]$/.test(note) ? '' : '.'}`;

/** Rows of both numbers, without those that no chart has a place for. */
const pointsOf = ({ truths, predictions, log }: AnsweredRows): { truth: number; answer: number }[] =>
  truths
    .map((truth, row) => ({ truth, answer: predictions[row]! }))
    .filter(({ truth, answer }) => Number.isFinite(truth) && Number.isFinite(answer) && (!log || answer > 0));

function sectionsOf({ scores: { parts, classes, answers } }: EvaluationReportInput): Section[] {
  const name = (index: number): string => classes?.[index] ?? String(index);
  const confusion = parts.at(-1)?.evaluation.confusion;
  return [
    { title: 'Result', note: '', table: scoreRows(parts) },
    ...(confusion ? [confusedClasses(confusion, name, 'Of these rows')] : []),
    ...(answers?.kind === 'numbers' ? [decilesOf(answers)] : []),
    ...(answers ? [worstOf(answers, name)] : []),
  ];
}

function decilesOf(answers: AnsweredRows): Section {
  const points = pointsOf(answers);
  const lost = answers.truths.length - points.length;
  return {
    title: 'Errors by decile of the true value',
    note: `${count(points.length)} rows in groups of as many, by their true value.${lost > 0 ? ` ${count(lost)} more ${lost === 1 ? 'has' : 'have'} no finite answer.` : ''}${factorNote({ outputs: answers.predictions as number[], targets: answers.truths as number[], ...(answers.log ? { log: true } : {}) })}`,
    table: points.length > 0 ? errorGroups(points, DECILES) : [],
  };
}

function worstOf({ kind, truths, predictions, probabilities, log, worst, names, cells }: AnsweredRows, name: (index: number) => string): Section {
  if (worst.length === 0) return { title: 'Rows that are furthest off', note: 'None: all answers are right.', table: [] };
  const away = (row: number): string => {
    const [truth, answer] = [truths[row]!, predictions[row]!];
    if (log) return figure(Math.max(answer / truth, truth / answer));
    return `${answer > truth ? '+' : ''}${amount(answer - truth)}`;
  };
  const heading =
    kind === 'classes'
      ? ['is', 'taken for', ...(probabilities ? ['probability of the right one'] : [])]
      : ['true value', 'prediction', log ? 'factor' : 'error'];
  const told = (row: number): string[] =>
    kind === 'classes'
      ? [name(truths[row]!), name(predictions[row]!), ...(probabilities ? [percent(probabilities[row])] : [])]
      : [amount(truths[row]!), amount(predictions[row]!), away(row)];
  const what = kind === 'classes' ? 'wrong rows, the surest first' : `rows with the largest ${log ? 'factors' : 'errors'}`;
  return {
    title: 'Rows that are furthest off',
    note: `The ${count(worst.length)} ${what}${names ? '' : '; rows are counted from 0'}${cells ? '; cells as they are written' : ''}.`,
    table: [
      ['row', ...heading, ...(cells?.names ?? [])],
      ...worst.map((row, place) => [names?.[place] ?? String(row), ...told(row), ...(cells?.rows[place] ?? [])]),
    ],
  };
}
