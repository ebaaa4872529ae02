// Why? in three sentences, with the numbers of this network: what one layer does, what the depth makes of it, what would change it. A figure that is not
// known drops its clause.

import { EXPLODING, VANISHING } from '../../src/inspect/diagnose/depth_levels.ts';
import type { Language } from '../../src/texts.ts';
import { fixed, number, percent } from '../format.ts';
import { translator } from '../i18n.ts';
import { rowOf } from '../rows.ts';
import type { Run } from '../run.ts';
import type { Settings } from '../settings.ts';
import { arrivesWords, factorWords, sizeWords } from './numbers.ts';
import { bendOf, type Reach, type Walk } from './walk.ts';
import { written } from './written.ts';

export const CAUSES = ['overflow', 'scale', 'dead', 'saturation', 'weights', 'explode', 'healthy', 'product', 'batchnorm', 'dropout', 'shortcuts'] as const;
export type Cause = (typeof CAUSES)[number];

/** What is known of the network. */
export interface Known {
  run: Run;
  settings: Settings;
  /** log10 of what arrives at layer 1, as the headline has it. */
  measured: number;
  /** What the hand's walk says of it, and how far the gain reaches; null where the hand has none. */
  turned: (Walk & { reach: Reach; steepest: number; gainOfOne: number | null; weights: number }) | null;
}

/** A sentence; parts in [brackets] are left out where one of their figures is not known. */
type Sentences = readonly [string, string, string];

const TEXT: Readonly<Record<Cause, Record<Language, Sentences>>> = {
  weights: {
    en: [
      'Backpropagation multiplies. On its way down each layer hands on <b>{f}</b> of the gradient[{avg}][: its weights (× {w}) times the slope of {act} (× {s})].',
      'From layer {L} to layer 1 that happens {n} times in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>.',
      '[Weights <b>{k} times</b> as large {turn}, and {p2} arrives.]',
    ],
    zh: [
      '反向传播是连乘。梯度每往下一层[，先乘权重（× {w}），再乘 {act} 的斜率（× {s}）]：只剩 <b>{f}</b>[{avg}]。',
      '从第 {L} 层到第 1 层要连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '[权重放大到原来的 <b>{k} 倍</b>，{turn}，到达第 1 层的是{p2}。]',
    ],
  },
  healthy: {
    en: [
      'Backpropagation multiplies. On its way down each layer hands on <b>{f}</b> of the gradient[{avg}][: its weights (× {w}) times the slope of {act} (× {s})].',
      'From layer {L} to layer 1 that happens {n} times in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>.',
      'There is nothing to change: trouble is usual where less than {low} arrives, or more than {high}.',
    ],
    zh: [
      '反向传播是连乘。梯度每往下一层[，先乘权重（× {w}），再乘 {act} 的斜率（× {s}）]：剩下 <b>{f}</b>[{avg}]。',
      '从第 {L} 层到第 1 层要连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '无须改动：到达的少于{low}或多于{high}，才常出问题。',
    ],
  },
  product: {
    en: [
      'Backpropagation multiplies. On its way down each layer hands on <b>{f}</b> of the gradient[{avg}].',
      'From layer {L} to layer 1 that happens {n} times in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>.',
      'Trouble is usual where less than {low} arrives, or more than {high}. Fewer layers, other weights or shortcuts bring it nearer to 1.',
    ],
    zh: [
      '反向传播是连乘。梯度每往下一层，都乘 <b>{f}</b>[{avg}]。',
      '从第 {L} 层到第 1 层要连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '到达的少于{low}或多于{high}，就常出问题。减少层数、改变权重或加残差连接，都能使它更接近 1。',
    ],
  },
  saturation: {
    en: [
      'The slope of {act} is never above {smax}[, and {sat} of the units sit where the curve is flat]: on average it is {s}. With the weights (× {w}), <b>{f}</b> of the gradient is left per layer.',
      '{n} layers in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>.',
      'Larger weights push more units into the flat part: even {k3} times as large they give only {f3}. <b>ReLU</b> has slope 0 or 1; with He’s weights it hands on 1.00.',
    ],
    zh: [
      '{act} 的斜率最大只有 {smax}[，而且有 {sat} 的单元落在曲线平坦处]，平均斜率是 {s}。再乘上权重（× {w}），每层只剩 <b>{f}</b>。',
      '连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '加大权重只会让更多单元饱和：即使放大到 {k3} 倍，每层也只有 {f3}。<b>ReLU</b> 的斜率是 0 或 1，配上 He 初始化，每层传下 1.00。',
    ],
  },
  explode: {
    en: [
      'Backpropagation multiplies. Each layer multiplies the gradient by <b>{f}</b>[{avg}][: its weights (× {w}) outweigh the slope of {act} (× {s})].',
      '{n} times in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>[, and a step moves layer 1 by {u} times its own weights].',
      '[Weights <b>{k} times</b> as large {turn}. ]Clipping only shortens the step: layer 1 still gets {p} as much as layer {L}.',
    ],
    zh: [
      '反向传播是连乘。[权重（× {w}）超过了 {act} 斜率（× {s}）的削弱，]梯度每过一层放大 <b>{f}</b> 倍[{avg}]。',
      '连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>[，一步就让第 1 层移动了自身权重的 {u} 倍]。',
      '[权重缩小到原来的 <b>{k}</b>，{turn}。]裁剪只会缩短步长：第 1 层收到的仍是第 {L} 层的{p}。',
    ],
  },
  dead: {
    en: [
      '{dead} of the units of layer {l} answer 0 to every example. Zero has slope 0, so no gradient passes through them.',
      'Over {n} layers the living share is {live} on average[: <b>{m}</b> arrives, where {pw} would].',
      'A dead unit cannot come back by itself, for its own gradient is 0. Build the network anew with rate <b>{lr2}</b> instead of {lr}, or with a leaky ReLU, whose slope below zero is 0.01.',
    ],
    zh: [
      '第 {l} 层有 {dead} 的单元对所有样本都输出 0。输出恒为 0 时斜率也是 0，梯度过不去。',
      '{n} 层下来，平均只有 {live} 的单元活着[：本应到达{pw}，现在只有 <b>{m}</b>]。',
      '死亡单元自身的梯度为 0，不会自己恢复。把学习率从 {lr} 降到 <b>{lr2}</b> 后重建，或改用 leaky ReLU（负半轴斜率 0.01）。',
    ],
  },
  batchnorm: {
    en: [
      'Batch norm sets every unit’s spread to 1, so the size of the weights cancels out. What is left of normalising and {act} is <b>{f}</b> per layer, whatever the initial values.',
      '{n} times in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b> at layer 1.',
      'No gain changes this; a <b>shortcut</b> around each block does: with batch norm inside the branch the gradient grows only like the root of the depth.',
    ],
    zh: [
      '批归一化把每个单元的标准差都变成 1，权重的大小因此被抵消。归一化加上 {act}，不论初始值如何，每层都乘 <b>{f}</b>。',
      '连乘 {n} 次：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '调增益没有用；给每个块加<b>残差连接</b>才有用：归一化放在分支里时，梯度只随深度的平方根增长。',
    ],
  },
  shortcuts: {
    en: [
      'A block adds its branch to the trunk, so the gradient comes back twice: past the block (× 1) and through it (× {b}). In the square that adds to 1 + {b}², so the gradient grows by <b>{f}</b>.',
      '{n} blocks in a row: {f}<sup>{n}</sup> {eq} <b>{p}</b>.',
      'Scale each branch by <b>{sc}</b> (one over the root of {n}), and all blocks together give at most 1.65 times. ResNets reach the same with batch norm inside the branch, or by starting the branch at zero.',
    ],
    zh: [
      '块把分支加到主干上，梯度因此有两路返回：绕过块的一路（× 1）和穿过块的一路（× {b}），平方后相加为 1 + {b}²，所以梯度放大 <b>{f}</b> 倍。',
      '{n} 个块连乘：{f}<sup>{n}</sup> {eq} <b>{p}</b>。',
      '每个分支乘以 <b>{sc}</b>（{n} 的平方根分之一），所有块合起来最多 1.65 倍。ResNet 靠分支内的批归一化，或让分支从零开始，也能做到。',
    ],
  },
  dropout: {
    en: [
      'Dropout silences {rate} of the units and enlarges the rest by 1/{keep}. The average stays, but the squared gradient grows by 1/{keep}: <b>× {d}</b> per layer.',
      'With weights and slope (× {f0}) that makes {f}; {n} times in a row: <b>{p}</b>.',
      'Weights <b>{kd} times</b> as large (variance × {keep}) cancel it: {f0} per layer.',
    ],
    zh: [
      'Dropout 让 {rate} 的单元失活，其余放大到 1/{keep} 倍。均值不变，但梯度的平方每层乘以 1/{keep}，即梯度 <b>× {d}</b>。',
      '再乘上权重与斜率（× {f0}）得到 {f}；连乘 {n} 次：<b>{p}</b>。',
      '权重乘以 <b>{kd}</b>（方差 × {keep}）恰好抵消：每层 {f0}。',
    ],
  },
  overflow: {
    en: [
      'A 32-bit number ends at 3.4e38. At step {at} the {tensor} of {layer} went past it.',
      'The steps fed on each other: the rate is {lr}[, and the last step that can be trusted moved the weights of layer 1 by <b>{u} times</b> their own size]. Larger weights make the next gradient larger still.',
      '[A rate of <b>{lr3}</b>, or clipping at norm 1, keeps a step below a tenth of the weights. ]The run up to step {s0} can be trusted.',
    ],
    zh: [
      '32 位浮点数最大约 3.4e38。第 {at} 步时，{layer}的{tensor}超过了它。',
      '每一步都在放大下一步：学习率为 {lr}[，最后可信的一步让第 1 层的权重移动了自身大小的 <b>{u} 倍</b>]。权重变大，下一步的梯度更大。',
      '[学习率降到 <b>{lr3}</b>，或按范数 1 裁剪，每步就不超过权重的十分之一。]第 {s0} 步之前的结果可信。',
    ],
  },
  scale: {
    en: [
      'The inputs have a mean square of {x2} where the weights expect 1, so layer 1 receives sums {kx} times too large.',
      'Where sums are that large, the slope is not what the other layers have, and layer 1 learns at a scale of its own.',
      '<b>Standardise</b> the columns (subtract the mean, divide by the standard deviation): the mean square is then 1, and layer 1 receives its share like the rest.',
    ],
    zh: [
      '输入的均方是 {x2}，而权重是按 1 设定的：第 1 层的加权和是正常值的 {kx} 倍。',
      '加权和如此之大，斜率就与其他层不同，第 1 层按自己的尺度学习。',
      '把各列<b>标准化</b>（减去均值，除以标准差）：均方变为 1，第 1 层就和其他层一样。',
    ],
  },
};

/** log10 of what arrives from which on nothing has to be changed: a third, three times. */
const FINE = 0.5;

/** Decades that dead units have to cost before they are a cause. */
const LOST = 0.15;
/** A rate below which no rate is the cure. */
const LEAST_RATE = 1e-6;

/** The causes that this network has, the one that matters most first. */
export function causesOf({ run, settings, measured, turned }: Known): Cause[] {
  const has = (rule: string): boolean => run.findings.some((finding) => finding.rule === rule && finding.severity !== 'note');
  const total = turned?.total ?? (run.start.theory?.delta[0] || measured);
  const small = total < -FINE;
  const large = total > FINE;
  const found: Record<Cause, boolean> = {
    overflow: run.nonFinite !== undefined,
    scale: has('inputs_not_scaled'),
    // Where as much arrives as without them, or too much even so, they are not what is to blame.
    dead: has('dead_units') && !large && (turned === null || total - run.ratio > LOST),
    saturation: small && turned !== null && turned.reach.high < 1,
    weights: small && turned !== null && turned.reach.high >= 1 && !settings.batchNorm,
    explode: large && turned !== null && settings.shortcuts === 'none' && settings.dropout === 0,
    healthy: false,
    product: false,
    batchnorm: settings.batchNorm && settings.shortcuts === 'none',
    dropout: settings.dropout > 0,
    shortcuts: settings.shortcuts === 'plain' && settings.depth > 2,
  };
  const list = CAUSES.filter((cause) => found[cause]);
  if (list.length > 0) return list;
  return [total > Math.log10(VANISHING.warn) && total < Math.log10(EXPLODING.warn) ? 'healthy' : 'product'];
}

/** The three sentences of a cause. */
export function sentences(cause: Cause, known: Known, language: Language): Sentences {
  const values = valuesOf(known, language);
  return TEXT[cause][language].map((text) => written(text, values)) as unknown as Sentences;
}

function valuesOf({ run, settings, measured, turned }: Known, language: Language): Record<string, string | number> {
  const n = run.depth - 1;
  const theory = run.start.theory;
  const factor = turned?.factor ?? theory?.factor ?? 10 ** (measured / n);
  const { words: f, value, exact } = factorWords(factor);
  const keep = 1 - settings.dropout;
  const act = settings.activation === 'relu' ? 'ReLU' : settings.activation;
  const t = translator(language);
  const mean = (of: (l: number) => number): number => Array.from({ length: run.depth }, (_, l) => of(l)).reduce((sum, each) => sum + each, 0) / run.depth;
  const saturated = mean(run.saturated);
  const dead = Array.from({ length: run.depth }, (_, l) => run.dead(l));
  const deadest = dead.indexOf(Math.max(...dead));
  const update = run.update(0);
  const rate = (settings.learningRate * 0.1) / update;
  const bad = run.nonFinite;
  const row = rowOf(run.rows, bad?.layer);
  const scale = run.findings.find(({ rule }) => rule === 'inputs_not_scaled')?.evidence.rms;
  const values: Record<string, string | number | undefined> = {
    f,
    eq: exact ? '=' : '≈',
    n,
    L: run.depth,
    act,
    p: arrivesWords(n * Math.log10(value), language),
    pw: sizeWords(n * Math.log10(value), language),
    m: Number.isFinite(run.ratio) ? arrivesWords(run.ratio, language) : undefined,
    w: turned ? fixed(turned.weights, 2) : undefined,
    s: turned ? fixed(factor / turned.weights, 2) : undefined,
    smax: turned ? String(Number(turned.steepest.toFixed(2))) : undefined,
    sat: saturated > 0.005 ? percent(saturated) : undefined,
    k: turned?.gainOfOne ? fixed(turned.gainOfOne / settings.gain, 2) : undefined,
    turn: turned?.gainOfOne ? turnWords(turned.gainOfOne / settings.gain, { ...turned, factor }, act, language) : undefined,
    // Of what was measured the factor is a mean; theory's is one where its line bends.
    avg: !theory || bendOf(theory.delta).bent ? (language === 'en' ? ' on average' : '（平均）') : undefined,
    low: arrivesWords(Math.log10(VANISHING.warn), language),
    high: arrivesWords(Math.log10(EXPLODING.warn), language),
    p2: language === 'en' ? 'all of it' : '全部',
    k3: turned ? fixed(turned.reach.gain / settings.gain, 1) : undefined,
    f3: turned ? fixed(turned.reach.high, 2) : undefined,
    u: update > 0.1 ? number(update) : undefined,
    l: deadest + 1,
    dead: percent(dead[deadest] ?? 0),
    live: percent(1 - mean(run.dead)),
    lr: settings.learningRate,
    lr2: Number((settings.learningRate / 10).toPrecision(2)),
    lr3: rate >= LEAST_RATE && update > 0.1 ? Number(rate.toPrecision(1)) : undefined,
    b: fixed(Math.sqrt(Math.max(0, factor * factor - 1)), 2),
    sc: fixed(1 / Math.sqrt(n), 2),
    rate: percent(settings.dropout),
    keep: Number(keep.toFixed(2)),
    d: fixed(1 / Math.sqrt(keep), 2),
    f0: fixed(factor * Math.sqrt(keep), 2),
    kd: fixed(Math.sqrt(keep), 2),
    at: bad?.step,
    s0: bad && Math.max(0, bad.step - 1),
    tensor: bad && t(`tensor_${bad.tensor}` as 'tensor_z'),
    layer: bad && (row ? t('layer_n', { l: row }) : bad.layer ? t('output_layer') : language === 'en' ? 'the network' : '网络'),
    x2: typeof scale === 'number' ? number(scale * scale) : undefined,
    kx: typeof scale === 'number' ? number(scale) : undefined,
  };
  return Object.fromEntries(Object.entries(values).filter(([, each]) => each !== undefined)) as Record<string, string | number>;
}

/** What weights `k` times as large do to a layer, so that a calculator confirms it: they move the slope, too, where the activation bends. */
function turnWords(k: number, { weights, factor }: { weights: number; factor: number }, act: string, language: Language): string {
  const [s, w2, s2] = [factor / weights, k * weights, 1 / (k * weights)].map((value) => fixed(value, 2)) as [string, string, string];
  const zh = language === 'zh';
  if (s === s2) return zh ? '每层就是 1.00' : 'make it 1.00 per layer';
  const sum = `${w2} × ${s2} = 1.00`;
  return zh ? `${act} 的斜率随之从 ${s} 变为 ${s2}，每层就是 ${sum}` : `move the slope of ${act}, too, from ${s} to ${s2}: ${sum} per layer`;
}
