// The card of what the page shows: from its runs and its settings, and as a file.

import type { App } from '../app.ts';
import { byId } from '../dom.ts';
import { readPalette } from '../draw/canvas.ts';
import { lengthsOf } from '../draw/strip.ts';
import { product } from '../hand/numbers.ts';
import { fill } from '../i18n.ts';
import { CARD, type Card, drawCard } from './card.ts';
import { CanvasPen, SvgPen } from './pen.ts';
import { settingsLine } from './settings_line.ts';
import type { ShareWords } from './text.ts';

/** Columns of the heat map at most: a card is small. */
const COLUMNS = 160;

/** The page's own address, as people write it. */
export const plainAddress = (): string => `${location.host}${location.pathname}`.replace(/(index\.html|\/)$/, '').replace(/\/$/, '');

/** The card of the page as it is. */
export function cardOf(app: App, w: ShareWords): Card {
  const { run, theory: predicted, depth } = app.picture();
  const { language } = app.store.state;
  const at = run && run.finiteStep > 0 ? run : null;
  const measured = at && Array.from({ length: at.depth }, (_, l) => at.trusted(l, 'relative'));
  const theory = predicted && Array.from(predicted.delta);
  const every = at ? Math.max(1, Math.ceil(at.columns / COLUMNS)) : 1;
  const times = depth - 1;
  const total = theory ? theory[0]! - theory.at(-1)! : at ? (app.calm[0] ?? at.early) : Number.NaN;
  const { factors, sign, result } = product(10 ** (total / times), times, { language, ends: 2, about: !theory });
  return {
    title: byId('say').querySelector('h1')!.textContent!,
    product: times > 0 && Number.isFinite(total) ? { factors: factors.join(' × '), times: fill(w.times, { n: times }), total, sign, result } : null,
    foreseen: theory !== null,
    measured,
    theory,
    depth,
    lengths: lengthsOf(at),
    columns: at
      ? Array.from({ length: Math.ceil(at.columns / every) }, (_, c) => Array.from({ length: at.depth }, (__, l) => at.value(c * every, l, 'relative')))
      : [],
    settings: settingsLine(app.store.state, app.t),
    address: plainAddress(),
    words: { laboratory: app.t('laboratory'), output: app.t('output'), heat: app.t('heat') },
  };
}

/** The card in a canvas, of its own size or of another width. */
export function cardCanvas(card: Card, width = CARD.width): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.round((width * CARD.height) / CARD.width);
  const ink = readPalette();
  const g = canvas.getContext('2d')!;
  g.scale(width / CARD.width, width / CARD.width);
  drawCard(new CanvasPen(g, ink.font), card, ink);
  return canvas;
}

/** The card as a PNG. */
export const cardPng = (card: Card): Promise<Blob> =>
  new Promise((resolve, reject) => {
    cardCanvas(card).toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png');
  });

/** The card as an SVG, its font in it. */
export async function cardSvg(card: Card): Promise<string> {
  const { default: face } = await import('@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2?inline');
  const ink = readPalette();
  const pen = new SvgPen(document.createElement('canvas').getContext('2d')!, ink.font);
  drawCard(pen, card, ink);
  return pen.finish(CARD.width, CARD.height, `Fathom: ${card.title}`, face);
}
