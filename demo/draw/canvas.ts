// What every drawing shares: a canvas of the right size, the palette of the theme, text and the dashes of the rules' levels.

export type Ink = 'page' | 'surface' | 'ink' | 'ink2' | 'ink3' | 'rule' | 'rule2' | 'well' | 'mark' | 'band' | 'bad' | 'ok';
export type Palette = Record<Ink, string> & { font: string };

const INKS: readonly Ink[] = ['page', 'surface', 'ink', 'ink2', 'ink3', 'rule', 'rule2', 'well', 'mark', 'band', 'bad', 'ok'];

/** The colours of the page's theme, read from its style sheet. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const palette = { font: style.getPropertyValue('--font').trim() } as Palette;
  for (const name of INKS) palette[name] = style.getPropertyValue(`--${name}`).trim();
  return palette;
}

/** A canvas made ready: CSS pixels, cleared. */
export interface Sheet {
  g: CanvasRenderingContext2D;
  /** Width and height in CSS pixels. */
  w: number;
  h: number;
  ink: Palette;
}

/** Sizes the canvas to its box and the screen's pixels and clears it; null while it is not shown. */
export function sheet(canvas: HTMLCanvasElement, ink: Palette): Sheet | null {
  const w = canvas.clientWidth;
  const h = canvas.clientHeight;
  if (w < 8 || h < 8) return null;
  const ratio = devicePixelRatio || 1;
  const width = Math.round(w * ratio);
  const height = Math.round(h * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const g = canvas.getContext('2d')!;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, w, h);
  return { g, w, h, ink };
}

export interface TextStyle {
  color?: string;
  align?: CanvasTextAlign;
  size?: number;
  weight?: number;
  /** Color of a rim that keeps the text readable on lines. */
  halo?: string;
}

/** The smallest text that the page uses, in CSS pixels. */
export const SMALL = 12.5;

/** Text, its middle at y. */
export function text({ g, ink }: Sheet, words: string, x: number, y: number, style: TextStyle = {}): void {
  g.font = `${style.weight ?? 400} ${style.size ?? SMALL}px ${ink.font}`;
  g.textAlign = style.align ?? 'left';
  g.textBaseline = 'middle';
  if (style.halo) {
    g.strokeStyle = style.halo;
    g.lineWidth = 4;
    g.lineJoin = 'round';
    g.strokeText(words, x, y);
  }
  g.fillStyle = style.color ?? ink.ink3;
  g.fillText(words, x, y);
}

/** 10 with a raised exponent; 0 is written 1. */
export function power(s: Sheet, exponent: number, x: number, y: number, style: TextStyle = {}): void {
  if (exponent === 0) {
    text(s, '1', x, y, style);
    return;
  }
  const raised = String(exponent).replace('-', '\u2212');
  s.g.font = `400 ${SMALL}px ${s.ink.font}`;
  const base = s.g.measureText('10').width;
  s.g.font = `400 9.5px ${s.ink.font}`;
  const width = base + s.g.measureText(raised).width + 0.5;
  const left = style.align === 'center' ? x - width / 2 : style.align === 'right' ? x - width : x;
  text(s, '10', left, y, { ...style, align: 'left' });
  text(s, raised, left + base + 0.5, y - 4, { ...style, align: 'left', size: 9.5 });
}

/** A straight line between pixel centres. */
export function line({ g }: Sheet, x0: number, y0: number, x1: number, y1: number, color: string, width = 1, dash: readonly number[] = []): void {
  g.strokeStyle = color;
  g.lineWidth = width;
  g.setLineDash([...dash]);
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
  g.setLineDash([]);
}

/** Middle of the pixel: lines of 1 px stay sharp. */
export const crisp = (value: number): number => Math.round(value) + 0.5;

/** The sign of a value that is not a number or not finite: hatched, never a color of the scale. */
export function hatch({ g, ink }: Sheet, x: number, y: number, w: number, h: number): void {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.fillStyle = ink.surface;
  g.fillRect(x, y, w, h);
  g.strokeStyle = ink.bad;
  g.lineWidth = 1;
  g.beginPath();
  // The phase hangs on the page, not on the box: neighboring boxes continue each other.
  for (let c = Math.floor((x - y - h) / 5) * 5; c < x + w - y; c += 5) {
    g.moveTo(c + y, y);
    g.lineTo(c + y + h, y + h);
  }
  g.stroke();
  g.restore();
}
