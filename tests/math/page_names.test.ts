// Names that come from files, on the page: text, in which nothing is markup and no mark turns a line around.
import { parseHTML } from 'linkedom';
import { afterEach, expect, test, vi } from 'vitest';
import { h, rich } from '../../demo/dom.ts';

afterEach(() => vi.unstubAllGlobals());

test.each(['<img src=x onerror=alert(1)>', '<b>x</b><script>alert(1)</script>', '\u202eabc\u2066\u0000\u001b[2J', '"><svg onload=alert(1)>'])('%j', (name) => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  vi.stubGlobal('document', document);
  for (const element of [h('p', {}, name), h('p', { title: name }, ...rich(`<b>${name}</b> in ${name}`)), h('td', {}, h('span', {}, name))]) {
    expect([...element.querySelectorAll('img, script, svg')]).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(element.textContent).not.toMatch(/[\u0000-\u001f\u202e\u2066]/);
  }
});
