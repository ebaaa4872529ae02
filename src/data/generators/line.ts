import { generator, noise, rows } from './generator.ts';

export const line = /* @__PURE__ */ generator({
  name: 'line',
  text: {
    en: { title: 'Line', summary: "The article's second example: y = w x + b for one standard normal input." },
    zh: { title: '直线', summary: '文章的第二个例子：y = w x + b，输入为一个标准正态数。' },
  },
  params: {
    rows: rows(100),
    noise: noise(0, { en: 'y', zh: 'y' }),
    w: {
      type: 'number',
      min: -100,
      max: 100,
      default: 3,
      text: { en: { title: 'Slope w', summary: 'slope' }, zh: { title: '斜率 w', summary: '斜率' } },
    },
    b: {
      type: 'number',
      min: -100,
      max: 100,
      default: 2,
      text: { en: { title: 'Offset b', summary: 'value at x = 0' }, zh: { title: '截距 b', summary: 'x = 0 处的值' } },
    },
  },
  sample: ({ noise, w, b }, random) => {
    const x = random.normal();
    return { x: [x], y: w * x + b + noise * random.normal() };
  },
});
