// The network in a line, as it stands under pictures: all that its verdict hangs on.
import { rounded } from '../../src/format.ts';
import { ACTIVATION_TEXTS, type ActivationName } from '../../src/ops/activation_table.ts';
import type { Language } from '../../src/texts.ts';
import { fill, type Translate } from '../i18n.ts';
import { differWords } from '../layers/said.ts';
import { convolves, DEFAULTS, generatorOf } from '../settings.ts';
import type { State } from '../store.ts';

const en = {
  dense: '{depth} layers × {width}',
  conv2d: '{depth} convolutions × {width} channels',
  resnet: 'ResNet: {blocks} blocks × {width} channels',
  plain: 'shortcuts',
  scaled: 'shortcuts × 1/√L',
  gain: 'gain {gain}',
  seed: 'seed {seed}',
};
const zh: typeof en = {
  dense: '{depth} 层 × {width}',
  conv2d: '{depth} 层卷积 × {width} 通道',
  resnet: 'ResNet：{blocks} 个块 × {width} 通道',
  plain: '残差连接',
  scaled: '残差连接 × 1/√L',
  gain: '增益 {gain}',
  seed: '种子 {seed}',
};
const WORDS: Readonly<Record<Language, typeof en>> = { en, zh };

/** Characters of a formula that the line has room for. */
const MOST_OF_FORMULA = 40;
const shortened = (formula: string): string => (formula.length > MOST_OF_FORMULA ? `${formula.slice(0, MOST_OF_FORMULA - 1)}…` : formula);

/** What stands in the line; of a document beyond the controls, its name. */
export function settingsLine({ settings, document, language }: Pick<State, 'settings' | 'document' | 'language'>, t: Translate): string {
  if (document) return document.name ?? '';
  const w = WORDS[language];
  const { depth, width, activation, batchNorm, shortcuts, scheme, gain, seed, data } = settings;
  const layer = convolves(settings) ? settings.layer : 'dense';
  // Without shortcuts a ResNet is the stack of convolutions that it is made of.
  const [what, rows] = layer === 'resnet' && shortcuts === 'none' ? (['conv2d', 2 * depth - 1] as const) : [layer, depth];
  const named = generatorOf(data)?.text[language].title ?? t(`data_${data as 'digits' | 'drawn' | 'formula' | 'csv'}`);
  return [
    fill(w[what], { depth: rows, width, blocks: depth - 1 }),
    ACTIVATION_TEXTS[activation as ActivationName][language].title,
    ...differWords(settings, language),
    ...(batchNorm ? [language === 'en' ? t('set_batchNorm').toLowerCase() : t('set_batchNorm')] : []),
    // A ResNet has them by its name.
    ...(shortcuts === 'none' || (layer === 'resnet' && shortcuts === 'plain') ? [] : [w[shortcuts]]),
    ...(scheme === DEFAULTS.scheme ? [] : [t(`scheme_${scheme}`)]),
    fill(w.gain, { gain: rounded(gain, 3) }),
    language === 'en' && data !== 'csv' ? named.toLowerCase() : named,
    ...(data === 'formula' ? [shortened(settings.formula)] : []),
    fill(w.seed, { seed }),
  ].join(' · ');
}
