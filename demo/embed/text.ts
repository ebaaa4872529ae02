// The words of the embedded page, loaded with it.
import type { Language } from '../../src/texts.ts';

const en = { open: 'Open in Fathom', settings: '{depth} layers × {width} · {activation} · gain {gain} · {data} · seed {seed}' };
const zh: typeof en = { open: '在 Fathom 中打开', settings: '{depth} 层 × {width} · {activation} · 增益 {gain} · {data} · 种子 {seed}' };

export const EMBED_WORDS: Readonly<Record<Language, typeof en>> = { en, zh };
