// Numbers as the page writes them: a real minus, a thin space before the per cent sign, large numbers in words.
import { count, figure, rounded } from '../src/format.ts';

export const MINUS = '\u2212';

/** A number with a real minus sign and a fixed number of decimals. */
export const fixed = (value: number, decimals = 0): string => value.toFixed(decimals).replace('-', MINUS);

/** The smallest size that a number of 32 bits has with all its digits: what is less is as good as none. */
const SMALLEST = 1.2e-38;

/** `9.4e−8`; ordinary numbers stay ordinary. */
export const number = (value: number): string => (value !== 0 && Math.abs(value) < SMALLEST ? `<1e${MINUS}38` : ordinary(value));

const ordinary = (value: number): string =>
  figure(value, { digits: Math.abs(value) < 1 ? 2 : 3, min: 0.01, max: 1000 })
    .replace('Infinity', 'Inf')
    .replace('+', '')
    .replaceAll('-', MINUS);

/** `9.4e−8` from its log10, also where the number itself would underflow. */
export function powerOfTen(log: number): string {
  if (!Number.isFinite(log)) return log > 0 ? 'Inf' : Number.isNaN(log) ? 'NaN' : '0';
  if (log > -2 && log < 3) return number(10 ** log);
  let exponent = Math.floor(log);
  let digits = (10 ** (log - exponent)).toFixed(1);
  if (digits === '10.0') {
    digits = '1.0';
    exponent++;
  }
  return `${digits}e${fixed(exponent)}`;
}

/** `46 %` with a thin space. */
export const percent = (fraction: number): string => `${fraction > 0 && fraction < 0.005 ? '<1' : Math.round(fraction * 100)}\u2009%`;

/** log10 of half a per cent: so near, the word of the next power is the right one, and what is so near to 1 is all of it. */
export const HALF_PERCENT = 0.0022;

/** Two figures and a word, from 10^15 on a power: 11 million, 1100 万. `log` is log10 of the number, at least 0. */
export function large(log: number, language: 'en' | 'zh'): string {
  const units: readonly (readonly [number, string])[] =
    language === 'zh'
      ? [
          [12, ' 万亿'],
          [8, ' 亿'],
          [4, ' 万'],
          [0, ''],
        ]
      : [
          [12, ' trillion'],
          [9, ' billion'],
          [6, ' million'],
          [0, ''],
        ];
  if (!Number.isFinite(log)) return powerOfTen(log);
  if (log >= 15 - HALF_PERCENT) return `10<sup>${Math.round(log)}</sup>`;
  const figures = rounded(10 ** log, 2);
  for (const [power, word] of units) {
    const value = figures / 10 ** power;
    if (value >= 1) return `${value < 10 && power > 0 ? rounded(value, 2) : language === 'zh' ? Math.round(value) : count(Math.round(value))}${word}`;
  }
  return '1';
}

/** The same before 倍 in Chinese: a space stands between digits and Chinese, none after 万 or 亿. */
export function largeBefore(log: number, language: 'en' | 'zh'): string {
  const words = large(log, language);
  return language === 'zh' && /\d$/.test(words) ? `${words} ` : words;
}

/** `3.1 MB`. */
export function bytes(value: number): string {
  return value < 1e6 ? `${Math.round(value / 1e3)} KB` : value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}

/** `0.12 ms`. */
export const milliseconds = (value: number): string => `${value < 10 ? rounded(value, 2) : Math.round(value)} ms`;
