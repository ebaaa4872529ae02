// What programs that show links are told: each preset has its page and its picture, and all addresses are whole.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRESETS } from '../../demo/presets.ts';
import { SHOWN, sharePages, siteOf } from '../../demo/share_pages.ts';

interface Emitted {
  fileName: string;
  source: string | Uint8Array;
}

function emitted(url: string | undefined): Emitted[] {
  const files: Emitted[] = [];
  (sharePages(url).generateBundle as unknown as (this: unknown) => void).call({ emitFile: (file: Emitted) => files.push(file) });
  return files;
}

test('every preset has a page of its own, whose picture is there and of the size that it says', () => {
  expect(SHOWN.map(({ id }) => id)).toEqual(PRESETS.map(({ id }) => id.replaceAll('_', '-')));
  const files = new Map(emitted('https://example.org/fathom').map(({ fileName, source }) => [fileName, source]));
  for (const { id } of SHOWN) {
    const page = String(files.get(`${id}.html`));
    expect(page).toContain(`<meta property="og:url" content="https://example.org/fathom/${id}.html">`);
    expect(page).toContain(`<meta property="og:image" content="https://example.org/fathom/cards/${id}.png">`);
    expect(page).toContain(`./#preset=${id}`);
    const png = readFileSync(new URL(`../../demo/cards/${id}.png`, import.meta.url));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
    expect(Buffer.from(files.get(`cards/${id}.png`) as Uint8Array).equals(png)).toBe(true);
  }
});

test('without an address nothing is written, and a wrong one is refused', () => {
  expect(emitted(undefined)).toEqual([]);
  expect(siteOf('https://example.org/fathom')).toBe('https://example.org/fathom/');
  expect(() => siteOf('ftp://example.org/')).toThrow('--url ftp://example.org/: give the address');
  expect(() => siteOf('https://example.org/?a=1')).toThrow('give the address');
});

test('the doc of <fathom-lab> names every preset', () => {
  const [, named] = /`preset` \(([^)]+)\)/.exec(readFileSync(new URL('../../src/lab/index.ts', import.meta.url), 'utf8'))!;
  expect(named!.split(', ').map((name) => name.slice(1, -1))).toEqual(PRESETS.map(({ id }) => id.replaceAll('_', '-')));
});
