// Words that were wrong on the page once (../shared/design/faults/WORDING.md), in either language, come back in no text of it nor of the engine.
import { expect, test } from 'vitest';

const WRONG: Readonly<Record<string, string>> = {
  'mend it': 'fix it',
  'learn late': 'learn slowly',
  'longer the way of': 'the longer the path',
  'half as large again': '1.5 times',
  'what is learnt is': 'target:',
  'go on when hidden': 'keep training in a background tab',
  'come with the next probe': 'in a moment',
  'scales each step by': 'divides',
  'explodes a little': 'explodes',
  'what reaches it of the gradient': 'it receives',
  下行途中: '往下传的途中',
  理论一致: '与理论相符',
  不再有收益: '已不再改善',
  减半的权重: '权重减半',
  三十倍的学习率: '学习率提高到 30 倍',
  死单元: '死亡单元',
  已非有限: '数值已溢出',
  每层平方量: '梯度的平方每层',
  都在往上加: '都会再叠加一份',
  '说法: ': '说法：',
};

const sources = import.meta.glob<string>(['../../demo/**/*.ts', '../../demo/*.html', '../../src/**/*.ts'], { query: '?raw', import: 'default', eager: true });

/** Without comments, which are for us. */
const texts = Object.entries(sources).map(([path, text]) => ({ path, text: text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '').toLowerCase() }));

test.each(Object.entries(WRONG))('%s: %s', (wrong) => {
  expect(texts.length).toBeGreaterThan(500);
  expect(texts.filter(({ text }) => text.includes(wrong)).map(({ path }) => path)).toEqual([]);
});

test.each([/大了 [\d.{}a-z]+ 倍/, /[万亿] 倍/, /到达 其/])('%s says a factor as no Chinese would', (wrong) => {
  expect(texts.filter(({ text }) => wrong.test(text)).map(({ path }) => path)).toEqual([]);
});
