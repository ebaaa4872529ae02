// What the page says in its headline: a pure function of the runs, so that it can be tested and read.
import { EXPLODING, VANISHING } from '../src/inspect/diagnose/depth_levels.ts';
import type { Language, Texts } from '../src/texts.ts';
import { fixed, large, number, percent, powerOfTen } from './format.ts';
import { fill, type Key, type Translate } from './i18n.ts';
import type { FindingMessage } from './protocol.ts';
import { rowOf } from './rows.ts';
import type { Run } from './run.ts';

/** Levels of the rules about depth, as log10 of delta at layer 1 over delta at the last. */
const { warn: WARN_LOW, severe: SEVERE_LOW } = inDecades(VANISHING);
const { warn: WARN_HIGH, severe: SEVERE_HIGH } = inDecades(EXPLODING);
/** Steps of a treated run before anything is said of it. */
const TRIAL = 20;

export type State =
  | 'start'
  | 'rebuild'
  | 'vanish'
  | 'fading'
  | 'explode'
  | 'growing'
  | 'healthy'
  | 'finding'
  | 'infinite'
  | 'comparing'
  | 'fixed'
  | 'better'
  | 'worse'
  | 'broken'
  | 'stopped';

export interface Verdict {
  state: State;
  title: string;
  lead: string;
}

/** Title of a finding in the page's language. */
export const findingTitle = (finding: FindingMessage, language: Language): string => finding.text[language].title;

/** The decisive figures of a finding on one line. */
export function findingEvidence(finding: FindingMessage, depth: number, language: Language): string {
  const { evidence, level, text } = finding;
  const values = Object.entries(evidence).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('_', ' ') : /fraction$/i.test(name) ? percent(value) : number(value),
  ]);
  return fill(text[language].evidence, { ...Object.fromEntries(values), depth, ...(level === undefined ? {} : { limit: number(level) }) });
}

interface Situation {
  run: Run | null;
  before: Run | null;
  /** What was tried. */
  tried: Texts | null;
  /** Whether the picture is still that of older settings. */
  stale: boolean;
  language: Language;
  t: Translate;
}

/** The headline and its one sentence. */
export function verdict({ run, before, tried, stale, language, t }: Situation): Verdict {
  const say = (state: State, title: Key, lead: string): Verdict => ({ state, title: t(title), lead });
  if (stale || !run || run.step === 0) return say(stale ? 'rebuild' : 'start', stale ? 'h_rebuild' : 'h_start', t('lead_start'));
  if (run.nonFinite) {
    const { layer, step, tensor } = run.nonFinite;
    const l = rowOf(run.rows, layer);
    const what = `${tensor.replaceAll('_', ' ')} · NaN ${run.nonFinite.nanCount} · Inf ${run.nonFinite.infCount}`;
    return { state: 'infinite', title: l ? t('h_infinite', { l, s: step }) : t('h_infinite_loss', { s: step }), lead: t('lead_infinite', { what }) };
  }
  const ratio = run.ratio;
  const values = { n: large(Math.abs(ratio), language), r: fractionPhrase(ratio, language, t) };
  if (ratio === Number.NEGATIVE_INFINITY && !before) return say('vanish', 'h_vanish', t('lead_zero'));
  if (before) {
    const remedy = tried?.[language].title ?? t('this_change');
    if (run.step < TRIAL) return say('comparing', 'h_comparing', t('lead_comparing', { remedy }));
    const words = { remedy, r: values.r, was: reach(before.ratio, language, t) };
    const judged = judgementPhrase(run, language, t);
    const isHealthy = (value: number): boolean => value > WARN_LOW && value < WARN_HIGH;
    const healthy = isHealthy(ratio);
    const wasHealthy = isHealthy(before.ratio);
    if (healthy && !wasHealthy) return say('fixed', 'h_fixed', t('lead_fixed', words) + judged);
    if (wasHealthy && !healthy) return say('broken', brokenTitle(ratio), t('lead_broken', words));
    const closer = Math.abs(ratio) < Math.abs(before.ratio) - 0.3 || Number.isNaN(before.ratio);
    // Where the gradient was well before, the result alone decides.
    const [state, title] = BY_RESULT[run.judgement?.verdict ?? 'unknown'];
    if (healthy) return say(state, title, t('lead_better', words) + judged);
    return say(closer ? 'better' : 'worse', closer ? 'h_better' : 'h_worse', t('lead_better', words) + judged);
  }
  if (run.ended === 'early_stopping') return { state: 'stopped', title: t('h_stopped', { s: run.step }), lead: t('lead_stopped') };
  const said = theoryPhrase(run, ratio, language, t);
  const theory = said && language === 'en' ? ` ${said}` : said;
  if (ratio < WARN_LOW)
    return ratio < SEVERE_LOW ? say('vanish', 'h_vanish', t('lead_vanish', values) + theory) : say('fading', 'h_fading', t('lead_fading', values) + theory);
  if (ratio > WARN_HIGH)
    return ratio > SEVERE_HIGH
      ? say('explode', 'h_explode', t('lead_explode', values) + theory)
      : say('growing', 'h_growing', t('lead_growing', values) + theory);
  const finding = run.findings.find((each) => each.severity !== 'note');
  if (finding)
    return say('finding', 'h_finding', t('lead_finding', { r: values.r, finding: `${findingTitle(finding, language)}${language === 'zh' ? '。' : '.'}` }));
  const left = uncheckedText(run.unchecked, language, t);
  return say('healthy', left ? 'h_reached' : 'h_healthy', t('lead_healthy', values) + theory + (left && (language === 'en' ? ` ${left}` : left)));
}

/** What could not be judged, in a sentence; empty where all was. */
export const uncheckedText = (unchecked: Run['unchecked'], language: Language, t: Translate): string =>
  unchecked.length > 0 ? t('not_checked', { rules: unchecked.map((text) => text[language].title).join(language === 'en' ? ', ' : '、') }) : '';

/** What the model is worth, in a sentence, beside what the gradient does. */
function judgementPhrase(run: Run, language: Language, t: Translate): string {
  if (!run.judgement) return '';
  const { verdict, unit, loss, untreatedLoss, baselineLoss } = run.judgement;
  const show = (value: number): string => (unit === 'error' ? percent(value) : number(value));
  const phrase = t(JUDGED[verdict], { now: show(loss), was: show(untreatedLoss), none: show(baselineLoss) });
  return language === 'en' ? ` ${phrase}` : phrase;
}

const BY_RESULT: Record<NonNullable<Run['judgement']>['verdict'] | 'unknown', [State, Key]> = {
  helped: ['fixed', 'h_reached'],
  'in part': ['better', 'h_better'],
  'did not help': ['worse', 'h_worse'],
  'too few rows': ['healthy', 'h_healthy'],
  unknown: ['healthy', 'h_healthy'],
};

const JUDGED: Record<NonNullable<Run['judgement']>['verdict'], Key> = {
  helped: 'judged_helped',
  'in part': 'judged_in_part',
  'did not help': 'judged_no_help',
  'too few rows': 'judged_few_rows',
};

/** The levels of a rule as log10. */
function inDecades({ warn, severe }: Readonly<Record<'warn' | 'severe', number>>): Record<'warn' | 'severe', number> {
  return { warn: Math.log10(warn), severe: Math.log10(severe) };
}

/** How a healthy network broke. */
function brokenTitle(ratio: number): Key {
  if (ratio < 0) return ratio < SEVERE_LOW ? 'h_vanish' : 'h_fading';
  return ratio > SEVERE_HIGH ? 'h_explode' : 'h_growing';
}

/** `46 % of the output's gradient`, or `12 times` it. */
function fractionPhrase(log: number, language: Language, t: Translate): string {
  return log > 0.3 ? t('times', { n: large(log, language) }) : t('fraction', { r: log < -2 ? powerOfTen(log) : percent(10 ** log) });
}

/** `1 part in 11 million`, `46 %` or `32,000 times the output's gradient`. */
function reach(log: number, language: Language, t: Translate): string {
  if (!Number.isFinite(log)) return log > 0 ? 'Inf' : 'NaN';
  if (log > 0.3) return t('times', { n: large(log, language) }).replace(/<.?b>/g, '');
  return log < -1 ? t('part', { n: large(-log, language) }) : percent(10 ** log);
}

/** The theory beside it, where it agrees within a quarter of the fall; else what it said. */
function theoryPhrase(run: Run, ratio: number, language: Language, t: Translate): string {
  const theory = run.start.theory;
  if (!theory || run.depth < 3) return '';
  const predicted = theory.delta[0]!;
  if (Math.abs(predicted - ratio) > Math.max(1, 0.25 * Math.abs(ratio)))
    return predicted < -1 && ratio < WARN_LOW ? t('theory_says', { n: large(-predicted, language) }) : '';
  if (Math.abs(predicted) < 0.5) return '';
  return theory.factor < 1 ? t('theory_agrees', { p: percent(theory.factor) }) : t('theory_agrees_up', { f: fixed(theory.factor, 2) });
}
