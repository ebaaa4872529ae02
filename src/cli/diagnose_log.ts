// `fathom diagnose` of a log: what another program wrote of its run, once or while it grows.
import { statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { diagnosisJson } from '../experiment/diagnosis_json.ts';
import { toJson } from '../experiment/json.ts';
import { readLog } from '../experiment/logs/index.ts';
import type { LogOptions, ReadLog } from '../experiment/logs/log_format.ts';
import type { LogSource } from '../experiment/logs/log_source.ts';
import { TORCH_ADVICE } from '../experiment/logs/torch_advice.ts';
import { important, nothingFound, uncheckedText } from '../inspect/diagnose/health.ts';
import { type DiagnoseOptions, type Diagnosis, diagnose, type Finding, type OfferedRemedy } from '../inspect/diagnose/index.ts';
import { readText, within } from './documents.ts';
import { EXIT } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { openLog } from './log_file.ts';
import { note, oneLine, type Piece, painted, print } from './print.ts';
import { writeReport } from './report_file.ts';
import { findingsText, MARKS, onTerminal } from './result_text.ts';

/** How findings are printed: text for people, JSON for programs, annotations for GitHub's workflows. */
export const FORMATS = ['text', 'json', 'github'] as const;

/** What `diagnose` takes for findings of any run. */
export interface FindingFlags {
  format?: (typeof FORMATS)[number];
  /** JSON that `--format json` wrote: its findings are known, and fail nothing. */
  baseline?: string;
  /** From which severity on findings make the exit status 1. */
  failOn?: 'warn' | 'severe';
}

/** What it takes for a log. */
export interface LogFlags extends FindingFlags, LogOptions {
  report?: string;
  watch?: boolean;
}

/** Reads and judges a log. The exit status says whether there are findings. */
export async function diagnoseLog(source: LogSource, flags: LogFlags, options: DiagnoseOptions): Promise<number> {
  const known = knownRules(flags.baseline);
  if (flags.watch) return await watchLog(source.path, flags, options, known);
  const log = readLog(source, flags);
  for (const text of log.notes) note(onTerminal(oneLine(text)));
  const diagnosis = diagnose(log.history, options);
  printDiagnosis(diagnosis, { path: source.path, steps: log.history.steps.length, foreign: log.foreign, known, format: flags.format ?? 'text' });
  if (flags.report) writeReport(flags.report, { title: source.path, history: log.history, diagnosis });
  return statusOf(diagnosis, known, flags.failOn);
}

/** What is printed of a diagnosis beside its findings. */
export interface About {
  path: string;
  steps: number;
  /** Whether advice is in PyTorch's words. */
  foreign: boolean;
  known: ReadonlySet<string>;
  format: (typeof FORMATS)[number];
}

/** Prints the findings in the format that was asked for. */
export function printDiagnosis(diagnosis: Diagnosis, about: About): void {
  if (about.format === 'json') print(toJson(json(diagnosis, about), 2));
  else if (about.format === 'github') print(githubText(diagnosis, about));
  else print(...logText(diagnosis, about));
}

const json = (diagnosis: Diagnosis, { foreign }: About): object => {
  const plain = diagnosisJson(diagnosis);
  if (!foreign) return plain;
  return { ...plain, findings: plain.findings.map((finding, i) => ({ ...finding, advice: adviceOf(diagnosis.findings[i]!) })) };
};

const adviceOf = ({ remedies }: Pick<Finding, 'remedies'>): string[] => remedies.map((remedy: OfferedRemedy) => TORCH_ADVICE[remedy].en);

/** Findings as text; those of another framework with what to change there, which nobody has tried. */
function logText(diagnosis: Diagnosis, { steps, foreign, known }: About): Piece[] {
  const shown = {
    ...diagnosis,
    findings: diagnosis.findings.map((finding) => (known.has(finding.rule) ? { ...finding, title: `${finding.title} (known)` } : finding)),
  };
  if (!foreign) return findingsText(shown, steps);
  const pieces = findingsText({ ...shown, findings: shown.findings.map((finding) => ({ ...finding, remedies: [] })) }, steps);
  const advice = [...new Set(diagnosis.findings.filter(({ severity, consequenceOf }) => severity !== 'note' && !consequenceOf).flatMap(adviceOf))];
  if (advice.length === 0) return pieces;
  return [
    ...pieces,
    '\n\n',
    painted('strong', 'To try in PyTorch'),
    ' (untried: Fathom cannot run this network)',
    ...advice.map((line) => `\n${onTerminal(oneLine(line), '  ')}`),
  ];
}

const LEVEL = { severe: 'error', warn: 'warning', note: 'notice' } as const;

/** Annotations of GitHub's workflow commands, a line for each finding. */
function githubText(diagnosis: Diagnosis, { path, steps, foreign, known }: About): string {
  const value = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const lines = diagnosis.findings.map((finding) => {
    const { severity, rule, title, message } = finding;
    const advice = foreign ? adviceOf(finding) : [];
    const level = known.has(rule) ? 'notice' : LEVEL[severity];
    return `::${level} file=${property(path)},title=${property(`${title} (${rule})`)}::${value(`${message}${advice[0] === undefined ? '' : ` To try: ${advice[0]}.`}`)}`;
  });
  const left = important(diagnosis);
  if (lines.length === 0) return `::notice file=${property(path)},title=Fathom::${value(nothingFound(diagnosis, steps))}`;
  return [...lines, ...(left.length > 0 ? [`::notice file=${property(path)},title=Fathom::${value(uncheckedText(left))}`] : [])].join('\n');
}

/** Notes are no illness, and what is known is no news. */
export function statusOf({ findings }: Pick<Diagnosis, 'findings'>, known: ReadonlySet<string> = new Set(), failOn: FindingFlags['failOn'] = 'warn'): number {
  const fails = findings.some(({ rule, severity }) => !known.has(rule) && (severity === 'severe' || (severity === 'warn' && failOn === 'warn')));
  return fails ? EXIT.findings : EXIT.done;
}

/** The rules of the findings in a file that `--format json` wrote. Throws a UsageError where it is none. */
export function knownRules(path: string | undefined): Set<string> {
  if (path === undefined) return new Set();
  const given = within(path, () => JSON.parse(readText(path)) as { findings?: unknown });
  const { findings } = given ?? {};
  if (!Array.isArray(findings) || !findings.every((finding) => typeof finding?.rule === 'string'))
    throw new UsageError(`--baseline ${path}: expected what \`fathom diagnose --format json\` prints, with a list of findings`);
  return new Set(findings.map(({ rule }: { rule: string }) => rule));
}

/** Milliseconds between two looks at a file that grows. */
const LOOK_EVERY = 1000;

/** Reads a log again whenever it has grown, and says which findings came and which went, until Ctrl-C. The status is that of the last look. */
export async function watchLog(
  path: string,
  flags: LogFlags,
  options: DiagnoseOptions,
  known: ReadonlySet<string>,
  { every = LOOK_EVERY, signal = new AbortController().signal } = {},
): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
    onInterrupt(resolve);
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  let status: number = EXIT.done;
  let size = -1;
  let before = new Map<string, Finding>();
  let said: string | undefined;
  while (!over && !signal.aborted) {
    const started = Date.now();
    const now = statSync(path, { throwIfNoEntry: false })?.size ?? -1;
    if (now !== size && now > 0) {
      size = now;
      try {
        const { history, foreign } = readLog(openLog(path), flags);
        const diagnosis = diagnose(history, options);
        status = statusOf(diagnosis, known, flags.failOn);
        before = printChanges(before, diagnosis.findings, history, foreign);
        said = undefined;
      } catch (error) {
        // A file that has just begun has no step yet.
        if ((error as Error).message !== said) note((error as Error).message);
        said = (error as Error).message;
      }
    }
    // Reading a large file takes its time: looks come no oftener than a tenth of it allows.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, Math.max(every, 9 * (Date.now() - started))))]);
  }
  return status;
}

function printChanges(
  before: ReadonlyMap<string, Finding>,
  findings: readonly Finding[],
  { steps }: ReadLog['history'],
  foreign: boolean,
): Map<string, Finding> {
  const now = new Map(findings.map((finding) => [`${finding.rule}/${finding.severity}`, finding]));
  const at = `step ${steps.numbers.at(-1)}`;
  for (const [key, finding] of now) {
    if (before.has(key)) continue;
    const advice = foreign && finding.severity !== 'note' ? adviceOf(finding)[0] : undefined;
    print(
      `${at}  + `,
      painted(finding.severity, `${MARKS[finding.severity]} ${finding.severity}`),
      `  ${oneLine(`${finding.title}: ${finding.message}`)}${advice === undefined ? '' : ` To try: ${oneLine(advice)}`}`,
    );
  }
  for (const [key, { severity, title }] of before) if (!now.has(key)) print(`${at}  - ${MARKS[severity]} ${severity}  ${oneLine(title)}`);
  return now;
}
