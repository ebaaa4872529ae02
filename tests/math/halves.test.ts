// The page is built without what generators compute, its workers without what is said of features: of both, only what was meant goes.
import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { changed, exported, noSamples, noTexts } from '../../demo/halves.ts';

test('texts become empty, and what is no text of two languages stays', () => {
  const code = `const text = { en: { title: 'A' }, zh: { title: '一' } };
export const blobs = generator({ name: 'blobs', text: { en: { title: '{' }, zh: {} }, params: { rows: { min: 1, text: { en: 1, zh: 2 } } } });
const other = { text: 'a', read: ({ text }) => text, texts: { en: 1, zh: 2 } };`;
  expect(changed(code, parseAst(code), noTexts)).toBe(`const text = { en: {}, zh: {} };
export const blobs = generator({ name: 'blobs', text: { en: {}, zh: {} }, params: { rows: { min: 1, text: { en: {}, zh: {} } } } });
const other = { text: 'a', read: ({ text }) => text, texts: { en: 1, zh: 2 } };`);
});

test('generators keep all but what they compute', () => {
  const code = `generator({ name: 'xor', sample(params, random) { return { x: [random()], y: 0 }; }, classes: () => 2 });
const made = { generate: (given) => sample(given), params };`;
  expect(changed(code, parseAst(code), noSamples)).toBe(`generator({ name: 'xor', sample: null, classes: () => 2 });
const made = { generate: null, params };`);
});

test('of a table the page takes the constant with its texts', () => {
  const code = `import wgsl from './a.wgsl';
export const relu = { wgsl };
export const TEXTS = { relu: { en: {}, zh: {} } };
export const TABLE = { relu };`;
  expect(exported(code, parseAst(code), 'TEXTS')).toBe('export const TEXTS = { relu: { en: {}, zh: {} } };');
});
