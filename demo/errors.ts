// What the engine says of an error, in the page's language: its own sentences are English.
import type { Language } from '../src/texts.ts';
import type { Translate } from './i18n.ts';

/** The words of an error; in Chinese, those that have no common form stay English and are said to be. */
export async function errorWords(message: string, language: Language, t: Translate): Promise<string> {
  if (language === 'en') return message;
  const { inChinese } = await import('./text/errors_zh.ts');
  return inChinese(message) ?? t('engine_says', { what: message });
}
