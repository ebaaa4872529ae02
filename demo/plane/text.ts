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
  formula: 'Formula',
  formula_help: 'Class 1 is where it is true, with x and y from -2 to 2. Others: x^2 + y^2 < 1, or sin(4 x) sin(4 y) > 0.',
  formula_end: 'Something is missing at place {at}.',
  formula_unexpected: 'Place {at}: "{what}" cannot stand here.',
  formula_name: 'Place {at}: "{what}" is not known. Known are: {names}.',
  formula_call: 'Place {at}: "{what}" needs brackets, as in {what}(x).',
  formula_number_wanted: 'Place {at}: a number is needed at "{what}", not a comparison.',
  formula_truth_wanted: 'Place {at}: a comparison is needed, with < or >.',
  formula_equals: 'Place {at}: = is a line without area; write < or >.',
  formula_one_class: 'All points from -2 to 2 are of one class by this formula.',
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
  formula: '公式',
  formula_help: '公式成立处为类别 1，x、y 从 -2 到 2。又如 x^2 + y^2 < 1 或 sin(4 x) sin(4 y) > 0。',
  formula_end: '第 {at} 个字符处缺少内容。',
  formula_unexpected: '第 {at} 个字符：这里不能写“{what}”。',
  formula_name: '第 {at} 个字符：不认识“{what}”，可用的有 {names}。',
  formula_call: '第 {at} 个字符：“{what}”后面要有括号，如 {what}(x)。',
  formula_number_wanted: '第 {at} 个字符：“{what}”处需要数值，而不是比较。',
  formula_truth_wanted: '第 {at} 个字符：需要用 < 或 > 写出比较。',
  formula_equals: '第 {at} 个字符：= 只是一条没有面积的线，请写 < 或 >。',
  formula_one_class: '按这个公式，-2 到 2 之间的点都属于同一类。',
};

export const PLANE_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
