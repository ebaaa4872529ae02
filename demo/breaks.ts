// Ways to break a healthy network: one change of the controls each, tried beside the network as it is.
import { rounded } from '../src/format.ts';
import type { Texts } from '../src/texts.ts';
import { RANGES, type Settings } from './settings.ts';

export interface Break {
  id: string;
  /** Its name, as it fits after 'With', and what it does. */
  text: Texts;
  patch: Partial<Settings>;
}

const TEXT = {
  small_weights: {
    en: { title: 'half the weights', summary: 'each layer passes on half of what it did' },
    zh: { title: '权重减半', summary: '每层只传下原来的一半' },
  },
  large_weights: {
    en: { title: '1.5 times the weights', summary: 'each layer passes on more than it receives; without clipping' },
    zh: { title: '权重放大到 1.5 倍', summary: '每层传下的比收到的多，且不裁剪' },
  },
  sigmoid: {
    en: { title: 'sigmoid', summary: 'its slope is a quarter at most' },
    zh: { title: 'sigmoid', summary: '斜率最多四分之一' },
  },
  deeper: {
    en: { title: 'four times the depth', summary: 'the same factor, to a higher power' },
    zh: { title: '深度增加到 4 倍', summary: '系数不变，指数更高' },
  },
  plain_shortcuts: {
    en: { title: 'unscaled shortcuts', summary: 'every block adds to what passes by' },
    zh: { title: '残差连接不缩放', summary: '每个块都会再叠加一份' },
  },
  no_shortcuts: {
    en: { title: 'no shortcuts', summary: 'the same layers without a way past them' },
    zh: { title: '去掉残差连接', summary: '层不变，但没有绕过它们的路' },
  },
  high_rate: {
    en: { title: 'thirty times the rate', summary: 'long steps in the same direction; without clipping' },
    zh: { title: '学习率提高到 30 倍', summary: '方向不变，步子过长，且不裁剪' },
  },
} as const satisfies Record<string, Texts>;

/** What breaks these settings; changes that would change nothing are left out. */
export function breaksOf({ depth, gain, activation, shortcuts, learningRate, layer }: Settings): Break[] {
  const inside = (key: 'gain' | 'learningRate' | 'depth', value: number): number => Math.min(RANGES[key].max, rounded(value, 3));
  const all: (Break & { applies: boolean })[] = [
    { id: 'small_weights', text: TEXT.small_weights, patch: { gain: inside('gain', gain / 2) }, applies: shortcuts === 'none' },
    { id: 'large_weights', text: TEXT.large_weights, patch: { gain: inside('gain', gain * 1.5), clip: 0 }, applies: true },
    { id: 'sigmoid', text: TEXT.sigmoid, patch: { activation: 'sigmoid', scheme: 'glorot_normal', gain: 1 }, applies: activation !== 'sigmoid' },
    { id: 'deeper', text: TEXT.deeper, patch: { depth: inside('depth', depth * 4) }, applies: depth <= RANGES.depth.max / 4 },
    { id: 'plain_shortcuts', text: TEXT.plain_shortcuts, patch: { shortcuts: 'plain' }, applies: shortcuts !== 'plain' && depth > 1 },
    { id: 'no_shortcuts', text: TEXT.no_shortcuts, patch: { shortcuts: 'none' }, applies: layer === 'resnet' && shortcuts !== 'none' },
    {
      id: 'high_rate',
      text: TEXT.high_rate,
      patch: { learningRate: inside('learningRate', learningRate * 30), clip: 0 },
      applies: learningRate < RANGES.learningRate.max,
    },
  ];
  return all.filter(({ applies }) => applies);
}
