// `fathom compare <experiments...>`: one row per experiment.

import { UsageError } from '../errors.ts';
import { markdownTable } from '../experiment/markdown.ts';
import type { RunResult } from '../experiment/run.ts';
import { endDeltas, type RunSummary, summaryOf } from '../experiment/run_summary.ts';
import { figure, known, percent } from '../format.ts';
import { important } from '../inspect/diagnose/health.ts';
import { type Diagnosis, diagnose } from '../inspect/diagnose/index.ts';
import type { StepRecord } from '../inspect/history.ts';
import { metricValues } from '../train/metrics/values.ts';
import { compareLogs } from './compare_logs.ts';
import { loadDocument, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { logAt } from './log_file.ts';
import { oneLine, type Piece, painted, print } from './print.ts';
import { MARKS, onTerminal } from './result_text.ts';
import { neverBegan, runWatched } from './run_command.ts';
import { Session, type Where } from './session.ts';

export interface CompareFlags extends Where {
  out?: string;
  /** Of two logs: from which relative difference on they have parted. */
  tolerance?: number;
}

/** Runs the experiments one after the other and prints the outcome of each as it comes. Ctrl-C ends the run in progress, and with it the comparison. */
export async function compareCommand(paths: readonly string[], flags: CompareFlags): Promise<number> {
  const logs = paths.map(logAt);
  if (logs.some((log) => log !== undefined)) {
    const [a, b] = logs;
    if (!a || !b || logs.length !== 2) throw new UsageError('compare: expected experiments, or two logs');
    print(compareLogs(a, b, flags.tolerance));
    return EXIT.done;
  }
  const experiments = paths.map(loadDocument);
  const session = await Session.open(flags);
  const outcomes: Outcome[] = [];
  let status: number = EXIT.done;
  try {
    const width = Math.min(MOST_NAME, Math.max(HEADING[0].length, ...experiments.map(({ name }) => oneLine(name).length)));
    print(`Adapter: ${session.adapter.description}\n`);
    print(painted('quiet', `${ABOUT.map((line) => onTerminal(line)).join('\n')}\n\n`), painted('strong', line(HEADING, width)));
    for (const loaded of experiments) {
      const result = await runWatched(session, loaded, loaded.name);
      if (neverBegan(result)) {
        status = EXIT.interrupted;
        break;
      }
      const outcome = outcomeOf(loaded.name, result);
      outcomes.push(outcome);
      print(...outcomeText(outcome, width));
      if (outcome.result.status !== 'aborted') continue;
      status = EXIT.interrupted;
      break;
    }
  } finally {
    await session.close();
  }
  if (flags.out && outcomes.length > 0) writeText(flags.out, `${markdownTable(markdownRows(outcomes))}\n`);
  return status;
}

interface Outcome {
  name: string;
  result: RunResult;
  summary: RunSummary;
  diagnosis: Diagnosis;
  /** Of the validation, where there is one. */
  metrics: Readonly<Record<string, number>>;
}

function outcomeOf(name: string, result: RunResult): Outcome {
  const { accuracy: _, ...metrics } = metricValues(result.validation ?? result.train);
  return { name, result, summary: summaryOf(result), diagnosis: diagnose(result.history), metrics };
}

/** The table for the terminal, whose columns are known before the first run has ended. */
const HEADING = ['experiment', 'train', 'valid.', 'accuracy', 'first', 'last'] as const;
const ABOUT = [
  'train, valid.: loss; accuracy: of the validation, else of the training',
  'first, last: delta of layer 1 over that of the last hidden one, at the first and the last step',
];
const WIDTHS = [0, 7, 7, 8, 7, 7];
const MOST_NAME = 14;

const line = (cells: readonly string[], nameWidth: number): string =>
  cells.map((cell, c) => (c === 0 ? cell.padEnd(nameWidth) : cell.padStart(WIDTHS[c]!))).join('  ');

/** A row, and below it what has no column: how it ended, how fast it was, its metrics and findings. */
function outcomeText({ name, result, summary, diagnosis, metrics }: Outcome, nameWidth: number): Piece[] {
  const { trainLoss, trainAccuracy, validationLoss, validationAccuracy, firstDeltaRatio, lastDeltaRatio, steps, msPerStep } = summary;
  const written = oneLine(name);
  const cells = [
    written.length > nameWidth ? `${written.slice(0, nameWidth - 1)}…` : written,
    figure(trainLoss),
    figure(known(validationLoss)),
    percent(validationAccuracy ?? trainAccuracy),
    figure(known(firstDeltaRatio)),
    figure(known(lastDeltaRatio)),
  ];
  const facts = [
    `${steps} steps${endingOf(result)}`,
    `${figure(msPerStep)} ms each`,
    ...Object.entries(metrics).map(([metric, value]) => `${metric} ${figure(value)}`),
  ];
  const ill = diagnosis.findings.filter(({ severity }) => severity !== 'note');
  const healthy = important(diagnosis).length === 0;
  return [
    line(cells, nameWidth),
    painted('quiet', `\n${onTerminal(oneLine(facts.join(', ')), '  ')}`),
    ...ill.flatMap(({ severity, title }) => ['\n  ', painted(severity, `${MARKS[severity]} ${severity}`), `  ${oneLine(title)}`]),
    ...(ill.length === 0 ? ['\n  ', healthy ? painted('good', '✓ nothing found') : 'nothing found; not all was checked'] : []),
  ];
}

const endingOf = ({ status }: RunResult): string =>
  status === 'non_finite' ? ', not finite' : status === 'early_stopping' ? ', stopped early' : status === 'aborted' ? ', stopped' : '';

/** The table in full, for a file. */
const MARKDOWN_HEADING = [
  'experiment',
  'steps',
  'train loss',
  'accuracy',
  'validation loss',
  'accuracy',
  'delta of layer 1 : L, first step',
  'last step',
  'ms per step',
  'findings',
];

function markdownRows(outcomes: readonly Outcome[]): string[][] {
  // Metrics that documents name.
  const names = [...new Set(outcomes.flatMap(({ metrics }) => Object.keys(metrics)))];
  return [[...MARKDOWN_HEADING, ...names], ...outcomes.map((outcome) => [...markdownRow(outcome), ...names.map((name) => figure(outcome.metrics[name]))])];
}

function markdownRow({ name, result, summary, diagnosis }: Outcome): string[] {
  const { history } = result;
  const found = diagnosis.findings.flatMap(({ rule, severity }) => (severity === 'note' ? [] : [rule.replaceAll('_', ' ')]));
  const { trainLoss, trainAccuracy, validationLoss, validationAccuracy, msPerStep } = summary;
  const [first] = history.steps.sampled();
  const ends = (record: StepRecord | undefined): string =>
    endDeltas(history, record)
      .map(known)
      .map((value) => figure(value))
      .join(' : ');
  return [
    name,
    `${summary.steps}${endingOf(result)}`,
    figure(trainLoss),
    percent(trainAccuracy),
    figure(known(validationLoss)),
    percent(validationAccuracy),
    ends(first),
    ends(history.steps.findSampled()),
    figure(msPerStep),
    found.join(', ') || (important(diagnosis).length > 0 ? 'none; not all was checked' : 'none'),
  ];
}
