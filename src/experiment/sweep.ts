// Sweeps: one experiment with other values at some of its paths, on a grid or at random, by several seeds. Here they are data: which runs there are, which of
// them is hopeless, and what came out. The command line runs them.
import * as v from 'valibot';
import { DataError, isObject, show, UsageError } from '../errors.ts';
import { count, figure, percent } from '../format.ts';
import { foldIn, keyOf, Random } from '../random.ts';
import { boolean, check, integer, listOf, number, object, oneOf, requireShallow } from './check.ts';
import { DEFAULT_SEED } from './data.ts';
import type { Experiment } from './document.ts';
import { fromJson, toJson } from './json.ts';
import { parseExperiment } from './schema.ts';

/** Runs of a sweep at most. */
const MOST_RUNS = 10_000;

/** Numbers between two, for a sweep at random. */
export interface SweepRange {
  from: number;
  to: number;
  /** Evenly by their logarithm. Default false. */
  log?: boolean;
  /** Whole numbers alone. Default false. */
  integer?: boolean;
}

/** A sweep, as its file has it, with the experiment in it. */
export interface Sweep {
  /** The experiment that is varied, as JSON. */
  experiment: unknown;
  /** By paths of the experiment: values, or a range. */
  vary: Record<string, unknown[] | SweepRange>;
  /** So many combinations at random; all of them by default. */
  random?: number;
  /** Decides those. Default 1. */
  seed?: number;
  /** Each combination is run by each of these seeds. By default by the experiment's own. */
  seeds?: number[];
  /** Ends a run early that is not going to be among the better half. */
  stop?: { rule: StopRule; after?: number; least?: number };
}

/** A run that is to be made. */
export interface SweepRun {
  /** From 1. */
  run: number;
  values: Record<string, unknown>;
  seed: number;
  document: Experiment;
}

/** What came out of one: a line of the sweep's file. */
export interface SweepLine {
  /** Which sweep it is of. */
  sweep: string;
  run: number;
  values: Record<string, unknown>;
  seed: number;
  /** As a run ends, or `hopeless`. */
  status: string;
  steps: number;
  trainLoss: number;
  trainAccuracy?: number;
  validationLoss?: number;
  validationAccuracy?: number;
  seconds: number;
  /** Step and validation loss, for the rule that ends hopeless runs. */
  validations: [number, number][];
}

const schema = object({
  experiment: v.unknown(),
  vary: v.record(v.string(), v.unknown()),
  random: v.exactOptional(integer(1, MOST_RUNS)),
  seed: v.exactOptional(integer(0)),
  seeds: v.exactOptional(listOf(integer(0), 'a list of seeds')),
  stop: v.exactOptional(object({ rule: oneOf(['median'] as const), after: v.exactOptional(number(0, 1)), least: v.exactOptional(integer(1)) })),
});
const range = object({ from: number(), to: number(), log: v.exactOptional(boolean()), integer: v.exactOptional(boolean()) });

/** The rules that end hopeless runs, by their names. */
export const STOP_RULES = {
  /**
   * The median rule of Google's Vizier (Golovin et al. 2017): a run whose lowest validation loss up to a step is above the median of what the others of its seed had there.
   * It speaks from the fraction `after` of the run on (a quarter), where so many others came as far (`least`, 3).
   */
  median(loss: number, others: readonly number[]): boolean {
    const sorted = [...others].sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    return loss > (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  },
} as const;
export type StopRule = keyof typeof STOP_RULES;

/** A sweep from its JSON. Throws a UsageError that names the wrong place. */
export function parseSweep(json: unknown): Sweep {
  requireShallow('sweep', json);
  const read = check(schema, json, 'sweep');
  const paths = Object.entries(read.vary);
  if (paths.length === 0) throw new UsageError('sweep: vary: expected a path at least, {"optimizer.learningRate": [0.1, 0.01]}');
  const vary = Object.fromEntries(
    paths.map(([path, values]) => {
      const where = `sweep: vary: ${path}`;
      if (Array.isArray(values) && values.length > 0) return [path, values];
      if (!isObject(values) || Array.isArray(values)) throw new UsageError(`${where}: expected a list of values, or {from, to}, got ${show(values)}`);
      const found = check(range, values, where) as SweepRange;
      if (read.random === undefined) throw new UsageError(`${where}: a range is for a sweep at random: say how many, "random": 20, or list values`);
      if (found.from >= found.to || (found.log && found.from <= 0))
        throw new UsageError(`${where}: expected from below to${found.log ? ', both above 0 for log' : ''}, got ${show(values)}`);
      return [path, found];
    }),
  );
  return { ...read, vary } as Sweep;
}

/** The runs of a sweep, each with its document. Throws a UsageError that names the run whose document is wrong. */
export function sweepRuns(sweep: Sweep): SweepRun[] {
  const own = (isObject(sweep.experiment) ? (sweep.experiment as { seed?: number }).seed : undefined) ?? DEFAULT_SEED;
  const seeds = sweep.seeds ?? [own];
  const chosen = sweep.random === undefined ? grid(sweep) : atRandom(sweep, sweep.random);
  if (chosen.length * seeds.length > MOST_RUNS)
    throw new UsageError(`sweep: ${count(chosen.length * seeds.length)} runs are more than ${count(MOST_RUNS)}: "random" takes some of them`);
  return chosen
    .flatMap((values) => seeds.map((seed) => ({ values, seed })))
    .map(({ values, seed }, i) => {
      const json = structuredClone(sweep.experiment) as Record<string, unknown>;
      for (const [path, value] of Object.entries(values)) setAt(json, path, value);
      try {
        return { run: i + 1, values, seed, document: parseExperiment({ ...json, seed }) };
      } catch (error) {
        throw new UsageError(`sweep: run ${i + 1}, ${valuesText(values)}: ${(error as Error).message}`, { cause: error });
      }
    });
}

function grid({ vary }: Sweep): Record<string, unknown>[] {
  const lists = Object.entries(vary) as [string, unknown[]][];
  const total = lists.reduce((product, [, values]) => product * values.length, 1);
  if (total > MOST_RUNS) throw new UsageError(`sweep: a grid of ${count(total)} runs is more than ${count(MOST_RUNS)}: "random" takes some of them`);
  return Array.from({ length: total }, (_, i) => {
    let left = i;
    // The last path changes first.
    const picked = lists.toReversed().map(([path, values]) => {
      const value = values[left % values.length];
      left = Math.floor(left / values.length);
      return [path, value] as const;
    });
    return Object.fromEntries(picked.reverse());
  });
}

function atRandom({ vary, seed = 1 }: Sweep, runs: number): Record<string, unknown>[] {
  const random = new Random(foldIn(keyOf(seed), 'sweep'));
  return Array.from({ length: runs }, () =>
    Object.fromEntries(
      Object.entries(vary).map(([path, values]) => {
        if (Array.isArray(values)) return [path, values[random.integer(values.length)]];
        const { from, to, log, integer: whole } = values;
        const at = random.uniform();
        const value = log ? from * (to / from) ** at : from + (to - from) * at;
        // Of whole numbers the last is as likely as the others.
        return [path, whole ? Math.min(to, Math.floor(log ? value : from + (to - from + 1) * at)) : Number(value.toPrecision(4))];
      }),
    ),
  );
}

/** Objects and lists. */
const isPlace = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Sets what is at a path: `model.layers[0].units`. Throws a UsageError where there is nothing to set it in. */
function setAt(json: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  const last = keys.pop()!;
  let at: unknown = json;
  for (const key of keys) at = isPlace(at) && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  if (!isPlace(at) || ['', '__proto__'].includes(last) || (Array.isArray(at) && !Object.hasOwn(at, last)))
    throw new UsageError(`sweep: vary: ${path}: the experiment has no such place`);
  (at as Record<string, unknown>)[last] = structuredClone(value);
}

/** What tells sweeps apart: lines of one are no lines of another. */
export function sweepId({ experiment, vary, random, seed, seeds }: Sweep): string {
  return foldIn(keyOf(0), JSON.stringify([experiment, vary, random, seed, seeds]))
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
}

/** `optimizer.learningRate 0.1, training.batchSize 8`. */
export const valuesText = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([path, value]) => `${path} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

/** What is known of a run that is being made: its seed, steps in all, and validations so far. */
export interface SweepProgress {
  seed: number;
  steps: number;
  validations: readonly (readonly [number, number])[];
}

/** Whether a run is hopeless, by the rule of its sweep, beside others of its seed: another seed may set other rows apart, and their losses are not to be compared. */
export function isHopeless({ stop }: Sweep, { seed, steps, validations }: SweepProgress, lines: readonly SweepLine[]): boolean {
  const now = validations.at(-1);
  if (!stop || !now) return false;
  const { rule, after = 0.25, least = 3 } = stop;
  const [step] = now;
  if (step < after * steps) return false;
  const lowest = (curve: readonly (readonly [number, number])[]): number => Math.min(...curve.filter(([at]) => at <= step).map(([, loss]) => loss));
  const others = lines.filter((line) => line.seed === seed && line.validations.some(([at]) => at >= step));
  const there = others.map((line) => lowest(line.validations));
  return there.length >= least && STOP_RULES[rule](lowest(validations), there);
}

/** A line of a sweep's file. */
export const sweepLineText = (line: SweepLine): string => toJson(line);

/** Lines of a sweep's file. The last may be cut off by an interruption. Throws a DataError for one of another sweep, or that is no line at all. */
export function readSweepLines(name: string, given: string, id: string): SweepLine[] {
  const lines = given.split('\n');
  return lines.flatMap((each, i) => {
    if (each.trim() === '') return [];
    let line: Partial<SweepLine>;
    try {
      line = fromJson(each) as Partial<SweepLine>;
    } catch (cause) {
      if (i === lines.length - 1) return [];
      throw new DataError(`${name}, line ${i + 1}: ${(cause as Error).message}`, { cause });
    }
    if (!isObject(line) || typeof line.run !== 'number' || !isObject(line.values) || !Array.isArray(line.validations) || typeof line.trainLoss !== 'number')
      throw new DataError(`${name}, line ${i + 1}: expected a run of a sweep, got ${show(line)}`);
    if (line.sweep !== id) throw new DataError(`${name}, line ${i + 1}: is of another sweep: give --out another file`);
    return [line as SweepLine];
  });
}

/** Lines of several files, each run once, in their order. */
export function mergeSweepLines(lists: readonly (readonly SweepLine[])[]): SweepLine[] {
  return [...new Map(lists.flat().map((line) => [line.run, line])).values()].sort((a, b) => a.run - b.run);
}

/** What runs are judged by. */
export const scoreOf = ({ validationLoss, trainLoss }: SweepLine): number => validationLoss ?? trainLoss;

/** Whether a run was ended by the rule of its sweep. */
export const wasStopped = ({ status }: SweepLine): boolean => status === 'hopeless';

/**
 * A row for each combination, the best first, means over seeds; a heading before them. A run that was stopped as hopeless has the loss of where it was: it counts
 * in no mean of runs that went to their end, and a combination stands the lower the more of its runs were stopped.
 */
export function sweepRows(lines: readonly SweepLine[]): string[][] {
  const groups = new Map<string, SweepLine[]>();
  for (const line of lines) {
    const key = JSON.stringify(line.values);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const paths = Object.keys(lines[0]?.values ?? {});
  const validated = lines.some(({ validationLoss }) => validationLoss !== undefined);
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const spread = (numbers: readonly number[]): number => Math.sqrt(mean(numbers.map((each) => (each - mean(numbers)) ** 2)));
  const rows = [...groups.values()].map((all) => {
    const ended = all.filter((line) => !wasStopped(line));
    const runs = ended.length > 0 ? ended : all;
    return { all, runs, score: mean(runs.map(scoreOf)), stopped: 1 - ended.length / all.length };
  });
  rows.sort((a, b) => Number(Number.isNaN(a.score)) - Number(Number.isNaN(b.score)) || a.stopped - b.stopped || a.score - b.score);
  const several = rows.some(({ all }) => all.length > 1);
  const shown = (value: unknown): string => (typeof value === 'number' ? figure(value) : typeof value === 'string' ? value : JSON.stringify(value));
  return [
    [
      ...paths.map((path) => path.replace(/^.*\.(?=[^.]*$)/, '')),
      validated ? 'validation' : 'train',
      ...(several ? ['±', 'seeds'] : []),
      'accuracy',
      'steps',
      'ended',
    ],
    ...rows.map(({ all, runs, score }) => {
      const accuracies = runs.flatMap(({ validationAccuracy, trainAccuracy }) => validationAccuracy ?? trainAccuracy ?? []);
      const kinds = [...new Set(all.map(({ status }) => status))];
      const ends = kinds.map((kind) => {
        const many = kinds.length > 1 ? `${all.filter(({ status }) => status === kind).length} ` : '';
        return `${many}${kind.replaceAll('_', ' ')}`;
      });
      return [
        ...paths.map((path) => shown(runs[0]!.values[path])),
        figure(score),
        ...(several ? [figure(spread(runs.map(scoreOf))), String(runs.length)] : []),
        accuracies.length > 0 ? percent(mean(accuracies)) : '–',
        String(Math.round(mean(runs.map(({ steps }) => steps)))),
        ends.join(', '),
      ];
    }),
  ];
}
