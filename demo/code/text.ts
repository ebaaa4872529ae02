// The words of the code panel, loaded with it.
import type { Language } from '../../src/texts.ts';

const en = {
  code: 'The network as code',
  pytorch: 'PyTorch',
  fathom: 'Fathom',
  copy: 'Copy',
  copied: 'Copied',
  close: 'Close',
  save: 'Save start.npz',
  note_pytorch: 'start.npz: this page’s rows and first weights. With it the steps are the page’s.',
  note_fathom: 'Same seed, same weights, same batches as this page.',
  not: 'PyTorch cannot say it: {what}',
  data_file: 'the rows come from files: `fathom export` writes a program that reads them',
};

export type CodeWords = typeof en;

const zh: CodeWords = {
  code: '把这个网络写成代码',
  pytorch: 'PyTorch',
  fathom: 'Fathom',
  copy: '复制',
  copied: '已复制',
  close: '关闭',
  save: '保存 start.npz',
  note_pytorch: 'start.npz 含有本页的数据行与初始权重：有了它，每一步都与本页相同。',
  note_fathom: '种子、权重与批次都和本页相同。',
  not: 'PyTorch 写不出来：{what}',
  data_file: '数据来自文件：用 `fathom export` 可写出能读取它们的程序',
};

export const CODE_WORDS: Readonly<Record<Language, CodeWords>> = { en, zh };
