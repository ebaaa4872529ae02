// The words of the map, loaded with it.
import type { Language } from '../../src/texts.ts';

const en = {
  title: 'Only a narrow channel leads down.',
  title_plain: 'Depth against gain.',
  lead: 'Each cell is a network of its own. The deeper, the less room for its weights: at depth {d}, a gain from <b>{a}</b> to <b>{b}</b>.',
  lead_plain: 'Each cell is a network of its own, with the settings of the laboratory but for its depth and its gain.',
  back: 'Back to the laboratory',
  stop: 'Stop',
  go_on: 'Go on',
  depth: 'depth',
  gain: 'gain (standard deviation of the weights over the scheme’s)',
  arrives: 'how much of the gradient arrives at layer 1',
  theory: 'theory: 10<sup>−6</sup>, 10<sup>−3</sup>, 70, 10<sup>3</sup>',
  learns: 'learns in {n} steps',
  here: 'you are here',
  cell: 'Depth {d}, gain {g}',
  measured: 'measured',
  by_theory: 'theory',
  loss: 'loss after {n} steps',
  unknown: 'not yet',
  open: 'Open this network',
  colours: 'measuring: {p} of {n} cells, {s} s',
  learning: 'training cells near the edge of what learns: {p}, {s} s',
  whole: '{n} cells, {s} s',
  whole_learns: '{n} cells, {s} s; {m} of them trained',
  stopped: 'stopped at {p}',
  keys: 'Arrow keys move the cell, Enter opens its network.',
};

export type MapWords = typeof en;

const zh: MapWords = {
  title: '通往深处的只有一条窄道。',
  title_plain: '深度与增益。',
  lead: '每一格都是一个单独的网络。网络越深，留给权重的余地越小：深度 {d} 时，增益须在 <b>{a}</b> 到 <b>{b}</b> 之间。',
  lead_plain: '每一格都是一个单独的网络：除深度与增益外，设置与实验室相同。',
  back: '回到实验室',
  stop: '停止',
  go_on: '继续',
  depth: '深度',
  gain: '增益（权重的标准差与方案所定之比）',
  arrives: '有多少梯度到达第 1 层',
  theory: '理论：10<sup>−6</sup>、10<sup>−3</sup>、70、10<sup>3</sup>',
  learns: '{n} 步内学得会',
  here: '当前网络',
  cell: '深度 {d}，增益 {g}',
  measured: '实测',
  by_theory: '理论',
  loss: '{n} 步后的损失',
  unknown: '尚无',
  open: '打开这个网络',
  colours: '测量中：{n} 格的 {p}，{s} 秒',
  learning: '训练“学得会”边界附近的格子：{p}，{s} 秒',
  whole: '{n} 格，{s} 秒',
  whole_learns: '{n} 格，{s} 秒；其中 {m} 格经过训练',
  stopped: '停在 {p}',
  keys: '方向键移动格子，按 Enter 打开它的网络。',
};

export const MAP_WORDS: Readonly<Record<Language, MapWords>> = { en, zh };
