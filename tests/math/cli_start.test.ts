// When `npm start` builds: where there is no build, or something that it is made of is newer.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { isStale } from '../../src/build/stale.mjs';

const SOURCES = [
  'src/cli/main.ts',
  'shaders/lib/a.wgsl',
  'demo/data/digits.csv',
  'demo/experiments/digits.json',
  'package.json',
  'package-lock.json',
  'vite.config.ts',
];
const BUILT = ['dist/cli/page.js', 'dist/cli/main.js'];
let root: string;

const dated = (path: string, seconds: number): void => utimesSync(join(root, path), seconds, seconds);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fathom-stale-'));
  for (const path of [...SOURCES, ...BUILT]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  const folders = ['src', 'src/cli', 'shaders', 'shaders/lib', 'demo/data'];
  for (const path of [...SOURCES, ...folders]) dated(path, 1000);
  for (const path of BUILT) dated(path, 2000);
});

it('builds once and not again', () => {
  expect(isStale(root)).toBe(false);
});

it.each([...SOURCES, 'shaders', 'src/cli'])('builds where %s is newer', (path) => {
  dated(path, 3000);
  expect(isStale(root)).toBe(true);
});

it.each(BUILT)('builds where %s is missing or old', (path) => {
  dated(path, 500);
  expect(isStale(root)).toBe(true);
  rmSync(join(root, path));
  expect(isStale(root)).toBe(true);
});

it('builds where a source was deleted', () => {
  rmSync(join(root, 'shaders/lib/a.wgsl'));
  expect(isStale(root)).toBe(true);
});
