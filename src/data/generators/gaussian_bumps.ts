import { generator, noise, rows, square } from './generator.ts';

export const gaussianBumps = /* @__PURE__ */ generator({
  name: 'gaussian_bumps',
  text: {
    en: { title: 'Gaussian bumps', summary: 'Three hills and three hollows of height 1 in two rows over the square [-1, 1]².' },
    zh: { title: '高斯山丘', summary: '正方形 [-1, 1]² 上两排高度为 1 的三座山丘与三个洼地。' },
  },
  params: {
    rows: rows(600),
    noise: noise(0.02, { en: 'y', zh: 'y' }),
    width: {
      type: 'number',
      min: 0.01,
      max: 2,
      default: 0.25,
      text: { en: { title: 'Width of a hill', summary: 'standard deviation of a hill' }, zh: { title: '山丘宽度', summary: '山丘的标准差' } },
    },
  },
  sample: ({ noise, width }, random) => {
    const x = square(random);
    let y = noise * random.normal();
    for (const [column, centre] of [-2 / 3, 0, 2 / 3].entries())
      for (const side of [-1, 1]) {
        const sign = column % 2 ? -side : side;
        y += sign * Math.exp(-((x[0] - centre) ** 2 + (x[1] - side * 0.45) ** 2) / (2 * width * width));
      }
    return { x, y };
  },
});
