// The page's two languages.
import type { Language } from '../src/texts.ts';
import { en, type Key, type Words } from './text/en.ts';

export type { Key } from './text/en.ts';
/** The words of a key with its {places} filled in. */
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

const WORDS: { [Of in Language]?: Words } = { en };

/** Loads the words of a language; those of English are there. */
export async function loadWords(language: Language): Promise<void> {
  if (language === 'zh') WORDS.zh ??= (await import('./text/zh.ts')).zh;
}

/** The translator of a language, whose words are loaded; before that, that of English. */
export function translator(language: Language): Translate {
  const words = WORDS[language] ?? en;
  return (key, values) => fill(words[key], values);
}

/** Words with their {places} filled in. */
export function fill(words: string, values: Record<string, string | number> = {}): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** Whether there are words for a name made at run time, as `activation_...` of a choice. */
export function hasWords(key: string): key is Key {
  return key in en;
}

/** Puts the words of a language into the static parts of the page: [data-text], [data-label], [data-title]. */
export function translatePage(t: Translate, language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = t('title');
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) element.textContent = t(element.dataset.text as Key);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    const words = t(element.dataset.label as Key);
    element.setAttribute('aria-label', words);
    if (element.classList.contains('icon')) element.title = words;
  }
}
