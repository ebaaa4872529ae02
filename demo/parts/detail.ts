// The open layer: its units over the plane, four histograms over time, its statistics and its findings, in place of the lower row.
import type { TensorKind, TensorStats } from '../../src/inspect/history.ts';
import type { App } from '../app.ts';
import { byId, h, icon, rich } from '../dom.ts';
import { sheet } from '../draw/canvas.ts';
import { drawRidge, OUTLINES } from '../draw/ridge.ts';
import { number, percent, powerOfTen } from '../format.ts';
import type { Key } from '../i18n.ts';
import { ICONS } from '../icons.ts';
import { layerFields } from '../layers/fields.ts';
import { differsWords } from '../layers/said.ts';
import type { FromWorker } from '../protocol.ts';
import { colour } from '../scale.ts';
import { findingTitle, fractionPhrase } from '../verdict.ts';
import { unitsFigure } from './units.ts';

const PLOTS: readonly { kind: TensorKind; name: Key; axis: string }[] = [
  { kind: 'h', name: 'activations', axis: 'log10 |h|' },
  { kind: 'delta', name: 'delta', axis: 'log10 |δ|' },
  { kind: 'weight', name: 'weights', axis: 'log10 |W|' },
  { kind: 'update', name: 'update', axis: 'log10 |ΔW|' },
];

type Detail = Extract<FromWorker, { type: 'detail' | 'units' }>;

export interface DetailPanel {
  update(): void;
  draw(): void;
  receive(message: Detail): void;
}

/** The detail panel. */
export function detailPanel(app: App): DetailPanel {
  const section = byId('detail');
  const title = h('h2');
  const sentence = h('p');
  const step = (by: number): void => {
    const { layer } = app.store.state;
    if (layer !== null) app.store.set({ layer: Math.max(1, Math.min(app.picture().depth, layer + by)) });
  };
  const down = h('button', { class: 'icon', onclick: () => step(-1) }, icon(ICONS.left));
  const up = h('button', { class: 'icon', onclick: () => step(1) }, icon(ICONS.right));
  const close = h('button', { class: 'tool', onclick: () => app.store.set({ layer: null }) });
  const fields = layerFields(app);
  app.differs = (layer) => differsWords(app.store.state, layer);
  const plots = PLOTS.map((plot) => {
    const name = h('b');
    const more = h('span');
    const canvas = h('canvas', { role: 'img' });
    return { ...plot, name: plot.name, label: name, more, canvas, figure: h('figure', {}, h('figcaption', {}, name, more), canvas) };
  });
  const statistics = h('dl');
  const units = unitsFigure(app);
  const figures = h('div', { class: 'plots' }, units.element, ...plots.map((plot) => plot.figure), statistics);
  section.append(h('div', { class: 'head' }, h('div', { class: 'name' }, down, title, up), fields.element, sentence, close), figures);

  let layer: number | null = null;
  let run = 0;
  let edges: number[] = [];
  let chi = Number.NaN;
  let applied: number | undefined;
  /** The step of what the plots show. */
  let measuredAt = 0;
  let latest: Partial<Record<TensorKind, TensorStats>> = {};
  let rows: Partial<Record<TensorKind, TensorStats>>[] = [];

  function update(): void {
    const { store, session, t } = app;
    const open = store.state.layer;
    const shown = open !== null && open <= app.picture().depth && !app.foreign;
    const was = section.hidden;
    section.hidden = !shown;
    byId('row').hidden = shown && innerWidth > 720;
    document.body.classList.toggle('detailed', shown);
    if (!shown) return;
    if (open !== layer || session.run?.start.run !== run) {
      layer = open;
      run = session.run?.start.run ?? 0;
      rows = [];
      latest = {};
      applied = undefined;
    }
    if (was && innerWidth <= 720) byId('sounding').scrollIntoView();
    units.update();
    const r = session.run;
    const { run: shownRun, depth } = app.picture();
    title.textContent = t('layer_of', { l: open, n: shownRun && open <= shownRun.depth ? shownRun.depth : depth });
    close.textContent = t('close');
    fields.update(open);
    // On a phone the head stays while the rest goes by below it: it holds no more than it must.
    const place = innerWidth > 720 ? sentence : figures;
    if (fields.element.nextElementSibling !== place) place.before(fields.element);
    for (const [button, name] of [
      [down, 'down'],
      [up, 'up'],
    ] as const) {
      button.setAttribute('aria-label', t(name));
      button.title = t(name);
    }
    plots.forEach((plot) => {
      const stats = latest[plot.kind];
      const zero = plot.kind === 'h' && stats ? `${t('zeros', { p: percent(stats.zeroFraction) })} · ` : '';
      plot.label.textContent = t(plot.name);
      const part = plot.kind === 'update' && applied !== undefined ? ` · ${t('applied', { p: percent(applied) })}` : '';
      // Histograms are taken every so many steps: the one of the gradient says of which, as the words beside it are of the latest.
      const when = plot.kind !== 'delta' || measuredAt === session.run?.step ? '' : ` · ${t('at_step', { s: measuredAt })}`;
      plot.more.textContent = stats ? zero + t('rms', { x: number(stats.rms) }) + part + when : '';
      plot.canvas.setAttribute('aria-label', `${t(plot.name)}: ${stats ? t('rms', { x: number(stats.rms) }) : t('summary_wait')}`);
    });
    if (!r || r.step === 0 || open > r.depth) return;
    const value = r.ratioOf(open - 1);
    const { activation } = r.rows[open - 1]!.layer ?? r.rows[open - 1]!.place;
    const x = powerOfTen(value);
    const receives = fractionPhrase(value, app.store.state.language, t);
    const flat = activation === 'tanh' || activation === 'sigmoid';
    const said = flat
      ? t('detail_flat', { z: percent(r.saturated(open - 1)), act: activation, r: receives })
      : latest.h && activation === 'relu'
        ? t('detail_relu', { z: percent(latest.h.zeroFraction), act: 'ReLU', r: receives })
        : t('detail_plain', { r: receives });
    const formula = app.formula?.(open) ?? '';
    sentence.replaceChildren(...rich(formula ? `${formula}${app.store.state.language === 'en' ? '. ' : '。'}${said}` : said));
    const theory = r.start.theory?.chi[open - 1];
    const bad = Object.values(latest).reduce((sum, stats) => sum + (stats ? stats.nanCount + stats.infCount : 0), 0);
    const list: [string, string][] = [
      [t('stat_q'), latest.z ? number(latest.z.rms ** 2) : '–'],
      [`δ / δ<sub>${r.depth}</sub>`, x],
      [t('stat_chi_theory'), theory === undefined ? '–' : number(theory)],
      [t('stat_chi'), Number.isFinite(chi) ? number(chi) : '–'],
      [t('stat_not_finite'), String(bad)],
      [t(flat ? 'saturated' : r.deadWords), percent((flat ? r.saturated(open - 1) : r.dead(open - 1)) || 0)],
    ];
    statistics.replaceChildren(...list.flatMap(([name, text]) => [h('dt', {}, ...rich(name)), h('dd', {}, text)]));
    for (const finding of r.findings.filter((each) => each.layer === open).slice(0, 1))
      statistics.append(h('dd', { class: 'wide' }, findingTitle(finding, app.store.state.language)));
  }

  return {
    update,
    draw() {
      if (section.hidden) return;
      units.draw();
      const r = app.session.run;
      const value = r && layer !== null && r.step > 0 && layer <= r.depth ? r.now(layer - 1, app.store.state.scale) : Number.NaN;
      for (const plot of plots) {
        const s = sheet(plot.canvas, app.ink);
        if (!s) continue;
        const stats = rows.flatMap((row) => row[plot.kind] ?? []);
        drawRidge(s, stats, edges, Number.isFinite(value) ? colour(value) : app.ink.well, plot.axis, innerWidth > 720 ? app.ink.page : app.ink.surface);
      }
    },
    receive(message) {
      if (message.type === 'units') {
        units.receive(message);
        return;
      }
      if (message.layer !== app.store.state.layer) return;
      if (message.run !== run) rows = [];
      run = message.run;
      layer = message.layer;
      edges = message.edges;
      chi = message.chi;
      latest = message.tensors;
      applied = message.applied;
      measuredAt = message.step;
      if (Object.values(message.tensors).some((stats) => stats?.histogram)) rows = [...rows, message.tensors].slice(-OUTLINES);
      app.frame.request();
    },
  };
}
