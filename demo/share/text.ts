// The words of the Share sheet and of the card, loaded with them.
import type { Language } from '../../src/texts.ts';

const en = {
  share: 'Share',
  close: 'Close',
  picture: 'Picture',
  picture_of: 'Card: {title}',
  copy_picture: 'Copy picture',
  save_png: 'Save PNG',
  save_svg: 'Save SVG',
  picture_copied: 'Picture copied',
  picture_saved: 'This browser does not let pages copy pictures: it was saved.',
  link: 'Link',
  copy: 'Copy',
  copied: 'Copied',
  link_csv: 'The file with the data is not in it.',
  embed: 'Embed',
  files: 'Files',
  file_document: 'Experiment document',
  file_csv: 'History as CSV',
  file_history: 'History as JSON Lines',
  file_report: 'Report (HTML)',
  file_weights: 'Trained weights',
  file_open: 'Open a file…',
  recorded: 'A recorded run has no weights and no history of its own.',
  times: '{n} times',
};

export type ShareWords = typeof en;

const zh: ShareWords = {
  share: '分享',
  close: '关闭',
  picture: '图片',
  picture_of: '卡片：{title}',
  copy_picture: '复制图片',
  save_png: '保存 PNG',
  save_svg: '保存 SVG',
  picture_copied: '图片已复制',
  picture_saved: '此浏览器不允许网页复制图片，已改为保存。',
  link: '链接',
  copy: '复制',
  copied: '已复制',
  link_csv: '其中不含数据文件本身。',
  embed: '嵌入',
  files: '文件',
  file_document: '实验文档',
  file_csv: '历史（CSV）',
  file_history: '历史（JSON Lines）',
  file_report: '报告（HTML）',
  file_weights: '训练好的权重',
  file_open: '打开文件…',
  recorded: '录制的运行没有自己的权重与历史。',
  times: '共 {n} 次',
};

export const SHARE_WORDS: Readonly<Record<Language, ShareWords>> = { en, zh };
