// Numbers as the page writes them: a real minus, a thin space before the per cent sign, large numbers in words.

const MINUS = '\u2212';

/** A number with a real minus sign and a fixed number of decimals. */
export const fixed = (value: number, decimals = 0): string => value.toFixed(decimals).replace('-', MINUS);

/** `9.4e−8`; ordinary numbers stay ordinary. */
export function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : `${MINUS}Inf`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1000) return String(Number(value.toPrecision(size < 1 ? 2 : 3))).replace('-', MINUS);
  return value.toExponential(1).replace('+', '').replaceAll('-', MINUS);
}

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
export const percent = (share: number): string => `${share > 0 && share < 0.005 ? '<1' : Math.round(share * 100)}\u2009%`;

/** Two figures and a word: 11 million, 1100 万. `log` is log10 of the number, at least 0. */
export function large(log: number, language: 'en' | 'zh'): string {
  const units: readonly (readonly [number, string])[] =
    language === 'zh'
      ? [
          [8, ' 亿'],
          [4, ' 万'],
          [0, ''],
        ]
      : [
          [9, ' billion'],
          [6, ' million'],
          [0, ''],
        ];
  if (!(log < 14)) return powerOfTen(log);
  const rounded = Number((10 ** log).toPrecision(2));
  for (const [power, word] of units) {
    const value = rounded / 10 ** power;
    if (value >= 1)
      return `${value < 10 && power > 0 ? Number(value.toPrecision(2)) : language === 'zh' ? Math.round(value) : Math.round(value).toLocaleString('en')}${word}`;
  }
  return '1';
}

/** `3.1 MB`. */
export function bytes(value: number): string {
  return value < 1e6 ? `${Math.round(value / 1e3)} KB` : value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}

/** `0.12 ms`. */
export const milliseconds = (value: number): string => `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} ms`;
