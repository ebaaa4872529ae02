// The checks before training, loaded when a network waits for its first step.
import type { Experiment, LoadedData } from '../../src/experiment/index.ts';
import { meanSquareOf, measureInputs, predictPlaces } from '../../src/experiment/predict.ts';
import { beforehand, PREFLIGHT_TEXTS, type PreflightCheck, preflight } from '../../src/experiment/preflight/index.ts';
import type { Engine, Trainer } from '../../src/index.ts';
import type { RuleId } from '../../src/inspect/diagnose/index.ts';
import type { CheckMessage, PreflightMessage } from '../protocol.ts';
import { titleOf } from '../shown_finding.ts';

type Told = Omit<PreflightMessage, 'type' | 'run'>;

/** Milliseconds between two messages while rows are learned by heart. */
const EVERY = 250;

const shown = ({ name, outcome, sentence, evidence }: PreflightCheck): CheckMessage => ({
  name,
  text: PREFLIGHT_TEXTS[name],
  outcome,
  sentence,
  evidence,
  ...('rule' in evidence ? { cause: titleOf(evidence.rule as RuleId) } : {}),
});

/** What can be told without a step. */
export function checksBefore(trainer: Trainer, document: Experiment, { train: { x, features } }: LoadedData): Told {
  const predicted = predictPlaces(document, features, measureInputs(document, x, features) ?? meanSquareOf(x));
  return { checks: beforehand(trainer.history, predicted).map(shown), whole: false };
}

/** All checks, on copies of the trainer; `tell` hears of each, and of the steps in between. */
export async function allChecks(engine: Engine, trainer: Trainer, signal: AbortSignal, tell: (told: Told) => void): Promise<void> {
  const checks: CheckMessage[] = [];
  let last = performance.now();
  tell({ checks, whole: false, running: 0 });
  await preflight(engine, trainer, {
    signal,
    onCheck(check) {
      checks.push(shown(check));
      tell({ checks, whole: false, running: 0 });
    },
    onProgress({ step }) {
      if (performance.now() - last < EVERY) return;
      last = performance.now();
      tell({ checks, whole: false, running: step });
    },
  });
  tell({ checks, whole: true });
}
