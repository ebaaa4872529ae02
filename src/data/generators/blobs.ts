import { generator, noise, rows } from './generator.ts';

export const blobs = /* @__PURE__ */ generator({
  name: 'blobs',
  text: {
    en: { title: 'Blobs', summary: 'One round normal cloud per class, their centres evenly on a circle of radius 1.' },
    zh: { title: '云团', summary: '每类一个圆形正态云团，中心均匀分布在半径为 1 的圆上。' },
  },
  params: {
    rows: rows(400),
    noise: noise(0.25, { en: 'both inputs', zh: '两个输入' }),
    classes: {
      type: 'integer',
      min: 2,
      max: 20,
      default: 3,
      text: { en: { title: 'Classes', summary: 'number of clouds' }, zh: { title: '类别数', summary: '云团的个数' } },
    },
  },
  classes: ({ classes }) => classes,
  sample: ({ noise, classes }, random, i) => {
    const angle = (2 * Math.PI * (i % classes)) / classes;
    return { x: [Math.cos(angle) + noise * random.normal(), Math.sin(angle) + noise * random.normal()], y: i % classes };
  },
});
