// A short range test of the learning rate (Smith 2015): which of several rates, up and down, gets furthest in a few steps from the same seed.
import { rounded } from '../format.ts';
import type { Experiment } from './document.ts';
import { compareWithBaseline } from './judge.ts';
import { type Proposal, withOptimizer } from './remedies/remedy.ts';
import type { RunResult } from './run.ts';

/** Fraction of the whole run, and not fewer or more steps than these. */
const PART = 0.15;
const [FEWEST, MOST] = [40, 200];
/** Times the rate that is there. */
const FACTORS = [0.1, 1, 10];
/** How far it goes on from the ends while these are best. */
const [LEAST_FACTOR, LARGEST_FACTOR] = [1e-5, 1e5];
/** Half of a step of ten: how closely it looks around the best. */
const HALF = Math.sqrt(10);
/** Fraction of the loss of knowing nothing that the best must win in so few steps for another near it to be worth a whole run. */
const SOMETHING = 0.02;

/** Runs a document, given with what it is for messages. */
type Run = (document: Experiment, label: string) => Promise<RunResult>;

/**
 * Rates that got furthest, the best first: a second one that is lower, since what is fastest for a few steps may not hold, where they won anything. None where the rate that is there is the best.
 * `whole` are the steps of the whole run.
 */
export async function bestRates(document: Experiment, whole: number, run: Run): Promise<Proposal[]> {
  const { learningRate } = document.optimizer;
  if (learningRate === 0) return [];
  const short = shortened(document, whole);
  const losses = new Map<number, number>();
  let most = 0;
  const measure = async (factor: number): Promise<void> => {
    if (losses.has(factor)) return;
    const result = await run(withRate(short, factor), `learning rate × ${rounded(factor, 2)}, ${short.training.steps} steps`);
    const { loss, won } = lossOf(result);
    losses.set(factor, loss);
    most = Math.max(most, won);
  };
  const best = (): number => [...losses].reduce((least, entry) => (entry[1] < least[1] ? entry : least), [1, Number.POSITIVE_INFINITY])[0];
  for (const factor of FACTORS) await measure(factor);
  for (let factor = 1e-2; factor >= LEAST_FACTOR && !Number.isFinite(losses.get(best()) ?? 0); factor /= 10) await measure(rounded(factor, 6));
  for (let factor = best(); factor > 1 && factor === Math.max(...losses.keys()) && factor < LARGEST_FACTOR; factor = best())
    await measure(rounded(factor * 10, 6));
  for (let factor = best(); factor < 1 && factor === Math.min(...losses.keys()) && factor > LEAST_FACTOR; factor = best())
    await measure(rounded(factor / 10, 6));
  const middle = best();
  for (const factor of [middle / HALF, middle * HALF]) await measure(factor);
  const found = best();
  if (found === 1) return [];
  return (most < SOMETHING ? [found] : [found, found / HALF])
    .filter((factor) => Math.abs(Math.log(factor)) > 0.5)
    .map((factor) => {
      const rate = rounded(learningRate * factor, 3);
      const tried = [...losses].sort((a, b) => a[0] - b[0]).map(([each]) => String(rounded(learningRate * each, 2)));
      return {
        document: withOptimizer(document, { learningRate: rate }),
        why: `Of ${tried.join(', ')}, a rate near ${rate} got furthest in ${short.training.steps} steps: ${learningRate} → ${rate}.`,
      };
    });
}

const withRate = (document: Experiment, factor: number): Experiment =>
  withOptimizer(document, { learningRate: rounded(document.optimizer.learningRate * factor, 3) });

/** Without validations, and looked at as seldom as may be: the end alone counts. */
function shortened(document: Experiment, whole: number): Experiment {
  const steps = Math.min(whole, MOST, Math.max(FEWEST, Math.round(whole * PART)));
  const { batchSize, accumulate, average, onNonFinite } = document.training;
  return {
    ...document,
    training: {
      steps,
      batchSize,
      validateEvery: steps,
      ...(accumulate === undefined ? {} : { accumulate }),
      ...(average === undefined ? {} : { average }),
      ...(onNonFinite === undefined ? {} : { onNonFinite }),
    },
    probes: { every: steps },
  };
}

function lossOf({ document, predictions, status }: RunResult): { loss: number; won: number } {
  if (!predictions || status === 'non_finite' || status === 'aborted') return { loss: Number.POSITIVE_INFINITY, won: 0 };
  const { loss, won } = compareWithBaseline({ loss: document.loss, predictions });
  return Number.isFinite(loss) ? { loss, won } : { loss: Number.POSITIVE_INFINITY, won: 0 };
}
