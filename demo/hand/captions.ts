// What is said under the product line: of a layer, of all layers, and of theory and measurement where they are two numbers.
import type { App } from '../app.ts';
import { fixed, HALF_PERCENT, number } from '../format.ts';
import { fill } from '../i18n.ts';
import type { Run } from '../run.ts';
import type { Base } from './hand.ts';
import { factorWords, sizeWords } from './numbers.ts';
import type { HandWords } from './text.ts';
import { bendOf, slopeAt, walk } from './walk.ts';
import { written } from './written.ts';

/** Decades between theory and measurement from which on the difference is explained, and by which steps move what was measured at the first one. */
const APART = 0.18;
const DRIFT = 0.3;

export interface Captions {
  part(run: Run, marked: number, factor: number): string;
  whole(run: Run, turns: boolean, done: boolean): string;
  hasChanged(run: Run): boolean;
  /** By the number of a layer, from 1; empty where it has none. */
  formula(layer: number): string;
}

/** The captions; `base` is what can be turned. */
export function captions(app: App, { words, base }: { words(): HandWords; base(): Base | null }): Captions {
  /** What is said of the product down to a layer: of an open one what it does by itself, of one that is pointed at how its mean differs from that of all. */
  function part(run: Run, marked: number, factor: number): string {
    const w = words();
    const { layer } = app.store.state;
    const own = layer === null ? '' : formula(layer);
    const [f, all] = [factorWords(factor).words, factorWords(10 ** ((app.picture().theory?.delta[0] ?? app.calm[0]!) / (run.depth - 1))).words];
    const values = { last: run.depth, l: marked + 1, f, all, n: run.depth - 1 };
    if (f === all) return own || fill(w.caption_layer, values);
    return fill(w.caption_layer_mean, values) + (own && ` ${own}`);
  }

  /** What is said of the product of all layers. */
  function whole(run: Run, turns: boolean, done: boolean): string {
    const w = words();
    const { settings } = app.store.state;
    const locked = settings.batchNorm && !turns;
    const held = locked ? (settings.shortcuts === 'none' ? w.caption_locked : w.caption_locked_branch) : '';
    const space = app.store.state.language === 'en' ? ' ' : '';
    if (run.start.noTheory) return [fill(w.no_theory, { reason: w[`no_theory_${run.start.noTheory}`] }), ...(held ? [held] : [])].join(space);
    if (held) return held;
    const why = apart(run);
    const said = done ? w.caption_done : bends(run, turns);
    return why ? said + space + why : said;
  }

  /** What a layer does to the gradient: of a line that bends the factor is a mean. */
  function bends(run: Run, turns: boolean): string {
    const w = words();
    const { theory } = run.start;
    const { least, most, bent } = theory ? bendOf(theory.delta) : { least: 1, most: 1, bent: false };
    if (!theory || !bent) return turns ? w.caption : w.caption_still;
    return fill(turns ? w.caption_bent : w.caption_bent_still, { a: fixed(least, 2), b: fixed(most, 2), f: factorWords(theory.factor).words });
  }

  /** Theory and measurement are two numbers: where they lie apart, why is said. */
  function apart(run: Run): string {
    const w = words();
    const { language } = app.store.state;
    const [theory, measured] = [run.start.theory?.delta[0], app.calm[0]];
    if (theory === undefined || measured === undefined || !(Math.abs(measured - theory) > APART)) return '';
    const p = (log: number): string => sizeWords(log, language);
    if (hasChanged(run))
      return written(w.caption_moved, Number.isNaN(run.first) ? {} : { p: p(run.first) + (language === 'en' && run.first > HALF_PERCENT ? ' as much' : '') });
    const band = app.hand?.band;
    const widths = run.rows.map(({ layer, place }) => (layer ?? place).width);
    const [least, most] = [Math.min(...widths), Math.max(...widths)];
    const width = least < most ? `${least}–${most}` : most;
    return band ? fill(w.caption_luck, { width, a: p(band.low[0]!), b: p(band.high[0]!) }) : fill(w.caption_wide, { width });
  }

  /** Whether steps have made another network of the one that theory speaks of: by its weights, or by its biases, which are as small as its sums. */
  const hasChanged = (run: Run): boolean => run.hasMoved || Math.abs((app.calm[0] ?? run.ratio) - run.first) > DRIFT;

  /** What a layer does, measured: its weights, the slope of its activation, and what it hands on. */
  function formula(l: number): string {
    const { run } = app.session;
    if (!run || run.step === 0 || l >= run.depth || !(run.delta(l) > 0)) return '';
    const w = words();
    const now = base();
    const [below, above] = [run.delta(l - 1), run.delta(l)];
    const values = { l, u: l + 1, d1: number(below), d0: number(above), f: fixed(below / above, 2) };
    const plain = now !== null && now.settings.shortcuts === 'none' && now.settings.dropout === 0;
    if (!plain) return fill(w.formula_plain, values);
    const weights = now.settings.gain * Math.sqrt(now.message.hidden);
    const slope = slopeAt(now.message, walk(now.message, now.settings, now.settings.gain).q[l - 1]!);
    // What weights and slope do not account for is the luck of a draw of this width.
    const luck = below / above / (weights * slope);
    return fill(Math.abs(luck - 1) < 0.015 ? w.formula : w.formula_luck, {
      ...values,
      w: fixed(weights, 2),
      s: fixed(slope, 2),
      r: fixed(luck, 2),
      luck: hasChanged(run) ? w.luck_trained : w.luck,
    });
  }

  return { part, whole, hasChanged, formula };
}
