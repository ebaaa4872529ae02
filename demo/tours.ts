// The guided tours: a claim of the article, a few experiments on the engine, and the verdict. Every sentence with a number is written from what was
// measured: a tour never says what its picture does not show.

import type { Language } from '../src/texts.ts';
import { fixed, largeBefore, number, percent, powerOfTen } from './format.ts';
import { DEFAULTS, encodeSettings, type Settings } from './settings.ts';
import type { State } from './verdict.ts';

type Both = Record<Language, string>;

/** log10 of what arrives at layer 1 at the first step, measured with other seeds: between what two in three of them lie. */
export interface Spread {
  seeds: number;
  least: number;
  most: number;
}

/** The name of an experiment among the recorded spreads (demo/record_spread.ts). */
export const spreadKey = (settings: Partial<Settings>): string => encodeSettings({ ...DEFAULTS, ...settings });

/** What a step of a tour left behind. */
export interface Measure {
  /** log10 of rms delta at layer 1 over that at the last layer, at the first step. */
  ratio: number;
  /** Hidden layers. */
  depth: number;
  /** log10 of rms delta of each layer over that of the last one, at the first step. */
  profile: readonly number[];
  /** The loss of the first step and of the last. */
  losses: readonly [first: number, last: number];
  seed: number;
  spread: Spread;
  /** The last step of the experiment, and log10 of what arrives there. */
  later?: { step: number; ratio: number };
  /** The step at which the run was no longer finite. */
  nonFinite: number | null;
}

/** A figure that a step speaks of: it lights up. */
export type Part = 'strip' | 'profile' | 'heat' | 'loss' | 'updates';

export interface TourStep {
  /** What is tried, and what to ask of it. */
  words: Both;
  /** What was measured, once it is. */
  found(measure: Measure, all: readonly Measure[]): Both;
  lights: Part;
  settings: Partial<Settings>;
  /** Steps to train. */
  steps: number;
}

export interface Tour {
  id: string;
  name: Both;
  /** What the article says, in its sense. */
  claim: Both;
  steps: TourStep[];
  verdict(measures: readonly Measure[]): { verdict: 'holds' | 'fails' | 'half_true'; words: Both };
}

/** Fifty ReLU layers at variance 1/fan-in, unclipped, with the changes of one experiment. */
const settings = (patch: Partial<Settings>): Settings => ({ ...DEFAULTS, activation: 'relu', gain: 1, learningRate: 0.03, clip: 0, ...patch });

/** A measure's ratio in words of each language. */
export const size = (measure: Measure | undefined): Both => sizeOf(measure?.ratio ?? Number.NaN);

function sizeOf(ratio: number): Both {
  if (!Number.isFinite(ratio)) return { en: 'no finite number', zh: '非有限数' };
  if (ratio < -1) return { en: `1 part in ${largeBefore(-ratio, 'en')}`, zh: `${largeBefore(-ratio, 'zh')}分之一` };
  if (ratio > 0.3) return { en: `${largeBefore(ratio, 'en')} times`, zh: `${largeBefore(ratio, 'zh')}倍` };
  if (ratio >= 0) return { en: `${powerOfTen(ratio)} times`, zh: `${powerOfTen(ratio)} 倍` };
  const share = percent(10 ** ratio);
  return { en: share, zh: share };
}

/** The factor of one layer: the geometric mean over all of them. */
export const factorOf = ({ ratio, depth }: Measure): string => fixed(10 ** (ratio / Math.max(1, depth - 1)), 2);

const both = (make: (language: Language) => string): Both => ({ en: make('en'), zh: make('zh') });

/** Words in both languages, with <b>sizes</b> in their places. */
const say = (en: string, zh: string, ...sizes: Both[]): Both => {
  const fill = (words: string, language: Language): string => sizes.reduce((text, each, i) => text.replaceAll(`{${i}}`, `<b>${each[language]}</b>`), words);
  return { en: fill(en, 'en'), zh: fill(zh, 'zh') };
};
const same = (value: string): Both => ({ en: value, zh: value });

/** Decades from which on what training made of a gradient is said. */
const MOVED = 0.3;

/** The common sentence: what arrives, by what factor per layer, and between what other seeds would fall. */
const arrives = (measure: Measure, all: readonly Measure[]): Both => {
  // The letter that its line has in the profile.
  const line = String.fromCharCode(65 + Math.max(0, all.indexOf(measure)));
  const { later } = measure;
  const moved = later && Number.isFinite(later.ratio) && Math.abs(later.ratio - measure.ratio) > MOVED;
  const since = moved ? [` By step ${later.step} training had made it {4}.`, `到第 ${later.step} 步，训练使它变为 {4}。`] : ['', ''];
  const { seeds, least, most } = measure.spread;
  const spread = [` Of ${seeds} other seeds, two in three lie between {2} and {3}.`, `另外 ${seeds} 个种子里，三分之二在 {2} 与 {3} 之间。`];
  return say(
    `Measured at the first step (line ${line}), seed ${measure.seed}: layer 1 receives {0}, a factor of {1} per layer.${spread[0]}${since[0]}`,
    `第一步实测（线 ${line}，种子 ${measure.seed}）：第 1 层收到 {0}，每层乘以 {1}。${spread[1]}${since[1]}`,
    size(measure),
    same(factorOf(measure)),
    sizeOf(least),
    sizeOf(most),
    sizeOf(later?.ratio ?? Number.NaN),
  );
};

/** Of which seed the numbers of a verdict are. */
export const ofSeed = ([first]: readonly Measure[]): Both => ({
  en: `All of it is of seed ${first?.seed}; at each line stands what other seeds give.`,
  zh: `以上都是种子 ${first?.seed} 的结果；换别的种子会怎样，见各条线的说明。`,
});

/** What the loss did, in words. */
function lossOf({ losses: [first, last], nonFinite }: Measure): Both {
  if (nonFinite) return { en: `the loss was ${number(first)} and overflowed at step ${nonFinite}`, zh: `损失从 ${number(first)} 起，在第 ${nonFinite} 步溢出` };
  return { en: `the loss went from ${number(first)} to ${number(last)}`, zh: `损失从 ${number(first)} 变到 ${number(last)}` };
}

/** One sentence behind the other. */
export const join = (a: Both, b: Both): Both => ({ en: `${a.en} ${b.en}`, zh: `${a.zh}${b.zh}` });

export const TOURS: readonly Tour[] = [
  {
    id: 'vanishing',
    name: { en: 'Vanishing: is it depth?', zh: '梯度消失：是因为深度吗？' },
    claim: {
      en: 'The deeper the network, the longer the path of the signal, and the smaller the gradient.',
      zh: '深度网络层次越深，网络信号传递的路径就会越长，梯度也会越来越小。',
    },
    steps: [
      {
        words: { en: 'Fifty ReLU layers whose weights have variance 1/fan-in.', zh: '五十层 ReLU，权重方差为 1/fan-in。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ learningRate: 0.001 }),
        steps: 10,
      },
      {
        words: { en: 'The same with ten layers. Is its line as steep?', zh: '同样的网络，只有十层。它的线一样陡吗？' },
        found: (ten, all) =>
          join(arrives(ten, all), {
            en: `Fifty layers had ${all[0] ? factorOf(all[0]) : '–'}: the same line, which only ends sooner.`,
            zh: `五十层时是 ${all[0] ? factorOf(all[0]) : '–'}：同一条线，只是更早结束。`,
          }),
        lights: 'profile',
        settings: settings({ depth: 10, learningRate: 0.001 }),
        steps: 10,
      },
      {
        words: { en: 'Fifty layers again, with twice the variance (He). Depth is the same.', zh: '仍是五十层，但方差加倍（He）。深度没变。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ scheme: 'he_normal', learningRate: 0.01 }),
        steps: 10,
      },
    ],
    verdict: ([deep, ten, he]) => ({
      // Depth does make it smaller, where the factor is below 1; and a network of finite width has one a little below 1 even at He.
      verdict: deep && ten && deep.ratio < ten.ratio ? 'half_true' : 'fails',
      words: say(
        `With variance 1/fan-in, {0} arrives through fifty layers and {1} through ten: below a factor of 1, depth does it. With He {2} arrives through fifty: the factor decides, depth is its exponent. At width ${DEFAULTS.width} even He stays a little below 1.`,
        `方差 1/fan-in 时，五十层后剩 {0}，十层后剩 {1}：系数小于 1 时，深度确实使它变小。用 He 时五十层后是 {2}：决定因素是系数，深度只是它的指数。宽度为 ${DEFAULTS.width} 时，He 的系数也略小于 1。`,
        size(deep),
        size(ten),
        size(he),
      ),
    }),
  },
  {
    id: 'exploding',
    name: { en: 'Exploding: do the outputs fade?', zh: '梯度爆炸：输出会接近零吗？' },
    claim: { en: 'An exploding gradient shows as outputs that hardly change or lie near zero.', zh: '梯度爆炸表现为网络输出变化很小或接近于零。' },
    steps: [
      {
        words: { en: 'Weights 1.4 times what is right. What does the loss do?', zh: '权重是合适值的 1.4 倍。损失会怎样？' },
        found: (measure, all) =>
          join(
            arrives(measure, all),
            both((l) => (l === 'en' ? `And ${lossOf(measure).en}.` : `${lossOf(measure).zh}。`)),
          ),
        lights: 'loss',
        settings: settings({ scheme: 'he_normal', gain: 1.4 }),
        steps: 10,
      },
      {
        words: { en: 'Clipping the norm to 1 keeps the steps short. Does it change the line?', zh: '把范数裁剪到 1，步子就短了。线会变吗？' },
        found: (clipped, all) =>
          join(arrives(clipped, all), {
            en: `Without clipping it was ${all[0] ? factorOf(all[0]) : '–'}: clipping treats the step, not the network.`,
            zh: `不裁剪时是 ${all[0] ? factorOf(all[0]) : '–'}：裁剪治的是步长，不是网络。`,
          }),
        lights: 'profile',
        settings: settings({ scheme: 'he_normal', gain: 1.4, clip: 1 }),
        steps: 10,
      },
      {
        words: { en: 'The right scale from the start. Nothing has to be clipped.', zh: '从一开始就用合适的尺度，无须裁剪。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ scheme: 'he_normal', learningRate: 0.01 }),
        steps: 10,
      },
    ],
    verdict: ([boom, clipped]) => ({
      verdict: 'fails',
      words: say(
        'Layer 1 receives {0}, and {2}: outputs grow, they do not fade. With clipping layer 1 receives {1} as well, and {3}.',
        '第 1 层收到 {0}，{2}：输出在增大，而不是接近零。裁剪之后第 1 层同样收到 {1}，{3}。',
        size(boom),
        size(clipped),
        boom ? lossOf(boom) : same('–'),
        clipped ? lossOf(clipped) : same('–'),
      ),
    }),
  },
  {
    id: 'batch_norm',
    name: { en: 'Batch norm: more stable at any depth?', zh: '批归一化：多深都更稳定吗？' },
    claim: { en: 'Batch normalisation makes a network more stable and easier to train.', zh: 'Batch Normalization 能够使网络更稳定、更容易训练。' },
    steps: [
      {
        words: { en: 'Handwritten digits, twenty sigmoid layers, no batch norm.', zh: '手写数字，二十层 sigmoid，没有批归一化。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', activation: 'sigmoid', depth: 20, scheme: 'glorot_normal' }),
        steps: 10,
      },
      {
        words: { en: 'The same with batch norm.', zh: '加上批归一化。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', activation: 'sigmoid', depth: 20, scheme: 'glorot_normal', batchNorm: true }),
        steps: 10,
      },
      {
        words: { en: 'Fifty ReLU layers with batch norm, and no shortcuts.', zh: '五十层 ReLU 加批归一化，没有残差连接。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', batchNorm: true, scheme: 'he_normal', learningRate: 0.005 }),
        steps: 10,
      },
    ],
    verdict: ([without, withNorm, relu]) => ({
      verdict: 'half_true',
      words: say(
        'It lifts the sigmoid network from {0} to {1}. But its factor is fixed, whatever the weights: through fifty ReLU layers {3} per layer makes {2}.',
        '它使 sigmoid 网络从 {0} 升到 {1}。但它的系数是固定的，与权重无关：五十层 ReLU，每层 {3}，合计 {2}。',
        size(without),
        size(withNorm),
        size(relu),
        same(relu ? factorOf(relu) : '–'),
      ),
    }),
  },
  {
    id: 'residual',
    name: { en: 'Shortcuts: do they prevent both?', zh: '残差连接：两种问题都能防吗？' },
    claim: {
      en: 'Residual networks keep the gradient from vanishing, and from exploding.',
      zh: '残差网络可以使网络的深度不断增加，梯度仍不消失；它也能解决梯度爆炸。',
    },
    steps: [
      {
        words: { en: 'Digits, thirty layers, the branch added as it is.', zh: '手写数字，三十层，分支直接相加。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', depth: 30, shortcuts: 'plain', scheme: 'he_normal', learningRate: 0.001, clip: 0.1 }),
        steps: 10,
      },
      {
        words: { en: 'Each branch scaled by one over the root of their number.', zh: '每个分支除以块数的平方根。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', depth: 30, shortcuts: 'scaled', scheme: 'he_normal', learningRate: 0.01 }),
        steps: 10,
      },
      {
        words: { en: 'What real ResNets do: unscaled, with batch norm inside the branch.', zh: '真实的 ResNet：不缩放，但分支里有批归一化。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ data: 'digits', depth: 30, shortcuts: 'plain', batchNorm: true, scheme: 'he_normal', learningRate: 0.005 }),
        steps: 10,
      },
    ],
    verdict: ([plain, scaled, norm]) => ({
      verdict: plain && plain.ratio > 1 ? 'half_true' : 'holds',
      words: say(
        'Nothing vanishes. Unscaled, layer 1 receives {0}; scaled by one over the root of the depth, {1}; with batch norm inside the branch, as in ResNets, {2}.',
        '梯度不消失。不缩放时第 1 层收到 {0}；按深度平方根的倒数缩放后是 {1}；像 ResNet 那样在分支里加批归一化，是 {2}。',
        size(plain),
        size(scaled),
        size(norm),
      ),
    }),
  },
  {
    id: 'dropout',
    name: { en: 'Does dropout prevent explosion?', zh: 'Dropout 能防爆炸吗？' },
    claim: { en: 'Dropout prevents exploding gradients.', zh: '解决梯度爆炸的方法：使用 Dropout。' },
    steps: [
      {
        words: { en: 'Twenty layers at the right scale, without dropout.', zh: '二十层，合适的尺度，没有 Dropout。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ depth: 20, width: 64, scheme: 'he_normal', learningRate: 0.0002 }),
        steps: 10,
      },
      {
        words: { en: 'Half of the units silenced, the rest doubled to make up for it.', zh: '关闭一半单元，其余加倍补偿。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ depth: 20, width: 64, scheme: 'he_normal', learningRate: 0.0002, dropout: 0.5 }),
        steps: 10,
      },
    ],
    verdict: ([without, withDropout]) => ({
      verdict: (withDropout?.ratio ?? 0) > (without?.ratio ?? 0) ? 'fails' : 'half_true',
      words: say(
        'Without it layer 1 receives {0}, with it {1}: dropout makes it worse. The squared gradient grows by 1/keep per layer.',
        '不用 Dropout 时第 1 层收到 {0}，用了以后是 {1}：Dropout 使它更大，梯度的平方每层乘以 1/保留率。',
        size(without),
        size(withDropout),
      ),
    }),
  },
  {
    id: 'batch_size',
    name: { en: 'Does a small batch prevent explosion?', zh: '小批量能防爆炸吗？' },
    claim: { en: 'A smaller batch prevents exploding gradients.', zh: '使用较小的 batch size 可以防止梯度爆炸。' },
    steps: [
      {
        words: { en: 'Weights 1.4 times what is right, batches of 64.', zh: '权重是合适值的 1.4 倍，批大小 64。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ scheme: 'he_normal', gain: 1.4, batch: 64 }),
        steps: 10,
      },
      {
        words: { en: 'The same with batches of 4.', zh: '同样的网络，批大小 4。' },
        found: arrives,
        lights: 'profile',
        settings: settings({ scheme: 'he_normal', gain: 1.4, batch: 4 }),
        steps: 10,
      },
    ],
    verdict: ([large64, small4]) => ({
      verdict: 'fails',
      words: say(
        'Layer 1 receives {0} with 64 samples and {1} with 4. The factor per layer, {2} and {3}, does not know the batch; a small one only adds noise.',
        '批大小 64 时第 1 层收到 {0}，批大小 4 时收到 {1}。每层的系数（{2} 与 {3}）与批大小无关，小批只会增加噪声。',
        size(large64),
        size(small4),
        same(large64 ? factorOf(large64) : '–'),
        same(small4 ? factorOf(small4) : '–'),
      ),
    }),
  },
  {
    id: 'early_stopping',
    name: { en: 'Does early stopping prevent explosion?', zh: '早停能防爆炸吗？' },
    claim: { en: 'Early stopping prevents exploding gradients.', zh: '解决梯度爆炸的方法：使用早停策略。' },
    steps: [
      {
        words: {
          en: 'A network that explodes, with early stopping on. It looks at the validation set every fifty steps.',
          zh: '一个会爆炸的网络，打开早停。它每五十步看一次验证集。',
        },
        found: (measure, all) =>
          join(
            arrives(measure, all),
            both((l) => (l === 'en' ? `And ${lossOf(measure).en}.` : `${lossOf(measure).zh}。`)),
          ),
        lights: 'loss',
        settings: settings({ depth: 60, scheme: 'he_normal', gain: 1.73, earlyStopping: true }),
        steps: 10,
      },
      {
        words: {
          en: 'At the right scale there is nothing to prevent. Here early stopping does its own work: it watches for overfitting.',
          zh: '在合适的尺度下没有什么需要防止。此时早停做它本来的工作：防过拟合。',
        },
        found: arrives,
        lights: 'profile',
        settings: settings({ depth: 30, scheme: 'he_normal', learningRate: 0.01, earlyStopping: true }),
        steps: 10,
      },
    ],
    verdict: ([boom]) => ({
      verdict: 'fails',
      words: boom?.nonFinite
        ? say('The numbers overflow at {0}, before the first validation.', '{0}数值已溢出，早于第一次验证。', {
            en: `step ${boom.nonFinite}`,
            zh: `第 ${boom.nonFinite} 步`,
          })
        : say('Layer 1 receives {0} from the first step on, long before the first validation.', '从第一步起第 1 层就收到 {0}，远早于第一次验证。', size(boom)),
    }),
  },
];

/** The tour that explains what the headline says. */
export function tourFor(state: State, current: Settings): Tour {
  const id =
    state === 'explode' || state === 'growing' || state === 'infinite'
      ? current.batchNorm
        ? 'batch_norm'
        : current.shortcuts === 'plain'
          ? 'residual'
          : 'exploding'
      : 'vanishing';
  return TOURS.find((tour) => tour.id === id)!;
}
