// The README is what npm shows, where no other file of the repository is: its links are whole, or go to files that are packed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const home = manifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const links = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
const PACKED = ['LICENSE', 'CHANGELOG.md'];

test('links of the README work on npm', () => {
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((link) => !/^(https:\/\/|#)/.test(link) && !PACKED.includes(link))).toEqual([]);
});

test('links into the repository go to the one that package.json names, and to files that are there', () => {
  const own = links.filter((link) => link.startsWith(home));
  expect(own.length).toBeGreaterThan(5);
  const paths = own.map((link) => link.slice(home.length).replace(/^\/(blob|tree|raw)\/main\//, ''));
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(links.filter((link) => link.includes('/OWNER/') && !link.startsWith(home))).toEqual([]);
  expect([manifest.homepage, manifest.bugs.url].every((link) => link.startsWith(home))).toBe(true);
});
