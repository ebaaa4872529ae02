import font from '@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2?inline';
import { parseHTML } from 'linkedom/worker';
import packageInfo from '../../package.json' with { type: 'json' };
import { UsageError } from '../errors.ts';
import { type EvaluationReportInput, evaluationHtml, evaluationMarkdown } from '../experiment/evaluation_report.ts';
import { htmlReport, markdownReport, type ReportInput } from '../experiment/report.ts';
import { writeText } from './documents.ts';
import { print } from './print.ts';

/** Throws a UsageError unless the name of a report ends in .html or .md: before the run, not after it. */
export function checkReportName(path: string | undefined): void {
  if (path !== undefined && !/\.(html?|md)$/i.test(path))
    throw new UsageError(`--report: expected a file that ends in .html or .md, got ${JSON.stringify(path)}`);
}

/** Writes the report of a run in the form that the file's name asks for. */
export const writeReport = (path: string, input: ReportInput): void => writeForm(path, input, htmlReport, markdownReport);

/** Writes the report of an evaluation likewise. */
export const writeEvaluation = (path: string, input: EvaluationReportInput): void => writeForm(path, input, evaluationHtml, evaluationMarkdown);

function writeForm<Input extends { versions?: Readonly<Record<string, string>> }>(
  path: string,
  input: Input,
  html: (input: Input, dom: Document) => string,
  markdown: (input: Input) => string,
): void {
  const withVersions = { ...input, font, versions: { Fathom: packageInfo.version, ...input.versions } };
  // Not a page, only nodes to draw in: there is no browser where a history is read.
  const text = /\.md$/i.test(path)
    ? markdown(withVersions)
    : html(withVersions, parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document);
  writeText(path, text);
  print(`Report: ${path}`);
}
