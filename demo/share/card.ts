// The card: a picture of the page that travels alone, 1200 x 630. Nothing in it is smaller than 20 pixels: it is seen at half its size.
import type { Palette } from '../draw/canvas.ts';
import { colour, DASH, LEVELS, paint } from '../scale.ts';
import type { Pen } from './pen.ts';

export const CARD = { width: 1200, height: 630 };

/** What a card shows. Sizes of gradients are log10 over the last layer's, from layer 1 on. */
export interface Card {
  title: string;
  /** The product and its bar; null where there is none. */
  product: { factors: string; times: string; total: number; sign: string; result: string } | null;
  /** Whether the product is theory's: it has the colour of theory then. */
  foreseen: boolean;
  measured: readonly number[] | null;
  theory: readonly number[] | null;
  depth: number;
  /** How long the slab of each layer is, from layer 1 on, as a fraction; all of the strip by default. */
  lengths?: readonly number[];
  /** Columns of the heat map, the oldest first: sizes from layer 1 on. */
  columns: readonly (readonly number[])[];
  settings: string;
  address: string;
  words: { laboratory: string; output: string; heat: string };
}

/** The mark of the page. */
const MARK = {
  line: 'M1 4c1.5-1.7 3-1.7 4.5 0S8.5 5.7 10 4s3-1.7 4.500 0S17.500 5.700 19 4M10 5v12',
  bob: 'M10 15.500l3.400 6.600a2.600 2.600 0 0 1-2.300 3.400H8.900a2.600 2.600 0 0 1-2.300-3.400z',
};
/** Half of the lead's width, and some air. */
const LEAD_ROOM = 26;
const LEAD = 'M22 0l8.500 17a5 5 0 0 1-4.500 7.200h-8a5 5 0 0 1-4.500-7.200z';

const LEFT = 60;
/** Width of the words' column. */
const COLUMN = 484;
const TOP = 92;
const BED = 552;
const STRIP = { x: 566, w: 74 };
const PROFILE = { x: 668, w: 226 };
const HEAT = 922;

/** Draws a card. */
export function drawCard(pen: Pen, card: Card, ink: Palette): void {
  pen.rect(0, 0, CARD.width, CARD.height, ink.page);
  pen.shape(MARK.line, { x: LEFT, y: 38, scale: 1.45 }, null, { color: ink.ink, width: 1.7 });
  pen.shape(MARK.bob, { x: LEFT, y: 38, scale: 1.45 }, ink.ink);
  const name = { size: 30, weight: 650, color: ink.ink };
  pen.text('Fathom', LEFT + 44, 67, name);
  pen.text(card.words.laboratory, LEFT + 58 + pen.measure('Fathom', name), 67, { size: 22, color: ink.ink2 });
  headline(pen, card, ink);
  const address = { size: 23, weight: 620, color: ink.ink, align: 'right' } as const;
  const room = Math.min(760, CARD.width - 40 - pen.measure(card.address, address) - 24 - LEFT);
  const settings = { size: Math.min(21, (21 * room) / Math.max(1, pen.measure(card.settings, { size: 21 }))), color: ink.ink2 };
  // Where one of them would run into the lead, both stand below it.
  const lead = card.theory && leadAt(card);
  const clear = (from: number, to: number): boolean => lead === null || to < lead - LEAD_ROOM || from > lead + LEAD_ROOM;
  const low =
    clear(LEFT, LEFT + pen.measure(card.settings, settings)) && clear(CARD.width - 40 - pen.measure(card.address, address), CARD.width - 40) ? 592 : 613;
  pen.text(card.address, CARD.width - 40, low, address);
  pen.text(card.settings, LEFT, low, settings);
  strip(pen, card, ink);
  profile(pen, card, ink);
  heat(pen, card, ink);
}

/** Headline, product and what comes out. */
function headline(pen: Pen, { title, product, foreseen }: Card, ink: Palette): void {
  let size = 58;
  let lines = broken(pen, title, size);
  while (lines.length > 3 && size > 36) {
    size -= 4;
    lines = broken(pen, title, size);
  }
  const step = Math.round(size * 1.14);
  lines.forEach((line, i) => {
    pen.text(line, LEFT, 184 + i * step - (lines.length > 2 ? 20 : 0), { size, weight: 620, color: ink.ink });
  });
  if (!product) return;
  const { factors, times, total, sign, result } = product;
  const color = foreseen ? ink.mark : ink.ink;
  const y = 184 + lines.length * step + (lines.length > 2 ? 6 : 34);
  const style = { size: 34, weight: 500, color };
  const width = pen.measure(factors, style);
  pen.text(factors, LEFT, y, style);
  bar(pen, LEFT, y + 13, width, (fraction) => total * fraction);
  pen.text(times, LEFT + width + 16, y + 24, { size: 22, color: ink.ink2 });
  const words = `${sign} ${result}`;
  const large = { size: 56, weight: 680 };
  pen.text(words, LEFT, y + 96, { ...large, size: Math.max(30, Math.min(56, (56 * COLUMN) / pen.measure(words, large))), color });
}

/** Marks that no line begins with. */
const CLOSING = /^[，。：；？！、）”’…%]/;

/** Words in lines: Chinese may break between any two characters, English between words; lines of about the same length read best. */
function broken(pen: Pen, words: string, size: number): string[] {
  const style = { size, weight: 620 };
  const chinese = /[\u4e00-\u9fff]/.test(words);
  const pieces = chinese ? [...words] : words.split(' ');
  const within = (limit: number): string[] => {
    const lines = [''];
    for (const piece of pieces) {
      const last = lines.at(-1)!;
      const longer = last + (last && !chinese ? ' ' : '') + piece;
      if (last && pen.measure(longer, style) > limit && !CLOSING.test(piece)) lines.push(piece);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  };
  const few = within(COLUMN).length;
  for (let limit = pen.measure(words, style) / few; limit < COLUMN; limit += 8) if (within(limit).length === few) return within(limit);
  return within(COLUMN);
}

/** A bar in the gradient's colours. */
function bar(pen: Pen, x: number, y: number, width: number, value: (fraction: number) => number): void {
  const parts = 60;
  for (let i = 0; i < parts; i++) pen.rect(x + (width * i) / parts, y, width / parts + 0.6, 9, colour(value((i + 0.5) / parts)));
}

const rowTop = (depth: number, l: number): number => TOP + ((depth - 1 - l) * (BED - TOP)) / depth;
const rowMiddle = (depth: number, l: number): number => rowTop(depth, l) + (BED - TOP) / depth / 2;

/** The surface: where the gradient enters. */
function wave(pen: Pen, from: number, to: number, color: string): void {
  const points = Array.from({ length: Math.floor((to - from) / 2) + 1 }, (_, i) => [from + 2 * i, TOP - 12 + 2.6 * Math.sin((2 * i) / 7)] as const);
  pen.line(points, { color, width: 2 });
}

function strip(pen: Pen, { measured, theory, depth, lengths, words }: Card, ink: Palette): void {
  const { x, w } = STRIP;
  const height = (BED - TOP) / depth;
  const values = measured ?? theory;
  for (let l = 0; l < depth; l++) {
    const value = values?.[l];
    pen.rect(
      x,
      rowTop(depth, l),
      w * (lengths?.[l] ?? 1),
      height - (height > 6 ? 1.2 : 0),
      value === undefined || Number.isNaN(value) ? ink.well : colour(value),
    );
  }
  wave(pen, x, x + w, ink.ink2);
  pen.line(
    [
      [x, BED + 6],
      [x + w, BED + 6],
    ],
    { color: ink.ink2, width: 2 },
  );
  pen.text(String(depth), x - 12, TOP + 18, { size: 20, color: ink.ink3, align: 'right' });
  if (depth > 1) pen.text('1', x - 12, BED - 2, { size: 20, color: ink.ink3, align: 'right' });
  pen.text(words.output, x, TOP - 26, { size: 20, color: ink.ink2 });
}

/** Where the profile begins and ends: what there is, and always 1. */
function range(values: readonly number[]): [low: number, high: number] {
  const known = values.filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  if (least < -3) return [Math.max(-39, Math.min(-9, 3 * Math.floor(least / 3))), 1.5];
  return most > 2 ? [-1.5, Math.min(39, Math.max(7, most + 0.6))] : [-6, 4];
}

/** Where a size stands in the profile, and its ends. */
function profileScale({ measured, theory }: Card): { at(value: number): number; low: number; high: number } {
  const [low, high] = range([...(measured ?? []), ...(theory ?? [])]);
  return { at: (value) => PROFILE.x + ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * PROFILE.w, low, high };
}

/** The middle of the lead. */
const leadAt = (card: Card): number => profileScale(card).at(card.theory![0]!);

function profile(pen: Pen, card: Card, ink: Palette): void {
  const { measured, theory, depth } = card;
  const { x, w } = PROFILE;
  const { at, low, high } = profileScale(card);
  pen.rect(x, TOP, w, BED - TOP, ink.surface);
  pen.rect(at(-3), TOP, at(Math.log10(70)) - at(-3), BED - TOP, ink.band);
  bar(pen, x, TOP - 14, w, (fraction) => low + fraction * (high - low));
  const every = high - low > 14 ? 9 : 3;
  let last = Number.NEGATIVE_INFINITY;
  const tick = (value: number, dash: readonly number[], label: string): void => {
    if (value < low + 0.3 || value > high - 0.3) return;
    pen.line(
      [
        [at(value), TOP],
        [at(value), BED],
      ],
      { color: dash.length > 0 || value === 0 ? ink.ink3 : ink.rule, width: 1.3, dash: dash.map((part) => part * 1.5) },
    );
    if (!label || at(value) - last < 46) return;
    last = at(value);
    pen.text(label, at(value), TOP - 26, { size: 20, color: ink.ink2, align: 'center' });
  };
  const power = (value: number): string => (value === 0 ? '1' : `10<sup>${String(value).replace('-', '\u2212')}</sup>`);
  for (let value = 3 * Math.ceil(low / 3); value < high; value += 3) {
    const level = LEVELS.find((each) => each.at === value);
    tick(value, level ? (level.severe ? DASH.severe : DASH.warn) : [], value % every === 0 || value === 0 ? power(value) : '');
  }
  const points = (values: readonly number[]): (readonly [number, number])[] =>
    values.flatMap((value, l) => (Number.isNaN(value) ? [] : [[at(value), rowMiddle(depth, l)] as const])).reverse();
  if (measured) pen.line(points(measured), { color: ink.ink, width: 4.5 });
  if (!theory) return;
  pen.line(points(theory), { color: ink.mark, width: 4.5, dash: [13, 9] });
  pen.shape(LEAD, { x: leadAt(card) - 35, y: BED - 3, scale: 1.6 }, ink.mark, { color: ink.page, width: 2 });
}

function heat(pen: Pen, { columns, depth, words }: Card, ink: Palette): void {
  const width = CARD.width - HEAT;
  pen.rect(HEAT, TOP, width, BED - TOP, ink.well);
  if (columns.length > 0) {
    const pixels = document.createElement('canvas');
    pixels.width = columns.length;
    pixels.height = depth;
    const image = new ImageData(columns.length, depth);
    columns.forEach((column, c) => {
      column.forEach((value, l) => {
        if (!Number.isNaN(value) && value !== Number.POSITIVE_INFINITY) paint(image.data, ((depth - 1 - l) * columns.length + c) * 4, value);
      });
    });
    pixels.getContext('2d')!.putImageData(image, 0, 0);
    pen.image(pixels, HEAT, TOP, width, BED - TOP);
  }
  wave(pen, HEAT, CARD.width, ink.ink2);
  pen.text(words.heat, HEAT, TOP - 26, { size: 20, color: ink.ink2 });
}
