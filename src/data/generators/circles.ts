import { generator, noise, rows } from './generator.ts';

export const circles = /* @__PURE__ */ generator({
  name: 'circles',
  text: {
    en: { title: 'Two circles', summary: 'A circle (class 1) inside another of radius 1 (class 0).' },
    zh: { title: '双圆', summary: '半径为 1 的圆（类别 0）里套着另一个圆（类别 1）。' },
  },
  params: {
    rows: rows(400),
    noise: noise(0.08, { en: 'both inputs', zh: '两个输入' }),
    factor: {
      type: 'number',
      min: 0,
      max: 1,
      default: 0.5,
      text: { en: { title: 'Inner radius', summary: 'radius of the inner circle' }, zh: { title: '内圆半径', summary: '内圆的半径' } },
    },
  },
  classes: () => 2,
  sample: ({ noise, factor }, random, i) => {
    const angle = 2 * Math.PI * random.uniform();
    const radius = i % 2 ? factor : 1;
    return { x: [radius * Math.cos(angle) + noise * random.normal(), radius * Math.sin(angle) + noise * random.normal()], y: i % 2 };
  },
});
