// The guided tours: a claim of the article, a few experiments on the engine, and the verdict with its numbers.

import type { Language } from '../src/texts.ts';
import { large, powerOfTen } from './format.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import type { State } from './verdict.ts';

type Both = Record<Language, string>;

/** What a step of a tour left behind. */
export interface Measure {
  /** log10 of rms delta at layer 1 over that at the last layer, at the first step. */
  ratio: number;
  loss: number;
  /** The step at which the run was no longer finite. */
  nonFinite: number | null;
}

export interface TourStep {
  words: Both;
  /** The experiment of this step; none: only words. */
  settings?: Partial<Settings>;
  /** Steps to train. */
  steps?: number;
}

export interface Tour {
  id: string;
  name: Both;
  /** What the article says, in its sense. */
  claim: Both;
  steps: TourStep[];
  verdict(measures: Measure[]): { verdict: 'holds' | 'fails' | 'half_true'; words: Both };
}

/** Fifty ReLU layers at variance 1/fan-in, unclipped, with the changes of one experiment. */
const settings = (patch: Partial<Settings>): Settings => ({ ...DEFAULTS, activation: 'relu', gain: 1, learningRate: 0.03, clip: 0, ...patch });

/** A measure's ratio in words of each language. */
function size(measure: Measure | undefined): Both {
  if (!measure || !Number.isFinite(measure.ratio)) return { en: 'no finite number', zh: '非有限数' };
  const { ratio } = measure;
  if (ratio < -1) return { en: `1 part in ${large(-ratio, 'en')}`, zh: `${large(-ratio, 'zh')}分之一` };
  if (ratio > 0.3) return { en: `${large(ratio, 'en')} times`, zh: `${large(ratio, 'zh')} 倍` };
  if (ratio >= 0) return { en: `${powerOfTen(ratio)} times`, zh: `${powerOfTen(ratio)} 倍` };
  return { en: `${powerOfTen(ratio)} of it`, zh: `其 ${powerOfTen(ratio)}` };
}

const say = (make: (language: Language) => string): Both => ({ en: make('en'), zh: make('zh') });

export const TOURS: readonly Tour[] = [
  {
    id: 'vanishing',
    name: { en: 'Vanishing: is it depth?', zh: '梯度消失：是因为深度吗？' },
    claim: {
      en: 'The deeper the network, the longer the way of the signal, and the smaller the gradient.',
      zh: '深度网络层次越深，网络信号传递的路径就会越长，梯度也会越来越小。',
    },
    steps: [
      {
        words: {
          en: 'Fifty ReLU layers whose weights have variance 1/fan-in. Watch the profile: every layer passes on 71 % of what it receives.',
          zh: '五十层 ReLU，权重方差为 1/fan-in。看剖面图：每层只传下所收到的 71 %。',
        },
        settings: settings({ learningRate: 0.001 }),
        steps: 30,
      },
      {
        words: { en: 'The same with ten layers. The line has the same slope; it only ends sooner.', zh: '同样的网络，只有十层。斜率相同，只是更早结束。' },
        settings: settings({ depth: 10, learningRate: 0.001 }),
        steps: 30,
      },
      {
        words: {
          en: 'Fifty layers again, with weights twice as large in variance (He). The depth is the same; the slope is gone.',
          zh: '仍是五十层，但权重方差加倍（He）。深度没变，斜率没了。',
        },
        settings: settings({ scheme: 'he_normal', learningRate: 0.01 }),
        steps: 30,
      },
    ],
    verdict: ([deep, , he]) => ({
      verdict: he && Math.abs(he.ratio) < 3 ? 'fails' : 'half_true',
      words: say((l) =>
        l === 'en'
          ? `At fifty layers, <b>${size(deep).en}</b> arrives with variance 1/fan-in and <b>${size(he).en}</b> with He. The factor per layer decides; depth only raises it to a power.`
          : `同为五十层，方差 1/fan-in 时到达 <b>${size(deep).zh}</b>，He 时到达 <b>${size(he).zh}</b>。决定因素是每层的系数，深度只是它的指数。`,
      ),
    }),
  },
  {
    id: 'exploding',
    name: { en: 'Exploding: what it looks like', zh: '梯度爆炸：它是什么样子' },
    claim: { en: 'An exploding gradient shows as outputs that hardly change or lie near zero.', zh: '梯度爆炸表现为网络输出变化很小或接近于零。' },
    steps: [
      {
        words: {
          en: 'Weights 1.4 times too large: each layer multiplies the gradient by 1.4. Look at the loss.',
          zh: '权重大了 1.4 倍：每层把梯度乘以 1.4。看看损失。',
        },
        settings: settings({ scheme: 'he_normal', gain: 1.4 }),
        steps: 20,
      },
      {
        words: {
          en: 'Clipping the norm to 1 keeps the steps short. The slope stays: clipping treats the step, not the network.',
          zh: '把范数裁剪到 1，步子就短了。斜率仍在：裁剪治的是步长，不是网络。',
        },
        settings: settings({ scheme: 'he_normal', gain: 1.4, clip: 1 }),
        steps: 20,
      },
      {
        words: { en: 'The right scale from the start. Nothing has to be clipped.', zh: '从一开始就用合适的尺度，无须裁剪。' },
        settings: settings({ scheme: 'he_normal', learningRate: 0.01 }),
        steps: 30,
      },
    ],
    verdict: ([boom, clipped]) => ({
      verdict: 'fails',
      words: say((l) => {
        const end = boom?.nonFinite
          ? l === 'en'
            ? `the numbers overflow at step ${boom.nonFinite}`
            : `在第 ${boom.nonFinite} 步溢出`
          : l === 'en'
            ? `the loss is ${powerOfTen(Math.log10(boom?.loss ?? 0))}`
            : `损失为 ${powerOfTen(Math.log10(boom?.loss ?? 0))}`;
        return l === 'en'
          ? `Layer 1 receives <b>${size(boom).en}</b> and ${end}: outputs grow, they do not fade. With clipping: ${size(clipped).en}, and finite.`
          : `第 1 层收到 <b>${size(boom).zh}</b>，${end}：输出在增大，而不是接近零。裁剪之后：${size(clipped).zh}，保持有限。`;
      }),
    }),
  },
  {
    id: 'batch_norm',
    name: { en: 'Batch norm and its price', zh: '批归一化及其代价' },
    claim: { en: 'Batch normalisation makes a network more stable and easier to train.', zh: 'Batch Normalization 能够使网络更稳定、更容易训练。' },
    steps: [
      {
        words: { en: 'Twenty sigmoid layers without it: almost nothing arrives.', zh: '二十层 sigmoid，没有批归一化：几乎什么也传不到。' },
        settings: settings({ activation: 'sigmoid', depth: 20, scheme: 'glorot_normal' }),
        steps: 30,
      },
      {
        words: { en: 'The same with batch norm: the gradient reaches the first layer.', zh: '加上批归一化：梯度到达第一层。' },
        settings: settings({ activation: 'sigmoid', depth: 20, scheme: 'glorot_normal', batchNorm: true }),
        steps: 30,
      },
      {
        words: {
          en: 'Its price: fifty ReLU layers with batch norm and no shortcuts. The gradient grows by about 1.2 per layer, whatever the weights are.',
          zh: '代价：五十层 ReLU 加批归一化而没有残差连接，每层约增大 1.2 倍，与权重大小无关。',
        },
        settings: settings({ batchNorm: true, scheme: 'he_normal', learningRate: 0.005 }),
        steps: 15,
      },
    ],
    verdict: ([without, withNorm, relu]) => ({
      verdict: 'half_true',
      words: say((l) =>
        l === 'en'
          ? `It lifts the sigmoid network from <b>${size(without).en}</b> to <b>${size(withNorm).en}</b>, and makes the deep ReLU network explode at the start: <b>${size(relu).en}</b>.`
          : `sigmoid 网络从 <b>${size(without).zh}</b> 升到 <b>${size(withNorm).zh}</b>；深层 ReLU 网络则在开始时爆炸：<b>${size(relu).zh}</b>。`,
      ),
    }),
  },
  {
    id: 'residual',
    name: { en: 'Shortcuts and their scale', zh: '残差连接及其缩放' },
    claim: {
      en: 'Residual networks keep the gradient from vanishing, and from exploding.',
      zh: '残差网络可以使网络的深度不断增加，梯度仍不消失；它也能解决梯度爆炸。',
    },
    steps: [
      {
        words: { en: 'Thirty layers with shortcuts added as they are. Every block adds to what passes by.', zh: '三十层，残差直接相加。每个块都在往上加。' },
        settings: settings({ depth: 30, shortcuts: 'plain', scheme: 'he_normal', learningRate: 0.001, clip: 0.1 }),
        steps: 15,
      },
      {
        words: { en: 'The same with each branch scaled by 1/√L.', zh: '同样的网络，每个分支按 1/√L 缩放。' },
        settings: settings({ depth: 30, shortcuts: 'scaled', scheme: 'he_normal', learningRate: 0.01 }),
        steps: 30,
      },
    ],
    verdict: ([plain, scaled]) => ({
      verdict: plain && plain.ratio > 1 ? 'half_true' : 'holds',
      words: say((l) =>
        l === 'en'
          ? `Nothing vanishes. Unscaled, layer 1 receives <b>${size(plain).en}</b>; scaled by 1/√L, <b>${size(scaled).en}</b>.`
          : `梯度不消失。不缩放时第 1 层收到 <b>${size(plain).zh}</b>；按 1/√L 缩放后是 <b>${size(scaled).zh}</b>。`,
      ),
    }),
  },
  {
    id: 'dropout',
    name: { en: 'Dropout against explosion', zh: 'Dropout 能防爆炸吗' },
    claim: { en: 'Dropout prevents exploding gradients.', zh: '解决梯度爆炸的方法：使用 Dropout。' },
    steps: [
      {
        words: { en: 'Twenty layers at the critical scale, without dropout.', zh: '二十层，临界尺度，没有 Dropout。' },
        settings: settings({ depth: 20, width: 64, scheme: 'he_normal', learningRate: 0.0002 }),
        steps: 20,
      },
      {
        words: {
          en: 'Half of the units silenced, the rest doubled to make up for it: the gradient grows by 1.4 per layer.',
          zh: '关闭一半单元，其余加倍补偿：每层梯度增大 1.4 倍。',
        },
        settings: settings({ depth: 20, width: 64, scheme: 'he_normal', learningRate: 0.0002, dropout: 0.5 }),
        steps: 20,
      },
    ],
    verdict: ([without, withDropout]) => ({
      verdict: (withDropout?.ratio ?? 0) > (without?.ratio ?? 0) ? 'fails' : 'half_true',
      words: say((l) =>
        l === 'en'
          ? `Without it layer 1 receives <b>${size(without).en}</b>, with it <b>${size(withDropout).en}</b>: dropout makes it worse, by 1/keep per layer in the square.`
          : `没有 Dropout 时第 1 层收到 <b>${size(without).zh}</b>，有时 <b>${size(withDropout).zh}</b>：Dropout 使它更大，每层平方量乘以 1/keep。`,
      ),
    }),
  },
  {
    id: 'batch_size',
    name: { en: 'A small batch against explosion', zh: '小批量能防爆炸吗' },
    claim: { en: 'A smaller batch prevents exploding gradients.', zh: '使用较小的 batch size 可以防止梯度爆炸。' },
    steps: [
      {
        words: { en: 'Weights 1.4 times too large, batches of 64.', zh: '权重大了 1.4 倍，批大小 64。' },
        settings: settings({ scheme: 'he_normal', gain: 1.4, batch: 64 }),
        steps: 15,
      },
      {
        words: { en: 'The same with batches of 4.', zh: '同样的网络，批大小 4。' },
        settings: settings({ scheme: 'he_normal', gain: 1.4, batch: 4 }),
        steps: 15,
      },
    ],
    verdict: ([large64, small4]) => ({
      verdict: 'fails',
      words: say((l) =>
        l === 'en'
          ? `Layer 1 receives <b>${size(large64).en}</b> with 64 samples and <b>${size(small4).en}</b> with 4. The factor per layer does not know the batch; a small one only adds noise.`
          : `批大小 64 时第 1 层收到 <b>${size(large64).zh}</b>，批大小 4 时 <b>${size(small4).zh}</b>。每层的系数与批大小无关，小批只会增加噪声。`,
      ),
    }),
  },
  {
    id: 'early_stopping',
    name: { en: 'Early stopping against explosion', zh: '早停能防爆炸吗' },
    claim: { en: 'Early stopping prevents exploding gradients.', zh: '解决梯度爆炸的方法：使用早停策略。' },
    steps: [
      {
        words: {
          en: 'A network that explodes, with early stopping on. It looks at the validation set every fifty steps.',
          zh: '一个会爆炸的网络，打开早停。它每五十步看一次验证集。',
        },
        settings: settings({ depth: 60, scheme: 'he_normal', gain: 1.73, earlyStopping: true }),
        steps: 20,
      },
      {
        words: {
          en: 'At the critical scale there is nothing to prevent. Here early stopping does its own work: it watches for overfitting.',
          zh: '在临界尺度下没有什么需要防止。此时早停做它本来的工作：防过拟合。',
        },
        settings: settings({ depth: 30, scheme: 'he_normal', learningRate: 0.01, earlyStopping: true }),
        steps: 40,
      },
    ],
    verdict: ([boom]) => ({
      verdict: 'fails',
      words: say((l) =>
        boom?.nonFinite
          ? l === 'en'
            ? `The run is no longer finite at <b>step ${boom.nonFinite}</b>, before the first validation.`
            : `在<b>第 ${boom.nonFinite} 步</b>已非有限，早于第一次验证。`
          : l === 'en'
            ? `Layer 1 receives <b>${size(boom).en}</b> from the first step on, long before the first validation.`
            : `从第一步起第 1 层就收到 <b>${size(boom).zh}</b>，远早于第一次验证。`,
      ),
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
