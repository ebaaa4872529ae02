// Twelve words with this network's numbers, on hover, focus and touch; and what stands under the fold.

import { homepage } from '../../package.json';
import type { Language } from '../../src/texts.ts';
import type { App } from '../app.ts';
import { byId, h } from '../dom.ts';
import { fixed, number, percent } from '../format.ts';
import { fill } from '../i18n.ts';
import type { HandPanel } from './hand.ts';
import { factorWords } from './numbers.ts';

/** Milliseconds before a pointer that rests on a word is answered. */
const WAIT = 150;

type Word = 'delta' | 'slope' | 'gain' | 'fan' | 'he' | 'critical' | 'saturated' | 'dead' | 'bn' | 'res' | 'clip' | 'chi';

const GLOSS: Readonly<Record<Word, Record<Language, readonly [name: string, words: string]>>> = {
  delta: {
    en: ['Gradient δ', 'How much the loss changes when this layer’s sums change. Here {d1} at layer 1, {dL} at layer {L} (rms: the typical size).'],
    zh: ['梯度 δ', '这一层的加权和变动一点，损失会变多少。这里第 1 层为 {d1}，第 {L} 层为 {dL}（rms：典型大小）。'],
  },
  slope: {
    en: ['Slope', 'How much a unit’s answer changes when its sum changes. For {act} it is {s} on average here, and {smax} at most.'],
    zh: ['斜率', '加权和变动一点时，单元的输出变多少。这里 {act} 的斜率平均为 {s}，最大为 {smax}。'],
  },
  gain: {
    en: ['Gain', 'A factor on all initial weights: with 1 / fan-in, their standard deviation is the gain over the root of fan-in. Here {g}.'],
    zh: ['增益', '所有初始权重的共同倍数：采用 1 / fan-in 时，标准差 = 增益 ÷ fan-in 的平方根。这里是 {g}。'],
  },
  fan: { en: ['Fan-in', 'How many numbers flow into one unit. Here {fan}.'], zh: ['fan-in', '流入一个单元的数有多少个。这里是 {fan}。'] },
  he: {
    en: ['He', 'Initial weights with variance 2 / fan-in. The 2 is there because ReLU lets only half of the sums through.'],
    zh: ['He 初始化', '方差为 2 / fan-in 的初始权重。取 2，是因为 ReLU 只放行一半的加权和。'],
  },
  critical: {
    en: ['Critical', 'The gain at which a layer hands on exactly what it gets. For {act} and {L} layers: {gc}.'],
    zh: ['临界', '每层恰好原样传下去时的增益。对 {L} 层 {act} 是 {gc}。'],
  },
  saturated: {
    en: ['Saturated', 'A unit so far out on its curve that its slope is next to nothing: hardly any gradient passes. Here {sat}.'],
    zh: ['饱和', '落在曲线两端、斜率近乎为零的单元，梯度几乎过不去。这里有 {sat}。'],
  },
  dead: {
    en: ['Dead unit', 'A ReLU unit that answers 0 to every example. Its slope is 0, so it never learns again. Here {dead}.'],
    zh: ['死亡单元', '对所有样本都输出 0 的 ReLU 单元。斜率为 0，再也学不动。这里有 {dead}。'],
  },
  bn: {
    en: ['Batch norm', 'Shifts and scales every unit so that, over the batch, its mean is 0 and its spread 1.'],
    zh: ['批归一化', '平移并缩放每个单元，使它在这一批样本上均值为 0、标准差为 1。'],
  },
  res: {
    en: ['Shortcut', 'A path past a block: output = input + block(input). The gradient takes it too.'],
    zh: ['残差连接', '绕过一个块的通路：输出 = 输入 + 块(输入)。梯度也走这条路。'],
  },
  clip: {
    en: ['Clip norm', 'If the whole gradient is longer than this, it is shortened to it; 0 is never. The ratio between layers stays as it is.'],
    zh: ['范数裁剪', '整个梯度的长度超过此值时缩短到此值，0 表示不裁剪；各层之间的比例不变。'],
  },
  chi: {
    en: ['χ', 'The square of the factor per layer: {f}² = {chi}. Papers write χ, this page the factor.'],
    zh: ['χ', '每层因子的平方：{f}² = {chi}。论文里写 χ，这里写因子。'],
  },
};

/** Where a word is first used on the screen. */
const PLACES: Partial<Record<Word, string>> = {
  delta: '#figure-profile figcaption b',
  gain: '[data-setting=gain] .lil-name',
  he: '[data-setting=scheme] .lil-name',
  fan: '[data-setting=width] .lil-name',
  slope: '[data-setting=activation] .lil-name',
  bn: '[data-setting=batchNorm] .lil-name',
  res: '[data-setting=shortcuts] .lil-name',
  clip: '[data-setting=clip] .lil-name',
};

interface Fold {
  how: string;
  read: string;
  rules_title: string;
  rules: string;
  words: string;
  sources_title: string;
  sources: string;
  licence_title: string;
  licence: string;
}

const FOLD: Readonly<Record<Language, Fold>> = {
  en: {
    how: 'How to read it',
    read: 'The gradient enters at the surface, at the last layer, and has to reach layer 1 at the bed. Depth runs downwards in all three panels. In the profile, the axis above says how much arrives; the ruler below says, at the same place, which factor per layer makes it. Colour is the size of the gradient and nothing else; magenta is theory and the hand, and the pale band around theory is where two networks in three of this width end. What is measured is in ink.',
    rules_title: 'Rules of thumb',
    rules:
      'The lines at 10⁻³ and 70 (dotted), 10⁻⁶ and 10³ (dashed), and the band of update sizes from 10⁻⁴ to 10⁻¹ are conventions: they are where trouble is usual, not where it begins. A network beyond them may learn, one inside may not.',
    words: 'Twelve words',
    sources_title: 'Sources',
    sources:
      'Glorot and Bengio 2010; He et al. 2015 (initial values); Poole et al. 2016, Schoenholz et al. 2017 (mean field); Hanin 2018, Hanin and Nica 2018 (finite width); Yang et al. 2019, Santurkar et al. 2018 (batch norm).',
    licence_title: 'Licence and source',
    licence: 'MIT. Everything here runs in your browser; nothing leaves it.',
  },
  zh: {
    how: '怎样看图',
    read: '梯度从水面（最后一层）进入，要到达水底的第 1 层。三幅图里深度都向下。剖面图上方的轴表示到达多少，下方的尺在同一位置表示每层的因子是多少。颜色只表示梯度的大小；品红色是理论与手，理论周围的浅色带是同样宽度的网络里三个约有两个会落在的范围；实测值用墨色。',
    rules_title: '经验界限',
    rules:
      '10⁻³ 与 70（点线）、10⁻⁶ 与 10³（虚线），以及更新幅度 10⁻⁴ 到 10⁻¹ 的带，都是约定：问题常在那里出现，而不是从那里开始。越界的网络也可能学会，界内的也可能学不会。',
    words: '十二个词',
    sources_title: '文献',
    sources:
      'Glorot and Bengio 2010；He et al. 2015（初始值）；Poole et al. 2016、Schoenholz et al. 2017（平均场）；Hanin 2018、Hanin and Nica 2018（有限宽度）；Yang et al. 2019、Santurkar et al. 2018（批归一化）。',
    licence_title: '许可与源码',
    licence: 'MIT。一切都在你的浏览器里运行，不会上传任何内容。',
  },
};

/** The words and the fold; returns their update. */
export function gloss(app: App, hand: HandPanel): () => void {
  const note = h('div', { id: 'note', role: 'tooltip', class: 'note', hidden: true });
  document.body.append(note);
  const fold = byId('fold');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = '';

  function figures(): Record<string, string | number> {
    const { run } = app.session;
    const { settings } = app.store.state;
    const base = hand.base();
    const unknown = '–';
    const mean = (of: (l: number) => number): number =>
      run && run.step > 0 ? Array.from({ length: run.depth }, (_, l) => of(l) || 0).reduce((sum, each) => sum + each, 0) / run.depth : 0;
    const factor = base?.theory.factor ?? (run && app.calm.length > 0 ? 10 ** (app.calm[0]! / Math.max(1, run.depth - 1)) : Number.NaN);
    const weights = base && settings.gain * Math.sqrt(base.message.hidden);
    const gc = hand.gainOf(1);
    return {
      d1: run && run.step > 0 ? number(run.delta(0)) : unknown,
      dL: run && run.step > 0 ? number(run.delta(run.depth - 1)) : unknown,
      L: run?.depth ?? settings.depth,
      act: settings.activation === 'relu' ? 'ReLU' : settings.activation,
      s: weights ? fixed(factor / weights, 2) : unknown,
      smax: base ? Number(base.message.steepest.toFixed(2)) : unknown,
      g: Number(settings.gain.toFixed(3)),
      fan: settings.width,
      gc: gc === null ? unknown : fixed(gc, 2),
      sat: percent(mean((l) => run!.saturated(l))),
      dead: percent(mean((l) => run!.dead(l))),
      f: Number.isFinite(factor) ? factorWords(factor).words : unknown,
      chi: Number.isFinite(factor) ? fixed(factor * factor, 2) : unknown,
    };
  }

  const hide = (): void => {
    clearTimeout(timer);
    note.hidden = true;
  };
  function show(element: HTMLElement, word: Word): void {
    const [name, words] = GLOSS[word][app.store.state.language];
    note.replaceChildren(h('b', {}, name), ` ${fill(words, figures())}`);
    note.hidden = false;
    const box = element.getBoundingClientRect();
    note.style.left = `${Math.max(8, Math.min(innerWidth - note.offsetWidth - 8, box.left))}px`;
    note.style.top = `${box.bottom + note.offsetHeight + 12 < innerHeight ? box.bottom + 6 : box.top - note.offsetHeight - 6}px`;
  }
  // Whatever else the key closes: lil-gui keeps keys of its fields to itself.
  addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Escape') hide();
    },
    true,
  );
  addEventListener('scroll', hide, { passive: true });

  /** Gives a word on the screen its note. */
  function explain(element: HTMLElement, word: Word): void {
    if (element.dataset.gloss) return;
    element.dataset.gloss = word;
    element.tabIndex = 0;
    element.setAttribute('aria-describedby', 'note');
    element.addEventListener('pointerenter', () => {
      clearTimeout(timer);
      timer = setTimeout(() => show(element, word), WAIT);
    });
    element.addEventListener('pointerleave', hide);
    element.addEventListener('focus', () => show(element, word));
    element.addEventListener('blur', hide);
    element.addEventListener('click', () => show(element, word));
  }

  return () => {
    for (const [word, place] of Object.entries(PLACES)) {
      const element = document.querySelector<HTMLElement>(place);
      if (element) explain(element, word as Word);
    }
    const { language } = app.store.state;
    const numbers = figures();
    const key = `${language}${JSON.stringify([numbers.f, numbers.gc, numbers.act, numbers.L, numbers.fan, numbers.g])}`;
    if (key === shown) return;
    shown = key;
    const words = FOLD[language];
    const list = Object.values(GLOSS).flatMap((texts) => [h('dt', {}, texts[language][0]), h('dd', {}, fill(texts[language][1], numbers))]);
    fold.replaceChildren(
      h('h2', {}, words.how),
      h('p', {}, words.read),
      h('h2', {}, words.rules_title),
      h('p', {}, words.rules),
      h('h2', {}, words.words),
      h('dl', {}, ...list),
      h('h2', {}, words.sources_title),
      h('p', {}, words.sources),
      h('h2', {}, words.licence_title),
      h('p', {}, words.licence, ' ', h('a', { href: homepage }, homepage.replace(/#.*$/, ''))),
    );
    fold.setAttribute('aria-label', words.how);
    fold.hidden = false;
  };
}
