// What activations are called and do: in a file of their own, so that who names them does not carry what they compute.
import type { Texts } from '../texts.ts';
import type { ActivationName } from './activation_table.ts';

/** The texts of all activations, in their order. */
export const ACTIVATION_TEXTS: Readonly<Record<ActivationName, Texts>> = {
  linear: { en: { title: 'Linear', summary: 'The identity: what comes in goes out.' }, zh: { title: '恒等', summary: '恒等函数：输入什么就输出什么。' } },
  relu: { en: { title: 'ReLU', summary: 'x where positive, 0 elsewhere.' }, zh: { title: 'ReLU', summary: '正数取 x，其余为 0。' } },
  leaky_relu: {
    en: { title: 'Leaky ReLU', summary: 'x where positive, a small fraction alpha of x elsewhere, so that no unit falls silent.' },
    zh: { title: 'Leaky ReLU', summary: '正数取 x，其余取 x 的一小部分 alpha，单元不会死掉。' },
  },
  elu: {
    en: { title: 'ELU', summary: 'x where positive, a curve that ends at -alpha elsewhere.' },
    zh: { title: 'ELU', summary: '正数取 x，其余沿曲线趋于 -alpha。' },
  },
  selu: {
    en: { title: 'SELU', summary: 'A scaled ELU that keeps mean 0 and variance 1 from layer to layer.' },
    zh: { title: 'SELU', summary: '缩放的 ELU，使均值 0、方差 1 逐层保持。' },
  },
  celu: {
    en: { title: 'CELU', summary: 'ELU whose derivative at 0 is 1 for every alpha.' },
    zh: { title: 'CELU', summary: '对任何 alpha 在 0 处斜率都为 1 的 ELU。' },
  },
  gelu: {
    en: { title: 'GELU', summary: 'x times the fraction of the normal distribution below x.' },
    zh: { title: 'GELU', summary: 'x 乘以正态分布在 x 以下的概率。' },
  },
  gelu_tanh: { en: { title: 'GELU (tanh)', summary: 'GELU by its approximation with tanh.' }, zh: { title: 'GELU（tanh）', summary: '用 tanh 近似的 GELU。' } },
  silu: { en: { title: 'SiLU', summary: 'x times its sigmoid, also called swish.' }, zh: { title: 'SiLU', summary: 'x 乘以其 sigmoid，也称 swish。' } },
  mish: { en: { title: 'Mish', summary: 'x times the tanh of its softplus.' }, zh: { title: 'Mish', summary: 'x 乘以其 softplus 的 tanh。' } },
  sigmoid: { en: { title: 'sigmoid', summary: 'From 0 to 1, flat on both sides.' }, zh: { title: 'sigmoid', summary: '取值 0 到 1，两端平坦。' } },
  hard_sigmoid: {
    en: { title: 'Hard sigmoid', summary: 'A straight line between 0 and 1 in place of sigmoid.' },
    zh: { title: 'Hard sigmoid', summary: '以 0 与 1 之间的直线代替 sigmoid。' },
  },
  tanh: { en: { title: 'tanh', summary: 'From -1 to 1, flat on both sides.' }, zh: { title: 'tanh', summary: '取值 -1 到 1，两端平坦。' } },
  softplus: {
    en: { title: 'Softplus', summary: 'A smooth ReLU; beta says how sharp its bend is.' },
    zh: { title: 'Softplus', summary: '平滑的 ReLU；beta 决定拐弯有多急。' },
  },
  log_sigmoid: { en: { title: 'Log sigmoid', summary: 'The logarithm of sigmoid.' }, zh: { title: 'Log sigmoid', summary: 'sigmoid 的对数。' } },
  softsign: {
    en: { title: 'Softsign', summary: 'x / (1 + |x|): like tanh, but it flattens more slowly.' },
    zh: { title: 'Softsign', summary: 'x / (1 + |x|)：类似 tanh，但变平更慢。' },
  },
  hard_swish: { en: { title: 'Hard swish', summary: 'x times its hard sigmoid.' }, zh: { title: 'Hard swish', summary: 'x 乘以其 hard sigmoid。' } },
  relu6: { en: { title: 'ReLU6', summary: 'ReLU, kept below 6.' }, zh: { title: 'ReLU6', summary: '上限为 6 的 ReLU。' } },
  softshrink: {
    en: { title: 'Softshrink', summary: 'Moves x towards 0 by lambda, and makes what is nearer 0.' },
    zh: { title: 'Softshrink', summary: '把 x 向 0 移动 lambda，更近的变为 0。' },
  },
};
