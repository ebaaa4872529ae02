import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChromePage, openChromePage } from '../support/chrome_page.ts';

let chrome: ChromePage;
beforeAll(async () => {
  chrome = await openChromePage();
});
afterAll(() => chrome?.close());

test('a page has WebGPU', async () => {
  const asked = "import('/src/gpu/request.ts').then(({ adapterOf }) => adapterOf(navigator.gpu)).then((adapter) => adapter !== null)";
  expect(await chrome.page.evaluate(asked)).toBe(true);
});

test("calls a function of the repository's TypeScript in the page", async () => {
  expect(await chrome.call('src/errors.ts', 'show', ['a', 1])).toBe('["a", 1]');
});

test('an error in the page rejects', async () => {
  await expect(chrome.call('src/errors.ts', 'requireInteger', 'units', -1)).rejects.toThrow('units: expected a positive integer, got -1');
});
