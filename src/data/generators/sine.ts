import { generator, noise, rows, square } from './generator.ts';

export const sine = /* @__PURE__ */ generator({
  name: 'sine',
  text: {
    en: { title: 'Sine waves', summary: 'y = sin(pi f x1) cos(pi f x2) over the square [-1, 1]².' },
    zh: { title: '正弦波', summary: '正方形 [-1, 1]² 上的 y = sin(πf x1) cos(πf x2)。' },
  },
  params: {
    rows: rows(600),
    noise: noise(0.02, { en: 'y', zh: 'y' }),
    frequency: {
      type: 'number',
      min: 0.1,
      max: 10,
      default: 1,
      text: { en: { title: 'Frequency', summary: 'f, half periods per unit length' }, zh: { title: '频率', summary: 'f，每单位长度的半周期数' } },
    },
  },
  sample: ({ noise, frequency }, random) => {
    const x = square(random);
    return { x, y: Math.sin(Math.PI * frequency * x[0]) * Math.cos(Math.PI * frequency * x[1]) + noise * random.normal() };
  },
});
