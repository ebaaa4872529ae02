import { generator, noise, rows } from './generator.ts';

export const xor = /* @__PURE__ */ generator({
  name: 'xor',
  text: {
    en: { title: 'XOR', summary: 'The square [-1, 1]² by quadrant: class 1 where the signs of the two inputs differ.' },
    zh: { title: '异或', summary: '正方形 [-1, 1]² 按象限划分：两个输入异号时为类别 1。' },
  },
  params: { rows: rows(400), noise: noise(0.05, { en: 'both inputs, after the class is known', zh: '两个输入（类别确定之后）' }) },
  classes: () => 2,
  sample: ({ noise }, random, i) => {
    const x0 = (1 - random.uniform()) * (random.uniform() < 0.5 ? -1 : 1);
    const x1 = (1 - random.uniform()) * Math.sign(x0) * (i % 2 ? -1 : 1);
    return { x: [x0 + noise * random.normal(), x1 + noise * random.normal()], y: i % 2 };
  },
});
