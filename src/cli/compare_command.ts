// `fathom compare <experiments...>`: one row per experiment.

import { markdownTable } from '../experiment/markdown.ts';
import type { RunResult } from '../experiment/run.ts';
import { endDeltas, type RunSummary, summaryOf } from '../experiment/run_summary.ts';
import { figure, known, percent } from '../format.ts';
import { important } from '../inspect/diagnose/health.ts';
import { diagnose } from '../inspect/diagnose/index.ts';
import type { StepRecord } from '../inspect/history.ts';
import { metricValues } from '../train/metrics/values.ts';
import { loadDocument, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { print } from './print.ts';
import { runWatched } from './run_command.ts';
import { Session, type WantedAdapter } from './session.ts';
import { table } from './table.ts';

export interface CompareFlags {
  adapter: WantedAdapter;
  out?: string;
}

const HEADING = [
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

/** Runs the experiments one after the other and prints their outcomes. Ctrl-C prints those that are done. */
export async function compareCommand(paths: readonly string[], flags: CompareFlags): Promise<number> {
  const experiments = paths.map(loadDocument);
  const session = await Session.open(flags.adapter);
  const outcomes: { row: string[]; metrics: Readonly<Record<string, number>> }[] = [];
  let status: number = EXIT.done;
  try {
    for (const loaded of experiments) {
      const result = await runWatched(session, loaded, loaded.name);
      outcomes.push({ row: outcome(loaded.name, result, summaryOf(result)), metrics: metricValues(result.validation ?? result.train) });
      if (result.status !== 'aborted') continue;
      status = EXIT.interrupted;
      break;
    }
  } finally {
    await session.close();
  }
  // Metrics that documents name: of the validation, where there is one.
  const names = [...new Set(outcomes.flatMap(({ metrics }) => Object.keys(metrics)))].filter((name) => name !== 'accuracy');
  const rows = [[...HEADING, ...names], ...outcomes.map(({ row, metrics }) => [...row, ...names.map((name) => figure(metrics[name]))])];
  print(`Adapter: ${session.adapter.description}\n\n${table(rows)}`);
  if (flags.out) writeText(flags.out, `${markdownTable(rows)}\n`);
  return status;
}

function outcome(name: string, { history, status }: RunResult, summary: RunSummary): string[] {
  const { findings, unchecked } = diagnose(history);
  const found = findings.flatMap(({ rule, severity }) => (severity === 'note' ? [] : [rule.replaceAll('_', ' ')]));
  const { trainLoss, trainAccuracy, validationLoss, validationAccuracy, msPerStep } = summary;
  const [first] = history.steps.sampled();
  const ends = (record: StepRecord | undefined): string => endDeltas(history, record).map(known).join(' : ');
  return [
    name,
    `${summary.steps}${status === 'non_finite' ? ', not finite' : status === 'early_stopping' ? ', stopped early' : status === 'aborted' ? ', stopped' : ''}`,
    figure(trainLoss),
    percent(trainAccuracy),
    figure(known(validationLoss)),
    percent(validationAccuracy),
    ends(first),
    ends(history.steps.findSampled()),
    figure(msPerStep),
    found.join(', ') || (important({ unchecked }).length > 0 ? 'none; not all was checked' : 'none'),
  ];
}
