// The network in a line, as it stands under pictures.
import { rounded } from '../../src/format.ts';
import { ACTIVATION_TEXTS, type ActivationName } from '../../src/ops/activation_table.ts';
import type { App } from '../app.ts';
import { fill } from '../i18n.ts';
import { generatorOf } from '../settings.ts';

/** What stands in the line, by its words; of a document beyond the controls, its name. */
export function settingsLine(app: App, words: string): string {
  const { settings, document, language } = app.store.state;
  if (document) return document.name;
  const { depth, width, activation, gain, seed, data } = settings;
  const named = generatorOf(data)?.text[language].title ?? app.t(data === 'digits' ? 'data_digits' : 'data_csv');
  return fill(words, {
    ...{ depth, width, seed, gain: rounded(gain, 3), activation: ACTIVATION_TEXTS[activation as ActivationName][language].title },
    data: language === 'en' ? named.toLowerCase() : named,
  });
}
