// Schedules of a document as calls of schedules.py, whose functions have their names.
import type { ScheduleDocument } from '../experiment/document.ts';
import { SCHEDULE_FEATURES } from '../experiment/registry/schedules.ts';
import type { PlateauOptions } from '../train/schedules.ts';
import schedulesPy from './python/schedules.py?raw';
import { argumentsOf, pythonOf } from './python_text.ts';

/** What holds of a schedule: the factor as an expression of `step`, and what reacts to validations. */
export interface TorchSchedule {
  readonly factor: string;
  /** The arguments of Plateau. */
  readonly plateau?: string;
}

type Given<Name extends ScheduleDocument['name']> = Required<Omit<Extract<ScheduleDocument, { name: Name }>, 'name'>>;
type Writers = { readonly [Name in ScheduleDocument['name']]?: (given: Given<Name>, rate: number) => string };

const call = (name: string, options: object): string => `schedules.${[name, `(step, ${argumentsOf(options as Record<string, unknown>)})`].join('')}`;
const low = (etaMin: number, rate: number): { low?: number } => (etaMin === 0 ? {} : { low: etaMin / rate });
const inner = (document: ScheduleDocument | undefined, rate: number): string => (document ? `lambda step: ${factorOf(document, rate)}` : 'schedules.constant');

/** Those whose options are not the arguments of their functions, with the names of Python. */
const WRITERS: Writers = {
  cosine: ({ tMax, etaMin }, rate) => call('cosine', { t_max: tMax, ...low(etaMin, rate) }),
  cosine_restarts: ({ t0, tMult, etaMin }, rate) => call('cosine_restarts', { t_0: t0, t_mult: tMult, ...low(etaMin, rate) }),
  one_cycle: ({ maxLr, ...given }, rate) => call('one_cycle', { ...given, ...(maxLr === undefined ? {} : { top: maxLr / rate }) }),
  warmup: ({ steps, startFactor, endFactor, then }, rate) =>
    `schedules.warmup(step, ${argumentsOf({ steps, startFactor, endFactor })}, then=${inner(then as ScheduleDocument | undefined, rate)})`,
  sequential: ({ schedules, milestones }, rate) =>
    `schedules.sequential(step, (${(schedules as ScheduleDocument[]).map((each) => `${inner(each, rate)},`).join(' ')}), ${pythonOf(milestones)})`,
  plateau: () => '1.0',
};

/** The schedule of an optimizer with this learning rate. */
export function torchSchedule(document: ScheduleDocument | undefined, rate: number): TorchSchedule {
  if (!document) return { factor: '1.0' };
  const found = plateauIn(document, 0);
  return { factor: factorOf(document, rate), ...(found ? { plateau: argumentsOf(found) } : {}) };
}

/** The schedules in a document that schedules.py has no function for: those that came after it. */
export function unwritten(document: ScheduleDocument | undefined): string[] {
  if (!document) return [];
  const { name, schedules = [], then } = document as { name: ScheduleDocument['name']; schedules?: ScheduleDocument[]; then?: ScheduleDocument };
  const known = WRITERS[name] || schedulesPy.includes(`\ndef ${name}(`);
  return [...(known ? [] : [name]), ...[...schedules, then].flatMap(unwritten)];
}

function factorOf(document: ScheduleDocument, rate: number): string {
  const write = WRITERS[document.name] as ((given: object, rate: number) => string) | undefined;
  return write ? write(complete(document), rate) : call(document.name, complete(document));
}

/** The options with the defaults of those left out. */
function complete({ name, ...given }: ScheduleDocument): object {
  const { options } = SCHEDULE_FEATURES[name]!;
  return Object.fromEntries(Object.entries(options).map(([key, { default: usual }]) => [key, (given as Record<string, unknown>)[key] ?? usual]));
}

/** The plateau that ends a schedule, with the step at which it begins to look. */
function plateauIn(document: ScheduleDocument, start: number): ({ start: number } & Required<PlateauOptions>) | undefined {
  if (document.name === 'plateau') return { start, ...(complete(document) as Required<PlateauOptions>) };
  if (document.name === 'warmup' && document.then) return plateauIn(document.then as ScheduleDocument, start + document.steps);
  if (document.name === 'sequential') return plateauIn((document.schedules as ScheduleDocument[]).at(-1)!, start + (document.milestones.at(-1) ?? 0));
  return undefined;
}
