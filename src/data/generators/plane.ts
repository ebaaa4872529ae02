import { generator, noise, rows, square } from './generator.ts';

export const plane = /* @__PURE__ */ generator({
  name: 'plane',
  text: {
    en: { title: 'Plane', summary: 'y = (x1 + x2) / 2 over the square [-1, 1]².' },
    zh: { title: '平面', summary: '正方形 [-1, 1]² 上的 y = (x1 + x2) / 2。' },
  },
  params: { rows: rows(400), noise: noise(0.02, { en: 'y', zh: 'y' }) },
  sample: ({ noise }, random) => {
    const x = square(random);
    return { x, y: (x[0] + x[1]) / 2 + noise * random.normal() };
  },
});
