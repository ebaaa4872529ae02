// What is printed of a run.

import type { RunResult, RunStatus } from '../experiment/run.ts';
import { partsOfRun, scoreRows } from '../experiment/scores.ts';
import { figure } from '../format.ts';
import { important, nothingFound, uncheckedText } from '../inspect/diagnose/health.ts';
import type { Diagnosis } from '../inspect/diagnose/index.ts';
import type { History, NonFinite, Recovery, StepRecord } from '../inspect/history.ts';
import { shallowText } from '../inspect/places.ts';
import { oneLine } from './print.ts';
import { layerTable, table } from './table.ts';

const STATUS: Record<RunStatus, string> = {
  finished: 'all steps done',
  early_stopping: 'early stopping: back to the best parameters',
  non_finite: 'stopped where it turned non-finite',
  stopped: 'stopped',
  aborted: 'stopped by Ctrl-C',
};

/** The tables of a run. */
export function resultText(result: RunResult): string {
  const { history, start, counts } = result;
  const probed = lastMeasured(history);
  const parts = [
    [probed ? `Gradients at step ${probed.step}, input at the top:` : '', layerTable(history, probed), shallowText(history)].filter(Boolean).join('\n'),
    scoresText(result),
    `${start.from ? `From step ${start.from} on, ` : ''}${history.steps.length} of ${start.steps} steps in ${(result.milliseconds / 1000).toFixed(1)} s, ${figure(result.msPerStep)} ms per step, ${counts.dispatches} dispatches each; ${STATUS[result.status]}.`,
  ];
  const { nonFinite, recoveries = [] } = history;
  if (recoveries.length > 0) parts.push(recoveries.map(recoveryText).join('\n'));
  if (nonFinite) parts.push(`Non-finite at step ${nonFinite.step}: first in ${placeText(nonFinite)} (${nonFinite.nanCount} NaN, ${nonFinite.infCount} Inf).`);
  return parts.join('\n\n');
}

/** What happened after a step that was not finite, in a line. */
export function recoveryText({ from, to, learningRate, nonFinite }: Recovery): string {
  return `Step ${from} was not finite, first in ${placeText(nonFinite)}: back to step ${to}, and on with a learning rate of ${figure(learningRate)}.`;
}

const placeText = ({ tensor, layer }: NonFinite): string => `${tensor}${layer ? ` of ${oneLine(layer)}` : ''}`;

/** The last probed step whose gradients are finite, else the last one. */
function lastMeasured(history: History): StepRecord | undefined {
  const { steps } = history;
  return steps.findSampled(({ layers }) => layers.every(({ tensors: { delta } }) => !delta || delta.nanCount + delta.infCount === 0)) ?? steps.findSampled();
}

/** Loss, accuracy and metrics of each part of the data. */
export const scoresText = (result: RunResult): string => table(scoreRows(partsOfRun(result)));

/** Findings as text, the most severe first. */
export function findingsText(diagnosis: Diagnosis, steps: number): string {
  const { findings } = diagnosis;
  if (steps === 0) return 'Nothing to judge: no step was taken.';
  if (findings.length === 0) return nothingFound(diagnosis, steps);
  const left = important(diagnosis);
  return [
    ...findings.map(({ severity, title, message, remedies, consequenceOf }) => {
      const follows = consequenceOf ? `, follows from ${consequenceOf}` : '';
      return `${severity.padEnd(6)}  ${title}${follows}\n        ${oneLine(message)}${remedies.length > 0 ? `\n        To try: ${remedies.join(', ')}` : ''}`;
    }),
    ...(left.length > 0 ? [uncheckedText(left)] : []),
  ].join('\n');
}
