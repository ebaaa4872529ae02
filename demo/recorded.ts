// Plays a recorded run in the place of the engine: the first screen and its fixed twin, as demo/record.ts wrote them.

import type { ValidationRecord } from '../src/inspect/history.ts';
import {
  FIELDS,
  type FindingMessage,
  type FromWorker,
  type HandMessage,
  type Source,
  SPEEDS,
  type Speed,
  type StartedMessage,
  type ToWorker,
} from './protocol.ts';
import { guessSettings } from './read_document.ts';
import { rowsOf } from './rows.ts';

/** One recorded run. Numbers are packed as base64. */
export interface Recording {
  scheme: string;
  gain: number;
  started: Omit<StartedMessage, 'theory' | 'points' | 'step' | 'hand'> & {
    hand: (Record<(typeof TABLES)[number], number[]> & Omit<HandMessage, (typeof TABLES)[number]>) | null;
    theory: { delta: number[]; factor: number; chi: number[] } | null;
    points: { x: number[]; label: number[]; reach: number } | null;
  };
  steps: number;
  loss: number[];
  /** log10 of each field times LOG as 16-bit numbers, step by step, layer by layer; fractions times LOG as they are. */
  layers: string;
  validations: ValidationRecord[];
  surfaces: { step: number; size: number; values: string }[];
  findings: { step: number; findings: FindingMessage[] }[];
}

/** The tables of the hand. */
export const TABLES = ['square', 'slope', 'mean', 'fourth'] as const;

/** Units of the packed numbers: a hundredth of a decade. */
export const LOG = 200;
/** Stands for a size of exactly 0. */
export const ZERO = -32768;
/** Values of a surface per unit: class plus certainty in one byte. */
export const CERTAINTY = 80;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** The recording as a source: it plays, pauses, steps, and shows the fixed twin when asked for. */
export function recordedSource(): Source {
  let listener: (message: FromWorker) => void = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let speed: Speed = 'slow';
  let playing = true;
  let current: { recording: Recording; layers: Int16Array; run: number; at: number } | null = null;
  const loading = import('./recorded/runs.json').then(({ default: runs }) => runs as unknown as Recording[]);

  function play(): void {
    clearTimeout(timer);
    if (!playing || !current) return;
    const rate = Math.min(SPEEDS[speed], 120);
    const count = Math.max(1, Math.round(rate / 30));
    advance(count);
    timer = setTimeout(play, (1000 * count) / rate);
  }

  function advance(count: number): void {
    if (!current) return;
    const { recording, layers, run, at } = current;
    const n = Math.min(count, recording.steps - at);
    if (n <= 0) return;
    const size = rowsOf(recording.started).length * FIELDS.length;
    const values = Float32Array.from(layers.subarray(at * size, (at + n) * size), (value, i) =>
      i % FIELDS.length < 2 ? (value === ZERO ? 0 : 10 ** (value / LOG)) : value / LOG,
    );
    const zeros = new Float32Array(n);
    listener({
      type: 'steps',
      run,
      first: at + 1,
      loss: Float32Array.from(recording.loss.slice(at, at + n)),
      norm: zeros,
      learningRate: zeros,
      epoch: 0,
      layers: values,
    });
    current.at = at + n;
    const within = (step: number): boolean => step > at && step <= at + n;
    for (const record of recording.validations) if (within(record.step)) listener({ type: 'validation', run, record });
    for (const { step, size: side, values: packed } of recording.surfaces)
      if (within(step)) listener({ type: 'surface', run, size: side, values: Float32Array.from(bytesOf(packed), (byte) => byte / CERTAINTY) });
    for (const { step, findings } of recording.findings) if (within(step)) listener({ type: 'findings', run, findings });
    listener({ type: 'status', run, stepsPerSecond: playing ? Math.min(SPEEDS[speed], 120) : 0, dispatches: 0, bytes: 0 });
  }

  async function start({ document, run }: Extract<ToWorker, { type: 'start' }>): Promise<void> {
    const runs = await loading;
    const { scheme, gain } = guessSettings(document);
    const recording = runs.find((each) => each.scheme === scheme && Math.abs(each.gain - gain) < 0.01) ?? runs[0]!;
    const { theory, points, hand, ...rest } = recording.started;
    current = { recording, layers: new Int16Array(bytesOf(recording.layers).buffer), run, at: 0 };
    listener({
      ...rest,
      run,
      step: 0,
      hand: hand && ({ ...hand, ...Object.fromEntries(TABLES.map((name) => [name, Float32Array.from(hand[name])])) } as unknown as HandMessage),
      theory: theory ? { ...theory, delta: Float32Array.from(theory.delta), chi: Float32Array.from(theory.chi) } : null,
      points: points ? { ...points, x: Float32Array.from(points.x), label: Uint8Array.from(points.label) } : null,
    });
    play();
  }

  return {
    listen: (next) => {
      listener = next;
    },
    close: () => clearTimeout(timer),
    post(message) {
      if (message.type === 'start') {
        playing = message.playing;
        void start(message);
      } else if (message.type === 'play' || message.type === 'pause') {
        playing = message.type === 'play';
        play();
      } else if (message.type === 'step') {
        playing = false;
        clearTimeout(timer);
        advance(1);
      } else if (message.type === 'speed') speed = message.speed;
    },
  };
}
