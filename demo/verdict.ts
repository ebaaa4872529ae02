// What the page says in its headline: a pure function of the runs, so that it can be tested and read.
import { EXPLODING, VANISHING } from '../src/inspect/diagnose/depth_levels.ts';
import type { Language, Texts } from '../src/texts.ts';
import { BAND } from './draw/update_size.ts';
import { largeBefore, number, percent, powerOfTen } from './format.ts';
import { fill, hasWords, type Key, type Translate, translator } from './i18n.ts';
import type { FindingMessage } from './protocol.ts';
import { rowOf } from './rows.ts';
import { EARLY, type Run } from './run.ts';

/** Levels of the rules about depth, as log10 of delta at layer 1 over delta at the last. */
const { warn: WARN_LOW, severe: SEVERE_LOW } = inDecades(VANISHING);
const { warn: WARN_HIGH, severe: SEVERE_HIGH } = inDecades(EXPLODING);
/** Steps after which a network that learns has begun to, as the rule about a stuck loss has it, and after which one that has not is said not to. */
const SHORT = 30;
const LONG = 300;
/** Sizes of an update over its weights between which a step is healthy, as the figure of the updates has them. */
const [SMALL_UPDATE, LARGE_UPDATE] = BAND.map((log) => 10 ** log) as [number, number];
/** Decades that a run has to pass a level by before it is called by another name. */
const MARGIN = 0.15;

export type State =
  | 'start'
  | 'ready'
  | 'rebuild'
  | 'vanish'
  | 'fading'
  | 'explode'
  | 'growing'
  | 'healthy'
  | 'finding'
  | 'learned'
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

/** Title of a finding in the page's language; of a gradient that is off by a little, as the headline has it. */
export function findingTitle({ rule, severity, text }: FindingMessage, language: Language): string {
  const little = severity === 'warn' ? LITTLE[rule] : undefined;
  return little ? translator(language)(little).replace(/[.。]$/, '') : text[language].title;
}
const LITTLE: Partial<Record<string, Key>> = { vanishing_with_depth: 'h_fading', exploding_with_depth: 'h_growing' };

/** The decisive figures of a finding on one line. */
export function findingEvidence(finding: FindingMessage, depth: number, language: Language, t: Translate = translator(language)): string {
  const { evidence, level, text } = finding;
  const values = Object.entries(evidence).map(([name, value]) => [
    name,
    typeof value === 'string'
      ? hasWords(`tensor_${value}`)
        ? t(`tensor_${value}` as Key)
        : value.replaceAll('_', ' ')
      : /fraction$/i.test(name)
        ? percent(value)
        : number(value),
  ]);
  const gradient = evidence.of === 'weight_gradient' ? '∇W' : 'δ';
  return fill(text[language].evidence, { ...Object.fromEntries(values), depth, gradient, ...(level === undefined ? {} : { limit: number(level) }) });
}

/** What a finding says in a sentence: with layers by their numbers, and in Chinese from its title and its figures, as the rules have sentences in English alone. */
export function findingMessage(finding: FindingMessage, run: Run | null, language: Language, t: Translate): string {
  if (language === 'en') return run ? numbered(finding.message, run, t) : finding.message;
  const figures = findingEvidence(finding, run?.depth ?? 0, language).replace(/<.*?>/g, '');
  const cure = finding.remedies[0]?.text.zh;
  const where = finding.layer ? `（${t('layer_n', { l: finding.layer })}）` : '';
  return `${findingTitle(finding, language)}${where}：${figures}。${cure ? `可以试试“${cure.title}”：${cure.summary}。` : ''}`;
}

/** Words in which the paths of layers stand as the page numbers them, from 1 at the input. */
export function numbered(words: string, run: Pick<Run, 'rows' | 'start'>, t: Translate): string {
  const names = new Map<string, string>();
  run.rows.forEach((row, i) => {
    for (const name of row.names) names.set(name, t('layer_n', { l: i + 1 }));
  });
  for (const { name, role } of run.start.layers) if (role === 'output') names.set(name, t('output_layer'));
  return words.replace(/[\w/.]*\w(?:_\d+)?(?::\d+)?/g, (word) => names.get(word) ?? word);
}

interface Situation {
  run: Run | null;
  before: Run | null;
  /** What was tried. */
  tried: Texts | null;
  /** What was said of this run before. */
  was?: State;
  /** Whether the picture is still that of older settings. */
  stale: boolean;
  /** Whether there is no run since it failed. */
  failed?: boolean;
  /** Whether steps are being taken, or would be. */
  playing?: boolean;
  /** Whether the run is the first one of a comparison that is still to come. */
  preparing?: boolean;
  language: Language;
  t: Translate;
}

/** The headline and its one sentence. It follows what the rules found and the loss; the gradient by depth alone is not enough. */
export function verdict(situation: Situation): Verdict {
  const { run, before, stale, failed = false, playing = true, preparing = false, t } = situation;
  if (preparing) return { state: 'comparing', title: t('h_comparing'), lead: t('lead_preparing') };
  if (failed) return { state: 'start', title: t('h_none'), lead: t('lead_none') };
  if (stale || !run) return { state: stale ? 'rebuild' : 'start', title: t(stale ? 'h_rebuild' : 'h_start'), lead: t('lead_start') };
  if (run.step === 0) return playing ? { state: 'start', title: t('h_start'), lead: t('lead_start') } : ready(run, situation);
  if (run.nonFinite) return infinite(run, t);
  return before ? compared(run, before, situation) : alone(run, situation);
}

/** A network that nobody has let train yet: what theory says will arrive. */
function ready(run: Run, { language, t }: Situation): Verdict {
  const predicted = run.start.theory?.delta[0];
  const lead = predicted === undefined ? t('lead_ready_unknown') : t('lead_ready', { p: arrives(predicted, language, t) });
  return { state: 'ready', title: t('h_ready'), lead };
}

/** A run whose numbers are no longer finite. */
function infinite(run: Run, t: Translate): Verdict {
  const { layer, step, tensor, nanCount, infCount } = run.nonFinite!;
  const l = rowOf(run.rows, layer);
  const key: string = `tensor_${tensor}`;
  const what = hasWords(key) ? t(key) : t('tensor_other');
  const n = nanCount + infCount;
  return {
    state: 'infinite',
    title: l ? t('h_infinite', { l, s: step }) : t(layer ? 'h_infinite_output' : 'h_infinite_loss', { s: step }),
    lead: t(layer && n > 0 ? 'lead_infinite' : 'lead_infinite_loss', { what, n, s: Math.max(0, step - 1) }),
  };
}

const isHealthy = (value: number): boolean => value > WARN_LOW && value < WARN_HIGH;

/** What is wrong with a run besides its gradient by depth, in a title; undefined where nothing is known to be. */
function trouble(run: Run, language: Language, t: Translate): { grave: boolean; title: string } | undefined {
  const finding = run.findings.find(({ severity, rule, consequenceOf }) => severity !== 'note' && !consequenceOf && !BY_DEPTH.has(rule));
  const grew = run.lossGrew;
  if (grew && finding?.severity !== 'severe') return { grave: true, title: t('loss_grew', { a: number(grew.from), b: number(grew.to) }) };
  return finding && { grave: finding.severity === 'severe', title: findingTitle(finding, language) };
}

/** The rules that the ratio of first to last layer decides. */
const BY_DEPTH: ReadonlySet<string> = new Set(['vanishing_with_depth', 'exploding_with_depth']);

/** A run beside the one before it: its gradient is judged at the first steps, and what became of it is said. */
function compared(run: Run, before: Run, { tried, language, t }: Situation): Verdict {
  const say = (state: State, title: Key, lead: string): Verdict => ({ state, title: t(title), lead });
  const remedy = tried?.[language].title ?? t('this_change');
  if (run.step < EARLY) return say('comparing', 'h_comparing', t('lead_comparing', { remedy }));
  const [now, was] = [run.early, before.early];
  const wrong = trouble(run, language, t);
  const lead = t('lead_compared', { remedy, k: EARLY, r: fractionPhrase(now, language, t), was: reach(was, language, t) }) + became(run, wrong, language, t);
  if (isHealthy(was) && !isHealthy(now)) return say('broken', brokenTitle(now), lead);
  if (wrong?.grave && isHealthy(now)) return say('finding', 'h_finding', lead);
  const learned = run.judgement?.verdict !== 'did not help' || run.step < LONG;
  if (isHealthy(now) && !isHealthy(was)) return learned ? say('fixed', 'h_fixed', lead) : say('worse', 'h_unlearned', lead);
  if (isHealthy(now)) {
    // Where the gradient was well before, the result alone decides.
    const [state, title] = wrong && run.judgement?.verdict !== 'helped' ? (['finding', 'h_finding'] as const) : BY_RESULT[run.judgement?.verdict ?? 'unknown'];
    return say(state, title, lead);
  }
  // From one ill to the other is no way to a cure, however near to it.
  if (now * was < 0) return say('worse', now > 0 ? 'h_explodes_now' : 'h_vanishes_now', lead);
  const closer = Math.abs(now) < Math.abs(was) - 0.3 || Number.isNaN(was);
  if (!closer) return say('worse', 'h_worse', lead);
  return say('better', run.judgement?.verdict === 'did not help' ? 'h_nearer' : 'h_better', lead);
}

/** What became of a run since its first steps, in sentences. */
function became(run: Run, wrong: { title: string } | undefined, language: Language, t: Translate): string {
  const space = language === 'en' ? ' ' : '';
  const since = isHealthy(run.early) && !isHealthy(run.ratio) ? space + t('since_then', { r: reach(run.ratio, language, t) }) : '';
  return since + judgementPhrase(run, language, t) + (wrong ? space + t('but_now', { finding: wrong.title }) : '');
}

/** The names of the zones by depth, from small to large, and the levels between them. */
const ZONES = ['vanish', 'fading', 'healthy', 'growing', 'explode'] as const;
const LEVELS = [SEVERE_LOW, WARN_LOW, WARN_HIGH, SEVERE_HIGH];

/** The zone of a ratio. One that swings about a level keeps the name that it had. */
export function zoneOf(ratio: number, was?: State): (typeof ZONES)[number] {
  // What is neither vanishing nor exploding has many names.
  const zone = ZONES.indexOf(was as 'healthy');
  const before = was === undefined ? -1 : zone < 0 ? ZONES.indexOf('healthy') : zone;
  return ZONES[LEVELS.filter((level, i) => ratio > level + (before < 0 ? 0 : before > i ? -MARGIN : MARGIN)).length]!;
}

/** The zone as the rules have it, since what the headline says and what the findings say is one thing; without a finding by depth that of the ratio. */
export const zoneBy = (run: Pick<Run, 'findings' | 'ratio'>, was?: State): (typeof ZONES)[number] => zoneFound(run) ?? zoneOf(run.ratio, was);

function zoneFound({ findings, ratio }: Pick<Run, 'findings' | 'ratio'>): (typeof ZONES)[number] | undefined {
  const found = findings.find(({ rule, severity }) => BY_DEPTH.has(rule) && severity !== 'note');
  if (!found) return undefined;
  const large = found.rule === 'exploding_with_depth';
  // What the rules have not looked at since may be well by now.
  if (large ? ratio < WARN_HIGH - MARGIN : ratio > WARN_LOW + MARGIN) return undefined;
  if (found.severity === 'severe') return large ? 'explode' : 'vanish';
  return large ? 'growing' : 'fading';
}

/** A run by itself. */
function alone(run: Run, { was, language, t }: Situation): Verdict {
  const say = (state: State, title: Key, lead: string): Verdict => ({ state, title: t(title), lead });
  const { ratio } = run;
  const last = run.depth;
  const values = { n: largeBefore(Math.abs(ratio), language), r: fractionPhrase(ratio, language, t), last };
  if (ratio === Number.NEGATIVE_INFINITY) return say('vanish', 'h_vanish', t('lead_zero'));
  if (run.ended === 'early_stopping') return { state: 'stopped', title: t('h_stopped', { s: run.step }), lead: t('lead_stopped') };
  const wrong = trouble(run, language, t);
  // The rules have looked at a run that is long enough, and say that it learns with the gradient that it has.
  const zone = zoneBy(run, was);
  const learns = zone !== 'healthy' && run.diagnosed && run.step > SHORT && run.findings.every(({ severity }) => severity === 'note') && !wrong;
  if (learns) return say('learned', 'h_learned', t('lead_healthy', values));
  if (zone !== 'healthy')
    return say(zone, `h_${zone}`, t(zone === 'vanish' || zone === 'fading' ? 'lead_fading' : 'lead_growing', values) + moves(run, zone, t));
  if (wrong) {
    const lead = t('lead_finding', { r: values.r, finding: `${wrong.title}${language === 'zh' ? '。' : '.'}` });
    const none = run.findings.length > 0 && run.findings.every(({ remedies }) => remedies.length === 0);
    return say('finding', 'h_finding', none ? lead + (language === 'en' ? ' ' : '') + t('no_remedy') : lead);
  }
  const left = uncheckedText(run.unchecked, language, t);
  const known = left === '' && run.diagnosed;
  return say('healthy', known ? 'h_healthy' : 'h_reached', t('lead_healthy', values) + (left && (language === 'en' ? ` ${left}` : left)));
}

/** What a step does to the first layer's weights, from the sizes of its updates: an optimizer or a clipped norm may undo what the gradient would do. */
function moves(run: Run, zone: State, t: Translate): string {
  const update = run.update(0);
  if (zone === 'explode' || zone === 'growing') return update > LARGE_UPDATE ? t('step_moves', { p: percent(update) }) : t('full_stop');
  return update > SMALL_UPDATE ? t('full_stop') : t(zone === 'vanish' ? 'learns_not' : 'learns_slowly');
}

/** What could not be judged, in a sentence; empty where all was. */
export const uncheckedText = (unchecked: Run['unchecked'], language: Language, t: Translate): string =>
  unchecked.length > 0
    ? t('not_checked', {
        rules: unchecked.map((text) => (language === 'en' ? inside(text.en.title) : `“${text.zh.title}”`)).join(language === 'en' ? ', or ' : '、'),
      })
    : '';

/** A title within a sentence: its first letter is small, where it is that of a word. */
const inside = (title: string): string => (/^[A-Z][a-z]* /.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title);

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

/** `46 % of what layer 50 receives`, or `12 times as much`. */
export function fractionPhrase(log: number, language: Language, t: Translate): string {
  return log > 0.3 ? t('times', { n: largeBefore(log, language) }) : t('fraction', { r: log >= -2 ? percent(10 ** log) : powerOfTen(log) });
}

/** What reaches layer 1, of the gradient that enters: `1 in 11 million`, `46 %` or `32,000 times`. */
function reach(log: number, language: Language, t: Translate): string {
  if (!Number.isFinite(log)) return log > 0 ? 'Inf' : log < 0 ? '0' : 'NaN';
  if (log > 0.3) return t('times_only', { n: largeBefore(log, language) });
  return log < -1 ? t('part', { n: largeBefore(-log, language) }) : percent(10 ** log);
}

/** The same as the subject of a sentence, in bold, with all of it in words. In Chinese a space stands before digits. */
function arrives(log: number, language: Language, t: Translate): string {
  if (log > 0.3 && Number.isFinite(log)) return fractionPhrase(log, language, t);
  const words = Math.abs(log) < 0.01 ? t('all_of_it') : reach(log, language, t);
  return `${language === 'zh' && /^\d/.test(words) ? ' ' : ''}<b>${words}</b>`;
}
