// Which layers differ from the others, in words.
import { ACTIVATION_TEXTS, type ActivationName } from '../../src/ops/activation_table.ts';
import type { Language } from '../../src/texts.ts';
import { fill } from '../i18n.ts';
import { ownDepth, type Settings } from '../settings.ts';
import type { State } from '../store.ts';
import { exceptionsIn, exceptionsOf, type Own, ownOf } from './exceptions.ts';
import { LAYER_WORDS } from './text.ts';

/** Pieces that a line names; what is more is counted. */
const NAMED = 3;

/** What a layer has of its own, without what is as the others have it. */
export const unlike = ({ width, activation }: Own, others: Settings): Own => ({
  ...(width === undefined || width === others.width ? {} : { width }),
  ...(activation === undefined || activation === others.activation ? {} : { activation }),
});

/** What each layer has that the others have not, the first layer first. */
export const differing = (settings: Settings): Own[] => ownOf(settings.layers, ownDepth(settings)).map((own) => unlike(own, settings));

/** `× 8, ReLU`; empty of a layer that does not differ. */
export const ownWords = ({ width, activation }: Own, language: Language): string =>
  [...(width ? [`× ${width}`] : []), ...(activation ? [ACTIVATION_TEXTS[activation as ActivationName][language].title] : [])].join(LAYER_WORDS[language].and);

/** `layers 1–12: × 8, ReLU`, for every run of layers that differ alike. */
export function differWords(settings: Settings, language: Language): string[] {
  const w = LAYER_WORDS[language];
  const pieces = exceptionsIn(exceptionsOf(differing(settings))) ?? [];
  const said = pieces.map(({ from, to, ...own }) => fill(from === to ? w.one : w.several, { a: from, b: to }) + w.then + ownWords(own, language));
  return said.length > NAMED ? [...said.slice(0, NAMED - 1), fill(w.more, { n: said.length - NAMED + 1 })] : said;
}

/** ` · × 8, ReLU` of a layer, or ` · 13 differ` of all; empty where none does. A document beyond the controls is another network. */
export function differsWords({ settings, document, language }: Pick<State, 'settings' | 'document' | 'language'>, layer?: number): string {
  if (document) return '';
  const w = LAYER_WORDS[language];
  const own = differing(settings);
  const n = own.filter((each) => ownWords(each, language) !== '').length;
  const said = layer === undefined ? (n === 0 ? '' : fill(n === 1 ? w.differ_one : w.differ, { n })) : ownWords(own[layer - 1] ?? {}, language);
  return said && ` · ${said}`;
}
