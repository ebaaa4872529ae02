// The words of layers that differ, loaded with what says them.
import type { Language } from '../../src/texts.ts';

const en = {
  fields: 'Width and activation of layer {l}',
  scope: 'Applies to',
  this: 'this layer',
  below: 'from here down',
  back: 'as the others',
  others: '{act} (as the others)',
  one: 'layer {a}',
  several: 'layers {a}–{b}',
  more: '{n} more',
  differ_one: '1 differs',
  differ: '{n} differ',
  and: ', ',
  then: ': ',
};
const zh: typeof en = {
  fields: '第 {l} 层的宽度与激活函数',
  scope: '应用于',
  this: '仅此层',
  below: '从此层往下',
  back: '与其他层相同',
  others: '{act}（同其他层）',
  one: '第 {a} 层',
  several: '第 {a}–{b} 层',
  more: '另有 {n} 处',
  differ_one: '1 层不同',
  differ: '{n} 层不同',
  and: '、',
  then: '：',
};

export const LAYER_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
