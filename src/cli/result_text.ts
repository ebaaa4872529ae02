// What is printed of a run.

import { keptText } from '../experiment/kept.ts';
import { typicalFactor } from '../experiment/row_predictions.ts';
import type { RunResult, RunStatus } from '../experiment/run.ts';
import { partsOfRun, scoreRows } from '../experiment/scores.ts';
import { figure } from '../format.ts';
import { important, nothingFound, uncheckedText } from '../inspect/diagnose/health.ts';
import type { Diagnosis, Severity } from '../inspect/diagnose/index.ts';
import type { History, NonFinite, Recovery, StepRecord } from '../inspect/history.ts';
import { shallowText } from '../inspect/places.ts';
import { columns, oneLine, type Piece, painted } from './print.ts';
import { layerTable, table } from './table.ts';
import { wrapped } from './wrapped.ts';

const STATUS: Record<RunStatus, string> = {
  finished: 'all steps done',
  early_stopping: 'early stopping: back to the best parameters',
  non_finite: 'stopped where it turned non-finite',
  stopped: 'stopped',
  aborted: 'stopped by Ctrl-C',
};

/** The tables of a run. */
export function resultText(result: RunResult): Piece[] {
  const { history, start, counts } = result;
  const probed = lastMeasured(history);
  const shallow = shallowText(history);
  const steps = `${start.from ? `From step ${start.from} on, ` : ''}${history.steps.length} of ${start.steps} steps in ${(result.milliseconds / 1000).toFixed(1)} s, ${figure(result.msPerStep)} ms per step, ${counts.dispatches} dispatches each; ${STATUS[result.status]}.`;
  const kept = keptText(history);
  const { nonFinite, recoveries = [] } = history;
  const factor = result.predictions && typicalFactor(result.predictions);
  const part = result.predictions?.split === 'validation' ? 'validation' : 'training';
  return [
    ...(probed ? [painted('strong', `Gradients at step ${probed.step}`), painted('quiet', ', the output at the top\n')] : []),
    ...layerTable(history, probed),
    painted('quiet', probed ? `\n${onTerminal('z, delta: rms; gradient: norm, of the weight; update: over weight.')}` : ''),
    shallow ? `\n${onTerminal(shallow)}` : '',
    `\n\n${scoresText(result)}`,
    factor === undefined ? '' : `\n${onTerminal(`Predictions of the ${part} part are off by a factor of ${figure(factor)}, typically.`)}`,
    `\n\n${onTerminal(steps)}`,
    kept ? `\n${onTerminal(kept)}` : '',
    recoveries.length > 0
      ? `\n\n${recoveries
          .map(recoveryText)
          .map((text) => onTerminal(text))
          .join('\n')}`
      : '',
    ...(nonFinite
      ? [
          '\n\n',
          painted(
            'severe',
            onTerminal(`Non-finite at step ${nonFinite.step}: first in ${placeText(nonFinite)} (${nonFinite.nanCount} NaN, ${nonFinite.infCount} Inf).`),
          ),
        ]
      : []),
  ];
}

/** What happened after a step that was not finite, or after the loss of the device, in a line. */
export function recoveryText({ from, to, learningRate, nonFinite, device }: Recovery): string {
  if (!nonFinite) {
    const other = device?.equal ? '' : ` The new one is ${oneLine(device?.adapter ?? 'unknown')}: bits differ from here.`;
    return `The GPU device was lost after step ${from}: back to step ${to}, and on with another one.${other}`;
  }
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

/** Sentences in the lines of a terminal; elsewhere one line, for programs that read it. */
export const onTerminal = (text: string, indent = ''): string => (process.stdout.isTTY ? wrapped(text, columns(), indent) : indent + text);

/** Findings as text, the most severe first, each with the mark of its severity. */
export function findingsText(diagnosis: Pick<Diagnosis, 'findings' | 'unchecked'>, steps: number): Piece[] {
  const { findings } = diagnosis;
  if (steps === 0) return ['Nothing to judge: no step was taken.'];
  const left = important(diagnosis);
  if (findings.length === 0) {
    const text = onTerminal(oneLine(nothingFound(diagnosis, steps)));
    return left.length === 0 ? [painted('good', '✓ '), text] : [text];
  }
  return [
    ...findings.flatMap(({ severity, title, message, remedies, consequenceOf }, i) => [
      i > 0 ? '\n' : '',
      painted(severity, `${MARKS[severity]} ${severity.padEnd(6)}`),
      '  ',
      painted('strong', oneLine(title)),
      consequenceOf ? `, follows from ${oneLine(consequenceOf)}` : '',
      `\n${onTerminal(oneLine(message), INDENT)}`,
      remedies.length > 0 ? `\n${onTerminal(oneLine(`To try: ${remedies.join(', ')}`), INDENT)}` : '',
    ]),
    left.length > 0 ? `\n${onTerminal(oneLine(uncheckedText(left)))}` : '',
  ];
}

/** Severities as they are marked. */
export const MARKS: Readonly<Record<Severity, string>> = { severe: '✖', warn: '▲', note: '·' };
const INDENT = '          ';
