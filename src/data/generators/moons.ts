import { generator, noise, rows } from './generator.ts';

export const moons = /* @__PURE__ */ generator({
  name: 'moons',
  text: {
    en: { title: 'Two moons', summary: 'Two half circles of radius 1 that reach into each other, centred on the origin.' },
    zh: { title: '双月', summary: '两个半径为 1、互相伸入的半圆，以原点为中心。' },
  },
  params: { rows: rows(400), noise: noise(0.1, { en: 'both inputs', zh: '两个输入' }) },
  classes: () => 2,
  sample: ({ noise }, random, i) => {
    const angle = Math.PI * random.uniform();
    const side = i % 2 ? -1 : 1;
    return { x: [side * (Math.cos(angle) - 0.5) + noise * random.normal(), side * (Math.sin(angle) - 0.25) + noise * random.normal()], y: i % 2 };
  },
});
