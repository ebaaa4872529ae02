// Claims about gradients as experiments: a file holds the claim, one or more documents, and what must come out for the verdict to stand.
import * as v from 'valibot';
import { isObject, UsageError } from '../errors.ts';
import { figure } from '../format.ts';
import { FORMATS, versionIn } from '../io/formats.ts';
import { claimWithNewNames, withNewNames } from '../io/old_names.ts';
import { check, either, listOf, number, object, oneOf, requireShallow, string } from './check.ts';
import type { Experiment } from './document.ts';
import { FIGURE_NAMES, type FigureName, type RunSummary } from './run_summary.ts';
import { parseExperiment } from './schema.ts';

/** `experiment.figure`, as in `relu.firstDeltaRatio`. */
export interface FigureRef {
  experiment: string;
  figure: FigureName;
}

/** "left is relation right", where right may be another figure times a factor. */
export interface Expectation {
  left: FigureRef;
  is: '<' | '>' | 'about';
  right: number | FigureRef;
  times: number;
  /** For `about`: the relative difference that is allowed. */
  within: number;
}

export interface Claim {
  claim: string;
  /** What an honest experiment says: yes, no, or half. */
  verdict: 'holds' | 'fails' | 'half true';
  because: string;
  experiments: Map<string, Experiment>;
  expects: Expectation[];
}

export interface JudgedClaim {
  claim: Claim;
  /** One line per expectation, with the measured figures. */
  lines: { text: string; met: boolean }[];
  /** Every expectation was met: the verdict stands. */
  stands: boolean;
}

const schema = object({
  format: v.exactOptional(v.literal(FORMATS.claim, `expected "${FORMATS.claim}"`)),
  claim: string(),
  verdict: oneOf(['holds', 'fails', 'half true']),
  because: string(),
  experiments: v.record(v.string(), v.unknown()),
  expects: listOf(
    object({
      left: string(),
      is: oneOf(['<', '>', 'about']),
      right: either([number(), string()], 'a number or "experiment.figure"'),
      times: v.exactOptional(number()),
      within: v.exactOptional(number(0)),
    }),
    'a list of expectations',
  ),
});

/** A claim from its JSON. Throws a UsageError that names the wrong place, in its documents too. */
export function parseClaim(json: unknown): Claim {
  const { format: _, experiments, expects, ...rest } = check(schema, claimOfToday(json), 'claim');
  const documents = new Map(Object.entries(experiments).map(([name, document]) => [name, within(`experiments.${name}`, () => parseExperiment(document))]));
  const reference = (text: string, where: string): FigureRef => {
    const [experiment = '', figure = ''] = text.split('.');
    if (!documents.has(experiment))
      throw new UsageError(`${where}: expected one of the experiments ${[...documents.keys()].join(', ')}; got ${JSON.stringify(experiment)}`);
    const known = FIGURE_NAMES.find((name) => name === figure);
    if (!known) throw new UsageError(`${where}: expected a figure out of ${FIGURE_NAMES.join(', ')}; got ${JSON.stringify(figure)}`);
    return { experiment, figure: known };
  };
  return {
    ...rest,
    experiments: documents,
    expects: expects.map(({ left, is, right, times = 1, within: tolerance = 0.1 }, i) => ({
      left: reference(left, `expects[${i}].left`),
      is,
      right: typeof right === 'number' ? right : reference(right, `expects[${i}].right`),
      times,
      within: tolerance,
    })),
  };
}

/** A claim with the names of today, where it says no format or the first; without one of those. Throws a DataError for a newer format. */
export function claimOfToday(json: unknown): unknown {
  requireShallow('claim', json);
  if (versionIn('claim', json, 'claim') !== 1 || !isObject(json)) return json;
  const { format: _, ...rest } = claimWithNewNames(json as { format?: unknown });
  return rest;
}

/** Whether a claim that was read has names of format 1, or a document in it. */
export function hasOldNames(json: unknown): boolean {
  const { experiments = {} } = json as { experiments?: object };
  return claimWithNewNames(json) !== json || Object.values(experiments).some((document) => withNewNames('document', document) !== document);
}

/** Holds the measured figures of a claim's experiments against what it expects. */
export function judgeClaim(claim: Claim, measured: ReadonlyMap<string, RunSummary>): JudgedClaim {
  const value = ({ experiment, figure }: FigureRef): number => measured.get(experiment)![figure];
  const lines = claim.expects.map(({ left, is, right, times, within: tolerance }) => {
    const a = value(left);
    const reference = typeof right === 'number' ? right : value(right);
    const b = times * reference;
    const met = is === '<' ? a < b : is === '>' ? a > b : Math.abs(a - b) <= tolerance * Math.abs(b);
    const named = typeof right === 'number' ? short(right) : `${right.experiment}: ${words(right.figure)} ${short(reference)}`;
    const target = times === 1 ? named : `${short(times)} x (${named})`;
    return { text: `${left.experiment}: ${words(left.figure)} ${short(a)} ${is} ${target}`, met };
  });
  return { claim, lines, stands: lines.every(({ met }) => met) };
}

function within<Value>(path: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${path}: ${error.message}`, { cause: error }) : error;
  }
}

/** "first delta ratio". */
const words = (figure: FigureName): string => figure.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const short = (value: number): string => figure(value, { digits: 4 });
