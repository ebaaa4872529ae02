// A pad to draw a digit on: what is drawn is brought to the form of the data set, eight by eight, and the network reads it.
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { sheet } from '../draw/canvas.ts';
import { percent } from '../format.ts';

/** Pixels of the data set's images. */
const SIDE = 8;
/** The drawing is sampled this much finer before it is averaged. */
const FINE = 6;
/** Fraction of the picture that the digits of the data set fill in height. */
const FILL = 0.94;
/** Milliseconds between two questions to the network while drawing. */
const PATIENCE = 120;

type Stroke = [number, number][];

export interface Pad {
  draw(): void;
  answer(scores: Float32Array): void;
}

/** The pad. */
export function pad(app: App): Pad {
  const canvas = byId<HTMLCanvasElement>('pad');
  const answer = byId('pad-answer');
  const clear = h('button', { class: 'small', 'data-text': 'pad_clear' }, app.t('pad_clear'));
  byId('figure-pad').append(clear);
  let strokes: Stroke[] = [];
  let drawing = false;
  let asked = 0;

  const side = (): number => Math.min(canvas.clientWidth, canvas.clientHeight - 4);
  const reset = (): void => {
    strokes = [];
    answer.textContent = '';
    app.frame.request(true);
  };
  clear.addEventListener('click', reset);
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Delete' || event.key === 'Backspace') reset();
  });
  canvas.addEventListener('pointerdown', (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([]);
    add(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (drawing) add(event);
  });
  for (const name of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(name, () => {
      drawing = false;
      ask();
    });

  function add(event: PointerEvent): void {
    const box = canvas.getBoundingClientRect();
    strokes.at(-1)!.push([(event.clientX - box.left) / side(), (event.clientY - box.top - 4) / side()]);
    app.frame.request(true);
    if (performance.now() - asked > PATIENCE) ask();
  }

  function ask(): void {
    const pixels = digitOf(strokes);
    if (!pixels) return;
    asked = performance.now();
    app.session.post({ type: 'digit', pixels });
  }

  return {
    answer(scores) {
      const best = scores.indexOf(Math.max(...scores));
      answer.textContent = app.t('pad_answer', { d: best, p: percent(scores[best]!) });
    },
    draw() {
      const s = sheet(canvas, app.ink);
      if (!s) return;
      const n = side();
      s.g.fillStyle = app.ink.surface;
      s.g.fillRect(0, 4, n, n);
      s.g.strokeStyle = app.ink.rule;
      s.g.lineWidth = 1;
      s.g.strokeRect(0.5, 4.5, n - 1, n - 1);
      s.g.strokeStyle = app.ink.ink;
      s.g.lineWidth = n / 12;
      s.g.lineCap = s.g.lineJoin = 'round';
      for (const stroke of strokes) {
        s.g.beginPath();
        for (const [x, y] of stroke) s.g.lineTo(x * n, 4 + y * n);
        if (stroke.length === 1) s.g.lineTo(stroke[0]![0] * n + 0.1, 4 + stroke[0]![1] * n);
        s.g.stroke();
      }
    },
  };
}

/**
 * Strokes in the unit square as 64 grey values in [0, 1]: scaled to the data's height, centered, drawn with its stroke
 * width and averaged down. Null where nothing is drawn.
 */
function digitOf(strokes: Stroke[]): Float32Array | null {
  const points = strokes.flat();
  if (points.length < 2) return null;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const width = Math.max(...xs) - left;
  const height = Math.max(...ys) - top;
  const size = SIDE * FINE;
  const pen = size / 7;
  const scale = (size * FILL - pen) / Math.max(height, width * 1.1, 0.05);
  const g = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true })!;
  g.lineWidth = pen;
  g.lineCap = g.lineJoin = 'round';
  g.strokeStyle = '#000000';
  for (const stroke of strokes) {
    g.beginPath();
    for (const [x, y] of stroke) g.lineTo(size / 2 + (x - left - width / 2) * scale, size / 2 + (y - top - height / 2) * scale);
    g.stroke();
  }
  const { data } = g.getImageData(0, 0, size, size);
  const pixels = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) pixels[Math.floor(y / FINE) * SIDE + Math.floor(x / FINE)]! += data[(y * size + x) * 4 + 3]! / 255 / (FINE * FINE);
  return pixels;
}
