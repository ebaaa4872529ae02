// The words of kept runs, loaded with the first of them.
import type { Language } from '../../src/texts.ts';

const en = {
  runs: 'Runs {n}',
  name: 'Name of run {letter}',
  evidence: '<b>{p}</b> arrives · loss {loss} · step {step}',
  show: 'Show',
  remove: 'Remove',
  of: '{what}: run {letter}',
  full: '{most} runs are kept: remove one first.',
};
const zh: typeof en = {
  runs: '运行 {n}',
  name: '运行 {letter} 的名称',
  evidence: '到达 <b>{p}</b> · 损失 {loss} · 第 {step} 步',
  show: '显示',
  remove: '移除',
  of: '{what}：运行 {letter}',
  full: '已保留 {most} 次运行：请先移除一次。',
};

export const KEPT_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
