// What is said of every run at its first step: what can be told without a step more.
import type { Experiment } from '../experiment/document.ts';
import { predictPlaces } from '../experiment/predict.ts';
import { beforehand, type PreflightCheck } from '../experiment/preflight/index.ts';
import type { RunStart } from '../experiment/run.ts';
import type { StepRecord } from '../inspect/history.ts';
import { oneLine } from './print.ts';

/** Sentences that are shown at most; the others are counted. */
const SHOWN = 2;

/** One line where nothing was found, else one for each of the first two. */
export function beforehandText(document: Experiment, start: RunStart, first: StepRecord): string {
  const checks = beforehand({ ...start, steps: [first], validations: [] }, predictionOf(document, start));
  const failing = checks.filter(({ outcome }) => outcome === 'fail');
  const of = (name: PreflightCheck['name']): string => oneLine(checks.find((check) => check.name === name)!.sentence);
  if (failing.length === 0) return `At the first step: nothing found. ${of('first_loss')}${start.layers.length > 3 ? ` ${of('depth')}` : ''}`;
  const more = failing.length > SHOWN ? ` And ${failing.length - SHOWN} more: \`fathom preflight\` has them.` : '';
  return `At the first step: ${failing
    .slice(0, SHOWN)
    .map(({ sentence }) => oneLine(sentence))
    .join('\n')}${more}`;
}

function predictionOf(document: Experiment, { facts, inputs, inputMeanSquare }: RunStart): ReturnType<typeof predictPlaces> {
  const columns = facts?.inputs?.[0]?.columns;
  return columns === undefined ? undefined : predictPlaces(document, columns, inputs ?? inputMeanSquare);
}
