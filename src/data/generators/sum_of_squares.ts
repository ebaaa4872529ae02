import { generator, noise, rows } from './generator.ts';

export const sumOfSquares = /* @__PURE__ */ generator({
  name: 'sum_of_squares',
  text: {
    en: { title: 'Sum of squares', summary: "The article's first example: y = the sum of x² over inputs from [0, 1], with noise." },
    zh: { title: '平方和', summary: '文章的第一个例子：y 是 [0, 1] 内各输入 x² 之和，带噪声。' },
  },
  params: {
    rows: rows(100),
    noise: noise(0.1, { en: 'y', zh: 'y' }),
    features: {
      type: 'integer',
      min: 1,
      max: 1000,
      default: 5,
      text: { en: { title: 'Inputs', summary: 'number of inputs' }, zh: { title: '输入数', summary: '输入的个数' } },
    },
  },
  sample: ({ noise, features }, random) => {
    const x = Array.from({ length: features }, () => random.uniform());
    return { x, y: x.reduce((sum, value) => sum + value * value, 0) + noise * random.normal() };
  },
});
