// The words of the pencil, loaded with it.
import type { Language } from '../../src/texts.ts';

const en = {
  plane: 'Draw points: tap to add one. By keys: arrows move, Enter adds, C changes the class, Backspace takes the last one back, Escape ends.',
  class_0: 'Circles',
  class_1: 'Squares',
  undo: 'Undo',
  clear: 'Clear',
  done: 'Done',
  few: 'Two of each class begin the training.',
  many: '{n} points: {a} circles, {b} squares.',
  full: '{most} points are the most that an address carries.',
  added: '{class}, {x} to the right, {y} up',
};
const zh: typeof en = {
  plane: '画数据点：点一下就加一个。键盘：方向键移动，Enter 添加，C 换类别，Backspace 撤销最后一个，Escape 结束。',
  class_0: '圆点',
  class_1: '方块',
  undo: '撤销',
  clear: '清除',
  done: '完成',
  few: '每类至少两个点才开始训练。',
  many: '共 {n} 个点：{a} 个圆点，{b} 个方块。',
  full: '链接最多能带 {most} 个点。',
  added: '{class}，横坐标 {x}，纵坐标 {y}',
};

export const PLANE_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
