// Numbers of the product line: what a pocket calculator confirms, in words.
import type { Language } from '../../src/texts.ts';
import { fixed, HALF_PERCENT, large, percent } from '../format.ts';

/** A factor counts as a whole number of hundredths within this: over fifty layers less than half a per cent of the product. */
const NEAR = 6e-5;
/** log10 of the least number that 32 bits hold. */
const LEAST = -45;

export interface Factor {
  words: string;
  /** What the product is computed from: the factor as it is written, where that is exact. */
  value: number;
  exact: boolean;
}

/** A factor as it is written: two decimals where it is a multiple of 0.01, else three; while it moves two, and about. */
export function factorWords(factor: number, moving = false): Factor {
  const hundredths = Math.round(factor * 100) / 100;
  if (Math.abs(factor - hundredths) < NEAR) return { words: fixed(hundredths, 2), value: hundredths, exact: true };
  return { words: fixed(factor, moving ? 2 : 3), value: factor, exact: false };
}

/** What arrives at layer 1, from its log10: `1 in 79 million`, `22 %`, `1: all of it arrives`, `14 million times`. */
export function arrivesWords(log: number, language: Language): string {
  const zh = language === 'zh';
  if (log < LEAST) return zh ? '0：比 GPU 能表示的任何数都小' : '0: smaller than any number the GPU can hold';
  if (Math.abs(log) < HALF_PERCENT) return zh ? '1：全部到达' : '1: all of it arrives';
  if (log < -1) {
    const words = large(-log, language);
    return zh ? `${words}${/[万亿]$/.test(words) ? '' : ' '}分之一` : `1 in ${words}`;
  }
  if (log < 0) return percent(10 ** log);
  const words = log < 1 ? (10 ** log).toFixed(log < 0.3 ? 2 : 1) : large(log, language);
  return zh ? `${words}${/[万亿]$/.test(words) ? '' : ' '}倍` : `${words} times`;
}

/** The same within a sentence: `all of it`, without the number before it. */
export const sizeWords = (log: number, language: Language): string =>
  Math.abs(log) < HALF_PERCENT ? (language === 'zh' ? '全部' : 'all of it') : arrivesWords(log, language);

/** The line: `0.69 × 0.69 × 0.69 × … × 0.69`, the sign, and what comes out. `ends` factors stand before the dots. */
export function product(
  factor: number,
  times: number,
  { language, ends = 3, moving = false, about = false }: { language: Language; ends?: number; moving?: boolean; about?: boolean },
): { factors: string[]; sign: string; result: string } {
  const { words, value, exact } = factorWords(factor, moving);
  const factors = times <= 4 ? Array<string>(times).fill(words) : [...Array<string>(ends).fill(words), '…', words];
  return { factors, sign: exact && !moving && !about ? '=' : '≈', result: arrivesWords(times * Math.log10(value), language) };
}
