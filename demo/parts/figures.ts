// The drawn charts: for each its canvas, its words for a screen reader, its numbers as a table, and the menu that keeps them.

import { rounded } from '../../src/format.ts';
import { LEAST_DEPTH } from '../../src/inspect/places.ts';
import type { App } from '../app.ts';
import { byId, download, h, icon } from '../dom.ts';
import { type Sheet, sheet } from '../draw/canvas.ts';
import { drawConfusion } from '../draw/confusion.ts';
import { drawHeatMap } from '../draw/heat_map.ts';
import type { Picture } from '../draw/picture.ts';
import { drawProfile } from '../draw/profile.ts';
import { drawStrip } from '../draw/strip.ts';
import { drawSurface } from '../draw/surface.ts';
import { drawUpdateSize } from '../draw/update_size.ts';
import { number, percent, powerOfTen } from '../format.ts';
import type { Key } from '../i18n.ts';
import { ICONS } from '../icons.ts';
import { metricOf, namedMetrics } from '../metrics.ts';
import { showMenu } from './menu.ts';

export interface Table {
  columns: string[];
  rows: (string | number)[][];
}

interface Figure {
  id: string;
  name: Key;
  draw?(s: Sheet, picture: Picture): void;
  summary(picture: Picture): string;
  table(picture: Picture): Table;
}

const layerRows = ({ run }: Picture, values: (l: number) => (string | number)[]): (string | number)[][] =>
  run && run.step > 0 ? Array.from({ length: run.depth }, (_, i) => [run.depth - i, ...values(run.depth - 1 - i)]) : [];
/** Numbers of a table: as many digits as a float holds. */
const exact = (value: number): number => rounded(value, 6);

const FIGURES: readonly Figure[] = [
  {
    id: 'strip',
    name: 'network',
    draw: drawStrip,
    summary: ({ run, depth, scale, t }) => (run && run.step > 0 ? t('summary_network', { n: depth, x: powerOfTen(run.now(0, scale)) }) : t('summary_wait')),
    table: (p) => ({
      columns: ['layer', 'activation', 'width', 'delta', 'relative', 'dead', 'saturated', ...(p.run?.gpuTimes ? ['gpu_ms'] : [])],
      rows: layerRows(p, (l) => [
        (p.run!.rows[l]!.layer ?? p.run!.rows[l]!.place).activation,
        p.run!.rows[l]!.place.width,
        exact(p.run!.delta(l)),
        powerOfTen(p.run!.now(l, 'relative')),
        exact(p.run!.dead(l)),
        exact(p.run!.saturated(l)),
        ...(p.run!.gpuTimes ? [exact(p.run!.gpuTimes.layers[l]!)] : []),
      ]),
    }),
  },
  {
    id: 'profile',
    name: 'profile',
    draw: drawProfile,
    summary: ({ run, depth, t }) => {
      if (!run || run.step === 0) return t('summary_wait');
      const theory = depth < LEAST_DEPTH ? t('profile_shallow') : run.start.theory ? t('summary_theory', { x: powerOfTen(run.start.theory.delta[0]!) }) : '';
      return t('summary_profile', { n: depth, x: powerOfTen(run.now(0, 'relative')), theory });
    },
    table: (p) => ({
      columns: ['layer', 'measured_log10', 'theory_log10', 'before_log10'],
      rows: layerRows(p, (l) => [
        exact(p.run!.now(l, 'relative')),
        p.run!.start.theory ? exact(p.run!.start.theory.delta[l]!) : '',
        p.before && l < p.before.depth ? exact(p.before.now(l, 'relative')) : '',
      ]),
    }),
  },
  {
    id: 'heat',
    name: 'heat',
    draw: drawHeatMap,
    summary: ({ run, depth, t, scale }) =>
      run && run.step > 0
        ? t('summary_heat', { n: depth, s: run.step, a: powerOfTen(run.value(0, 0, scale)), b: powerOfTen(run.now(0, scale)) })
        : t('summary_wait'),
    table: ({ run, scale }) => ({
      columns: ['step', ...Array.from({ length: run?.depth ?? 0 }, (_, l) => `layer_${l + 1}`)],
      rows: run
        ? Array.from({ length: run.columns }, (_, c) => [(c + 1) * run.per, ...Array.from({ length: run.depth }, (_, l) => exact(run.value(c, l, scale)))])
        : [],
    }),
  },
  {
    id: 'loss',
    name: 'loss',
    summary: ({ run, t }) => (run && run.columns > 0 ? t('summary_loss', { a: number(run.loss(run.columns - 1)), s: run.step }) : t('summary_wait')),
    table: ({ run }) => ({
      columns: ['step', 'train_loss', 'validation_loss', ...['accuracy', ...namedMetrics(run)].flatMap((name) => [`train_${name}`, `validation_${name}`])],
      rows: run
        ? [
            ...Array.from({ length: run.columns }, (_, c): (string | number)[] => [
              (c + 1) * run.per,
              exact(run.loss(c)),
              '',
              ...['accuracy', ...namedMetrics(run)].flatMap(() => ['', '']),
            ]),
            ...run.validations.map((validation) => [
              validation.step,
              exact(validation.trainLoss),
              exact(validation.validationLoss),
              ...['accuracy', ...namedMetrics(run)].flatMap((name) => [
                metricOf(validation, name, 'train') ?? '',
                metricOf(validation, name, 'validation') ?? '',
              ]),
            ]),
          ].sort((a, b) => Number(a[0]) - Number(b[0]))
        : [],
    }),
  },
  {
    id: 'updates',
    name: 'updates',
    draw: drawUpdateSize,
    summary: ({ run, t }) => {
      if (!run || run.step === 0) return t('summary_wait');
      const sizes = Array.from({ length: run.depth }, (_, l) => run.update(l));
      return t('summary_updates', { a: number(Math.min(...sizes)), b: number(Math.max(...sizes)) });
    },
    table: (p) => ({ columns: ['layer', 'update_over_weight'], rows: layerRows(p, (l) => [exact(p.run!.update(l))]) }),
  },
  {
    id: 'surface',
    name: 'surface',
    draw: drawSurface,
    summary: ({ run, t }) => (run?.start.points ? t('summary_surface', { n: run.start.points.label.length }) : t('summary_wait')),
    table: ({ run }) => {
      const s = run?.surface;
      const reach = run?.start.points?.reach ?? 1;
      const at = (i: number): number => exact((((i + 0.5) / (s?.size ?? 1)) * 2 - 1) * reach);
      return {
        columns: ['x1', 'x2', 'class', 'certainty'],
        rows: s ? Array.from(s.values, (value, i) => [at(i % s.size), -at(Math.floor(i / s.size)), Math.floor(value), exact(value % 1)]) : [],
      };
    },
  },
  {
    id: 'confusion',
    name: 'confusion',
    draw: drawConfusion,
    summary: ({ run, t }) => {
      const counts = run?.confusion;
      if (!counts) return t('summary_wait');
      const all = counts.flat().reduce((a, b) => a + b, 0);
      return t('summary_confusion', { p: percent(counts.reduce((sum, row, i) => sum + row[i]!, 0) / Math.max(1, all)) });
    },
    table: ({ run }) => ({ columns: ['true', ...(run?.confusion ?? []).map((_, i) => String(i))], rows: (run?.confusion ?? []).map((row, i) => [i, ...row]) }),
  },
];

/** What follows the hand on the theory line. */
const FOLLOWS: ReadonlySet<string> = new Set(['strip', 'profile', 'heat']);

/** CSV of a table. */
export function csvOf({ columns, rows }: Table): string {
  const cell = (value: string | number): string => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  return `${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`;
}

export interface Figures {
  /** Draws them all, but while a hand turns the line only what follows it, unless all are in other colours than the page. */
  draw(dressed: boolean): void;
  summaries(): void;
}

/** Wires the figures and their menus. */
export function figures(app: App): Figures {
  const canvasOf = (id: string): HTMLCanvasElement => (id === 'loss' ? byId('loss').querySelector('canvas')! : byId<HTMLCanvasElement>(id));

  for (const figure of FIGURES) {
    const button = h('button', { class: 'dots', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon(ICONS.more));
    button.addEventListener('click', () => menu(figure, button));
    byId(`figure-${figure.id}`).append(button);
  }

  function menu(figure: Figure, button: HTMLElement): void {
    const { t } = app;
    const table = (): Table => figure.table(app.picture());
    showMenu(button, [
      { name: t('save_png'), act: async () => download(`fathom-${figure.id}.png`, await png(canvasOf(figure.id), app.t(figure.name)), 'image/png') },
      {
        name: t('copy_csv'),
        act: () => {
          void copy(csvOf(table())).then(() => app.toast(t('copied_table')));
        },
      },
      { name: t('show_table'), act: () => showTable(app.t(figure.name), table(), t('close')) },
    ]);
  }

  /** A canvas on the page's ground, under a title. */
  async function png(canvas: HTMLCanvasElement, title: string): Promise<Blob> {
    const ratio = devicePixelRatio || 1;
    const gap = 20 * ratio;
    const top = 34 * ratio;
    // What it is of, and where it comes from: a picture travels alone.
    const foot = 30 * ratio;
    const width = canvas.width + 2 * gap;
    const out = new OffscreenCanvas(width, canvas.height + top + foot);
    const g = out.getContext('2d')!;
    g.fillStyle = app.ink.page;
    g.fillRect(0, 0, out.width, out.height);
    g.fillStyle = app.ink.ink;
    g.font = `600 ${14 * ratio}px ${app.ink.font}`;
    g.fillText(title, gap, 24 * ratio);
    g.fillStyle = app.ink.ink2;
    g.font = `400 ${13 * ratio}px ${app.ink.font}`;
    const { settingsLine } = await import('../share/settings_line.ts');
    g.fillText(`Fathom · ${settingsLine(app.store.state, app.t)} · ${location.host}${location.pathname}`, gap, out.height - 12 * ratio, width - 2 * gap);
    g.drawImage(canvas, gap, top);
    return out.convertToBlob({ type: 'image/png' });
  }

  return {
    draw(dressed) {
      const picture = app.picture();
      for (const figure of FIGURES) {
        if (!figure.draw || (picture.hand?.live && dressed && !FOLLOWS.has(figure.id))) continue;
        const s = sheet(byId<HTMLCanvasElement>(figure.id), app.ink);
        if (s) figure.draw(s, picture);
      }
    },
    summaries() {
      const picture = app.picture();
      for (const figure of FIGURES) {
        const element = byId(figure.id);
        if (figure.id !== 'strip') element.setAttribute('aria-label', `${app.t(figure.name)}. ${figure.summary(picture)}`);
        byId(`figure-${figure.id}`)
          .querySelector('.dots[aria-haspopup]')!
          .setAttribute('aria-label', app.t('menu', { name: app.t(figure.name) }));
      }
    },
  };
}

/** Copies text; without permission to the clipboard it is selected, in its field where it has one, and copied the old way. */
export async function copy(text: string, field?: HTMLInputElement | HTMLTextAreaElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Inside a modal dialog nothing beside it can be selected.
    const own = field ?? h('textarea', {}, text);
    if (!field) document.body.append(own);
    own.select();
    document.execCommand('copy');
    if (!field) own.remove();
  }
}

/** A dialog with a table. */
function showTable(title: string, table: Table, close: string): void {
  const body = h('tbody');
  for (const row of table.rows.slice(0, 500)) body.append(h('tr', {}, ...row.map((value) => h('td', {}, String(value)))));
  const dialog = h(
    'dialog',
    { 'aria-label': title },
    h('header', {}, h('h2', {}, title), h('button', { class: 'tool', onclick: () => dialog.close() }, close)),
    h(
      'div',
      { class: 'scroll', tabindex: 0 },
      h('table', {}, h('thead', {}, h('tr', {}, ...table.columns.map((name) => h('th', { scope: 'col' }, name)))), body),
    ),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
