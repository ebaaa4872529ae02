// One way to draw for two kinds of picture: pixels, and SVG. A card is drawn by one function with either.

export interface Line {
  color: string;
  width: number;
  dash?: readonly number[];
}

export interface Lettering {
  size: number;
  weight?: number;
  color: string;
  align?: 'left' | 'center' | 'right';
}

export interface Pen {
  rect(x: number, y: number, w: number, h: number, fill: string): void;
  /** A line through points. */
  line(points: readonly (readonly [number, number])[], line: Line): void;
  /** An outline in SVG's words, moved and enlarged. */
  shape(path: string, at: { x: number; y: number; scale: number }, fill: string | null, line?: Line): void;
  /** Words on their base line; what stands in <sup> is raised. */
  text(words: string, x: number, y: number, style: Lettering): void;
  /** Pixels, enlarged with hard edges. */
  image(pixels: HTMLCanvasElement, x: number, y: number, w: number, h: number): void;
  /** Width of words. */
  measure(words: string, style: Pick<Lettering, 'size' | 'weight'>): number;
}

/** Of the letters beside it, the size of a raised one, and how high it stands. */
const RAISED = { size: 0.62, by: 0.38 };

/** Words apart from what is raised: every second piece is. */
const pieces = (words: string): string[] => words.split(/<sup>(.*?)<\/sup>/).map((piece) => piece.replace(/<.*?>/g, ''));

/** Draws into a canvas. */
export class CanvasPen implements Pen {
  private readonly g: CanvasRenderingContext2D;
  private readonly font: string;

  constructor(g: CanvasRenderingContext2D, font: string) {
    this.g = g;
    this.font = font;
  }

  rect(x: number, y: number, w: number, h: number, fill: string): void {
    this.g.fillStyle = fill;
    this.g.fillRect(x, y, w, h);
  }

  line(points: readonly (readonly [number, number])[], line: Line): void {
    const { g } = this;
    this.stroke(line);
    g.beginPath();
    for (const [x, y] of points) g.lineTo(x, y);
    g.stroke();
    g.setLineDash([]);
  }

  shape(path: string, { x, y, scale }: { x: number; y: number; scale: number }, fill: string | null, line?: Line): void {
    const { g } = this;
    g.save();
    g.translate(x, y);
    g.scale(scale, scale);
    const outline = new Path2D(path);
    if (line) {
      this.stroke(line);
      g.stroke(outline);
    }
    if (fill) {
      g.fillStyle = fill;
      g.fill(outline);
    }
    g.restore();
  }

  text(words: string, x: number, y: number, { size, weight = 400, color, align = 'left' }: Lettering): void {
    const { g } = this;
    g.fillStyle = color;
    g.textAlign = 'left';
    g.textBaseline = 'alphabetic';
    const width = this.measure(words, { size, weight });
    let at = align === 'right' ? x - width : align === 'center' ? x - width / 2 : x;
    pieces(words).forEach((piece, i) => {
      const own = i % 2 ? size * RAISED.size : size;
      g.font = `${weight} ${own}px ${this.font}`;
      g.fillText(piece, at, i % 2 ? y - size * RAISED.by : y);
      at += g.measureText(piece).width;
    });
  }

  image(pixels: HTMLCanvasElement, x: number, y: number, w: number, h: number): void {
    this.g.imageSmoothingEnabled = false;
    this.g.drawImage(pixels, x, y, w, h);
  }

  measure(words: string, { size, weight = 400 }: Pick<Lettering, 'size' | 'weight'>): number {
    return pieces(words).reduce((sum, piece, i) => {
      this.g.font = `${weight} ${i % 2 ? size * RAISED.size : size}px ${this.font}`;
      return sum + this.g.measureText(piece).width;
    }, 0);
  }

  private stroke({ color, width, dash = [] }: Line): void {
    const { g } = this;
    g.strokeStyle = color;
    g.lineWidth = width;
    g.lineJoin = 'round';
    g.setLineDash([...dash]);
  }
}

const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const short = (value: number): string => String(Math.round(value * 100) / 100);

/** Writes an SVG. Widths of words are a canvas's. */
export class SvgPen implements Pen {
  private readonly parts: string[] = [];
  private readonly ruler: CanvasPen;
  private readonly font: string;

  constructor(ruler: CanvasRenderingContext2D, font: string) {
    this.ruler = new CanvasPen(ruler, font);
    this.font = font;
  }

  rect(x: number, y: number, w: number, h: number, fill: string): void {
    this.parts.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}" fill="${fill}"/>`);
  }

  line(points: readonly (readonly [number, number])[], line: Line): void {
    this.parts.push(`<polyline points="${points.map((point) => point.map(short).join()).join(' ')}" fill="none"${stroke(line)}/>`);
  }

  shape(path: string, { x, y, scale }: { x: number; y: number; scale: number }, fill: string | null, line?: Line): void {
    const look = `fill="${fill ?? 'none'}"${line ? `${stroke(line)} paint-order="stroke"` : ''}`;
    this.parts.push(`<path d="${path}" transform="translate(${short(x)} ${short(y)}) scale(${scale})" ${look}/>`);
  }

  text(words: string, x: number, y: number, { size, weight = 400, color, align = 'left' }: Lettering): void {
    const anchor = { left: 'start', center: 'middle', right: 'end' }[align];
    const spans = pieces(words).map((piece, i) =>
      i % 2
        ? `<tspan dy="${short(-size * RAISED.by)}" font-size="${short(size * RAISED.size)}">${escaped(piece)}</tspan>`
        : `<tspan${i ? ` dy="${short(size * RAISED.by)}"` : ''}>${escaped(piece)}</tspan>`,
    );
    this.parts.push(
      `<text x="${short(x)}" y="${short(y)}" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}" xml:space="preserve">${spans.join('')}</text>`,
    );
  }

  image(pixels: HTMLCanvasElement, x: number, y: number, w: number, h: number): void {
    const box = `x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"`;
    this.parts.push(`<image ${box} preserveAspectRatio="none" style="image-rendering:pixelated" href="${pixels.toDataURL('image/png')}"/>`);
  }

  measure(words: string, style: Pick<Lettering, 'size' | 'weight'>): number {
    return this.ruler.measure(words, style);
  }

  /** The whole. `face` is the address of the font's file, which travels with it. */
  finish(width: number, height: number, title: string, face: string): string {
    const font = `@font-face{font-family:"Source Sans 3";font-weight:200 900;src:url(${face}) format("woff2")}`;
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${escaped(this.font)}">
<title>${escaped(title)}</title><style>${font}text{font-variant-numeric:tabular-nums}</style>
${this.parts.join('\n')}
</svg>
`;
  }
}

const stroke = ({ color, width, dash = [] }: Line): string =>
  ` stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${dash.length ? ` stroke-dasharray="${dash.join(' ')}"` : ''}`;
