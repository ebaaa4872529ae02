import { generator, noise, rows } from './generator.ts';

export const twoSpirals = /* @__PURE__ */ generator({
  name: 'two_spirals',
  text: {
    en: { title: 'Two spirals', summary: 'Two spiral arms around the origin, each inside the other; hard for a shallow network.' },
    zh: { title: '双螺旋', summary: '围绕原点、互相嵌套的两条螺旋臂；浅层网络很难学。' },
  },
  params: {
    rows: rows(400),
    noise: noise(0.02, { en: 'both inputs', zh: '两个输入' }),
    turns: {
      type: 'number',
      min: 0.1,
      max: 5,
      default: 1.75,
      text: { en: { title: 'Turns', summary: 'turns of each arm; its end is at radius 1' }, zh: { title: '圈数', summary: '每条臂的圈数；末端半径为 1' } },
    },
  },
  classes: () => 2,
  sample: ({ noise, turns }, random, i) => {
    const way = random.uniform();
    const angle = 2 * Math.PI * turns * way + Math.PI * (i % 2);
    return { x: [way * Math.sin(angle) + noise * random.normal(), way * Math.cos(angle) + noise * random.normal()], y: i % 2 };
  },
});
