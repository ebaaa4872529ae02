// The words of the embedded page, loaded with it.
import type { Language } from '../../src/texts.ts';

const en = { open: 'Open in Fathom' };
const zh: typeof en = { open: '在 Fathom 中打开' };

export const EMBED_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
