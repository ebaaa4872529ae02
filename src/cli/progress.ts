// Progress of a run: a bar on a terminal, a line every few seconds elsewhere.

import { SingleBar } from 'cli-progress';
import type { RunStart } from '../experiment/run.ts';
import { figure, percent, quantity } from '../format.ts';
import type { StepRecord, ValidationRecord } from '../inspect/history.ts';
import { note, oneLine } from './print.ts';

export interface Progress {
  start(start: RunStart): void;
  steps(records: readonly StepRecord[]): void;
  validation(record: ValidationRecord): void;
  end(): void;
}

/** Milliseconds between two lines where there is no terminal. */
const LINE_EVERY = 5000;

/** Writes to stderr, so that stdout holds only the result. */
export function progress(name: string): Progress {
  const label = oneLine(name);
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: `${label}  {bar} {value}/{total} steps  loss {loss}{validated}  {eta_formatted} to go`,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: Math.max(6, Math.min(28, process.stderr.columns - label.length - 54)),
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false,
        gracefulExit: false,
      })
    : undefined;
  let total = 0;
  let validated = '';
  let lastLine = Date.now();
  let newest: StepRecord | undefined;
  /** The step of the last line. */
  let said: number | undefined;
  const line = ({ step, loss }: StepRecord): void => {
    lastLine = Date.now();
    said = step;
    note(`${label}: step ${step} of ${total}, loss ${figure(loss)}${validated}`);
  };
  return {
    start({ steps, from = 0 }) {
      total = steps;
      bar?.start(steps, from, { loss: '-', validated: '' });
    },
    steps(records) {
      newest = records.at(-1) ?? newest;
      if (!newest) return;
      if (bar) bar.update(newest.step, { loss: figure(newest.loss), validated });
      else if (Date.now() - lastLine > LINE_EVERY) line(newest);
    },
    validation({ validationLoss, validationAccuracy, validationMetrics = {} }) {
      const metrics = Object.entries(validationMetrics).filter(([name]) => name !== 'accuracy');
      validated = [
        `, validation ${validationAccuracy === undefined ? figure(validationLoss) : percent(validationAccuracy)}`,
        ...metrics.map(([name, value]) => `${oneLine(name)} ${quantity(value)}`),
      ].join(', ');
    },
    end() {
      bar?.stop();
      // If progress was shown, also show how far the run came.
      if (newest && said !== undefined && said !== newest.step) line(newest);
    },
  };
}
